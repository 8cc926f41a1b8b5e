"""Dips, swells, interruptions and failures from the rms of one cycle, refreshed each half cycle.

Limits in percent of Un: dip below 90, swell above 110, interruption below 5 on all phases, each
with 2 of hysteresis (IEC 61000-4-30; values not confirmed by its text).  Failure: below 160 V for
1 s (Kamstrup 162M/382M, 5512-1040, page 23).  Everything is compared squared, and times are kept
in ms and a rest, up to 12 days, so that they stay small integers.
"""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

# States of a phase.
NORMAL = const(0)
DIP = const(1)
SWELL = const(2)

# What a step has brought; bits.
BEGUN = const(1)
ENDED = const(2)
FAILED = const(4)  # the failure has lasted for its time
BACK = const(8)

_DIP, _DIP_END = const(90), const(92)
_SWELL, _SWELL_END = const(110), const(108)
_CUT, _CUT_END = const(5), const(7)
_FAILURE_MV = const(160_000)
_HYSTERESIS = const(2)
_FAILURE_MS = const(1_000)
_US_PER_MS = const(1_000)
_LONGEST_MS = const(0x3FF0_0000)  # leaves room for the next half cycle


class Phase:
    """One phase.

    nominal_mv:  Un
    square:      callable(mV) -> mean square in the unit of step()

    state:       NORMAL, DIP or SWELL
    extreme:     mean square, the lowest of the dip, the highest of the swell, begun last
    us:          how long that has lasted
    dips, swells, failures:  how many have begun
    failed_us:   how long it has been failing, 0 if it is not
    is_failed:   ... for its time
    """

    def __init__(self, nominal_mv: int, square: "Callable[[int], int]") -> None:
        self.state = NORMAL
        self.extreme = 0
        self.dips = self.swells = self.failures = 0
        self.is_failed = False
        self._ms = self._us = 0
        self._failed_ms = self._failed_us = 0
        self.refer_to(nominal_mv, square)

    @property
    def us(self) -> int:
        """See the class."""
        return self._ms * _US_PER_MS + self._us

    @property
    def failed_us(self) -> int:
        """See the class."""
        return self._failed_ms * _US_PER_MS + self._failed_us

    def refer_to(self, nominal_mv: int, square: "Callable[[int], int]") -> None:
        """Let another Un hold."""
        percent = nominal_mv // 100
        self._dip, self._dip_end = square(_DIP * percent), square(_DIP_END * percent)
        self._swell, self._swell_end = square(_SWELL * percent), square(_SWELL_END * percent)
        self._failure = square(_FAILURE_MV)
        self._failure_end = square(_FAILURE_MV + _HYSTERESIS * percent)
        self.cut, self.cut_end = square(_CUT * percent), square(_CUT_END * percent)

    def step(self, square: int, us: int) -> int:
        """Take the mean square of a cycle, `us` after the one before; return bits.  Hot."""
        return self._judge(square, us) | self._judge_failure(square, us)

    def _judge(self, square: int, us: int) -> int:
        state = self.state
        if state == NORMAL:
            if square < self._dip:
                self.state = DIP
                self.dips += 1
            elif square > self._swell:
                self.state = SWELL
                self.swells += 1
            else:
                return 0
            self.extreme = square
            self._ms = self._us = 0
            return BEGUN
        us += self._us
        self._ms = min(self._ms + us // _US_PER_MS, _LONGEST_MS)
        self._us = us % _US_PER_MS
        if (square >= self._dip_end) if state == DIP else (square <= self._swell_end):
            self.state = NORMAL
            return ENDED
        if (square < self.extreme) == (state == DIP):
            self.extreme = square
        return 0

    def _judge_failure(self, square: int, us: int) -> int:
        if not self.is_failed and square >= self._failure:
            self._failed_ms = self._failed_us = 0
            return 0
        us += self._failed_us
        self._failed_ms = min(self._failed_ms + us // _US_PER_MS, _LONGEST_MS)
        self._failed_us = us % _US_PER_MS
        if self.is_failed:
            if square < self._failure_end:
                return 0
            self.is_failed = False
            return BACK
        if self._failed_ms < _FAILURE_MS:
            return 0
        self.is_failed = True
        self.failures += 1
        return FAILED


class Interruption:
    """All phases together.

    is_on:  an interruption lasts
    us:     how long it has, or the last one did
    count:  how many have begun
    """

    def __init__(self) -> None:
        self.is_on = False
        self.count = 0
        self._ms = self._us = 0

    @property
    def us(self) -> int:
        """See the class."""
        return self._ms * _US_PER_MS + self._us

    def step(self, is_any_back: bool, all_cut: bool, us: int) -> int:
        """Take whether a phase is above the end and all are cut; return BEGUN, ENDED.  Hot."""
        if self.is_on:
            us += self._us
            self._ms = min(self._ms + us // _US_PER_MS, _LONGEST_MS)
            self._us = us % _US_PER_MS
            if is_any_back:
                self.is_on = False
                return ENDED
            return 0
        if not all_cut:
            return 0
        self.is_on = True
        self._ms = self._us = 0
        self.count += 1
        return BEGUN
