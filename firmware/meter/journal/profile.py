"""The load profile: one entry per interval, found by number and by time.

An entry is slot u16, status u8 and, per channel, what the register advanced by in cWh, u24.  The
slot is the number of the interval since 2000-01-01 UTC, by its end; its high bits are the page's
tag.  What goes on in the open interval is in memory and, from each end to the next, in a ring.
"""

import struct

from micropython import const

from meter.errors import JournalError
from meter.journal import store_map
from meter.journal.log import ABSENT, Log
from meter.journal.ring import Ring
from meter.ledger import counts
from meter.ledger.energy import A_MINUS, A_PLUS, WRAP_CWH

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator

    from meter.journal.record import Page, Store
    from meter.ledger.energy import Scope

# Status bits, those of the DLMS "AMR profile status".
CRITICAL_ERROR = const(1)
CLOCK_INVALID = const(2)
NOT_VALID = const(4)
DAYLIGHT_SAVING = const(8)
CLOCK_ADJUSTED = const(32)
RECOVERED = const(64)
POWER_DOWN = const(128)

PERIODS_MIN = (5, 15, 30, 60)
CHANNELS = (1, 2, 4)  # A+; A+ A-; A+ A- R+ R-
STATE_BYTES = const(62)

_WAITING = const(7)  # entries; odd, see Log
_LARGEST_CWH = const(0xFFFFFF)
_TURNS = const(8)
_OPEN = "<IIBBB"  # slot, entries written, period, status, turns; first entry and turns follow
_FIRST_AT = const(11)
_BASE_AT = const(38)
_STATE_AT = const(58)
_NUMBER_BYTES = const(3)


class Entry:
    """An entry: end_s in s since 2000-01-01 UTC, status, gains_cwh per channel."""

    def __init__(self, channels: int) -> None:
        self.end_s = 0
        self.status = 0
        self.gains_cwh = [0] * channels


class Profile:
    """A load profile on a store.

    store:       driver, see record.Store
    page:        record.Page, which may be lent to others
    channels:    1, 2 or 4
    period_min:  5, 15, 30 or 60

    state:       STATE_BYTES of whoever else has something to keep from interval to interval
    is_ready:    True once what is on the store was found
    was_erased:  True if the profile on the store had another period
    """

    def __init__(self, store: "Store", page: "Page", channels: int, period_min: int) -> None:
        if channels not in CHANNELS or period_min not in PERIODS_MIN:
            raise ValueError(
                "profile of {} channels, {} min: accepted: {}, {}".format(
                    channels, period_min, CHANNELS, PERIODS_MIN
                )
            )
        size = 3 + 3 * channels
        region = store_map.profile(store.size, channels)
        self.log = Log(store, region, size, page)
        self.state = bytearray(STATE_BYTES)
        self.is_ready = False
        self.was_erased = False
        self._open = Ring(store, store_map.INTERVAL, page)
        self._record = bytearray(store_map.INTERVAL[3])
        self._channels = channels
        self._period_min = period_min
        self._period_s = 60 * period_min
        self._size = size
        self._entry = bytearray(size)
        self._waiting = bytearray(_WAITING * size)
        self._slots = [0] * _WAITING
        self._n = 0
        self._first = 0  # the oldest entry that counts
        self._turns: list[int] = []  # entries whose slot is not after the one before
        self._last_slot = 0
        self._slot = 0  # of the open interval, 0 before the first time
        self._status = 0
        self._base_cwh = [0] * channels
        self._now_cwh = [0] * channels
        self._is_open_found = False
        self._is_open_due = False
        self._was_off = False

    def step(self, pages: int) -> bool:
        """Look at `pages` of the store, or write one; return False if there was nothing to do.

        Raises OSError or JournalError; what was to be written waits on.
        """
        if not self._is_open_found:
            self._is_open_found = self._open.search(pages, self._record)
            return True
        if not self.is_ready:
            if self.log.search(pages):
                self._take_up()
                self.is_ready = True
            return True
        if self._n:
            tag = self._slots[0] >> 16
            alike = 1
            while alike < self._n and self._slots[alike] >> 16 == tag:
                alike += 1
            self._drop(self.log.append(self._waiting, alike, tag & 0xFF))
            return True
        if self._is_open_due:
            self.store_open()
            return True
        return False

    def tick(self, now_s: int, total: "Scope", status: int) -> bool:
        """Go on to `now_s`, UTC; call it after every window. Return True if an interval ended.

        total:   scope of the total
        status:  bits that hold now; they stay on the interval's entry
        """
        if not self.is_ready:
            return False
        self._look_at(total)
        slot = now_s // self._period_s + 1
        if self._slot == 0:
            self._slot = slot
            self._base_cwh[:] = self._now_cwh
            self._is_open_due = True
        was_off, self._was_off = self._was_off, False
        self._status |= status
        if slot == self._slot:
            return False
        if self._n == _WAITING:
            self._status |= RECOVERED | NOT_VALID  # it goes on until there is room again
            return False
        is_expected = was_off or self._status & RECOVERED or slot == self._slot + 1
        if slot < self._slot or not is_expected:
            self._status |= CLOCK_ADJUSTED
        self._close()
        self._slot = slot
        self._status = status | (POWER_DOWN if was_off else 0)
        self._is_open_due = True
        return True

    def clock_set(self) -> None:
        """Note that the clock was set within the open interval."""
        self._status |= CLOCK_ADJUSTED

    def note_state(self) -> None:
        """Have the open interval stored before its end, because `state` has changed."""
        self._is_open_due = True

    def erase(self) -> None:
        """Forget all entries; the open interval goes on.  Returns when that is stored.

        Raises OSError or JournalError, and nothing is forgotten: the store refused, or entries
        wait to be written.
        """
        if self._n or not self.is_ready:
            raise JournalError("the load profile is being written")
        before = self._first, self._turns
        self._first, self._turns = self.log.total, []
        try:
            self.store_open()
        except (OSError, JournalError):
            self._first, self._turns = before
            raise

    def store_open(self) -> None:
        """Store the open interval and `state`, unless entries wait.  Raises OSError, JournalError.

        With entries waiting, the record that stands says from where on the next one has to count.
        """
        self.send_open()
        self.settle_open()

    def settle_open(self) -> None:
        """Read back what send_open() sent; store it anew if it is not there.  As store_open()."""
        if self._n or not self.is_ready:
            return
        self._open.settle(self._record, len(self._record))
        self._is_open_due = False

    def send_open(self) -> None:
        """Begin to store as store_open() does, see Ring.send()."""
        if self._n or not self.is_ready:
            return
        record = self._record
        head = self._slot, self.log.total, self._period_min, self._status, len(self._turns)
        struct.pack_into(_OPEN, record, 0, *head)
        at = _FIRST_AT
        numbers = self._turns[:]
        numbers.insert(0, self._first)
        for number in numbers:
            struct.pack_into("<HB", record, at, number & 0xFFFF, number >> 16)
            at += _NUMBER_BYTES
        counts.pack_list(record, _BASE_AT, self._base_cwh)
        record[_STATE_AT:] = self.state
        self._open.send(record, len(record))

    def oldest(self) -> int:
        """Return the number of the oldest entry; `log.total` if there is none."""
        return max(self.log.oldest(), self._first)

    def read(self, number: int, entry: Entry) -> bool:
        """Copy entry `number` to `entry`; return False if it is not there.

        Numbers that were left out at the end of a page are not there.  Raises OSError.
        """
        slot = self._slot_of(number)
        if slot < 0:
            return False
        entry.end_s = slot * self._period_s
        entry.status = self._entry[2]
        for channel in range(self._channels):
            low, high = struct.unpack_from("<HB", self._entry, 3 + 3 * channel)
            entry.gains_cwh[channel] = low | high << 16
        return True

    def find(self, end_s: int) -> int:
        """Return the oldest entry that ends at `end_s` or later; `log.total` if there is none.

        Where the clock was set back, times come twice; the older one is found.  Raises OSError.
        Cost: 12 pages for a year of 60-minute entries.
        """
        slot = -(-end_s // self._period_s)
        first = self.oldest()
        for end in [turn for turn in self._turns if turn > first] + [self.log.total]:
            number = self._find_within(first, end, slot)
            if number < end:
                return number
            first = end
        return self.log.total

    def walk(self, from_s: int, to_s: int, found: "list[tuple[int, int]]") -> "Iterator[None]":
        """Append to `found` (first, end) of what ends from `from_s` to `to_s`, per turn.

        Raises OSError.  Cost: that of find() before each yield.
        """
        low, high = -(-from_s // self._period_s), to_s // self._period_s + 1
        first = self.oldest()
        for end in [turn for turn in self._turns if turn > first] + [self.log.total]:
            if first < end:
                begin = self._find_within(first, end, low)
                yield
                behind = self._find_within(first, end, high)
                if begin < behind:
                    found.append((begin, behind))
                yield
            first = end

    def _find_within(self, first: int, end: int, slot: int) -> int:
        """Return the first of first..end - 1 whose slot is `slot` or later, `end` if none."""
        per_page = self.log.per_page
        low, high = first // per_page, (end - 1) // per_page
        while low < high:  # the last page that begins before the slot
            middle = (low + high + 1) // 2
            if self._slot_of(max(middle * per_page, first)) < slot:
                low = middle
            else:
                high = middle - 1
        number = max(low * per_page, first)
        while number < end and self._slot_of(number) < slot:
            number += 1
        return number

    def _slot_of(self, number: int) -> int:
        """Read entry `number` and return its slot, ABSENT if it is not there."""
        if number < self.oldest():
            return ABSENT
        tag = self.log.read(number, self._entry)
        return ABSENT if tag == ABSENT else tag << 16 | self._entry[1] << 8 | self._entry[0]

    def _look_at(self, total: "Scope") -> None:
        now = self._now_cwh
        now[0] = total.counts_cwh[A_PLUS]
        if self._channels > 1:
            now[1] = total.counts_cwh[A_MINUS]
        if self._channels > 2:
            now[2] = total.reactive_plus_cwh() % WRAP_CWH
            now[3] = total.reactive_minus_cwh() % WRAP_CWH

    def _close(self) -> None:
        """Let the entry of the open interval wait to be written."""
        at = self._n * self._size
        for channel in range(self._channels):
            gain = (self._now_cwh[channel] - self._base_cwh[channel]) % WRAP_CWH
            if gain > _LARGEST_CWH:  # the rest comes with the next one
                gain = _LARGEST_CWH
                self._status |= NOT_VALID
            where = at + 3 + 3 * channel
            struct.pack_into("<HB", self._waiting, where, gain & 0xFFFF, gain >> 16)
            self._base_cwh[channel] = (self._base_cwh[channel] + gain) % WRAP_CWH
        struct.pack_into("<HB", self._waiting, at, self._slot & 0xFFFF, self._status)
        self._slots[self._n] = self._slot
        self._n += 1

    def _drop(self, written: int) -> None:
        """Forget the first `written` entries that waited: they are in the log now."""
        for k in range(written):
            self._follow(self.log.total - written + k, self._slots[k])
        self._n -= written
        for k in range(self._n):
            self._slots[k] = self._slots[k + written]
        size, gone = self._n * self._size, written * self._size
        self._waiting[:size] = self._waiting[gone : gone + size]

    def _follow(self, number: int, slot: int) -> None:
        if slot <= self._last_slot and number > self._first:
            self._turns = self._turns[1 - _TURNS :]
            self._turns.append(number)
        self._last_slot = slot

    def _take_up(self) -> None:
        """Go on where the store says, or begin anew with another period."""
        if self._open.found < 0:
            self._first = self.log.total
            return
        record = self._record
        slot, total, period_min, status, turns = struct.unpack_from(_OPEN, record, 0)
        self.state[:] = record[_STATE_AT:]
        if period_min != self._period_min or self._channels_differ(total):
            self.log.skip_to(total)
            self._first = self.log.total
            self.was_erased = True
            return
        if total > self.log.total:  # nothing was written since it was erased
            self.log.skip_to(total)
        if total < self.log.total:
            self.log.confirm()
        numbers = [0] * (turns + 1)
        for k in range(turns + 1):
            low, high = struct.unpack_from("<HB", record, _FIRST_AT + _NUMBER_BYTES * k)
            numbers[k] = low | high << 16
        self._first = numbers[0]
        self._turns = numbers[1:]
        base = [0] * 4
        counts.unpack_list(record, _BASE_AT, base)
        self._base_cwh = base[: self._channels]
        self._slot = slot
        self._last_slot = slot - 1
        self._status = status | POWER_DOWN
        self._was_off = True
        self._add_written(total)

    def _channels_differ(self, total: int) -> bool:
        """Return whether the entries that were there are of another layout."""
        return total > 0 and self.log.total == 0

    def _add_written(self, total: int) -> None:
        """Follow entries that were written after the open interval was."""
        entry = Entry(self._channels)
        for number in range(total, self.log.total):
            if self.read(number, entry):
                for channel in range(self._channels):
                    base = self._base_cwh[channel] + entry.gains_cwh[channel]
                    self._base_cwh[channel] = base % WRAP_CWH
                slot = entry.end_s // self._period_s
                self._follow(number, slot)
                self._slot = slot + 1
