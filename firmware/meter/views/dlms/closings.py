"""Billing periods and days as histories: registers as they stood, entry by entry of a series.

A row is encoded out of the bytes of its entry, whose layout journal.billing explains.
"""

from array import array

from micropython import const

from meter.calendar import civil
from meter.journal import billing
from meter.ledger.energy import KINDS
from meter.ledger.tariffs import place
from meter.registers import table
from meter.views.dlms import times
from meter.views.dlms.axdr import STRUCTURE
from meter.views.dlms.histories import CLOCK_COLUMN, STATUS_COLUMN

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from meter.calendar.local import Zone
    from meter.journal.series import Series
    from meter.views.dlms.axdr import Encoder
    from meter.views.dlms.histories import Column, Spans
    from meter.views.dlms.times import Stamps

_CWH_PER_WH = const(100)
_HOUR_S = const(3_600)
_STATUS_AT = const(4)
_ENERGIES = const(8)  # A+ A- R+ R- QI..QIV, the order of the register table
_R_PLUS = const(2)
_R_MINUS = const(3)
_COUNT = const(5)  # bytes


class Closings:
    """Billing periods or days.

    series:   journal.series.Series
    payload:  bytearray(billing.BILLING_BYTES), which may be lent to others
    stamps:   times.Stamps
    keys:     of the register table that this meter shows

    When each entry was written is kept here, looked up one entry a step, since finding one by its
    time must not read them all.
    """

    def __init__(
        self,
        series: "Series",
        payload: bytearray,
        zone: "Zone",
        stamps: "Stamps",
        is_billing: bool,
        keys: "Sequence[int]",
    ) -> None:
        self.zone = zone
        self.period_s = 0 if is_billing else civil.DAY_S
        self.depth = series.depth
        self._is_billing = is_billing
        self._columns = _columns(is_billing, keys)
        self.width = 2 + len(self._columns)
        self._stamps = stamps
        self._series = series
        self._payload = payload
        self._at_s = array("I", [0] * series.depth)  # 0: not there
        self._known = 0  # entries up to here are in _at_s

    def step(self) -> bool:
        """Look up one entry; return False if all were.  Raises OSError."""
        series = self._series
        if not series.search(0) or self._known >= series.newest:
            return False
        number = max(self._known + 1, series.oldest())
        is_there = series.read(number, self._payload)
        self._at_s[number % self.depth] = self._number(0, 4) if is_there else 0
        self._known = number
        return True

    def ready(self) -> bool:
        """As of History: not before step() has looked all entries up, which takes bus time."""
        self.step()
        return self._series.search(0) and self._known >= self._series.newest

    def whole(self) -> "tuple[int, int]":
        """As of History."""
        return self._series.oldest(), self._series.newest + 1

    def walk(self, from_s: int, to_s: int, found: "Spans") -> "Iterable[None]":
        """As of History."""
        first, end = self.whole()
        for number in range(first, end):
            if max(1, from_s) <= self._at_s[number % self.depth] <= to_s:
                found.append((number, number + 1))
        return ()

    def count(self, first: int, end: int) -> int:
        """As of History."""
        first = max(first, self._series.oldest())
        return sum([self._at_s[number % self.depth] > 0 for number in range(first, end)])

    def nth(self, k: int) -> int:
        """As of History."""
        number, end = self.whole()
        while number < end:
            if self._at_s[number % self.depth]:
                if k == 0:
                    break
                k -= 1
            number += 1
        return number

    def column(self, k: int) -> "Column":
        """As of History."""
        if k < 2:
            return STATUS_COLUMN if k else CLOCK_COLUMN
        key = self._columns[k - 2]
        return table.row(key).cosem_class, table.code(key), 5 if self._is_instant(k - 2) else 2

    def put(self, out: "Encoder", number: int, columns: "Sequence[int]") -> bool:
        """As of History."""
        if not self._series.read(number, self._payload):
            return False
        out.head(STRUCTURE, len(columns))
        for k in columns:
            if k == 0:
                self._stamps.put(out, self._number(0, 4))
            elif k == 1:
                out.byte(self._payload[_STATUS_AT])
            elif self._is_instant(k - 2):
                at_s = self._number(_peak_at(self._columns[k - 2]) + 4, 4)
                if at_s:
                    self._stamps.put(out, at_s)
                else:
                    out.put("o", times.NOWHERE)
            else:
                value = self._value(self._columns[k - 2])
                if value >= 0:
                    out.word(value)
                else:
                    out.put("n")
        return True

    def _is_instant(self, column: int) -> bool:
        """Return whether a column is when a peak was: it follows that of the peak."""
        return column > 0 and self._columns[column] == self._columns[column - 1]

    def _value(self, key: int) -> int:
        """Return what the register of `key` stood at; -1 if it was not kept then."""
        at = billing.BILLING_AT if self._is_billing else billing.DAY_AT
        row = key & ~3
        if table.ACTIVE_IMPORT <= row < table.OPERATING_TIME:
            return self._energy(at, (row - table.ACTIVE_IMPORT) >> 2, key & 3) // _CWH_PER_WH
        by_tariff = table.tariff_energy(key)
        if by_tariff >= 0:
            form = self._payload[
                billing.BILLING_FORM_AT if self._is_billing else billing.DAY_FORM_AT
            ]
            k = place(form, by_tariff, table.code(key)[3])
            return self._number(at + _COUNT * (KINDS + k), _COUNT) // _CWH_PER_WH if k >= 0 else k
        if row == table.OPERATING_TIME:
            return self._number(at - 4, 4) // _HOUR_S
        at, size = billing.PULSES_AT, _COUNT
        if row == table.BILLING_PERIODS:
            at, size = _STATUS_AT + 1, 2
        elif row == table.MAX_DEMAND:
            at, size = _peak_at(key), 4
        elif row == table.ACCUMULATED_DEMAND:
            at = billing.ACCUMULATED_AT
        elif row == table.EXCEEDINGS:
            at, size = billing.THRESHOLD_AT, 4
        return self._number(at, size)

    def _energy(self, at: int, energy: int, phase: int) -> int:
        """Return an energy in cWh: 0..7 in the order of the table, of a phase or the total."""
        if phase:
            return self._number(billing.PULSES_AT + _COUNT * (2 * phase - 1 + energy), _COUNT)
        if energy in (_R_PLUS, _R_MINUS):  # sums of two quadrants
            at += _COUNT * (2 * energy - 2)
            return self._number(at, _COUNT) + self._number(at + _COUNT, _COUNT)
        return self._number(at + _COUNT * (energy - 2 * (energy > _R_MINUS)), _COUNT)

    def _number(self, at: int, size: int) -> int:
        return int.from_bytes(self._payload[at : at + size], "little")


def _peak_at(key: int) -> int:
    """Return where a peak stands: of tariff 1, of tariff 2, of all, 8 bytes each."""
    return billing.PEAKS_AT + 8 * (((key & 3) + 2) % 3)


def _columns(is_billing: bool, keys: "Sequence[int]") -> bytes:
    """Return the keys of the columns; that of a peak comes twice, its instant is the second."""
    wanted = [table.OPERATING_TIME]
    wanted += [table.ACTIVE_IMPORT + 4 * k for k in range(_ENERGIES)]
    wanted += [key for key in range(table.KEYS) if table.tariff_energy(key) >= 0]
    if is_billing:
        wanted.insert(0, table.BILLING_PERIODS)
        for k in range(3):
            wanted += [table.MAX_DEMAND + k] * 2
        wanted += [table.ACCUMULATED_DEMAND, table.EXCEEDINGS]
        wanted += range(table.PULSE_INPUT, table.PULSE_INPUT + 4)
        for phase in range(1, 4):
            wanted += [table.ACTIVE_IMPORT + phase, table.ACTIVE_EXPORT + phase]
    return bytes([key for key in wanted if key in keys])
