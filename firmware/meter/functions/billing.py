"""Demand, billing periods and days: what ends at a full minute, and what is remembered of it.

State that must outlive a power cut rides with the open interval of the load profile, which is
stored at the end of each interval and when the supply fails. While a billing entry waits to be
stored, the state is the one before the closing: a cut then closes the period again, once.
"""

import struct

from micropython import const

from meter.calendar.civil import DAY_S
from meter.calendar.clock import ADJUSTED
from meter.errors import ConfigError
from meter.functions.function import Function
from meter.journal.billing import BILLING_BYTES, DAY_BYTES, BillingRecord, DayRecord
from meter.ledger.energy import A_PLUS
from meter.registers.billing_calendar import NEVER
from meter.requests import CLOSE_BILLING

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.calendar.clock import Clock
    from meter.config import Settings
    from meter.functions.pulses import PulseCounter
    from meter.functions.tariffs import Tariffs
    from meter.journal.keeper import Keeper
    from meter.ledger.booking import Ledger
    from meter.registers.billed import Billed
    from meter.requests import Requests

# Where what stands in profile.state, and its layout.
_DEMAND_AT = const(0)
_BILLING_AT = const(32)  # demand.PACKED
_PULSES_AT = const(40)  # + billing_calendar.PACKED
_REST_AT = const(47)  # + pulse_input.PACKED
_REST = "<HBBBBBB"  # day, GG, HH, LL, PPP, commanded tariff, layout
_COMMANDED_AT = const(53)
_LAYOUT = const(1)
_NO_DAY = const(0)


class Billing(Function):
    """Closes billing periods and days, steps the demand, and keeps their state.

    demand, billing and pulse input are those of `billed`.
    """

    def __init__(  # noqa: PLR0913, PLR0917  everything it works with is handed in
        self,
        settings: "Settings",
        ledger: "Ledger",
        billed: "Billed",
        clock: "Clock",
        keeper: "Keeper",
        pulses: "PulseCounter",
        tariffs: "Tariffs",
        requests: "Requests",
    ) -> None:
        calendar = settings.target_day, settings.interval, settings.gmt_code, settings.summer_time
        self._calendar = calendar
        self._ledger = ledger
        self._billed = billed
        self._clock = clock
        self._keeper = keeper
        self._pulses = pulses
        self._tariffs = tariffs
        self._day = _NO_DAY  # the newest local day that has begun, while nothing is wrong
        self._is_restored = False
        self._caught_up: BillingRecord | None = None
        requests.serve(CLOSE_BILLING, self._reset)

    def second(self, now_s: int) -> None:
        """Go on to `now_s`: what ends at it ends with the registers as they stand."""
        if not self._is_ready(now_s):
            return
        if self._clock.is_valid():
            tariffs = self._ledger.tariffs
            import_cwh = self._ledger.total.counts_cwh[A_PLUS]
            self._billed.demand.step(now_s, import_cwh, tariffs.active)
            self._close_due(now_s)
            self._close_day(now_s)
        else:
            self._billed.demand.break_off()
        self._pack()

    def clock_changed(self, change: int, before_s: int, now_s: int) -> None:
        """A small step only shortens or lengthens the demand period; another breaks it off."""
        if not self._is_restored:
            return
        if change == ADJUSTED:
            self._billed.demand.adjust(before_s, now_s - before_s)
        else:
            self._billed.demand.break_off()
        self._billed.billing.clock_set(now_s)

    def _close_due(self, now_s: int) -> None:
        closing_s = self._billed.billing.due(now_s)
        if closing_s == NEVER:
            self._caught_up = None
        else:
            self._close(closing_s)

    def _close(self, at_s: int) -> bool:
        """Close the period at `at_s`; False if the entry before is still to be stored."""
        billed = self._billed
        maxima = billed.demand
        record = self._caught_up
        if record is None:  # of several periods that end at once the first gets the energy
            record = self._caught_up = BillingRecord()
            record.take(self._ledger)
        record.at_s = at_s
        record.status = self._keeper.status
        record.periods = (billed.billing.periods + 1) & 0xFFFF
        record.peaks = [(maxima.max_w[k], maxima.max_s[k]) for k in (1, 2, 0)]
        record.accumulated_w = maxima.accumulated_w + maxima.max_w[0]
        record.threshold = maxima.exceedings
        record.pulse_input = billed.pulse_input.total_milli
        if not self._keeper.close_period(record):
            return False
        billed.billing.close(at_s)
        maxima.close_billing()
        billed.closed_s = at_s
        return True

    def _reset(self, value: "int | bytes", source: int) -> int:
        """Serve CLOSE_BILLING; returns the number of periods."""
        now_s = self._clock.now_s()
        if not self._is_restored or self._billed.billing.due(now_s) != NEVER:
            raise ConfigError("billing reset", value, "once the start is over")
        self._caught_up = None
        is_closed = self._close(now_s)
        self._caught_up = None
        if not is_closed:
            raise ConfigError("billing reset", value, "once the one before is stored")
        return self._billed.billing.periods

    def _close_day(self, now_s: int) -> None:
        """Keep the registers at the beginning of each local day, of several missed the last."""
        zone = self._billed.zone
        day = zone.local_s(now_s) // DAY_S
        if self._day in (_NO_DAY, day) or self._day > day + 1:
            self._day = day
        elif day > self._day:
            record = DayRecord()
            record.take(self._ledger)
            record.at_s = zone.utc_s(day * DAY_S)
            record.status = self._keeper.status
            if self._keeper.close_day(record):
                self._day = day

    def _is_ready(self, now_s: int) -> bool:
        """Take up the state once the store has told it."""
        if not self._is_restored:
            keeper = self._keeper
            if not (keeper.profile.is_ready and keeper.are_series_known()):
                return False
            self._restore(now_s)
            self._is_restored = True
        return True

    def _restore(self, now_s: int) -> None:
        billed = self._billed
        state = self._keeper.profile.state
        from_s = now_s if self._clock.is_valid() else NEVER
        day, gg, hh, ll, ppp, commanded, layout = struct.unpack_from(_REST, state, _REST_AT)
        if layout == _LAYOUT:
            billed.demand.restore(state, _DEMAND_AT)
            billed.billing.restore(state, _BILLING_AT)
            self._pulses.restore(state, _PULSES_AT)
            self._tariffs.restore(commanded)
            self._day = day
        else:
            billed.billing.watch_from(from_s)
        record = self._newest()
        if record is not None:
            billed.closed_s = record.at_s
            if record.periods != billed.billing.periods & 0xFFFF:  # stored just before the cut
                struct.pack_into("<II", state, _BILLING_AT, record.periods, record.at_s)
                billed.billing.restore(state, _BILLING_AT)
                billed.demand.close_billing()
                billed.demand.accumulated_w = record.accumulated_w
        self._day = max(self._day, self._newest_day())
        if layout == _LAYOUT and (gg, hh, ll, ppp) != self._calendar:
            billed.billing.watch_from(from_s)  # the calendar was changed: nothing before counts
        self._pulses.is_restored = True

    def _newest_day(self) -> int:
        """Return the day of the newest daily entry: it may have been stored just before a cut."""
        series = self._keeper.days
        payload = bytearray(DAY_BYTES)
        if not series.newest or not series.read(series.newest, payload):
            return _NO_DAY
        record = DayRecord()
        record.unpack(payload)
        return self._billed.zone.local_s(record.at_s) // DAY_S

    def _newest(self) -> "BillingRecord | None":
        series = self._keeper.billing
        payload = bytearray(BILLING_BYTES)
        if not series.newest or not series.read(series.newest, payload):
            return None
        record = BillingRecord()
        record.unpack(payload)
        return record

    def _pack(self) -> None:
        """Let the open interval have what is to be remembered.  Warm."""
        state = self._keeper.profile.state
        billed = self._billed
        billed.pulse_input.pack_into(state, _PULSES_AT)
        if not self._keeper.is_period_waiting():
            billed.demand.pack_into(state, _DEMAND_AT)
            billed.billing.pack_into(state, _BILLING_AT)
        commanded = self._tariffs.source.commanded
        if commanded != state[_COMMANDED_AT]:
            self._keeper.profile.note_state()
        struct.pack_into(_REST, state, _REST_AT, self._day, *self._calendar, commanded, _LAYOUT)
