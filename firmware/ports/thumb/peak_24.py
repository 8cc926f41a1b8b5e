"""Peak of the kernel's 24-bit format, array('i'), in Thumb machine code that every Cortex-M runs.

The definition is peak() of meter/metrology/kernel.py; conventions: ports/rp2/machine_code.py.
"""

# The registers and instructions are names of the inline assembler, not of Python.
# ruff: noqa: F821
# pyright: reportUndefinedVariable=false

import micropython
from micropython import const
from uctypes import addressof

_LDR = const(0x5800)  # | m << 6 | n << 3 | t: t = word at n + m


def peak(values, first, n, mask):
    """As the definition, for array('i')."""
    greatest = 0
    while n:
        first &= mask
        count = min(n, mask + 1 - first)
        first += count
        n -= count
        greatest = _peak(addressof(values) + 4 * first, count, greatest)
    return greatest


@micropython.asm_thumb
def _peak(r0, r1, r2):
    """Return the greatest |value|, but at least r2, of the r1 (> 0) words that end before r0."""
    # As in ports/rp2/machine_code.py: two halves in parallel.  r0 r6 behind them, r1 index, r3
    # 2 * r2, r4 v.
    lsl(r3, r1, 2)
    sub(r6, r0, r3)
    add(r1, 1)
    lsr(r1, r1, 1)
    lsl(r1, r1, 2)
    add(r6, r6, r1)
    neg(r1, r1)
    add(r3, r2, r2)
    label(SET)
    data(2, _LDR | 1 << 6 | 0 << 3 | 4)  # ldr r4, [r0, r1]
    add(r5, r4, r2)
    cmp(r5, r3)
    bhi(GREATER)
    data(2, _LDR | 1 << 6 | 6 << 3 | 4)  # ldr r4, [r6, r1]
    add(r5, r4, r2)
    cmp(r5, r3)
    bhi(GREATER)
    add(r1, 4)
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
