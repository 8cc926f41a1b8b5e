"""What is stored when: registers first, then events, at most one page of the store per step.

A store that refuses is counted, logged, left alone for a second and tried again; the meter
measures on, and what it has to store waits in RAM.
"""

from micropython import const

from meter.errors import JournalError
from meter.journal import store_map
from meter.journal.event_book import EventBook
from meter.journal.registers import RegisterJournal
from meter.registers import events

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.journal.record import Store
    from meter.ledger.booking import Ledger

_RETRY_MS = const(1_000)
_EVENTS = const(64)
_PAGES_AT_START = const(16)
_PAGES_A_STEP = const(2)  # 6 ms of bus


class Keeper:
    """Keeps what the meter must remember.

    store:    driver of the EEPROM, see journal.record.Store
    fram:     driver of a FRAM that takes the registers instead, or None
    ledger:   ledger.booking.Ledger
    now_s:    callable, s since 2000-01-01 UTC

    registers:  journal.registers.RegisterJournal
    book:       journal.event_book.EventBook
    events:     registers.events.EventLog
    failures:   how often a store refused
    """

    def __init__(
        self,
        store: "Store",
        fram: "Store | None",
        ledger: "Ledger",
        now_s: "Callable[[], int]",
    ) -> None:
        buffer = bytearray(2 * store_map.PAGE)
        regions = (store_map.TOTALS, store_map.PHASES)
        if fram is not None:
            regions = (store_map.FRAM_TOTALS, store_map.FRAM_PHASES)
        self.registers = RegisterJournal(fram or store, regions, buffer, ledger)
        self.book = EventBook(store, buffer)
        self.events = events.EventLog(_EVENTS, self.book)
        self.failures = 0
        self._now_s = now_s
        self._retry_ms = 0
        self._has_stored = False

    def recover(self) -> None:
        """Take up the registers, at once if the store answers."""
        while not (self.registers.is_recovered or self._retry_ms):
            self._try(self._recover_at_start)

    def step(self, elapsed_ms: int) -> None:
        """Do one piece of what is due beside the windows."""
        self.book.pass_time(elapsed_ms)
        if self._retry_ms > 0:
            self._retry_ms -= elapsed_ms
        elif not self._has_stored:
            self._try(self._step)
        self._has_stored = False

    def window(self) -> None:
        """Store what has become due with a window that was booked, one page at most."""
        if self._retry_ms <= 0 and self.registers.is_recovered:
            self._try(self._store_registers)

    def store_registers(self) -> None:
        """Store all registers, whether due or not: the supply is failing, or the meter stops."""
        self._retry_ms = 0
        self.recover()
        if self.registers.is_recovered:
            self._try(self._store_last)
            self._try(self.registers.store_phases)

    def store_events(self) -> None:
        """Store the events that wait."""
        while self._try(self._write_events):
            pass

    def _recover_at_start(self) -> bool:
        return self.registers.recover(_PAGES_AT_START)

    def _step(self) -> bool:
        if not self.registers.is_recovered:
            return self.registers.recover(_PAGES_A_STEP)
        return self._write_events()

    def _write_events(self) -> bool:
        return self.book.step(_PAGES_A_STEP)

    def _store_registers(self) -> bool:
        self._has_stored = self.registers.step(self._now_s())
        return self._has_stored

    def _store_last(self) -> None:
        self.registers.store_totals(self._now_s(), is_last=True)

    def _try(self, action: "Callable[[], bool | None]") -> bool:
        """Do `action`; return what it returns, or False if the store refused."""
        try:
            return bool(action())
        except (OSError, JournalError) as error:
            self.failures += 1
            self._retry_ms = _RETRY_MS
            if self.failures & (self.failures - 1) == 0:  # the 1st, 2nd, 4th, 8th ...
                code = error.errno if isinstance(error, OSError) else 0
                self.events.log(self._now_s(), events.NV_MEMORY_ERROR, code or 0)
        return False
