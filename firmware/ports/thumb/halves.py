"""Sums of half cycles, and a look into 64-bit sums, in Thumb machine code for every Cortex-M.

The definitions are half_sums() and shifted() of meter/metrology/kernel.py; conventions:
ports/rp2/machine_code.py.
"""

# The registers and instructions are names of the inline assembler, not of Python.
# Each buffer is an argument of its own: gathering them in an object would cost the board a call.
# ruff: noqa: F821, PLR0913, PLR0917
# pyright: reportUndefinedVariable=false, reportArgumentType=false

from array import array

import micropython
from micropython import const
from uctypes import addressof

from meter.metrology import half_cycles

_LDRSH = const(0x5E00)  # | m << 6 | n << 3 | t: t = signed half at n + m
_ASR = const(0x4100)  # | m << 3 | d: d >>= m, signed
_ADD_HIGH = const(0x4400)  # | m << 3 | d: d += a high m

# Words of the parameter block of _half_sum()
_U = const(0)
_AT = const(1)
_STRIDE = const(2)
_MASK = const(3)
_COUNT = const(4)
_SHIFT = const(5)
_OUT = const(6)

_block = array("I", [0] * 7)


def half_sums(u, first, n, mask, halves, shift, out):
    """As the definition."""
    block = _block
    stride = half_cycles.stride(n, halves)
    block[_U] = addressof(u)
    block[_STRIDE] = 2 * stride
    block[_MASK] = 2 * mask
    block[_SHIFT] = shift
    block[_OUT] = addressof(out)
    begin = at = 0
    for half in range(1, halves + 1):
        end = n * half // halves
        taken = (end - begin + stride - 1) // stride
        block[_AT] = 2 * (first + begin & mask)
        block[_COUNT] = taken
        _half_sum(block)
        out[at + 2] = taken
        block[_OUT] += 4 * half_cycles.FIELDS
        at += half_cycles.FIELDS
        begin = end


def shifted(sums, index):
    """As the definition."""
    return _shifted(addressof(sums), index)


@micropython.asm_thumb
def _half_sum(r0):
    """Write the sums of v and v * v; one parameter, the address of this block.

    0 ring, 1 first byte in it, 2 bytes from one set to the next, 3 mask of bytes, 4 sets (> 0),
    5 shift, 6 where the two sums go
    """
    # r0 shift, r1 byte in the ring, r2 sets left, r3 sum, r4 squares, r5 v, r6 ring, r7 mask,
    # r12 stride.
    push({r0})
    ldr(r6, [r0, 0])
    ldr(r1, [r0, 4])
    ldr(r2, [r0, 8])
    mov(r12, r2)
    ldr(r7, [r0, 12])
    ldr(r2, [r0, 16])
    ldr(r0, [r0, 20])
    mov(r3, 0)
    mov(r4, 0)
    label(SET)
    data(2, _LDRSH | 1 << 6 | 6 << 3 | 5)  # ldrsh r5, [r6, r1]
    data(2, _ASR | 0 << 3 | 5)  # asr r5, r0
    add(r3, r3, r5)
    mul(r5, r5)
    add(r4, r4, r5)
    data(2, _ADD_HIGH | 12 << 3 | 1)  # add r1, r12
    and_(r1, r7)
    sub(r2, r2, 1)
    bne(SET)
    pop({r0})
    ldr(r0, [r0, 24])
    str(r3, [r0, 0])
    str(r4, [r0, 4])


@micropython.asm_thumb
def _shifted(r0, r1):
    """Return bits 16..47 of the 64-bit integer r1 of the array at r0."""
    lsl(r1, r1, 3)
    add(r0, r0, r1)
    ldr(r2, [r0, 0])
    ldr(r3, [r0, 4])
    lsr(r2, r2, 16)
    lsl(r3, r3, 16)
    orr(r2, r3)
    mov(r0, r2)
