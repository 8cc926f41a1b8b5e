"""What is stored when: registers first, then the rest, at most one page of the store per step.

A store that refuses is counted, logged, left alone for a second and tried again; the meter
measures on, and what it has to store waits in RAM.
"""

from micropython import const

from meter.errors import JournalError
from meter.journal import billing, store_map
from meter.journal.configuration import LOGGED, Configuration
from meter.journal.event_book import EventBook
from meter.journal.kept import Kept
from meter.journal.profile import Profile
from meter.journal.record import Page
from meter.journal.registers import RegisterJournal
from meter.journal.series import Series
from meter.registers import events

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.journal.record import Store
    from meter.ledger.booking import Ledger

_RETRY_MS = const(1_000)
_CALM_MS = const(60_000)  # without a failure, until the next one is logged
_EVENTS = const(64)
_PAGES_AT_START = const(16)
_PAGES_A_STEP = const(2)  # 6 ms of bus


class Keeper:
    """Keeps what the meter must remember.

    store:    driver of the EEPROM, see journal.record.Store
    fram:     driver of a FRAM that takes the registers instead, or None
    ledger:   ledger.booking.Ledger
    now_s:    callable, s since 2000-01-01 UTC
    is_seal_open:          callable
    channels, period_min:  of the load profile

    registers:  journal.registers.RegisterJournal
    book:       journal.event_book.EventBook
    profile:    journal.profile.Profile
    billing:    journal.series.Series of billing.BillingRecord
    days:       journal.series.Series of billing.DayRecord
    configuration:  journal.configuration.Configuration
    control, invocation:  journal.kept.Kept, of the breaker and prepayment, of the counters of DLMS
    status:     status bits of the load profile that hold now
    marks:      those of them that a function sets, for the second that follows
    events:     registers.events.EventLog
    failures:   how often a store refused
    attempts:   how often one was asked for anything
    """

    def __init__(  # noqa: PLR0913, PLR0917  everything it works with is handed in
        self,
        store: "Store",
        fram: "Store | None",
        ledger: "Ledger",
        now_s: "Callable[[], int]",
        is_seal_open: "Callable[[], bool]" = bool,
        channels: int = 4,
        period_min: int = 15,
    ) -> None:
        page = Page()
        regions = (store_map.TOTALS, store_map.PHASES)
        if fram is not None:
            regions = (store_map.FRAM_TOTALS, store_map.FRAM_PHASES)
        self.registers = RegisterJournal(fram or store, regions, page, ledger)
        self.book = EventBook(store, page)
        self.events = events.EventLog(_EVENTS, self.book)
        self.profile = Profile(store, page, channels, period_min)
        self.billing = Series(store, store_map.BILLING, billing.BILLING_PAGES, page)
        self.days = Series(store, store_map.DAYS, 1, page)
        self.configuration = Configuration(store, page, is_seal_open)
        self.control = Kept(store, store_map.CONTROL_STATE, page)
        self.invocation = Kept(store, store_map.INVOCATION, page)
        self._ledger = ledger
        self.status = self.marks = 0
        self.failures = 0
        self.attempts = 0
        self._calm_ms = _CALM_MS
        self._total = ledger.total
        self._period_min = period_min
        self._closed_period = bytearray(billing.BILLING_BYTES)
        self._closed_day = bytearray(billing.DAY_BYTES)
        self._is_period_closed = False
        self._is_day_closed = False
        self._are_series_searched = False
        self._are_registers_first = False
        self._are_changes_logged = False
        self._now_s = now_s
        self._retry_ms = 0
        self._has_stored = False
        self._jobs = (
            self._step_kept,
            self._step_profile,
            self._write_events,
            self._step_series,
            self._log_changes,
            self._verify,
        )
        self._job = 0

    def recover(self) -> None:
        """Take up the registers, at once if the store answers."""
        while not (self._is_recovered() or self._retry_ms):
            self._try(self._recover_at_start)

    def step(self, elapsed_ms: int) -> None:
        """Do one piece of what is due beside the windows."""
        self.book.pass_time(elapsed_ms)
        self._calm_ms = min(self._calm_ms + elapsed_ms, _CALM_MS)
        if self._retry_ms > 0:
            self._retry_ms -= elapsed_ms
        elif not self._has_stored:
            self._try(self._step)
        self._has_stored = False

    def window(self) -> None:
        """Store what has become due with a window that was booked, one page at most."""
        if not self.registers.is_recovered:
            return
        self.second()
        if self._retry_ms <= 0:
            self._try(self._store_registers)

    def second(self) -> None:
        """Let the load profile follow the clock; the registers are recovered."""
        if self.profile.tick(self._now_s(), self._total, self.status):
            self._are_registers_first = True

    def close_period(self, record: billing.BillingRecord) -> bool:
        """Take a billing entry to be stored; False while the one before is not stored yet."""
        if self._is_period_closed:
            return False
        record.pack_into(self._closed_period)
        self._is_period_closed = self._are_registers_first = True
        return True

    def is_period_waiting(self) -> bool:
        """Return whether a billing entry was taken and is not stored yet."""
        return self._is_period_closed

    def are_series_known(self) -> bool:
        """Return whether the newest billing and daily entries were looked for."""
        return self._are_series_searched

    def close_day(self, record: billing.DayRecord) -> bool:
        """Take a daily entry to be stored; False while the one before is not stored yet."""
        if self._is_day_closed:
            return False
        record.pack_into(self._closed_day)
        self._is_day_closed = self._are_registers_first = True
        return True

    def keep(self, kept: Kept) -> bool:
        """Store the bytes of `kept` now; return whether they are stored."""
        return self._try(kept.store) is not False

    def save_logged(self, kind: int, data: bytes, old: int, new: int) -> None:
        """Replace an object of the configuration and log that as a legal change, whatever happens.

        old, new:  details of the two events.  Raises as Configuration.save(); then nothing is
        logged.  After a power cut the next start logs what is missing.
        """
        at_s = self._now_s()
        number = self.book.next_number(events.LEGAL)
        self.configuration.save(kind, data, (number, at_s, old, new))
        self.events.log(at_s, events.PARAMETER_OLD, old)
        self.events.log(at_s, events.PARAMETER_NEW, new)

    def store_registers(self) -> None:
        """Store all registers, whether due or not: the supply is failing, or the meter stops.

        Everything is sent first, each page while the one before is written, and read back then.
        """
        self._retry_ms = 0
        self.recover()
        registers, profile = self.registers, self.profile
        due = [kept for kept in (self.control, self.invocation) if kept.is_due and kept.is_ready]
        if registers.is_recovered:
            self._try(self._send_last)
            self._try(registers.send_phases)
            self._try(profile.send_open)
        for kept in due:
            self._try(kept.send)
        if registers.is_recovered:
            self._try(registers.settle_totals)
            self._try(registers.settle_phases)
            self._try(profile.settle_open)
        for kept in due:
            self._try(kept.settle)

    def note_power_up(self) -> None:
        """Have stored that the supply does not fail any more, and what is due is being done."""
        self._are_registers_first = True
        self.profile.note_state()

    def store_events(self) -> None:
        """Store the events that wait."""
        while self._try(self._write_events):
            pass

    def _is_recovered(self) -> bool:
        return self.registers.is_recovered and self.control.is_ready and self.invocation.is_ready

    def _recover_at_start(self) -> bool:
        return self._recover(_PAGES_AT_START)

    def _recover(self, pages: int) -> bool:
        if not self.registers.is_recovered:
            return self.registers.recover(pages)
        return self.control.search(pages) and self.invocation.search(pages)

    def _step(self) -> bool:
        if not self._is_recovered():
            return self._recover(_PAGES_A_STEP)
        if self._are_registers_first:
            self._store_totals()
            return True
        for _ in self._jobs:  # in turn, so that none that fails keeps the others from theirs
            self._job = (self._job + 1) % len(self._jobs)
            if self._jobs[self._job]():
                return True
        return False

    def _step_kept(self) -> bool:
        operating_s = self._ledger.operating_s
        return self.control.step(operating_s) or self.invocation.step(operating_s)

    def _step_profile(self) -> bool:
        was_ready = self.profile.is_ready
        has_worked = self.profile.step(_PAGES_A_STEP)
        if self.profile.is_ready and not was_ready and self.profile.was_erased:
            self.events.log(self._now_s(), events.PROFILE_ERASED, self._period_min)
        return has_worked

    def _write_events(self) -> bool:
        return self.book.step(_PAGES_A_STEP)

    def _log_changes(self) -> bool:
        """Log, once, the legal changes that were stored just before a cut and not logged."""
        if self._are_changes_logged:
            return False
        total = self.book.next_number(events.LEGAL)
        found = [self.configuration.change(kind) for kind in LOGGED]
        for number, at_s, old, new in sorted([change for change in found if change is not None]):
            if number >= total:
                self.events.log(at_s, events.PARAMETER_OLD, old)
            if number + 1 >= total:
                self.events.log(at_s, events.PARAMETER_NEW, new)
        self._are_changes_logged = True
        return True

    def _verify(self) -> bool:
        if not self.profile.is_ready:
            return False
        return self.book.verify() or self.profile.log.verify()

    def _step_series(self) -> bool:
        if not self._are_series_searched:
            is_done = self.billing.search(1)
            self._are_series_searched = self.days.search(1) and is_done
        elif self._is_period_closed:
            self.billing.append(self._closed_period)
            self._is_period_closed = False
        elif self._is_day_closed:
            self.days.append(self._closed_day)
            self._is_day_closed = False
        else:
            return False
        return True

    def _store_registers(self) -> bool:
        """Store registers if they are due, or if an entry waits that must not be ahead of them."""
        if self._are_registers_first:
            self._store_totals()
            self._has_stored = True
        else:
            self._has_stored = self.registers.step(self._now_s())
        return self._has_stored

    def _store_totals(self) -> None:
        self.registers.store_totals(self._now_s())
        self._are_registers_first = False

    def _send_last(self) -> None:
        self.registers.send_totals(self._now_s())

    def _try(self, action: "Callable[[], bool | None]") -> "bool | None":
        """Do `action`; return what it returns, or False if the store refused."""
        self.attempts += 1
        try:
            return action()
        except (OSError, JournalError) as error:
            self.failures += 1
            self._retry_ms = _RETRY_MS
            was_calm = self._calm_ms >= _CALM_MS
            self._calm_ms = 0
            if was_calm:  # one event for as long as it keeps refusing
                code = error.errno if isinstance(error, OSError) else 0
                self.events.log(self._now_s(), events.NV_MEMORY_ERROR, code or 0)
        return False
