"""Event logs on the store: what waits in RAM, and how often it may be written.

An entry is time u32 s, event u8, detail i32.  A storm of events fills the queue of its log, is
counted from then on, and costs a page per credit: it neither holds anything up nor wears the chip
out.
"""

import struct

from micropython import const

from meter.journal import store_map
from meter.journal.log import ABSENT, Log
from meter.registers.events import EVENTS_LOST, LEGAL

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.journal.record import Page, Region, Store

_ENTRY = const(9)
_FORM = "<IBi"
_WAITING = const(13)  # entries per log; odd, so that they go on one page
_CREDIT = const(60)  # pages of a log that may be written at once
_LIFE_MS = const(640_000)  # of operating time per write of a page: 20 years, 10**6 writes
_YOUNG_MS = const(10_000)  # a start shorter than this, a brown-out, writes legal events only


class _Queue:
    """One log and what waits for it."""

    def __init__(self, store: "Store", region: "Region", page: "Page") -> None:
        self.log = Log(store, region, _ENTRY, page)
        self.is_searched = False
        self.entries = bytearray(_WAITING * _ENTRY)
        self.waiting = 0
        self.lost = 0
        self.price_ms = _LIFE_MS // region[1]  # of a page written
        self.credit_ms = _CREDIT * self.price_ms

    def put(self, at_s: int, code: int, detail: int) -> None:
        """Let an event wait, or count it as lost."""
        if self.waiting < _WAITING:
            struct.pack_into(_FORM, self.entries, self.waiting * _ENTRY, at_s, code, detail)
            self.waiting += 1
        else:
            self.lost += 1

    def write(self) -> None:
        """Write one page of what waits."""
        self.credit_ms -= self.price_ms
        written = self.log.append(self.entries, self.waiting)
        at_s = struct.unpack_from(_FORM, self.entries, (self.waiting - 1) * _ENTRY)[0]
        self.waiting -= written
        size, gone = self.waiting * _ENTRY, written * _ENTRY
        self.entries[:size] = self.entries[gone : gone + size]
        if self.lost:
            lost, self.lost = self.lost, 0
            self.put(at_s, EVENTS_LOST, min(lost, 0x7FFFFFFF))


class EventBook:
    """Seven logs, in the order of store_map.EVENT_LOGS.

    store:    driver, see record.Store
    page:     record.Page, which may be lent to others
    """

    def __init__(self, store: "Store", page: "Page") -> None:
        self._queues = tuple([_Queue(store, row, page) for row in store_map.EVENT_LOGS])
        self._next = 0
        self._young_ms = _YOUNG_MS
        self._found = bytearray(_ENTRY)

    def note(self, log: int, at_s: int, code: int, detail: int) -> None:
        """Let an event wait for `log`; at_s and detail as 32 bits, unsigned and signed."""
        self._queues[log].put(at_s, code, detail)

    def pass_time(self, elapsed_ms: int) -> None:
        """Credit every log with the time."""
        if self._young_ms > 0:
            self._young_ms -= elapsed_ms
        for queue in self._queues:
            queue.credit_ms = min(queue.credit_ms + elapsed_ms, _CREDIT * queue.price_ms)

    def hurry(self) -> None:
        """Have what waits written although the meter has only just started."""
        self._young_ms = 0

    def step(self, pages: int) -> bool:
        """Look at `pages`, or write one; return False if there was nothing to do.

        Raises OSError or JournalError; what was to be written waits on.
        """
        for _ in self._queues:
            queue = self._queues[self._next]
            if not queue.is_searched:
                queue.is_searched = queue.log.search(pages)
                return True
            is_old = self._young_ms <= 0 or self._next == LEGAL
            if queue.waiting and is_old and queue.credit_ms >= queue.price_ms:
                queue.write()
                return True
            self._next = (self._next + 1) % len(self._queues)
        return False

    def verify(self) -> bool:
        """Read one page more whole, see Log.verify(); return False if all were.  OSError."""
        return any(queue.log.verify() for queue in self._queues)

    def next_number(self, log: int) -> int:
        """Return the number that the next event noted for `log` will have.  Raises OSError."""
        queue = self._queues[log]
        while not queue.is_searched:
            queue.is_searched = queue.log.search(1)
        return queue.log.total + queue.waiting

    def stored(self, log: int) -> "tuple[int, int]":
        """Return (first, end): the numbers of the entries of `log` that are kept."""
        queue = self._queues[log]
        return queue.log.oldest(), queue.log.total

    def log(self, log: int) -> Log:
        """Return where the entries of `log` stand."""
        return self._queues[log].log

    def read(self, log: int, number: int) -> "tuple[int, int, int] | None":
        """Return (at_s, code, detail) of entry `number`, None if it is not there; OSError."""
        if self._queues[log].log.read(number, self._found) == ABSENT:
            return None
        at_s, code, detail = struct.unpack(_FORM, self._found)
        return at_s, code, detail
