"""Means of ten minutes and what a week of them says about EN 50160.

Limits (EN 50160, low voltage, not confirmed by its text): 95 % of the ten-minute means within
+-10 % of Un and all within +10/-15 %; u2 up to 2 % and THD up to 8 % for 95 %; frequency, means of
10 s, within 1 % for 99.5 %, and all within +4/-6 %.  Intervals with a dip, a swell or an
interruption are flagged, counted apart, and judged no further (IEC 61000-4-30, flagging).
"""

import struct

from micropython import const

from meter.units import isqrt

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

PACKED = const(18)

# Counters.
FLAGGED = const(0)
MEANS = const(1)  # of ten minutes that were judged
NEAR = const(2)  # ... of them within +-10 %, all phases
WITHIN = const(3)  # ... within +10/-15 %
BALANCED = const(4)
UNDISTORTED = const(5)
FREQUENCIES = const(6)  # means of 10 s
EXACT = const(7)  # ... within 1 %
BEARABLE = const(8)  # ... within +4/-6 %
COUNTERS = const(9)
_FORM = "<9H"

# What a week fails in, bits.
VOLTAGE = const(1)
RANGE = const(2)
UNBALANCE = const(4)
DISTORTION = const(8)
FREQUENCY = const(16)

_UNBALANCE_PERMILLE = const(20)
_THD_PERMILLE = const(80)


class Means:
    """Means of ten minutes of one voltage each.

    mean_mv:  of the last ten minutes, per phase, 0 before
    lowest_mv, highest_mv:  of them since reset()
    """

    def __init__(self, phases: int) -> None:
        self._squares = [0] * phases  # c * c * weight in 2**16, c in 16 mV, weight in 10 ms
        self._rests = [0] * phases
        self._weight = 0
        self.mean_mv = [0] * phases
        self.reset()

    def reset(self) -> None:
        """Begin lowest and highest anew."""
        self.lowest_mv = [0] * len(self.mean_mv)
        self.highest_mv = [0] * len(self.mean_mv)

    def add(self, u_mv: "Sequence[int]", ms: int) -> None:
        """Take rms values, 0..500_000 mV, that held for `ms`, 10 or more.  Hot.

        Bound: c < 2**15, so ten minutes come to 2**14 * 60,000 < 2**30.
        """
        weight = (ms + 5) // 10
        for k in range(len(self._squares)):
            square = (u_mv[k] + 8) >> 4
            square *= square
            rest = self._rests[k] + (square & 0xFFFF) * weight
            self._squares[k] += (square >> 16) * weight + (rest >> 16)
            self._rests[k] = rest & 0xFFFF
        self._weight += weight

    def close(self, is_flagged: bool) -> bool:
        """End ten minutes; return whether there is a mean that counts."""
        if self._weight == 0:
            return False
        for k in range(len(self._squares)):
            total = self._squares[k] << 16 | self._rests[k]
            mean_mv = self.mean_mv[k] = isqrt((total << 8) // self._weight)
            self._squares[k] = self._rests[k] = 0
            if not is_flagged:
                self.lowest_mv[k] = min(mean_mv, self.lowest_mv[k] or mean_mv)
                self.highest_mv[k] = max(mean_mv, self.highest_mv[k])
        self._weight = 0
        return not is_flagged


class Week:
    """Counts what the limits are judged by.

    counts:  COUNTERS numbers of the week that runs
    """

    def __init__(self, nominal_mv: int, nominal_mhz: int) -> None:
        self._nominal_mv = nominal_mv
        self._nominal_mhz = nominal_mhz
        self.counts = [0] * COUNTERS

    def refer_to(self, nominal_mv: int) -> None:
        """Let another Un hold, and begin anew."""
        self._nominal_mv = nominal_mv
        self.reset()

    def interval(self, means_mv: "Sequence[int]", u2_permille: int, thd_permille: int) -> None:
        """Take ten minutes that are not flagged."""
        nominal = self._nominal_mv
        low, high = min(means_mv) * 100, max(means_mv) * 100
        self._count(MEANS, True)
        self._count(NEAR, low >= nominal * 90 and high <= nominal * 110)
        self._count(WITHIN, low >= nominal * 85 and high <= nominal * 110)
        self._count(BALANCED, u2_permille <= _UNBALANCE_PERMILLE)
        self._count(UNDISTORTED, thd_permille <= _THD_PERMILLE)

    def flagged(self) -> None:
        """Take ten minutes that are flagged."""
        self._count(FLAGGED, True)

    def frequency(self, f_mhz: int) -> None:
        """Take a mean of 10 s of a mains that is there."""
        nominal = self._nominal_mhz
        self._count(FREQUENCIES, True)
        self._count(EXACT, 100 * abs(f_mhz - nominal) <= nominal)
        self._count(BEARABLE, 94 * nominal <= 100 * f_mhz <= 104 * nominal)

    def failures(self) -> int:
        """Return what the week fails in so far, bits; 0 if in nothing."""
        counts = self.counts
        means = counts[MEANS]
        found = 0
        if 100 * counts[NEAR] < 95 * means:
            found |= VOLTAGE
        if counts[WITHIN] < means:
            found |= RANGE
        if 100 * counts[BALANCED] < 95 * means:
            found |= UNBALANCE
        if 100 * counts[UNDISTORTED] < 95 * means:
            found |= DISTORTION
        frequencies = counts[FREQUENCIES]
        if 1000 * counts[EXACT] < 995 * frequencies or counts[BEARABLE] < frequencies:
            found |= FREQUENCY
        return found

    def reset(self) -> None:
        """Begin a new week."""
        for k in range(COUNTERS):
            self.counts[k] = 0

    def pack_into(self, record: bytearray, at: int) -> None:
        """Write the counters from `at`."""
        struct.pack_into(_FORM, record, at, *self.counts)

    def restore(self, record: bytearray, at: int) -> None:
        """Take what pack_into() wrote."""
        self.counts = list(struct.unpack_from(_FORM, record, at))

    def _count(self, which: int, is_so: bool) -> None:
        if is_so and self.counts[which] < 0xFFFF:
            self.counts[which] += 1
