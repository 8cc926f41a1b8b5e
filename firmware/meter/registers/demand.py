"""Demand: the mean power of clock-aligned periods, its maxima and how often it was too high.

The energy of a period is the advance of the A+ count from the first call in it to the first call
in the next, so every count belongs to one period and nothing is rounded but the power itself.
Only a whole, undisturbed period makes a maximum: not the one in which the meter was started, the
clock was set or invalid, or measurements were lost; and the maximum of a tariff only from a period
that ran wholly in it.

Stamps are the end of the period in UTC seconds since 2000; shown in standard time, without summer
time.
"""

import struct

from micropython import const

from meter.errors import ConfigError
from meter.ledger.energy import WRAP_CWH
from meter.units import div_round

OVERALL = const(0)  # index of a maximum
TARIFF_1 = const(1)
TARIFF_2 = const(2)
MAXIMA = const(3)
PACKED = const(32)

PERIODS_MIN = (5, 15, 30, 60)  # E of the data sheet, configuration 1: codes 1..4

_J_PER_CWH = const(36)
_LATE_S = const(2)  # a period that begins later than this after its boundary is short
_NO_PERIOD = const(-2)
_MIXED = const(0)  # the tariff was switched within the period
_LAYOUT = "<IIIIIIII"


class Demand:
    """Demand of A+.

    period_min:   integration period, 5, 15, 30 or 60 min
    of_tariff:    K of the data sheet, configuration 3: the overall maximum and its accumulation
                  are formed 0 in all periods, 1 in those of tariff 1, 2 in those of tariff 2
    threshold_w:  mean power above it counts as exceeding, W; 0 is none

    period_s:      integration period
    last_w:        mean power of the last whole period, W; 0 before the first
    last_s:        its end; 0 before the first
    max_w, max_s:  maxima since the last close in W, with their stamps; 0, 0 without any
    accumulated_w: sum of the overall maxima of all closed billing periods, W
    exceedings:    whole periods whose mean power was above the threshold
    """

    def __init__(self, period_min: int, of_tariff: int = 0, threshold_w: int = 0) -> None:
        _check("integration period", period_min, period_min in PERIODS_MIN, "5, 15, 30, 60 min")
        _check("K", of_tariff, 0 <= of_tariff <= TARIFF_2, "0 all, 1 tariff 1, 2 tariff 2")
        _check("power threshold", threshold_w, 0 <= threshold_w < 1_000_000, "0..999999 W")
        self.period_s = period_min * 60
        self._of_tariff = of_tariff
        self._threshold_w = threshold_w
        self.last_w = self.last_s = 0
        self.max_w = [0] * MAXIMA
        self.max_s = [0] * MAXIMA
        self.accumulated_w = 0
        self.exceedings = 0
        self._index = _NO_PERIOD
        self._start_cwh = 0
        self._duration_s = 0
        self._tariff = _MIXED
        self._is_whole = False

    def step(self, utc_s: int, import_cwh: int, tariff: int) -> bool:
        """Take the clock and the A+ count, 0..WRAP_CWH-1; return whether a period has ended.

        tariff:  in force from now on, 1..8
        To be called at least once a second while the clock is valid, and at every switch of the
        tariff.
        """
        index = utc_s // self.period_s
        if index == self._index:
            if tariff != self._tariff:
                self._tariff = _MIXED
            return False
        had_period = self._index != _NO_PERIOD
        follows = index == self._index + 1
        if self._is_whole and follows:
            self._close(index * self.period_s, (import_cwh - self._start_cwh) % WRAP_CWH)
        self._is_whole = follows and utc_s % self.period_s <= _LATE_S
        self._index = index
        self._start_cwh = import_cwh
        self._duration_s = self.period_s
        self._tariff = tariff
        return had_period

    def start_s(self) -> int:
        """Return when the running period began; 0 if there is none."""
        return 0 if self._index == _NO_PERIOD else self._index * self.period_s

    def current_w(self, import_cwh: int) -> int:
        """Return what the running period brings if nothing more comes in it; 0 if there is none.

        import_cwh:  count of A+
        """
        if self._index == _NO_PERIOD:
            return 0
        gain_cwh = (import_cwh - self._start_cwh) % WRAP_CWH
        if gain_cwh > WRAP_CWH // 2:  # whoever asks knows less digits
            gain_cwh = 0
        return div_round(gain_cwh * _J_PER_CWH, self.period_s)

    def disturb(self) -> None:
        """Keep the running period from making a maximum."""
        self._is_whole = False

    def break_off(self) -> None:
        """Forget the running period: the clock is not valid, or was set."""
        self._is_whole = False
        self._index = _NO_PERIOD

    def adjust(self, utc_s: int, step_s: int) -> None:
        """Take note that the clock, at `utc_s`, is adjusted by `step_s`, forward positive.

        The period lasts that much less by the clock's own reckoning; if the step leaves the
        period, it is disturbed.
        """
        self._duration_s -= step_s
        if (utc_s + step_s) // self.period_s != self._index:
            self.disturb()

    def close_billing(self) -> None:
        """Add the overall maximum to the accumulated one and begin all maxima anew."""
        self.accumulated_w += self.max_w[OVERALL]
        for which in range(MAXIMA):
            self.max_w[which] = 0
            self.max_s[which] = 0

    def pack_into(self, record: bytearray, at: int) -> None:
        """Write maxima, stamps, accumulated maximum and exceedings: PACKED bytes from `at`."""
        struct.pack_into(
            _LAYOUT, record, at, *self.max_w, *self.max_s, self.accumulated_w, self.exceedings
        )

    def restore(self, record: bytearray, at: int) -> None:
        """Take what pack_into() wrote; the running period is broken off."""
        fields = struct.unpack_from(_LAYOUT, record, at)
        self.max_w = list(fields[:MAXIMA])
        self.max_s = list(fields[MAXIMA : 2 * MAXIMA])
        self.accumulated_w, self.exceedings = fields[2 * MAXIMA :]
        self.break_off()

    def _close(self, end_s: int, energy_cwh: int) -> None:
        """Take a whole period.  Bound: 120 kW * 1 h is 12e6 cWh, as joules 4.3e8."""
        power_w = div_round(energy_cwh * _J_PER_CWH, self._duration_s)
        self.last_w = power_w
        self.last_s = end_s
        if self._threshold_w and power_w > self._threshold_w:
            self.exceedings += 1
        if self._of_tariff in (OVERALL, self._tariff):
            self._raise(OVERALL, power_w, end_s)
        if self._tariff in (TARIFF_1, TARIFF_2):
            self._raise(self._tariff, power_w, end_s)

    def _raise(self, which: int, power_w: int, end_s: int) -> None:
        if power_w > self.max_w[which]:
            self.max_w[which] = power_w
            self.max_s[which] = end_s


def _check(field: str, value: int, is_good: bool, accepted: str) -> None:
    if not is_good:
        raise ConfigError(field, value, accepted)
