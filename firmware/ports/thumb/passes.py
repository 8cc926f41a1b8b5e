"""Cuts the sums of a window where the rings wrap; the kernels' accumulate() on every Cortex-M."""

from array import array

from micropython import const
from uctypes import addressof

from meter.metrology import layout

# Words of the parameter block, as each kernel's machine code documents them.
_LEFT = const(0)
_NEXT_U = const(1)
_NEXT_I = const(2)
_SUMS = const(3)
_STEP = const(4)
_PHASE = const(5)
_REFERENCE = const(6)

_block = array("I", [0] * 7)


def accumulate(passes, width, u, i, first, n, mask, step, sums):  # noqa: PLR0913, PLR0917
    """As the definition, meter/metrology/kernel.py.

    passes:  machine code that adds its sums of ring pieces that do not wrap
    width:   bytes of a value of i, 2 or 4; u has 2
    """
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
        for add_sums in passes:
            block[_LEFT] = count
            block[_NEXT_U] = addressof(u) + 2 * first
            block[_NEXT_I] = addressof(i) + width * first
            add_sums(block)
        first += count
        n -= count
