"""The inner loops of kernel_24.py in Cortex-M0+ machine code: u is array('h'), i array('i').

Conventions and the data instructions: machine_code.py.

A product of u and i has 36 bits and a square of i 40, but MULS gives the low 32 of a product.  So
a block of sets is summed twice: *lo*, the products modulo 2**32, and *hi*, the products with what
is left of a factor after its lowest bits are shifted off.  hi * 2**k misses the true sum by less
than 2**31, because the block is short enough; so what it misses is lo - hi * 2**k, taken modulo
2**32 and as signed.  The sum is exact at the price of one more multiplication.
"""

# The registers and instructions are names of the inline assembler, not of Python.
# ruff: noqa: F821, PLR0915
# pyright: reportUndefinedVariable=false, reportArgumentType=false

import micropython
from micropython import const

_LDRSH = const(0x5E00)  # | m << 6 | n << 3 | t: t = signed half at n + m
_LDR = const(0x5800)  # | m << 6 | n << 3 | t: t = word at n + m
_SXTH = const(0xB200)  # | m << 3 | d: d = signed low half of m
_ADD_LOW = const(0x4400)  # | m << 3 | d: d += m, either may be a high register,
_ADD_HIGH = const(0x4480)  # | m << 3 | d - 8: but a high d is counted from r8
_LDM = const(0xC800)  # | n << 8 | list: load the listed registers from n on, and move n on
_STM = const(0xC000)  # | n << 8 | list: store them likewise
_LDR_SP = const(0x9800)  # | t << 8 | k: t = word k from the top of the stack


@micropython.asm_thumb
def squares(r0):
    """Add the sums of u, i, u * u, i * i, u * i; one parameter, the address of this block.

    0 sets (1..4096, counted down), 1 next u, 2 next i (both moved on), 3 sums
    """
    # Blocks of up to 32 sets; the sum of i alone has room for 4096.  hi * 2**k misses by less than
    # 32 * 2**8 for u * u (k = 8), 32 * 2**15 * 2**10 for u * i (k = 10, i shifted by 10), and for
    # i * i (k = 12, i shifted by 6) by 32 * (128 * 2**13 * 63 + 63**2) < 2**31; its hi is at most
    # 32 * 2**26 = 2**31, unsigned.
    # r0 u, r1 i, r2 scratch, r3 index of u, r4 behind u, r5 i, r6 sum of u, r7 of i; lo and hi: r8
    # r9 of u * u, r10 r11 of u * i, r12 lr of i * i.
    mov(r4, r8)
    mov(r5, r9)
    mov(r6, r10)
    mov(r7, r11)
    push({r0, r4, r5, r6, r7})
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
    sub(r0, 12)
    data(2, _STM | 0 << 8 | 0b00010100)  # stm r0!, {r2, r4}
    neg(r3, r3)
    mov(r0, 0)
    mov(r8, r0)
    mov(r9, r0)
    mov(r10, r0)
    mov(r11, r0)
    mov(r12, r0)
    mov(lr, r0)
    label(SET)
    data(2, _LDRSH | 3 << 6 | 4 << 3 | 0)  # ldrsh r0, [r4, r3]
    data(2, _LDM | 5 << 8 | 0b00000010)  # ldm r5!, {r1}
    add(r6, r6, r0)
    add(r7, r7, r1)
    mov(r2, r0)
    mul(r2, r2)
    data(2, _ADD_HIGH | 2 << 3 | 0)  # add r8, r2
    lsr(r2, r2, 8)
    data(2, _ADD_HIGH | 2 << 3 | 1)  # add r9, r2
    asr(r2, r1, 10)
    mul(r2, r0)
    data(2, _ADD_HIGH | 2 << 3 | 3)  # add r11, r2
    mul(r0, r1)
    data(2, _ADD_HIGH | 0 << 3 | 2)  # add r10, r0
    asr(r2, r1, 6)
    mul(r2, r2)
    data(2, _ADD_LOW | 1 << 7 | 2 << 3 | 6)  # add lr, r2
    mul(r1, r1)
    data(2, _ADD_HIGH | 1 << 3 | 4)  # add r12, r1
    add(r3, 2)
    bne(SET)
    data(2, _LDR_SP | 0 << 8)  # ldr r0, [sp]
    str(r5, [r0, 8])
    ldr(r0, [r0, 12])
    add(r0, 24)  # from sum of u * u on
    mov(r1, r8)
    mov(r2, r9)
    lsl(r3, r2, 8)
    asr(r2, r2, 24)
    sub(r1, r1, r3)
    asr(r4, r1, 31)
    add(r1, r1, r3)
    adc(r2, r4)
    ldr(r3, [r0, 0])
    ldr(r4, [r0, 4])
    add(r3, r3, r1)
    adc(r4, r2)
    data(2, _STM | 0 << 8 | 0b00011000)  # stm r0!, {r3, r4}
    mov(r1, r12)
    mov(r2, lr)
    lsl(r3, r2, 12)
    lsr(r2, r2, 20)
    sub(r1, r1, r3)
    asr(r4, r1, 31)
    add(r1, r1, r3)
    adc(r2, r4)
    ldr(r3, [r0, 0])
    ldr(r4, [r0, 4])
    add(r3, r3, r1)
    adc(r4, r2)
    data(2, _STM | 0 << 8 | 0b00011000)  # stm r0!, {r3, r4}
    mov(r1, r10)
    mov(r2, r11)
    lsl(r3, r2, 10)
    asr(r2, r2, 22)
    sub(r1, r1, r3)
    asr(r4, r1, 31)
    add(r1, r1, r3)
    adc(r2, r4)
    ldr(r3, [r0, 0])
    ldr(r4, [r0, 4])
    add(r3, r3, r1)
    adc(r4, r2)
    data(2, _STM | 0 << 8 | 0b00011000)  # stm r0!, {r3, r4}
    data(2, _LDR_SP | 0 << 8)  # ldr r0, [sp]
    ldr(r1, [r0, 0])
    cmp(r1, 0)
    bne(PIECE)
    ldr(r0, [r0, 12])
    add(r0, 8)  # from sum of u on
    ldr(r1, [r0, 0])
    ldr(r2, [r0, 4])
    asr(r3, r6, 31)
    add(r1, r1, r6)
    adc(r2, r3)
    data(2, _STM | 0 << 8 | 0b00000110)  # stm r0!, {r1, r2}
    ldr(r1, [r0, 0])
    ldr(r2, [r0, 4])
    asr(r3, r7, 31)
    add(r1, r1, r7)
    adc(r2, r3)
    data(2, _STM | 0 << 8 | 0b00000110)  # stm r0!, {r1, r2}
    pop({r0, r4, r5, r6, r7})
    mov(r8, r4)
    mov(r9, r5)
    mov(r10, r6)
    mov(r11, r7)


@micropython.asm_thumb
def fundamental(r0):
    """Add the sums of u and i with cos and sin; one parameter, the address of this block.

    0 to 3 as in squares, 4 step, 5 phase (moved on), 6 reference
    """
    # Blocks of up to 128 sets, u first, then i with the same phases.  With k = 10 hi * 2**k misses
    # by less than 128 * 2**10 for u, whose products are shifted, and by 128 * 2**13 * 2**10 for i,
    # which is shifted itself.
    # r0 u or i, r1 scratch, r2 cos, r3 cos (low half) and sin, r4 behind u, or i, r5 index of u or
    # sets left, r6 phase, r7 reference; lo and hi: r8 r9 with cos, r10 r11 with sin; r12 phase at
    # the start of the block, lr step.
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
    data(2, _LDM | 0 << 8 | 0b00010100)  # ldm r0!, {r2, r4}
    mov(r5, 128)
    cmp(r2, r5)
    bge(FULL)
    mov(r5, r2)
    label(FULL)
    sub(r2, r2, r5)
    push({r5})
    lsl(r5, r5, 1)
    add(r4, r4, r5)
    sub(r0, 8)
    data(2, _STM | 0 << 8 | 0b00010100)  # stm r0!, {r2, r4}
    neg(r5, r5)
    mov(r6, r12)
    mov(r0, 0)
    mov(r8, r0)
    mov(r9, r0)
    mov(r10, r0)
    mov(r11, r0)
    label(SET_U)
    lsr(r1, r6, 24)
    lsl(r1, r1, 2)
    data(2, _LDR | 1 << 6 | 7 << 3 | 3)  # ldr r3, [r7, r1]
    data(2, _ADD_LOW | 14 << 3 | 6)  # add r6, lr
    data(2, _LDRSH | 5 << 6 | 4 << 3 | 0)  # ldrsh r0, [r4, r5]
    data(2, _SXTH | 3 << 3 | 2)  # sxth r2, r3
    mul(r2, r0)
    data(2, _ADD_HIGH | 2 << 3 | 0)  # add r8, r2
    asr(r2, r2, 10)
    data(2, _ADD_HIGH | 2 << 3 | 1)  # add r9, r2
    asr(r3, r3, 16)
    mul(r3, r0)
    data(2, _ADD_HIGH | 3 << 3 | 2)  # add r10, r3
    asr(r3, r3, 10)
    data(2, _ADD_HIGH | 3 << 3 | 3)  # add r11, r3
    add(r5, 2)
    bne(SET_U)
    pop({r5})
    data(2, _LDR_SP | 0 << 8)  # ldr r0, [sp]
    ldr(r0, [r0, 12])
    add(r0, 48)  # from sum of u * cos on
    mov(r1, r8)
    mov(r2, r9)
    lsl(r3, r2, 10)
    asr(r2, r2, 22)
    sub(r1, r1, r3)
    asr(r4, r1, 31)
    add(r1, r1, r3)
    adc(r2, r4)
    ldr(r3, [r0, 0])
    ldr(r4, [r0, 4])
    add(r3, r3, r1)
    adc(r4, r2)
    data(2, _STM | 0 << 8 | 0b00011000)  # stm r0!, {r3, r4}
    mov(r1, r10)
    mov(r2, r11)
    lsl(r3, r2, 10)
    asr(r2, r2, 22)
    sub(r1, r1, r3)
    asr(r4, r1, 31)
    add(r1, r1, r3)
    adc(r2, r4)
    ldr(r3, [r0, 0])
    ldr(r4, [r0, 4])
    add(r3, r3, r1)
    adc(r4, r2)
    data(2, _STM | 0 << 8 | 0b00011000)  # stm r0!, {r3, r4}
    mov(r6, r12)
    mov(r1, 0)
    mov(r8, r1)
    mov(r9, r1)
    mov(r10, r1)
    mov(r11, r1)
    push({r0})
    data(2, _LDR_SP | 0 << 8 | 1)  # ldr r0, [sp, 4]
    ldr(r4, [r0, 8])
    label(SET_I)
    lsr(r1, r6, 24)
    lsl(r1, r1, 2)
    data(2, _LDR | 1 << 6 | 7 << 3 | 3)  # ldr r3, [r7, r1]
    data(2, _ADD_LOW | 14 << 3 | 6)  # add r6, lr
    data(2, _LDM | 4 << 8 | 0b00000001)  # ldm r4!, {r0}
    data(2, _SXTH | 3 << 3 | 2)  # sxth r2, r3
    mul(r2, r0)
    data(2, _ADD_HIGH | 2 << 3 | 0)  # add r8, r2
    asr(r1, r0, 10)
    data(2, _SXTH | 3 << 3 | 2)  # sxth r2, r3
    mul(r2, r1)
    data(2, _ADD_HIGH | 2 << 3 | 1)  # add r9, r2
    asr(r3, r3, 16)
    mul(r0, r3)
    data(2, _ADD_HIGH | 0 << 3 | 2)  # add r10, r0
    mul(r1, r3)
    data(2, _ADD_HIGH | 1 << 3 | 3)  # add r11, r1
    sub(r5, 1)
    bne(SET_I)
    mov(r12, r6)
    data(2, _LDR_SP | 0 << 8 | 1)  # ldr r0, [sp, 4]
    str(r4, [r0, 8])
    pop({r0})
    mov(r1, r8)
    mov(r2, r9)
    lsl(r3, r2, 10)
    asr(r2, r2, 22)
    sub(r1, r1, r3)
    asr(r4, r1, 31)
    add(r1, r1, r3)
    adc(r2, r4)
    ldr(r3, [r0, 0])
    ldr(r4, [r0, 4])
    add(r3, r3, r1)
    adc(r4, r2)
    data(2, _STM | 0 << 8 | 0b00011000)  # stm r0!, {r3, r4}
    mov(r1, r10)
    mov(r2, r11)
    lsl(r3, r2, 10)
    asr(r2, r2, 22)
    sub(r1, r1, r3)
    asr(r4, r1, 31)
    add(r1, r1, r3)
    adc(r2, r4)
    ldr(r3, [r0, 0])
    ldr(r4, [r0, 4])
    add(r3, r3, r1)
    adc(r4, r2)
    data(2, _STM | 0 << 8 | 0b00011000)  # stm r0!, {r3, r4}
    data(2, _LDR_SP | 0 << 8)  # ldr r0, [sp]
    ldr(r1, [r0, 0])
    cmp(r1, 0)
    beq(DONE)
    b(PIECE)  # too far for a condition
    label(DONE)
    mov(r1, r12)
    str(r1, [r0, 20])
    pop({r0, r4, r5, r6, r7})
    mov(r8, r4)
    mov(r9, r5)
    mov(r10, r6)
    mov(r11, r7)
