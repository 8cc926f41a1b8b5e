"""Machine-code twin of the kernel for the Cortex-M0+, 12-bit format: all rings are array('h').

The definition is meter/metrology/kernel.py.  Every function here takes its arguments and computes
the same integers, without allocating.  Python cuts the work where a ring wraps and fills a block
of parameters; what is done per set is machine_code.py.
"""

# Each buffer is an argument of its own: gathering them in an object would cost the board a call.
# ruff: noqa: PLR0913, PLR0917

from array import array

from micropython import const
from uctypes import addressof

from meter.metrology import layout
from ports.rp2 import machine_code
from ports.thumb import halves, passes, tracker

# Words of the parameter block, as machine_code.py documents them for each function.
_LUT = const(0)
_COUNT = const(1)
_CARRY = const(2)
_END_IH = const(3)
_END_U = const(4)
_END_IL = const(5)
_CODES = const(6)

_PASSES = (machine_code.squares, machine_code.fundamental)

track = tracker.track
half_sums = halves.half_sums
shifted = halves.shifted

_block = array("I", [0] * 7)


def decimate(codes, first, n, lut, carry, ih, u, il, at, mask):
    """As the definition."""
    block = _block
    block[_CODES] = addressof(codes) + 2 * layout.CODES_PER_SET * first
    block[_LUT] = addressof(lut)
    block[_CARRY] = addressof(carry)
    while n:
        at &= mask
        count = min(n, mask + 1 - at)
        at += count
        n -= count
        block[_COUNT] = count
        block[_END_IH] = addressof(ih) + 2 * at
        block[_END_U] = addressof(u) + 2 * at
        block[_END_IL] = addressof(il) + 2 * at
        machine_code.decimate(block)


def accumulate(u, i, first, n, mask, step, sums):
    """As the definition."""
    passes.accumulate(_PASSES, 2, u, i, first, n, mask, step, sums)


def peak(values, first, n, mask):
    """As the definition."""
    greatest = 0
    while n:
        first &= mask
        count = min(n, mask + 1 - first)
        first += count
        n -= count
        greatest = machine_code.peak(addressof(values) + 2 * first, count, greatest)
    return greatest
