"""Tracker of the kernel in Thumb machine code that every Cortex-M runs; u is array('h').

The definition is track() of meter/metrology/kernel.py; conventions: ports/rp2/machine_code.py.
"""

# The registers and instructions are names of the inline assembler, not of Python.
# ruff: noqa: F821, PLR0915
# pyright: reportUndefinedVariable=false, reportArgumentType=false

from array import array

import micropython
from micropython import const
from uctypes import addressof

_LDRSH = const(0x5E00)  # | m << 6 | n << 3 | t: t = signed half at n + m
_CMP = const(0x4500)  # | m << 3 | n: flags of n - m for a high m
_LDM = const(0xC800)  # | n << 8 | list: load the listed registers from n on, and move n on

# Words of the parameter block of _track()
_END_NEWEST = const(0)
_END_MIDDLE = const(1)
_END_OLDEST = const(2)
_SETS = const(3)
_STATE = const(4)

_block = array("I", [0] * 5)


def track(u, first, n, mask, half, state):
    """As the definition."""
    block = _block
    block[_STATE] = addressof(state)
    taken = 0
    while taken < n:
        newest = (first + taken) & mask
        middle = (newest - half) & mask
        oldest = (middle - half) & mask
        count = min(n - taken, mask + 1 - max(newest, middle, oldest))
        taken += count
        block[_END_NEWEST] = addressof(u) + 2 * (newest + count)
        block[_END_MIDDLE] = addressof(u) + 2 * (middle + count)
        block[_END_OLDEST] = addressof(u) + 2 * (oldest + count)
        block[_SETS] = count
        left = _track(block)
        if left:
            return taken - left + 1
    return 0


@micropython.asm_thumb
def _track(r0):
    """Track in ring pieces that do not wrap; one parameter, the address of this block.

    0 behind u[k], 1 behind u[k - half], 2 behind u[k - 2 * half], 3 sets (> 0), 4 state
    Returns 0, or at a crossing the sets from that of the crossing on.
    """
    # r0-r2 scratch, r0 last change of y, r3 y, r4 r5 r6 ends of the pieces, r7 index, r12 limit.
    data(2, _LDM | 0 << 8 | 0b11110000)  # ldm r0!, {r4, r5, r6, r7}
    ldr(r1, [r0, 0])
    push({r1})
    ldr(r3, [r1, 0])
    ldr(r2, [r1, 8])
    ldr(r0, [r1, 12])
    neg(r0, r0)
    mov(r12, r0)
    lsl(r7, r7, 1)
    neg(r7, r7)
    cmp(r2, 0)
    bne(ARMED)
    label(IDLE)
    data(2, _LDRSH | 7 << 6 | 4 << 3 | 0)  # ldrsh r0, [r4, r7]
    data(2, _LDRSH | 7 << 6 | 5 << 3 | 1)  # ldrsh r1, [r5, r7]
    data(2, _LDRSH | 7 << 6 | 6 << 3 | 2)  # ldrsh r2, [r6, r7]
    lsl(r1, r1, 1)
    sub(r0, r0, r1)
    add(r0, r0, r2)
    add(r3, r3, r0)
    data(2, _CMP | 12 << 3 | 3)  # cmp r3, r12
    blt(BELOW)
    add(r7, 2)
    bne(IDLE)
    b(CROSSING)  # or rather none: r7 is 0
    label(BELOW)
    add(r7, 2)
    beq(STILL_ARMED)
    label(ARMED)
    data(2, _LDRSH | 7 << 6 | 4 << 3 | 0)  # ldrsh r0, [r4, r7]
    data(2, _LDRSH | 7 << 6 | 5 << 3 | 1)  # ldrsh r1, [r5, r7]
    data(2, _LDRSH | 7 << 6 | 6 << 3 | 2)  # ldrsh r2, [r6, r7]
    lsl(r1, r1, 1)
    sub(r0, r0, r1)
    add(r0, r0, r2)
    add(r3, r3, r0)
    bpl(CROSSING)
    add(r7, 2)
    bne(ARMED)
    label(STILL_ARMED)
    mov(r1, 1)
    b(END)
    label(CROSSING)
    mov(r1, 0)
    label(END)
    pop({r2})
    str(r3, [r2, 0])
    sub(r3, r3, r0)
    str(r3, [r2, 4])
    str(r1, [r2, 8])
    asr(r7, r7, 1)
    neg(r0, r7)
