"""Machine-code twin of the kernel for the Cortex-M0+, 24-bit format: u array('h'), i array('i').

The definition is meter/metrology/kernel.py.  Every function here takes its arguments and computes
the same integers, without allocating.  Python cuts the work where a ring wraps and fills a block
of parameters; what is done per set is machine_code_24.py.  A ring holds at most 4096 sets.
"""

# Each buffer is an argument of its own: gathering them in an object would cost the board a call.
# ruff: noqa: PLR0913, PLR0917

from array import array

from micropython import const
from uctypes import addressof

from meter.metrology import layout
from ports.rp2 import machine_code_24
from ports.thumb import peak_24, tracker

# Words of the parameter block, as machine_code_24.py documents them for each function.
_WORDS = const(0)
_COUNT = const(1)
_BETWEEN = const(2)
_END_U = const(3)
_I = const(4)

_LEFT = const(0)
_NEXT_U = const(1)
_NEXT_I = const(2)
_SUMS = const(3)
_STEP = const(4)
_PHASE = const(5)
_REFERENCE = const(6)

_PASSES = (machine_code_24.squares, machine_code_24.fundamental)

track = tracker.track
peak = peak_24.peak

_block = array("I", [0] * 7)


def unpack_words(words, first, n, stride, u, i, at, mask):
    """As the definition."""
    block = _block
    block[_BETWEEN] = 4 * (stride - 2)
    while n:
        at &= mask
        count = min(n, mask + 1 - at)
        block[_WORDS] = addressof(words) + 4 * (stride * first + 1)
        block[_COUNT] = count
        block[_END_U] = addressof(u) + 2 * (at + count)
        block[_I] = addressof(i) + 4 * at
        machine_code_24.unpack(block)
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
        for add_sums in _PASSES:
            block[_LEFT] = count
            block[_NEXT_U] = addressof(u) + 2 * first
            block[_NEXT_I] = addressof(i) + 4 * first
            add_sums(block)
        first += count
        n -= count
