"""Machine-code twin of the kernel for the Cortex-M4 and M7: 24-bit format, frames in bytes.

The definition is meter/metrology/kernel.py.  Every function here takes its arguments and computes
the same integers, without allocating.  Python cuts the work where a ring wraps and fills a block
of parameters; what is done per set is machine_code.py.  A ring holds at most 4096 sets.
"""

# Each buffer is an argument of its own: gathering them in an object would cost the board a call.
# ruff: noqa: PLR0913, PLR0917

from array import array

from micropython import const
from uctypes import addressof

from meter.metrology import layout
from ports.stm32 import machine_code
from ports.thumb import peak_24, tracker

# Words of the parameter block, as machine_code.py documents them for each function.
_OCTETS = const(0)
_COUNT = const(1)
_FRAME = const(2)
_END_U = const(3)
_NEXT_I = const(4)

_SETS = const(0)
_U = const(1)
_I = const(2)
_SUMS = const(3)
_STEP = const(4)
_PHASE = const(5)
_REFERENCE = const(6)

track = tracker.track
peak = peak_24.peak

_block = array("I", [0] * 7)


def unpack_bytes(octets, first, n, stride, u, i, at, mask):
    """As the definition."""
    block = _block
    block[_FRAME] = 3 * stride
    while n:
        at &= mask
        count = min(n, mask + 1 - at)
        block[_OCTETS] = addressof(octets) + 3 * (stride * first + 1)
        block[_COUNT] = count
        block[_END_U] = addressof(u) + 2 * (at + count)
        block[_NEXT_I] = addressof(i) + 4 * at
        machine_code.unpack(block)
        first += count
        at += count
        n -= count


def accumulate(u, i, first, n, mask, step, sums):
    """As the definition."""
    for index in range(layout.SUMS):
        sums[index] = 0
    sums[layout.N] = n
    block = _block
    block[_SUMS] = addressof(sums)
    block[_STEP] = step
    block[_PHASE] = layout.REFERENCE_START
    block[_REFERENCE] = addressof(layout.REFERENCE)
    while n:
        first &= mask
        count = min(n, mask + 1 - first)
        block[_SETS] = count
        block[_U] = addressof(u) + 2 * first
        block[_I] = addressof(i) + 4 * first
        machine_code.squares(block)
        machine_code.fundamental(block)
        first += count
        n -= count
