"""Machine-code twin of the kernel for the Cortex-M0+, 24-bit format: u array('h'), i array('i').

The definition is meter/metrology/kernel.py.  Every function here takes its arguments and computes
the same integers, without allocating.  A ring holds at most 4096 sets.
"""

from ports.rp2 import machine_code_24
from ports.thumb import frames, halves, passes, peak_24, tracker

_PASSES = (machine_code_24.squares, machine_code_24.fundamental)

unpack_words = frames.unpack_words
track = tracker.track
half_sums = halves.half_sums
shifted = halves.shifted
peak = peak_24.peak


def accumulate(u, i, first, n, mask, step, sums):  # noqa: PLR0913, PLR0917
    """As the definition."""
    passes.accumulate(_PASSES, 4, u, i, first, n, mask, step, sums)
