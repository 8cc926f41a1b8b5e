"""Machine-code twin of the kernel for the Cortex-M4 and M7: 24-bit format.

The definition is meter/metrology/kernel.py.  Every function here takes its arguments and computes
the same integers, without allocating.  A ring holds at most 4096 sets.
"""

from ports.stm32 import machine_code
from ports.thumb import frames, halves, passes, peak_24, tracker

_PASSES = (machine_code.squares, machine_code.fundamental)

unpack_words = frames.unpack_words
track = tracker.track
half_sums = halves.half_sums
shifted = halves.shifted
peak = peak_24.peak


def accumulate(u, i, first, n, mask, step, sums):  # noqa: PLR0913, PLR0917
    """As the definition."""
    passes.accumulate(_PASSES, 4, u, i, first, n, mask, step, sums)
