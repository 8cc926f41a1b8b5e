"""The kernel: what is done to every set of samples.  This is its definition, in plain Python.

A *set* holds one value of every channel at one instant.  The converter's codes become sets in
rings, one ring per channel, of a power of two sets (mask = length - 1): set k lives at index
k & mask.  `track` finds the mains cycles in them, `accumulate` sums the products of a window.
Energy and every other quantity follow from those sums.

The twins compute the same integers from the same arguments: ports/rp2/kernel.py in machine code,
ports/cpython/kernel.py in NumPy.  Whoever needs a kernel is given one of the three.
"""

# Each buffer is an argument of its own: gathering them in an object would cost the board a call.
# ruff: noqa: PLR0913, PLR0917

from micropython import const

from meter.metrology import half_cycles
from meter.metrology.layout import (
    ARMED,
    CODES_PER_CHANNEL,
    CODES_PER_SET,
    HYSTERESIS,
    I_SHIFT,
    MEAN_SHIFT,
    PHASE_MASK,
    PREVIOUS,
    REFERENCE,
    REFERENCE_START,
    U_SHIFT,
    Y,
)

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from array import array


half_sums = half_cycles.sums


def decimate(
    codes: "array[int]",
    first: int,
    n: int,
    lut: "array[int]",
    carry: "array[int]",
    ih: "array[int]",
    u: "array[int]",
    il: "array[int]",
    at: int,
    mask: int,
) -> None:
    """Turn `n` times 18 converter codes into `n` sets, linearised and moved to one instant.

    The converter takes I_high, U, I_low in turn, so U comes 1/3 and I_low 2/3 of a channel's
    period T late.  Linear interpolation between neighbouring codes of the same channel undoes
    that: U at the instant of I_high is 2/3 U[k] + 1/3 U[k-1].  Over the 6 codes of a set all inner
    neighbours cancel and only the last code, and the last one of the set before, keep a weight of
    their own.  The phase error left is (2 pi f T)**3 / 81: 4e-9 rad at 50 Hz with T = 20.8 us.

    codes:      array('H'), 0..4095, 18 per set; `first` and `n` count sets and do not wrap
    lut:        array('h', 4096), linearised code by code, |lut| <= 28_404
    carry:      array('i', 2), last linearised U and I_low code of the set before; updated
    ih, u, il:  array('h') rings of mask + 1 sets, written from set `at` on; |value| <= 7989
    """
    last_u = carry[0]
    last_il = carry[1]
    code = first * CODES_PER_SET
    for k in range(at, at + n):
        before_u = last_u
        before_il = last_il
        sum_ih = sum_u = sum_il = 0
        for _ in range(CODES_PER_CHANNEL):
            last_u = lut[codes[code + 1]]
            last_il = lut[codes[code + 2]]
            sum_ih += lut[codes[code]]
            sum_u += last_u
            sum_il += last_il
            code += 3
        ih[k & mask] = 3 * sum_ih >> MEAN_SHIFT
        u[k & mask] = (3 * sum_u - last_u + before_u) >> MEAN_SHIFT
        il[k & mask] = (3 * sum_il - 2 * last_il + 2 * before_il) >> MEAN_SHIFT
    carry[0] = last_u
    carry[1] = last_il


def unpack(
    frames: "array[int]",
    first: int,
    n: int,
    systems_u: "tuple[array[int], ...]",
    systems_i: "tuple[array[int], ...]",
    at: int,
    mask: int,
) -> None:
    """Sort `n` frames of a 24-bit converter into the rings of its systems.

    frames:     array('i'), signed 24-bit codes u1 i1 u2 i2 ..., one pair per system; `first` and
                `n` count frames and do not wrap
    systems_u:  per system array('h'), ring of mask + 1 sets, gets code >> 8
    systems_i:  per system array('i'), ring of mask + 1 sets, gets code >> 4
    """
    code = first * 2 * len(systems_u)
    for k in range(at, at + n):
        for system in range(len(systems_u)):
            systems_u[system][k & mask] = frames[code] >> U_SHIFT
            systems_i[system][k & mask] = frames[code + 1] >> I_SHIFT
            code += 2


def unpack_words(
    words: "array[int]",
    first: int,
    n: int,
    stride: int,
    u: "array[int]",
    i: "array[int]",
    at: int,
    mask: int,
) -> None:
    """Move `n` frames of one 24-bit converter, a word to each of its words, into a system's rings.

    words:   array('I'), below 2**24, `stride` a frame: status, code of U, code of I (both two's
             complement), whatever else, CRC; nothing but the two codes is looked at; `first` and
             `n` count frames and do not wrap
    stride:  words in a frame, at least 3
    u:       array('h'), ring of mask + 1 sets, gets code >> 8
    i:       array('i'), ring of mask + 1 sets, gets code >> 4
    """
    word = first * stride + 1
    for k in range(at, at + n):
        u[k & mask] = _signed(words[word]) >> U_SHIFT
        i[k & mask] = _signed(words[word + 1]) >> I_SHIFT
        word += stride


def _signed(code: int) -> int:
    """Return a code of 24 bits in two's complement as a number."""
    return code - (code >> 23 << 24)


def accumulate(
    u: "array[int]",
    i: "array[int]",
    first: int,
    n: int,
    mask: int,
    step: int,
    sums: "array[int]",
) -> None:
    """Sum the products of `n` sets of one system from set `first` on.

    u, i:  rings of mask + 1 sets: array('h') with |value| < 2**13 in the 12-bit format, array('h')
           and array('i') with |u| <= 2**15, |i| <= 2**19 in the 24-bit format (sums then stay
           below 2**63 for any n < 2**24)
    step:  0..2**32-1, turns of the reference per set times 2**32; its phase is 0 at set `first`
    sums:  array('q', layout.SUMS), overwritten
    """
    sum_u = sum_i = sum_uu = sum_ii = sum_ui = 0
    sum_uc = sum_us = sum_ic = sum_is = 0
    phase = REFERENCE_START
    for k in range(first, first + n):
        value_u = u[k & mask]
        value_i = i[k & mask]
        pair = phase >> 24 << 1
        cosine = REFERENCE[pair]
        sine = REFERENCE[pair + 1]
        phase = (phase + step) & PHASE_MASK
        sum_u += value_u
        sum_i += value_i
        sum_uu += value_u * value_u
        sum_ii += value_i * value_i
        sum_ui += value_u * value_i
        sum_uc += value_u * cosine
        sum_us += value_u * sine
        sum_ic += value_i * cosine
        sum_is += value_i * sine
    totals = (n, sum_u, sum_i, sum_uu, sum_ii, sum_ui, sum_uc, sum_us, sum_ic, sum_is)
    for index, total in enumerate(totals):  # in the order of layout.N to layout.IS
        sums[index] = total


def track(
    u: "array[int]",
    first: int,
    n: int,
    mask: int,
    half: int,
    state: "array[int]",
) -> int:
    """Look for a positive-going zero crossing of the mains in `n` sets; return the sets taken.

    y[k] = (sum of the last `half` values of u) - (sum of the `half` values before those) passes
    the fundamental, has no answer to DC and little to harmonics; it is computed recursively and
    exactly.  A crossing counts only if y fell below -HYSTERESIS since the last one.  Returns 1..n,
    the sets up to and including the first with y >= 0, or 0 if all `n` were taken without one.
    The crossing lies between PREVIOUS (y before that set, < 0) and Y (y after it, >= 0).

    u:      array('h'), ring of mask + 1 sets that still holds the 2 * half sets before `first`
    half:   1..64, some 0.4 of a mains cycle; |y| <= 2 * half * 2**15 <= 2**22
    state:  array('i', layout.TRACKER), updated; all zero fits a ring of zeros
    """
    y = state[Y]
    limit = -state[HYSTERESIS]
    for k in range(first, first + n):
        previous = y
        y += u[k & mask] - 2 * u[(k - half) & mask] + u[(k - 2 * half) & mask]
        if y < limit:
            state[ARMED] = 1
        elif state[ARMED] and y >= 0:
            state[Y] = y
            state[PREVIOUS] = previous
            state[ARMED] = 0
            return k - first + 1
    if n:
        state[Y] = y
        state[PREVIOUS] = previous
    return 0


def shifted(sums: "array[int]", index: int) -> int:
    """Return one of the sums of accumulate() >> 16, which fits 30 bits: it is below 2**46."""
    return sums[index] >> 16


def peak(values: "array[int]", first: int, n: int, mask: int) -> int:
    """Return the greatest |value| of `n` sets of a ring from set `first` on; 0 if n is 0."""
    greatest = 0
    for k in range(first, first + n):
        greatest = max(greatest, abs(values[k & mask]))
    return greatest
