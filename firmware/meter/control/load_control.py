"""What moves the breaker beside commands: button, smart disconnect, limiter, prepayment.

Serves WRITE_CONTROL, ADD_CREDIT and CLEAR_ALARMS.  Settings and credit come through the module
area only, never through the optical head (Kamstrup 5512-1040, pages 40 and 42).
"""

import struct

from micropython import const

from meter.control import limiter, prepayment
from meter.control import settings as control_settings
from meter.control.breaker import BY_BUTTON, BY_CREDIT, BY_CURVE, BY_LIMITER, RESUMED
from meter.control.disconnector import CONNECTED, LOCAL, MANUAL, READY
from meter.errors import ConfigError
from meter.functions.function import Function
from meter.journal import configuration
from meter.ledger.energy import A_PLUS
from meter.registers import events, status, table
from meter.requests import ADD_CREDIT, CLEAR_ALARMS, WRITE_CONTROL
from meter.units import CWH_PER_WH, isqrt

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from meter.control.breaker import Breaker
    from meter.control.settings import ControlSettings
    from meter.journal.keeper import Keeper
    from meter.ledger.booking import Ledger
    from meter.metrology.quantities import Quantities
    from meter.registers.lists import Lists
    from meter.registers.status import Status
    from meter.registers.values import Values
    from meter.requests import Requests

    class Button(Protocol):
        """The push button."""

        def is_closed(self) -> bool:
            """Return whether it is held down."""


# Its part of the bytes that are kept, behind the breaker's.
_OPEN_BY_AT = const(6)
_CREDIT_AT = const(8)
_ALARMS_AT = const(24)

_MEAN_NS = const(900_000_000)  # windows of 0.2 s are gathered until they are nearer to 1 s
_NS_PER_MS = const(1_000_000)
_MW_PER_W = const(1_000)
_HOLD_MS = const(5_000)  # of the button, so that looking through the display moves nothing


class LoadControl(Function):
    """Decides; the breaker does.

    breaker:      Breaker, or None on a meter without one: then nothing is disconnected
    lists:        registers.lists.Lists: a prepaid meter shows what is left
    is_working_day:  callable(UTC s) -> bool; asked only while the clock is valid
    button:       is_closed(), or None

    settings:     ControlSettings in force
    limiter:      limiter.Limiter
    prepayment:   prepayment.Prepayment
    is_restored:  settings and state are those of the store
    keeper:       keeps them
    """

    breaker: "Breaker | None"

    def __init__(  # noqa: PLR0913, PLR0917  everything it works with is handed in
        self,
        ledger: "Ledger",
        quantities: "Quantities",
        values: "Values",
        keeper: "Keeper",
        now_s: "Callable[[], int]",
        is_working_day: "Callable[[int], bool]",
        shown: "Status",
        button: "Button | None",
        requests: "Requests",
        lists: "Lists | None" = None,
    ) -> None:
        self.breaker = None
        self._lists = lists
        self._ledger = ledger
        self._quantities = quantities
        self._values = values
        self.keeper = keeper
        self._now_s = now_s
        self._is_working_day = is_working_day
        self._shown = shown
        self._button = button
        self.limiter = limiter.Limiter()
        self.prepayment = prepayment.Prepayment()
        self.is_restored = False
        self._is_configured = False
        self._mean_ns = 0
        self._squares = [0] * quantities.systems
        self._energy = 0
        self._held_ms = 0
        self._open_by = 0  # why the breaker is to open; kept, it may have to wait for long
        self._was_open = False
        self.settings = control_settings.ControlSettings()
        self._curve = self.settings.curve()
        self.take(self.settings)
        requests.serve(WRITE_CONTROL, self._write)
        requests.serve(ADD_CREDIT, self._add_credit)
        requests.serve(CLEAR_ALARMS, self._clear_alarms)
        values.serve((table.ALARMS,), self.read)

    def read(self, kind: int, part: int) -> int:
        """Return what the register table has of credit and alarms."""
        return self.credit_dwh() if kind == table.CREDIT else self.keeper.events.alarms

    def credit_dwh(self) -> int:
        """Return what is left of the credit, 0.1 Wh."""
        return self.prepayment.remaining_cwh(self.count_cwh()) // 10

    def window(self, duration_ns: int) -> None:
        """Gather windows to means of 1 s, and judge each."""
        quantities = self._quantities
        self._mean_ns += duration_ns
        ms = duration_ns // _NS_PER_MS
        self._energy += quantities.p_total_mw * ms
        for k in range(quantities.systems):
            self._squares[k] += quantities.i_ma[k] * quantities.i_ma[k] * ms
        if self._mean_ns >= _MEAN_NS:
            self._judge((self._mean_ns + _NS_PER_MS // 2) // _NS_PER_MS)
            self._mean_ns = self._energy = 0
            for k in range(quantities.systems):
                self._squares[k] = 0

    def step(self, elapsed_ms: int) -> None:
        """Look at the button; open as soon as the breaker may.  Hot."""
        breaker = self.breaker
        if breaker is None:
            return
        if self._button is not None:
            was_ms = self._held_ms
            self._held_ms = was_ms + elapsed_ms if self._button.is_closed() else 0
            if was_ms < _HOLD_MS <= self._held_ms:
                breaker.ask(breaker.state != CONNECTED, MANUAL, BY_BUTTON)
        if self._open_by and not breaker.is_moving:
            if breaker.state != CONNECTED or breaker.mode == 0:
                self.have_open(0)
            else:
                breaker.ask(False, LOCAL, self._open_by)

    def second(self, now_s: int) -> None:
        """Count down the credit, keep the alarms, close again what may be closed."""
        if not self.is_restored:
            self._restore()
            return
        self._look_at_credit(now_s)
        self._keep_alarms()
        if self.breaker is not None:
            self._follow(self.breaker)
        is_limited = self.limiter.is_over or (self.breaker is not None and self.breaker.lock_s > 0)
        self._shown.put(status.LIMITER_ACTIVE, is_limited)

    def _judge(self, elapsed_ms: int) -> None:
        settings = self.settings
        value = 0
        if settings.basis == control_settings.CURRENT:
            value = isqrt(max(self._squares) * _NS_PER_MS // self._mean_ns)
        elif settings.basis == control_settings.POWER:
            value = self._energy * _NS_PER_MS // (self._mean_ns * _MW_PER_W)
        if self._curve.step(value, elapsed_ms):
            self._curve.reset()
            self.have_open(BY_CURVE)
        if self.limiter.key:
            self._limit(elapsed_ms)

    def _limit(self, elapsed_ms: int) -> None:
        watched = self.limiter
        value = table.scaled(watched.key, self._values.value(watched.key))
        found = watched.step(value, self._now_s(), elapsed_ms)
        if found & limiter.CHANGED:
            self.log(events.LIMITER_CHANGED, watched.active)
        if found & limiter.OVER:
            self.log(events.LIMITER_EXCEEDED, value)
            if watched.over_action == limiter.DISCONNECT:
                self.have_open(BY_LIMITER)
        elif found & limiter.UNDER:
            self.log(events.LIMITER_OK, value)
            self.call_off(BY_LIMITER)

    def _look_at_credit(self, now_s: int) -> None:
        if self.settings.basis != control_settings.PREPAYMENT:
            return
        if self._lists is not None and self.breaker is not None:
            self._lists.put_first(table.CREDIT)
        credit = self.prepayment
        warning_cwh = self.settings.warning_wh * CWH_PER_WH
        found = credit.step(self.count_cwh(), warning_cwh, self._is_working_day(now_s))
        if found == prepayment.WARNING:
            left_wh = credit.remaining_cwh(self.count_cwh()) // CWH_PER_WH
            self.log(events.CREDIT_LOW, left_wh)
        elif found == prepayment.TRIP:
            self.log(events.CREDIT_USED, 0)
            self.have_open(BY_CREDIT)
        if found:
            self.pack_credit()
            self.keeper.control.is_due = True

    def _follow(self, breaker: "Breaker") -> None:
        """Have the limiter begin anew once its breaker is closed; close it where that is due."""
        is_open = breaker.state != CONNECTED or breaker.is_moving
        if self._was_open and not is_open:
            self.limiter.begin_anew()
        self._was_open = is_open
        if breaker.state == READY:
            self._close_again(breaker)

    def have_open(self, cause: int) -> None:
        """Have the breaker opened as soon as it may be, for a reason BY_*; 0: no longer."""
        self._open_by = cause
        self._keep_open_by()

    def call_off(self, cause: int) -> None:
        """Leave the breaker closed if it was still to be opened for `cause`."""
        if self._open_by == cause:
            self.have_open(0)

    def _keep_open_by(self) -> None:
        kept = self.keeper.control
        if self.is_restored and kept.data[_OPEN_BY_AT] != self._open_by:
            kept.data[_OPEN_BY_AT] = self._open_by
            kept.is_due = True

    def _close_again(self, breaker: "Breaker") -> None:
        """Close what the meter itself has opened, where the mode allows it."""
        cause = breaker.cause
        may_close = cause == BY_CURVE and breaker.lock_s == 0
        if cause == BY_CREDIT:
            may_close = self.credit_dwh() > 0
        elif cause == BY_LIMITER:
            may_close = not self.limiter.is_over and self.limiter.under_action == limiter.CONNECT
        if may_close:
            breaker.ask(True, LOCAL, cause)

    def _keep_alarms(self) -> None:
        data = self.keeper.control.data
        if struct.unpack_from("<I", data, _ALARMS_AT)[0] != self.keeper.events.alarms:
            struct.pack_into("<I", data, _ALARMS_AT, self.keeper.events.alarms)
            self.keeper.control.is_due = True

    def _restore(self) -> None:
        """Take up settings and state once the store tells them."""
        keeper = self.keeper
        if not self._is_configured:
            try:
                packed = keeper.configuration.load(configuration.CONTROL)
            except OSError:  # asked again in a second
                return
            if packed is not None:
                self.take(control_settings.unpack(packed))
            self._is_configured = True
        breaker = self.breaker
        if keeper.control.is_ready and (breaker is None or breaker.is_known):
            self.is_restored = True
            self.prepayment.restore(keeper.control.data, _CREDIT_AT)
            self._open_by = self._open_by or keeper.control.data[_OPEN_BY_AT]
            self._keep_open_by()
            if self.settings.basis != control_settings.PREPAYMENT:
                self.forget_credit()
            if breaker is not None:
                self._was_open = breaker.state != CONNECTED or breaker.is_moving
                is_limited = breaker.cause & ~RESUMED == BY_LIMITER
                self.limiter.is_over = self._was_open and is_limited and self.limiter.key != 0
            keeper.events.alarms |= struct.unpack_from("<I", keeper.control.data, _ALARMS_AT)[0]

    def take(self, settings: "ControlSettings") -> None:
        """Let `settings` be in force."""
        if self._lists is not None and settings.basis != control_settings.PREPAYMENT:
            self._lists.leave_out(table.CREDIT)
        curve = settings.curve()
        if settings.basis != self.settings.basis or not curve.is_same(self._curve):
            self._curve = curve
        self.settings = settings
        self.keeper.events.alarm_filter = settings.alarm_filter
        watched = self.limiter
        for name in control_settings.LIMITER:
            setattr(watched, name, getattr(settings, name))
        watched.groups = settings.groups()
        if not watched.key:
            watched.begin_anew()

    def _write(self, text: "int | bytes", source: int) -> int:
        """Serve WRITE_CONTROL: a text as ControlSettings.changed() takes it; returns 0."""
        from meter.control import writing

        return writing.change_settings(self, text, source)

    def _add_credit(self, token: "int | bytes", source: int) -> int:
        """Serve ADD_CREDIT: number and Wh, u32 each, little-endian; returns the credit in Wh."""
        from meter.control import writing

        return writing.add_credit(self, token, source)

    def _clear_alarms(self, bits: "int | bytes", source: int) -> int:
        """Serve CLEAR_ALARMS: the bits to clear; returns what is left."""
        if not isinstance(bits, int):
            raise ConfigError("alarms", bits, "bits")
        self.keeper.events.alarms &= ~bits
        self.log(events.ALARMS_CLEARED, 0)
        return self.keeper.events.alarms

    def count_cwh(self) -> int:
        """Return the total of A+."""
        return self._ledger.total.counts_cwh[A_PLUS]

    def forget_credit(self) -> None:
        """Clear what is left of a credit: the meter is not prepaid, or no longer."""
        if self.prepayment.end_cwh:
            self.prepayment.clear()
            self.pack_credit()
            self.keeper.control.is_due = True

    def pack_credit(self) -> None:
        """Let what is kept have the credit; it is not stored yet."""
        self.prepayment.pack_into(self.keeper.control.data, _CREDIT_AT)

    def log(self, code: int, detail: int) -> None:
        """Log an event that happens now."""
        self.keeper.events.log(self._now_s(), code, detail)
