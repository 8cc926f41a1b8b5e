"""Histories: load profile, days, billing periods and event logs as numbered rows of columns.

A column is COLUMN bytes: class, A, C, D, E and attribute of what it captured, the field of a row
that holds it, and the letter of its type (axdr). Stamps are standard time, without summer time.
"""

from micropython import const

from meter.calendar import civil
from meter.journal.billing import BILLING_BYTES, DAY_BYTES, BillingRecord, DayRecord
from meter.journal.profile import Entry
from meter.ledger.energy import A_MINUS, A_PLUS, Q1, Q2, Q3, Q4
from meter.registers import events, table
from meter.views.dlms import times
from meter.views.dlms.catalogue import LOG_E

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from meter.calendar.local import Zone
    from meter.journal.event_book import EventBook
    from meter.journal.keeper import Keeper
    from meter.journal.log import Log
    from meter.journal.series import Series

    Spans = list[tuple[int, int]]
    Row = Sequence[int | bytes]

    class History(Protocol):
        """What all have in common.

        columns:   see above
        period_s:  0 if the clock does not say when a row comes
        depth:     rows that are kept
        """

        zone: Zone
        columns: bytes
        period_s: int
        depth: int

        def ready(self) -> bool:
            """Return whether what is on the store was found."""

        def whole(self) -> tuple[int, int]:
            """Return (first, end) of the row numbers that may be there."""

        def spans(self, from_s: int, to_s: int) -> Spans:
            """Return [(first, end)] of the rows stamped from `from_s` to `to_s`."""

        def count(self, first: int, end: int) -> int:
            """Return how many of the rows first..end - 1 are there."""

        def nth(self, k: int) -> int:
            """Return the number of the k-th row, from 0; beyond the last if there are fewer."""

        def row(self, number: int) -> Row | None:
            """Return the fields of a row, None if it is not there."""


COLUMN = const(8)
_CLOCK = b"\x08\x00\x01\x00\x00\x02\x00o"
_STATUS = b"\x01\x00\x60\x0a\x01\x02\x01B"
_U32 = const(0x49)  # "I"
_TEXT = const(0x6F)  # "o"
_CWH_PER_WH = const(100)
_NOT_THERE = const(-1)

# Fields of a billing row behind stamp and status; of a daily one up to the tariffs.
_HOURS = const(2)
_ENERGIES = const(3)  # A+ A- R+ R- QI..QIV, the order of the register table
_TARIFFS = const(11)
_PERIODS = const(27)
_PEAKS = const(28)
_OTHERS = const(34)
_PHASES = const(37)


class LoadProfile:
    """The load profile: what each register advanced by in each interval, 0.01 Wh."""

    def __init__(self, keeper: "Keeper", zone: "Zone", channels: int, period_min: int) -> None:
        columns = _CLOCK + _STATUS
        for k in range(channels):
            columns += bytes((table.REGISTER, 1, k + 1, 29, 0, 2, 2 + k, _U32))
        self.zone = zone
        self.columns = columns
        self._profile = keeper.profile
        self._entry = Entry(channels)
        self.period_s = 60 * period_min
        self.depth = keeper.profile.log.depth

    def ready(self) -> bool:
        """As of History."""
        return self._profile.is_ready

    def whole(self) -> "tuple[int, int]":
        """As of History."""
        return self._profile.oldest(), self._profile.log.total

    def spans(self, from_s: int, to_s: int) -> "Spans":
        """As of History."""
        return self._profile.spans(from_s, to_s)

    def count(self, first: int, end: int) -> int:
        """As of History."""
        return self._profile.log.count(first, end)

    def nth(self, k: int) -> int:
        """As of History."""
        return self._profile.log.nth(self._profile.oldest(), k)

    def row(self, number: int) -> "Row | None":
        """As of History."""
        entry = self._entry
        if not self._profile.read(number, entry):
            return None
        row: list[int | bytes] = [times.stamp(entry.end_s, self.zone), entry.status]
        row += entry.gains_cwh
        return row

    def last_cwh(self, channel: int) -> int:
        """Return the advance in the last interval, 0 before the first."""
        last = self._profile.log.total - 1
        is_there = self._profile.is_ready and self._profile.read(last, self._entry)
        return self._entry.gains_cwh[channel] if is_there else 0


class EventHistory:
    """One log of events."""

    def __init__(self, book: "EventBook", log: int, zone: "Zone") -> None:
        e = LOG_E[log]
        code = bytes((table.DATA, 0, 96, 11, e, 2, 1)) + b"B"
        detail = bytes((table.DATA, 0, 96, 11, e + 16, 2, 2)) + b"i"
        self.zone = zone
        self.columns = _CLOCK + code + detail
        self.period_s = 0
        self._book = book
        self._log = log
        self.depth = events.DEPTHS[log]

    def _entries(self) -> "Log":
        return self._book.log(self._log)

    def ready(self) -> bool:
        """As of History."""
        return self._entries().search(0)

    def whole(self) -> "tuple[int, int]":
        """As of History."""
        return self._book.stored(self._log)

    def spans(self, from_s: int, to_s: int) -> "Spans":
        """As of History.  Cost: every page of the log."""
        first, end = self.whole()
        found = []
        for number in range(first, end):
            event = self._book.read(self._log, number)
            if event is not None and from_s <= event[0] <= to_s:
                found.append((number, number + 1))
        return found

    def count(self, first: int, end: int) -> int:
        """As of History."""
        return self._entries().count(first, end)

    def nth(self, k: int) -> int:
        """As of History."""
        return self._entries().nth(0, k)

    def row(self, number: int) -> "Row | None":
        """As of History."""
        event = self._book.read(self._log, number)
        return None if event is None else (times.stamp(event[0], self.zone), event[1], event[2])

    def newest(self) -> "tuple[int, int]":
        """Return (code, detail) of the newest event of the log on the store, (0, 0) if none."""
        event = self._book.read(self._log, self.whole()[1] - 1)
        return (0, 0) if event is None else event[1:]


class Closings:
    """Billing periods or days: registers as they stood, entry by entry of a series.

    keys:  of the register table that this meter shows
    When each entry was written is kept here, looked up one entry a step, since finding one by its
    time must not read them all.
    """

    def __init__(
        self, series: "Series", zone: "Zone", is_billing: bool, keys: "Sequence[int]"
    ) -> None:
        self.zone = zone
        self.columns = _closing_columns(is_billing, keys)
        self.period_s = 0 if is_billing else civil.DAY_S
        self._series = series
        self._payload = bytearray(BILLING_BYTES if is_billing else DAY_BYTES)
        self._record = BillingRecord() if is_billing else DayRecord()
        self._at_s = [_NOT_THERE] * series.depth
        self._known = 0  # entries up to here are in _at_s
        self.depth = series.depth

    def step(self) -> bool:
        """Look up one entry; return False if all were.  Raises OSError."""
        series = self._series
        if not series.search(0) or self._known >= series.newest:
            return False
        number = max(self._known + 1, series.oldest())
        is_there = series.read(number, self._payload)
        if is_there:
            self._record.unpack(self._payload)
        self._at_s[number % self.depth] = self._record.at_s if is_there else _NOT_THERE
        self._known = number
        return True

    def ready(self) -> bool:
        """As of History: not before step() has looked all entries up, which takes bus time."""
        self.step()
        return self._series.search(0) and self._known >= self._series.newest

    def whole(self) -> "tuple[int, int]":
        """As of History."""
        return self._series.oldest(), self._series.newest + 1

    def spans(self, from_s: int, to_s: int) -> "Spans":
        """As of History."""
        first, end = self.whole()
        found = []
        for number in range(first, end):
            if max(0, from_s) <= self._at_s[number % self.depth] <= to_s:
                found.append((number, number + 1))
        return found

    def count(self, first: int, end: int) -> int:
        """As of History."""
        first = max(first, self._series.oldest())
        return sum([self._at_s[number % self.depth] >= 0 for number in range(first, end)])

    def nth(self, k: int) -> int:
        """As of History."""
        number, end = self.whole()
        while number < end:
            if self._at_s[number % self.depth] >= 0:
                if k == 0:
                    break
                k -= 1
            number += 1
        return number

    def row(self, number: int) -> "Row | None":
        """As of History."""
        record = self._record
        if not self._series.read(number, self._payload):
            return None
        record.unpack(self._payload)
        c = record.counts_cwh
        energies = [c[A_PLUS], c[A_MINUS], c[Q1] + c[Q2], c[Q3] + c[Q4]]
        energies += c[Q1 : Q4 + 1]
        row: list[int | bytes] = [times.stamp(record.at_s, self.zone), record.status]
        row.append(record.operating_s // 3600)
        row += _wh(energies)
        row += _wh(record.tariffs_cwh)
        if isinstance(record, BillingRecord):
            row.append(record.periods)
            for which in (2, 0, 1):  # overall first
                power_w, at_s = record.peaks[which]
                row += [power_w, times.stamp(at_s, self.zone) if at_s else times.NOWHERE]
            row += [record.accumulated_w, record.threshold, record.pulse_input]
            row += _wh(record.phases_cwh)
        return row


def _closing_columns(is_billing: bool, keys: "Sequence[int]") -> bytes:
    wanted = [(table.OPERATING_TIME, _HOURS)]
    wanted += [(table.ACTIVE_IMPORT + 4 * k, _ENERGIES + k) for k in range(8)]
    wanted += [(table.ACTIVE_IMPORT_T1 + k, _TARIFFS + k) for k in range(16)]
    if is_billing:
        wanted.insert(0, (table.BILLING_PERIODS, _PERIODS))
        wanted += [(table.MAX_DEMAND + k, _PEAKS + 2 * k) for k in range(3)]
        wanted += [(table.ACCUMULATED_DEMAND, _OTHERS), (table.EXCEEDINGS, _OTHERS + 1)]
        wanted += [(table.PULSE_INPUT + k, _OTHERS + 2) for k in range(4)]
        for phase in range(3):
            wanted.append((table.ACTIVE_IMPORT + phase + 1, _PHASES + 2 * phase))
            wanted.append((table.ACTIVE_EXPORT + phase + 1, _PHASES + 2 * phase + 1))
    found = _CLOCK + _STATUS
    for key, field in wanted:
        if key in keys:
            name = bytes((table.row(key).cosem_class,)) + bytes(table.code(key))
            found += name + bytes((2, field, _U32))
            if _PEAKS <= field < _OTHERS:
                found += name + bytes((5, field + 1, _TEXT))
    return found


def _wh(counts_cwh: "Sequence[int]") -> "list[int]":
    return [count // _CWH_PER_WH for count in counts_cwh]
