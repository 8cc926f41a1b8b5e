"""Histories: load profile and event logs as numbered rows of columns; closings.py has the rest.

A row is encoded as it is read, only the columns that are wanted.  Stamps are standard time,
without summer time.
"""

from micropython import const

from meter.journal.profile import Entry
from meter.registers import events, obis, table
from meter.views.dlms.axdr import STRUCTURE
from meter.views.dlms.catalogue import CLOCK, LOG_E
from meter.views.dlms.items import Items

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Protocol

    from meter.calendar.local import Zone
    from meter.journal.event_book import EventBook
    from meter.journal.keeper import Keeper
    from meter.journal.log import Log
    from meter.views.dlms.axdr import Encoder
    from meter.views.dlms.items import Found
    from meter.views.dlms.times import Stamps

    Spans = list[tuple[int, int]]
    Column = tuple[int, tuple[int, int, int, int], int]

    class History(Protocol):
        """What all have in common.

        width:     columns
        period_s:  0 if the clock does not say when a row comes
        depth:     rows that are kept
        """

        zone: Zone
        width: int
        period_s: int
        depth: int

        def ready(self) -> bool:
            """Return whether what is on the store was found."""

        def whole(self) -> tuple[int, int]:
            """Return (first, end) of the row numbers that may be there."""

        def walk(self, from_s: int, to_s: int, found: Spans) -> Iterable[None]:
            """Append (first, end) of the rows stamped from `from_s` to `to_s` to `found`.

            It yields before a step would take too long.
            """

        def count(self, first: int, end: int) -> int:
            """Return how many of the rows first..end - 1 are there."""

        def nth(self, k: int) -> int:
            """Return the number of the k-th row, from 0; beyond the last if there are fewer."""

        def column(self, k: int) -> Column:
            """Return (class, (A, C, D, E), attribute) of what column `k` captured."""

        def put(self, out: Encoder, number: int, columns: Sequence[int]) -> bool:
            """Encode these columns of a row; False if it is not there.  OSError."""


_CLOCK = b"\0\0\1\0\0\xff"
CLOCK_COLUMN = (CLOCK, (0, 1, 0, 0), 2)
STATUS_COLUMN = (table.DATA, (0, 96, 10, 1), 2)


class LoadProfile:
    """The load profile: what each register advanced by in each interval, 0.01 Wh.

    stamps:  times.Stamps
    """

    def __init__(
        self, keeper: "Keeper", zone: "Zone", stamps: "Stamps", channels: int, period_min: int
    ) -> None:
        self.zone = zone
        self.width = 2 + channels
        self.period_s = 60 * period_min
        self.depth = keeper.profile.log.depth
        self._stamps = stamps
        self._profile = keeper.profile
        self._entry = Entry(channels)

    def ready(self) -> bool:
        """As of History."""
        return self._profile.is_ready

    def whole(self) -> "tuple[int, int]":
        """As of History."""
        return self._profile.oldest(), self._profile.log.total

    def walk(self, from_s: int, to_s: int, found: "Spans") -> "Iterable[None]":
        """As of History."""
        return self._profile.walk(from_s, to_s, found)

    def count(self, first: int, end: int) -> int:
        """As of History."""
        return self._profile.log.count(first, end)

    def nth(self, k: int) -> int:
        """As of History."""
        return self._profile.log.nth(self._profile.oldest(), k)

    def column(self, k: int) -> "Column":
        """As of History."""
        if k < 2:
            return STATUS_COLUMN if k else CLOCK_COLUMN
        return table.REGISTER, (1, k - 1, 29, 0), 2

    def put(self, out: "Encoder", number: int, columns: "Sequence[int]") -> bool:
        """As of History.  Cost: a page of the store for every so many rows, see journal.log."""
        entry = self._entry
        if not self._profile.read(number, entry):
            return False
        out.head(STRUCTURE, len(columns))
        for k in columns:
            if k == 0:
                self._stamps.put(out, entry.end_s)
            elif k == 1:
                out.byte(entry.status)
            else:
                out.word(entry.gains_cwh[k - 2])
        return True

    def last_cwh(self, channel: int) -> int:
        """Return the advance in the last interval, 0 before the first."""
        last = self._profile.log.total - 1
        is_there = self._profile.is_ready and self._profile.read(last, self._entry)
        return self._entry.gains_cwh[channel] if is_there else 0


class EventHistory:
    """One log of events; made when it is asked for."""

    def __init__(self, book: "EventBook", log: int, zone: "Zone", stamps: "Stamps") -> None:
        self.zone = zone
        self.width = 3
        self.period_s = 0
        self.depth = events.DEPTHS[log]
        self._stamps = stamps
        self._book = book
        self._log = log

    def _entries(self) -> "Log":
        return self._book.log(self._log)

    def ready(self) -> bool:
        """As of History."""
        return self._entries().search(0)

    def whole(self) -> "tuple[int, int]":
        """As of History."""
        return self._book.stored(self._log)

    def walk(self, from_s: int, to_s: int, found: "Spans") -> "Iterable[None]":
        """As of History.  Cost: every page of the log."""
        first, end = self.whole()
        per_page = self._entries().per_page
        for number in range(first, end):
            if number > first and number % (2 * per_page) == 0:
                yield
            event = self._book.read(self._log, number)
            if event is not None and from_s <= event[0] <= to_s:
                found.append((number, number + 1))

    def count(self, first: int, end: int) -> int:
        """As of History."""
        return self._entries().count(first, end)

    def nth(self, k: int) -> int:
        """As of History."""
        return self._entries().nth(0, k)

    def column(self, k: int) -> "Column":
        """As of History."""
        if k == 0:
            return CLOCK_COLUMN
        return table.DATA, (0, 96, 11, LOG_E[self._log] + (16 if k == 2 else 0)), 2

    def put(self, out: "Encoder", number: int, columns: "Sequence[int]") -> bool:
        """As of History."""
        event = self._book.read(self._log, number)
        if event is None:
            return False
        out.head(STRUCTURE, len(columns))
        for k in columns:
            if k == 0:
                self._stamps.put(out, event[0])
            else:
                out.put("i" if k == 2 else "B", event[k])
        return True

    def newest(self) -> "tuple[int, int]":
        """Return (code, detail) of the newest event of the log on the store, (0, 0) if none."""
        event = self._book.read(self._log, self.whole()[1] - 1)
        return (0, 0) if event is None else event[1:]


def about(history: "History", attribute: int) -> "Found":
    """Return an attribute beside the buffer: columns, period, order, rows there are and kept."""
    if attribute == 3:
        return Items(history.width, lambda out, k: put_column(history, out, k))
    if attribute == 5:
        return "e", 1  # first in, first out
    if attribute == 6:
        return "s4HobH", CLOCK, _CLOCK, 2, 0  # clients restrict by it
    number = history.period_s if attribute == 4 else history.depth
    if attribute == 7:
        number = history.count(*history.whole()) if history.ready() else 0
    return "I", number


def put_column(history: "History", out: "Encoder", k: int) -> None:
    """Encode which object column `k` captured."""
    class_id, code, attribute = history.column(k)
    out.put("s4HobH", class_id, obis.logical_name(code), attribute, 0)
