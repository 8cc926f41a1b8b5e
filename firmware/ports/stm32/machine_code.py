"""The inner loops of kernel.py in Cortex-M4 and M7 machine code: u is array('h'), i array('i').

Conventions as in ports/rp2/machine_code.py.  What MicroPython's assembler does not know is a
`data` with the instruction beside it (Armv7-M Architecture Reference Manual, A7.7).  SMLAL adds a
product of two numbers of 32 bits to a sum of 64, so every sum is exact as it stands.
"""

# The registers and instructions are names of the inline assembler, not of Python.
# ruff: noqa: F821
# pyright: reportUndefinedVariable=false, reportArgumentType=false

import micropython
from micropython import const

_LDRSH = const(0x5E00)  # | m << 6 | n << 3 | t: t = signed half at n + m
_SXTH = const(0xB200)  # | m << 3 | d: d = signed low half of m
_LDM = const(0xC800)  # | n << 8 | list: load the listed registers from n on, and move n on
_STM = const(0xC000)  # | n << 8 | list: store them likewise
_LDR_SP = const(0x9800)  # | t << 8 | k: t = word k from the top of the stack
_CMP_12 = const(0x4584)  # | m << 3: flags of r12 - m

# Of 32 bits: the second half is in brackets.
_PUSH = const(0xE92D)  # (list)
_POP = const(0xE8BD)  # (list)
_LDM_W = const(0xE890)  # | n (list): n stays
_STM_W = const(0xE880)  # | n (list): n stays
_LDR_X = const(0xF850)  # | n (t << 12 | k << 4 | m): t = word at n + (m << k)
_LDR_N = const(0xF850)  # | n (t << 12 | 0xB04): t = word at n, then n += 4
_LDRSH_N = const(0xF930)  # | n (t << 12 | 0xB02): t = signed half at n, then n += 2
_SMLAL = const(0xFBC0)  # | n (l << 12 | h << 8 | m): h:l += n * m
_BB = const(0x80)  # | in the second half of _SMLAL: the low halves of n and m,
_BT = const(0x90)  # or the low half of n and the high one of m


@micropython.asm_thumb
def squares(r0):
    """Add the sums of u, i, u * u, i * i, u * i; one parameter, the address of this block.

    0 sets (1..4096), 1 u, 2 i, 3 sums
    """
    # r0 u, r1 i, r3 index of u, r4 behind u, r5 i, r6 sum of u, r7 of i, r9:r8 of u * u, r11:r10
    # of i * i, lr:r12 of u * i.
    data(2, _PUSH, 0b0000_1111_0000_0000)  # push {r8, r9, r10, r11}
    data(2, _LDM | 0 << 8 | 0b00111000)  # ldm r0!, {r3, r4, r5}
    ldr(r0, [r0, 0])
    push({r0})
    add(r0, 24)  # from sum of u * u on
    data(2, _LDM_W | 0, 0b0101_1111_0000_0000)  # ldm r0, {r8, r9, r10, r11, r12, lr}
    lsl(r3, r3, 1)
    add(r4, r4, r3)
    neg(r3, r3)
    mov(r6, 0)
    mov(r7, 0)
    label(SET)
    data(2, _LDRSH | 3 << 6 | 4 << 3 | 0)  # ldrsh r0, [r4, r3]
    data(2, _LDM | 5 << 8 | 0b00000010)  # ldm r5!, {r1}
    add(r6, r6, r0)
    add(r7, r7, r1)
    data(2, _SMLAL | 0, 8 << 12 | 9 << 8 | 0)  # smlal r8, r9, r0, r0
    data(2, _SMLAL | 0, 12 << 12 | 14 << 8 | 1)  # smlal r12, lr, r0, r1
    data(2, _SMLAL | 1, 10 << 12 | 11 << 8 | 1)  # smlal r10, r11, r1, r1
    add(r3, 2)
    bne(SET)
    pop({r0})
    add(r0, 24)
    data(2, _STM_W | 0, 0b0101_1111_0000_0000)  # stm r0, {r8, r9, r10, r11, r12, lr}
    sub(r0, 16)  # from sum of u on
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
    data(2, _POP, 0b0000_1111_0000_0000)  # pop {r8, r9, r10, r11}


@micropython.asm_thumb
def fundamental(r0):
    """Add the sums of u and i with cos and sin; one parameter, the address of this block.

    0 to 3 as in squares, 4 step, 5 phase (moved on), 6 reference
    """
    # r0 u or i, r1 cos (low half) and sin, r2 scratch, r3 phase, r5:r4 sum of u * cos, r7:r6 u *
    # sin, r9:r8 i * cos, r11:r10 i * sin, r12 u, lr i; on the stack: sums, step, reference, behind
    # u.
    data(2, _PUSH, 0b0000_1111_0000_0000)  # push {r8, r9, r10, r11}
    push({r0})
    data(2, _LDM | 0 << 8 | 0b11111110)  # ldm r0!, {r1, r2, r3, r4, r5, r6, r7}
    mov(r12, r2)
    mov(lr, r3)
    lsl(r1, r1, 1)
    add(r2, r2, r1)
    mov(r3, r6)
    mov(r6, r7)
    mov(r7, r2)
    push({r4, r5, r6, r7})
    add(r4, 48)  # from sum of u * cos on
    data(2, _LDM_W | 4, 0b0000_1111_1111_0000)  # ldm r4, {r4, r5, r6, r7, r8, r9, r10, r11}
    label(SET)
    data(2, _LDR_SP | 2 << 8 | 2)  # ldr r2, [sp, 8]
    lsr(r1, r3, 24)
    data(2, _LDR_X | 2, 1 << 12 | 2 << 4 | 1)  # ldr r1, [r2, r1, lsl 2]
    data(2, _LDR_SP | 2 << 8 | 1)  # ldr r2, [sp, 4]
    add(r3, r3, r2)
    data(2, _LDRSH_N | 12, 0 << 12 | 0xB02)  # ldrsh r0, [r12], 2
    data(2, _SMLAL | 0, 4 << 12 | 5 << 8 | _BB | 1)  # smlalbb r4, r5, r0, r1
    data(2, _SMLAL | 0, 6 << 12 | 7 << 8 | _BT | 1)  # smlalbt r6, r7, r0, r1
    data(2, _LDR_N | 14, 0 << 12 | 0xB04)  # ldr r0, [lr], 4
    data(2, _SXTH | 1 << 3 | 2)  # sxth r2, r1
    data(2, _SMLAL | 0, 8 << 12 | 9 << 8 | 2)  # smlal r8, r9, r0, r2
    asr(r1, r1, 16)
    data(2, _SMLAL | 0, 10 << 12 | 11 << 8 | 1)  # smlal r10, r11, r0, r1
    data(2, _LDR_SP | 2 << 8 | 3)  # ldr r2, [sp, 12]
    data(2, _CMP_12 | 2 << 3)  # cmp r12, r2
    bne(SET)
    pop({r0})
    add(r0, 48)
    data(2, _STM_W | 0, 0b0000_1111_1111_0000)  # stm r0, {r4, r5, r6, r7, r8, r9, r10, r11}
    pop({r0, r1, r2})
    pop({r0})
    str(r3, [r0, 20])
    data(2, _POP, 0b0000_1111_0000_0000)  # pop {r8, r9, r10, r11}
