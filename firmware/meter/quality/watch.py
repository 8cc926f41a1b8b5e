"""Watches the voltage: half cycle by half cycle, by the second, by ten minutes and by the week."""

import struct
from array import array

from micropython import const

from meter.functions.function import Function
from meter.metrology import connection, half_cycles
from meter.quality import readings, voltage
from meter.quality.spectrum import Spectrum
from meter.quality.star import Star
from meter.quality.week import Means, Week
from meter.registers import events
from meter.units import isqrt

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from meter.journal.keeper import Keeper
    from meter.metrology.calibration import Calibration
    from meter.metrology.quantities import Quantities
    from meter.parts import WindowSource
    from meter.registers.values import Values

    class Settings(Protocol):
        """See control.settings.ControlSettings."""

        nominal_mv: int

    class Configured(Protocol):
        """See control.load_control.LoadControl."""

        @property
        def settings(self) -> Settings:
            """Return those in force."""


DISTURBED = const(16)  # status bit of the load profile; the AMR status leaves it free

_NS_PER_MS = const(1_000_000)
_US_PER_MS = const(1_000)
_MV_PER_DV = const(100)
_LONGEST_MS = const(0x7FFFF)  # in a detail: ms below, 0.1 V in the 12 bits above
_MOST_DV = const(0xFFF)
_INTERVAL_S = const(600)
_MEAN_S = const(10)
_WEEK_S = const(604_800)
_MONDAY_S = const(432_000)  # 2000-01-01 was a Saturday
_SPLIT_MHZ = const(55_000)

# Its part of the bytes that are kept, behind the tampering.
_WEEK_AT = const(32)
_NUMBER_AT = const(50)
_COUNTS_AT = const(52)
_COUNTS = "<10HB"  # interruptions; dips, swells, failures of L1..L3; what the last week failed in
_PHASES = const(3)
_MOST = const(0xFFFF)


class VoltageWatch(Function):
    """Voltage quality.

    configured:    has the settings in force, `settings`: Un

    phases:        voltage.Phase of each system; those that do not measure stay as they are
    measuring:     indices of the systems that do, see metrology.connection
    interruption:  voltage.Interruption
    means:         week.Means of ten minutes
    week:          week.Week that runs; last_week: what the one before failed in, bits
    spectrum:      spectrum.Spectrum
    last_ms, last_mv:  duration and extreme of the last dip or swell, per phase
    u2_permille:   unbalance, of three systems on four wires
    """

    def __init__(
        self,
        source: "WindowSource",
        calibration: "Calibration",
        quantities: "Quantities",
        keeper: "Keeper",
        now_s: "Callable[[], int]",
        configured: "Configured",
    ) -> None:
        systems = quantities.systems
        self.measuring = connection.elements(systems, quantities.is_three_wire)
        self._configured = configured
        nominal_mv = configured.settings.nominal_mv
        self._source = source
        self._quantities = quantities
        self._keeper = keeper
        self._now_s = now_s
        self._nominal_mv = nominal_mv
        shift = source.u_shift
        self._gains_nv = [s.u_gain_nv << shift for s in calibration.systems[:systems]]
        self.phases = [
            voltage.Phase(nominal_mv, _squares_of(gain_nv)) for gain_nv in self._gains_nv
        ]
        self.interruption = voltage.Interruption()
        self.means = Means(systems)
        self.week = Week(nominal_mv, 50_000)
        self.spectrum = Spectrum(source, systems, self.measuring)
        self.last_week = 0
        self.last_ms = [0] * systems
        self.last_mv = [0] * systems
        self.u2_permille = 0
        size = half_cycles.HALVES * half_cycles.FIELDS
        self._sums = [array("i", [0] * size) for _ in range(systems)]
        self._before = [array("i", [0, 0, 0]) for _ in range(systems)]
        self._dc = [0] * systems  # of the last whole window, which is of whole cycles
        self._is_flagged = False
        self._was_disturbed = False
        self._slot = self._number = 0
        self._f_sum = self._f_count = 0
        self._star = Star(quantities, self.measuring, keeper.events)
        self._is_restored = False

    def serve(self, values: "Values") -> None:
        """Have `values` tell what is seen."""
        values.serve(readings.KINDS, self.read)

    def read(self, kind: int, part: int) -> int:
        """Return the value of key `kind` + `part`."""
        return readings.value(self, kind, part)

    def window(self, duration_ns: int) -> None:
        """Look at the half cycles of the window; measure a harmonic.  Hot, if nothing happens."""
        parts = 0
        for k in self.measuring:
            parts = self._source.half_cycles(k, self._sums[k])
        us = duration_ns // (1000 * max(1, parts))
        for part in range(parts):
            self._half(part * half_cycles.FIELDS, us)
        quantities = self._quantities
        if quantities.flags == 0:
            for k in self.measuring:
                self._dc[k] = _mean(self._sums[k], parts)
            self.means.add(quantities.u_mv, duration_ns // _NS_PER_MS)
            self.spectrum.window(quantities.i_ma)

    def second(self, now_s: int) -> None:
        """Look at what changes slowly; end ten minutes and weeks."""
        if not self._is_restored:
            self._restore(now_s)
            return
        if self._configured.settings.nominal_mv != self._nominal_mv:
            self._refer_to(self._configured.settings.nominal_mv)
        self._keeper.marks = DISTURBED if self._was_disturbed else 0
        self._is_flagged = self._is_flagged or self._was_disturbed
        self._was_disturbed = self._is_disturbed()
        self.u2_permille = self._star.second(now_s, self._nominal_mv)
        f_mhz = self._quantities.f_mhz
        if f_mhz:
            self._f_sum += f_mhz
            self._f_count += 1
            if self._f_count == _MEAN_S:
                self.week.frequency(self._f_sum // _MEAN_S)
                self._f_sum = self._f_count = 0
        slot = now_s // _INTERVAL_S
        if slot != self._slot:
            self._slot = slot
            self._close(now_s)

    def _half(self, at: int, us: int) -> None:
        """Judge the cycle that ends with a half cycle.  Hot, but for what is to be logged."""
        all_cut = True
        is_any_back = False
        for k in self.measuring:
            sums, before, phase = self._sums[k], self._before[k], self.phases[k]
            taken = sums[at + 2] + before[2]
            square = (sums[at + 1] + before[1]) // max(1, taken) - self._dc[k] * self._dc[k]
            square = max(0, square)
            is_first = before[2] == 0
            for field in range(half_cycles.FIELDS):
                before[field] = sums[at + field]
            if is_first:
                all_cut = False
                continue
            all_cut = all_cut and square < phase.cut
            is_any_back = is_any_back or square >= phase.cut_end
            found = phase.step(square, us)
            if found:
                self._log_phase(k, found)
        self.interruption.step(is_any_back, all_cut, us)

    def _log_phase(self, k: int, found: int) -> None:
        phase = self.phases[k]
        self._was_disturbed = True
        now_s, log = self._now_s(), self._keeper.events.log
        if found & voltage.BEGUN:
            is_dip = phase.state == voltage.DIP
            log(now_s, (events.UNDERVOLTAGE if is_dip else events.OVERVOLTAGE) + k, 0)
        if found & voltage.ENDED:
            self.last_ms[k] = ms = phase.us // _US_PER_MS
            self.last_mv[k] = mv = isqrt(phase.extreme) * self._gains_nv[k] // _NS_PER_MS
            detail = min(ms, _LONGEST_MS) | min(mv // _MV_PER_DV, _MOST_DV) << 19
            log(now_s, events.VOLTAGE_NORMAL + k, detail)
        if found & voltage.FAILED:
            log(now_s, events.VOLTAGE_MISSING + k, 0)
        elif found & voltage.BACK:
            log(now_s, events.VOLTAGE_NORMAL + k, -(phase.failed_us // 1_000_000))

    def _is_disturbed(self) -> bool:
        return self.interruption.is_on or any([p.state != voltage.NORMAL for p in self.phases])

    def _close(self, now_s: int) -> None:
        """End ten minutes, and the week if it is over."""
        if self.means.close(self._is_flagged):
            thd = max([self.spectrum.thd(self.spectrum.u[k]) for k in self.measuring]) // 10
            means_mv = [self.means.mean_mv[k] for k in self.measuring]
            self.week.interval(means_mv, self.u2_permille, thd)
        elif self._is_flagged:
            self.week.flagged()
        self._is_flagged = False
        number = (now_s + _MONDAY_S) // _WEEK_S
        if number != self._number:
            self._number = number
            self.last_week = self.week.failures()
            if self.last_week:
                self._keeper.events.log(now_s, events.BAD_VOLTAGE, self.last_week)
            self.week.reset()
            self.means.reset()
        self._keep()

    def _keep(self) -> None:
        """Have week and counters stored."""
        kept = self._keeper.control
        self.week.pack_into(kept.data, _WEEK_AT)
        struct.pack_into("<H", kept.data, _NUMBER_AT, self._number)
        numbers = [self.interruption.count]
        for name in ("dips", "swells", "failures"):
            found = [min(getattr(phase, name), _MOST) for phase in self.phases]
            numbers += found + [0] * (_PHASES - len(found))
        struct.pack_into(_COUNTS, kept.data, _COUNTS_AT, *numbers, self.last_week)
        kept.is_due = True

    def _refer_to(self, nominal_mv: int) -> None:
        """Let another Un hold; the week begins anew with it."""
        self._nominal_mv = nominal_mv
        for k in range(len(self.phases)):
            self.phases[k].refer_to(nominal_mv, _squares_of(self._gains_nv[k]))
        self.week.refer_to(nominal_mv)
        self.means.reset()

    def _restore(self, now_s: int) -> None:
        kept = self._keeper.control
        if not kept.is_ready or self._quantities.flags:
            return
        self._is_restored = True
        if self._quantities.f_mhz > _SPLIT_MHZ:
            self.week = Week(self._nominal_mv, 60_000)
        self._slot = now_s // _INTERVAL_S
        self._number = (now_s + _MONDAY_S) // _WEEK_S
        if struct.unpack_from("<H", kept.data, _NUMBER_AT)[0] == self._number:
            self.week.restore(kept.data, _WEEK_AT)
        numbers = struct.unpack_from(_COUNTS, kept.data, _COUNTS_AT)
        self.interruption.count += numbers[0]
        for k in range(len(self.phases)):
            phase = self.phases[k]
            phase.dips += numbers[1 + k]
            phase.swells += numbers[1 + _PHASES + k]
            phase.failures += numbers[1 + 2 * _PHASES + k]
        self.last_week = numbers[-1]


def _mean(sums: "array[int]", parts: int) -> int:
    total = taken = 0
    for part in range(parts):
        total += sums[part * half_cycles.FIELDS]
        taken += sums[part * half_cycles.FIELDS + 2]
    return total // max(1, taken)


def _squares_of(gain_nv: int) -> "Callable[[int], int]":
    """Return what makes mV the mean square of counts that are worth `gain_nv` each."""

    def square(mv: int) -> int:
        counts = mv * _NS_PER_MS // gain_nv
        return counts * counts

    return square
