"""Sums of each half cycle of a window, from a part of its sets: what dips and swells are found by.

A window is cut into halves of equal length; of the reference phase they begin at its crossings.
Some sixteen sets of a half are taken: of harmonics below the 16th nothing is lost in a cycle, what
lies above folds onto them and still counts in the rms.
"""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from array import array

HALVES = const(26)  # at most, of a window of 230 ms at 55 Hz
FIELDS = const(3)  # of a half: sum of v, sum of v * v, sets taken
LARGEST = const(4096)  # |v|, so that the squares of up to 63 sets stay below 2**30
_SETS = const(16)


def stride(n: int, halves: int) -> int:
    """Return from which set to which set sums() goes.  Hot."""
    return max(1, n // (halves * _SETS or 1))


def sums(  # noqa: PLR0913, PLR0917  each buffer is an argument of its own
    u: "array[int]",
    first: int,
    n: int,
    mask: int,
    halves: int,
    shift: int,
    out: "array[int]",
) -> None:
    """Sum v = u >> shift over each of `halves` parts of `n` sets; FIELDS of each go to `out`.

    u:      ring of mask + 1 sets; |v| <= LARGEST
    halves: 0..HALVES
    out:    array('i', HALVES * FIELDS).  Warm; some 1.5 us a set on CPython.
    """
    step = stride(n, halves)
    begin = at = 0
    for half in range(1, halves + 1):
        end = n * half // halves
        total = squares = taken = 0
        for k in range(first + begin, first + end, step):
            v = u[k & mask] >> shift
            total += v
            squares += v * v
            taken += 1
        out[at] = total
        out[at + 1] = squares
        out[at + 2] = taken
        at += FIELDS
        begin = end
