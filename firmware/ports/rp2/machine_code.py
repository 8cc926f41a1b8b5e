"""The inner loops of kernel.py in Cortex-M0+ machine code.  All rings are array('h').

Conventions: MicroPython saves r4-r7 and lr, the function r8-r11.  Parameters come in a block of
words.  An array is addressed from just behind its last value with a negative index in bytes; the
index that reaches 0 ends the loop.  r0 is returned as a number: an address where nothing else is
said, which in RAM is below 2**30 and so does not allocate.  What MicroPython's assembler does not
know is a `data` with the instruction beside it, made of the opcodes below and register numbers
(Armv6-M Architecture Reference Manual, A6.7).
"""

# The registers and instructions are names of the inline assembler, not of Python.
# ruff: noqa: F821, PLR0915
# pyright: reportUndefinedVariable=false, reportArgumentType=false

import micropython
from micropython import const

_LDRSH = const(0x5E00)  # | m << 6 | n << 3 | t: t = signed half at n + m
_LDR = const(0x5800)  # | m << 6 | n << 3 | t: t = word at n + m
_STRH = const(0x5200)  # | m << 6 | n << 3 | t: half at n + m = t
_SXTH = const(0xB200)  # | m << 3 | d: d = signed low half of m
_ADD_LOW = const(0x4400)  # | m << 3 | d: d += m, either may be a high register,
_ADD_HIGH = const(0x4480)  # | m << 3 | d - 8: but a high d is counted from r8
_LDM = const(0xC800)  # | n << 8 | list: load the listed registers from n on, and move n on
_STM = const(0xC000)  # | n << 8 | list: store them likewise
_LDR_SP = const(0x9800)  # | t << 8: t = word on top of the stack


@micropython.asm_thumb
def decimate(r0):
    """Decimate into rings that do not wrap; one parameter, the address of this block.

    0 lut, 1 sets (> 0), 2 carry, 3 4 5 behind the ring pieces of ih, u, il, 6 codes (moved on)
    """
    # Two codes come with one word; shifted right by 15, its upper code is a byte index into the
    # table.  r0 codes, r1 table, r2-r4 scratch, r5 r6 r7 sums of I_high, U, I_low; r8 last U code,
    # r9 twice the last I_low code, r10 r11 r12 behind the rings, lr index into them.
    mov(r4, r8)
    mov(r5, r9)
    mov(r6, r10)
    mov(r7, r11)
    push({r0, r4, r5, r6, r7})
    data(2, _LDM | 0 << 8 | 0b01111110)  # ldm r0!, {r1, r2, r3, r4, r5, r6}
    ldr(r0, [r0, 0])
    mov(r10, r4)
    mov(r11, r5)
    mov(r12, r6)
    lsl(r2, r2, 1)
    neg(r2, r2)
    mov(lr, r2)
    data(2, _LDM | 3 << 8 | 0b00110000)  # ldm r3!, {r4, r5}
    lsl(r5, r5, 1)
    mov(r8, r4)
    mov(r9, r5)
    label(SET)
    data(2, _LDM | 0 << 8 | 0b00001100)  # ldm r0!, {r2, r3}
    lsl(r4, r2, 16)
    lsr(r4, r4, 15)
    data(2, _LDRSH | 4 << 6 | 1 << 3 | 5)  # ldrsh r5, [r1, r4]
    lsr(r2, r2, 15)
    data(2, _LDRSH | 2 << 6 | 1 << 3 | 6)  # ldrsh r6, [r1, r2]
    lsl(r4, r3, 16)
    lsr(r4, r4, 15)
    data(2, _LDRSH | 4 << 6 | 1 << 3 | 7)  # ldrsh r7, [r1, r4]
    lsr(r3, r3, 15)
    data(2, _LDRSH | 3 << 6 | 1 << 3 | 3)  # ldrsh r3, [r1, r3]
    add(r5, r5, r3)
    data(2, _LDM | 0 << 8 | 0b00001100)  # ldm r0!, {r2, r3}
    lsl(r4, r2, 16)
    lsr(r4, r4, 15)
    data(2, _LDRSH | 4 << 6 | 1 << 3 | 4)  # ldrsh r4, [r1, r4]
    lsr(r2, r2, 15)
    add(r6, r6, r4)
    data(2, _LDRSH | 2 << 6 | 1 << 3 | 2)  # ldrsh r2, [r1, r2]
    add(r7, r7, r2)
    lsl(r4, r3, 16)
    lsr(r4, r4, 15)
    data(2, _LDRSH | 4 << 6 | 1 << 3 | 4)  # ldrsh r4, [r1, r4]
    lsr(r3, r3, 15)
    add(r5, r5, r4)
    data(2, _LDRSH | 3 << 6 | 1 << 3 | 3)  # ldrsh r3, [r1, r3]
    add(r6, r6, r3)
    data(2, _LDM | 0 << 8 | 0b00001100)  # ldm r0!, {r2, r3}
    lsl(r4, r2, 16)
    lsr(r4, r4, 15)
    data(2, _LDRSH | 4 << 6 | 1 << 3 | 4)  # ldrsh r4, [r1, r4]
    lsr(r2, r2, 15)
    add(r7, r7, r4)
    data(2, _LDRSH | 2 << 6 | 1 << 3 | 2)  # ldrsh r2, [r1, r2]
    add(r5, r5, r2)
    lsl(r4, r3, 16)
    lsr(r4, r4, 15)
    data(2, _LDRSH | 4 << 6 | 1 << 3 | 4)  # ldrsh r4, [r1, r4]
    lsr(r3, r3, 15)
    add(r6, r6, r4)
    data(2, _LDRSH | 3 << 6 | 1 << 3 | 3)  # ldrsh r3, [r1, r3]
    add(r7, r7, r3)
    data(2, _LDM | 0 << 8 | 0b00001100)  # ldm r0!, {r2, r3}
    lsl(r4, r2, 16)
    lsr(r4, r4, 15)
    data(2, _LDRSH | 4 << 6 | 1 << 3 | 4)  # ldrsh r4, [r1, r4]
    lsr(r2, r2, 15)
    add(r5, r5, r4)
    data(2, _LDRSH | 2 << 6 | 1 << 3 | 2)  # ldrsh r2, [r1, r2]
    add(r6, r6, r2)
    lsl(r4, r3, 16)
    lsr(r4, r4, 15)
    data(2, _LDRSH | 4 << 6 | 1 << 3 | 4)  # ldrsh r4, [r1, r4]
    lsr(r3, r3, 15)
    add(r7, r7, r4)
    data(2, _LDRSH | 3 << 6 | 1 << 3 | 3)  # ldrsh r3, [r1, r3]
    add(r5, r5, r3)
    data(2, _LDM | 0 << 8 | 0b00000100)  # ldm r0!, {r2}
    lsl(r4, r2, 16)
    lsr(r4, r4, 15)
    data(2, _LDRSH | 4 << 6 | 1 << 3 | 4)  # ldrsh r4, [r1, r4]
    lsr(r2, r2, 15)
    add(r6, r6, r4)
    data(2, _LDRSH | 2 << 6 | 1 << 3 | 2)  # ldrsh r2, [r1, r2]
    add(r7, r7, r2)
    mov(r3, 3)
    mul(r5, r3)
    asr(r5, r5, 6)
    mul(r6, r3)
    sub(r6, r6, r4)
    data(2, _ADD_LOW | 8 << 3 | 6)  # add r6, r8
    mov(r8, r4)
    asr(r6, r6, 6)
    lsl(r2, r2, 1)
    mul(r7, r3)
    sub(r7, r7, r2)
    data(2, _ADD_LOW | 9 << 3 | 7)  # add r7, r9
    mov(r9, r2)
    asr(r7, r7, 6)
    mov(r2, lr)
    mov(r3, r10)
    data(2, _STRH | 2 << 6 | 3 << 3 | 5)  # strh r5, [r3, r2]
    mov(r3, r11)
    data(2, _STRH | 2 << 6 | 3 << 3 | 6)  # strh r6, [r3, r2]
    mov(r3, r12)
    data(2, _STRH | 2 << 6 | 3 << 3 | 7)  # strh r7, [r3, r2]
    add(r2, 2)
    mov(lr, r2)
    bne(SET)
    pop({r1, r4, r5, r6, r7})
    str(r0, [r1, 24])
    ldr(r1, [r1, 8])
    mov(r2, r8)
    str(r2, [r1, 0])
    mov(r2, r9)
    asr(r2, r2, 1)
    str(r2, [r1, 4])
    mov(r8, r4)
    mov(r9, r5)
    mov(r10, r6)
    mov(r11, r7)


@micropython.asm_thumb
def squares(r0):
    """Add the sums of u, i, u * u, i * i, u * i; one parameter, the address of this block.

    0 sets (> 0, < 2**18, counted down), 1 next u, 2 next i (both moved on), 3 sums
    """
    # Up to 32 sets are summed in 32 bits, then added to the 64-bit sums; u and i themselves have
    # room for 2**18 sets.  r0 u, r1 i, r2 scratch, r3 index, r4 r5 behind them, r6 sum of u, r7 of
    # i, r8 of u * u, r9 of i * i, r10 of u * i.
    mov(r4, r8)
    mov(r5, r9)
    mov(r6, r10)
    push({r0, r4, r5, r6})
    mov(r6, 0)
    mov(r7, 0)
    label(PIECE)
    data(2, _LDR_SP | 0 << 8)  # ldr r0, [sp]
    data(2, _LDM | 0 << 8 | 0b00110100)  # ldm r0!, {r2, r4, r5}
    mov(r3, 32)
    cmp(r2, r3)
    bge(FULL)
    mov(r3, r2)
    label(FULL)
    sub(r2, r2, r3)
    lsl(r3, r3, 1)
    add(r4, r4, r3)
    add(r5, r5, r3)
    sub(r0, 12)
    data(2, _STM | 0 << 8 | 0b00110100)  # stm r0!, {r2, r4, r5}
    neg(r3, r3)
    mov(r0, 0)
    mov(r8, r0)
    mov(r9, r0)
    mov(r10, r0)
    label(SET)
    data(2, _LDRSH | 3 << 6 | 4 << 3 | 0)  # ldrsh r0, [r4, r3]
    data(2, _LDRSH | 3 << 6 | 5 << 3 | 1)  # ldrsh r1, [r5, r3]
    add(r6, r6, r0)
    add(r7, r7, r1)
    mov(r2, r0)
    mul(r2, r2)
    data(2, _ADD_HIGH | 2 << 3 | 0)  # add r8, r2
    mul(r0, r1)
    data(2, _ADD_HIGH | 0 << 3 | 2)  # add r10, r0
    mul(r1, r1)
    data(2, _ADD_HIGH | 1 << 3 | 1)  # add r9, r1
    add(r3, 2)
    bne(SET)
    data(2, _LDR_SP | 0 << 8)  # ldr r0, [sp]
    ldr(r0, [r0, 12])
    add(r0, 24)  # from sum of u * u on
    mov(r3, r0)
    mov(r4, r8)
    data(2, _LDM | 0 << 8 | 0b00000110)  # ldm r0!, {r1, r2}
    asr(r5, r4, 31)
    add(r1, r1, r4)
    adc(r2, r5)
    data(2, _STM | 3 << 8 | 0b00000110)  # stm r3!, {r1, r2}
    mov(r4, r9)
    data(2, _LDM | 0 << 8 | 0b00000110)  # ldm r0!, {r1, r2}
    asr(r5, r4, 31)
    add(r1, r1, r4)
    adc(r2, r5)
    data(2, _STM | 3 << 8 | 0b00000110)  # stm r3!, {r1, r2}
    mov(r4, r10)
    data(2, _LDM | 0 << 8 | 0b00000110)  # ldm r0!, {r1, r2}
    asr(r5, r4, 31)
    add(r1, r1, r4)
    adc(r2, r5)
    data(2, _STM | 3 << 8 | 0b00000110)  # stm r3!, {r1, r2}
    data(2, _LDR_SP | 0 << 8)  # ldr r0, [sp]
    ldr(r1, [r0, 0])
    cmp(r1, 0)
    bne(PIECE)
    ldr(r0, [r0, 12])
    add(r0, 8)  # from sum of u on
    mov(r3, r0)
    data(2, _LDM | 0 << 8 | 0b00000110)  # ldm r0!, {r1, r2}
    asr(r5, r6, 31)
    add(r1, r1, r6)
    adc(r2, r5)
    data(2, _STM | 3 << 8 | 0b00000110)  # stm r3!, {r1, r2}
    data(2, _LDM | 0 << 8 | 0b00000110)  # ldm r0!, {r1, r2}
    asr(r5, r7, 31)
    add(r1, r1, r7)
    adc(r2, r5)
    data(2, _STM | 3 << 8 | 0b00000110)  # stm r3!, {r1, r2}
    pop({r0, r4, r5, r6})
    mov(r8, r4)
    mov(r9, r5)
    mov(r10, r6)


@micropython.asm_thumb
def fundamental(r0):
    """Add the sums of u and i with cos and sin; one parameter, the address of this block.

    0 to 3 as in squares, 4 step, 5 phase (moved on), 6 reference
    """
    # Pieces of 32 sets as in _squares.  r0 u, r1 i, r2 scratch, r3 cos (low half) and sin, r4 r5
    # behind u and i, r6 index, r7 reference, r8 sum of u * cos, r9 u * sin, r10 i * cos, r11
    # i * sin, r12 phase, lr step.
    mov(r4, r8)
    mov(r5, r9)
    mov(r6, r10)
    mov(r7, r11)
    push({r0, r4, r5, r6, r7})
    add(r0, 16)
    data(2, _LDM | 0 << 8 | 0b11100000)  # ldm r0!, {r5, r6, r7}
    mov(lr, r5)
    mov(r12, r6)
    label(PIECE)
    data(2, _LDR_SP | 0 << 8)  # ldr r0, [sp]
    data(2, _LDM | 0 << 8 | 0b00110100)  # ldm r0!, {r2, r4, r5}
    mov(r6, 32)
    cmp(r2, r6)
    bge(FULL)
    mov(r6, r2)
    label(FULL)
    sub(r2, r2, r6)
    lsl(r6, r6, 1)
    add(r4, r4, r6)
    add(r5, r5, r6)
    sub(r0, 12)
    data(2, _STM | 0 << 8 | 0b00110100)  # stm r0!, {r2, r4, r5}
    neg(r6, r6)
    mov(r0, 0)
    mov(r8, r0)
    mov(r9, r0)
    mov(r10, r0)
    mov(r11, r0)
    label(SET)
    mov(r2, r12)
    lsr(r2, r2, 24)
    lsl(r2, r2, 2)
    data(2, _LDR | 2 << 6 | 7 << 3 | 3)  # ldr r3, [r7, r2]
    data(2, _ADD_HIGH | 14 << 3 | 4)  # add r12, lr
    data(2, _LDRSH | 6 << 6 | 4 << 3 | 0)  # ldrsh r0, [r4, r6]
    data(2, _LDRSH | 6 << 6 | 5 << 3 | 1)  # ldrsh r1, [r5, r6]
    data(2, _SXTH | 3 << 3 | 2)  # sxth r2, r3
    mul(r2, r0)
    data(2, _ADD_HIGH | 2 << 3 | 0)  # add r8, r2
    data(2, _SXTH | 3 << 3 | 2)  # sxth r2, r3
    mul(r2, r1)
    data(2, _ADD_HIGH | 2 << 3 | 2)  # add r10, r2
    asr(r3, r3, 16)
    mul(r0, r3)
    data(2, _ADD_HIGH | 0 << 3 | 1)  # add r9, r0
    mul(r1, r3)
    data(2, _ADD_HIGH | 1 << 3 | 3)  # add r11, r1
    add(r6, 2)
    bne(SET)
    data(2, _LDR_SP | 0 << 8)  # ldr r0, [sp]
    ldr(r0, [r0, 12])
    add(r0, 48)  # from sum of u * cos on
    mov(r3, r0)
    mov(r4, r8)
    data(2, _LDM | 0 << 8 | 0b00000110)  # ldm r0!, {r1, r2}
    asr(r5, r4, 31)
    add(r1, r1, r4)
    adc(r2, r5)
    data(2, _STM | 3 << 8 | 0b00000110)  # stm r3!, {r1, r2}
    mov(r4, r9)
    data(2, _LDM | 0 << 8 | 0b00000110)  # ldm r0!, {r1, r2}
    asr(r5, r4, 31)
    add(r1, r1, r4)
    adc(r2, r5)
    data(2, _STM | 3 << 8 | 0b00000110)  # stm r3!, {r1, r2}
    mov(r4, r10)
    data(2, _LDM | 0 << 8 | 0b00000110)  # ldm r0!, {r1, r2}
    asr(r5, r4, 31)
    add(r1, r1, r4)
    adc(r2, r5)
    data(2, _STM | 3 << 8 | 0b00000110)  # stm r3!, {r1, r2}
    mov(r4, r11)
    data(2, _LDM | 0 << 8 | 0b00000110)  # ldm r0!, {r1, r2}
    asr(r5, r4, 31)
    add(r1, r1, r4)
    adc(r2, r5)
    data(2, _STM | 3 << 8 | 0b00000110)  # stm r3!, {r1, r2}
    data(2, _LDR_SP | 0 << 8)  # ldr r0, [sp]
    ldr(r1, [r0, 0])
    cmp(r1, 0)
    bne(PIECE)
    mov(r1, r12)
    str(r1, [r0, 20])
    pop({r0, r4, r5, r6, r7})
    mov(r8, r4)
    mov(r9, r5)
    mov(r10, r6)
    mov(r11, r7)


@micropython.asm_thumb
def peak(r0, r1, r2):
    """Return the greatest |value|, but at least r2, of the r1 (> 0) values that end before r0."""
    # |v| <= r2 just when v + r2 <= 2 * r2, taken as unsigned.  Two halves are read in parallel; of
    # an odd number both hold the middle one.  r0 r6 behind them, r1 index, r3 2 * r2, r4 v.
    lsl(r3, r1, 1)
    sub(r6, r0, r3)
    add(r1, 1)
    lsr(r1, r1, 1)
    lsl(r1, r1, 1)
    add(r6, r6, r1)
    neg(r1, r1)
    add(r3, r2, r2)
    label(SET)
    data(2, _LDRSH | 1 << 6 | 0 << 3 | 4)  # ldrsh r4, [r0, r1]
    add(r5, r4, r2)
    cmp(r5, r3)
    bhi(GREATER)
    data(2, _LDRSH | 1 << 6 | 6 << 3 | 4)  # ldrsh r4, [r6, r1]
    add(r5, r4, r2)
    cmp(r5, r3)
    bhi(GREATER)
    add(r1, 2)
    bne(SET)
    mov(r0, r2)
    b(END)
    label(GREATER)
    mov(r2, r4)
    cmp(r2, 0)
    bge(POSITIVE)
    neg(r2, r2)
    label(POSITIVE)
    add(r3, r2, r2)
    b(SET)
    label(END)
