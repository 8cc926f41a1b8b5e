"""The tariff plan: which of eight tariffs counts at a local time.

The year has two seasons, each of which begins on a date; a day is a working, a non-working or a
special day; each season has a table of switches for each of the three. A table holds up to eight
switches at a resolution of one minute, the first at 00:00, so that no day needs the one before it.
Special days, up to 100, are dates of one year or of every year, and come before the day of the
week.

A plan cannot be changed: a new one is made, checked as a whole, and takes the other's place. It is
kept as 16-bit words: that is its size on the board, and packed.
"""

import struct
from array import array

from micropython import const

from meter.calendar import civil
from meter.errors import ConfigError

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

    Switches = Sequence[tuple[int, int]]

TARIFFS = const(8)
SEASONS = const(2)
WORKING = const(0)  # types of day
NON_WORKING = const(1)
SPECIAL = const(2)
DAY_TYPES = const(3)
SWITCHES = const(8)
SPECIAL_DAYS = const(100)
EVERY_YEAR = const(0)
MONDAY_TO_FRIDAY = const(0x1F)
PACKED = const(304)  # bytes, whatever the plan holds

_WORDS = const(152)
_WEEK = const(0)  # bit 0 is Monday
_ACTIVATION = const(1)
_SEASON = const(2)
_TABLE = const(4)
_SPECIAL = const(52)
_UNUSED = const(0xFFFF)
_EPOCH_YEAR = const(2000)
_ANY_YEAR = const(127)  # in a special day's seven bits of year
_DAY_MINUTES = const(1440)
_ALL_WEEK = const(0x7F)
_NO_DAY = const(-2)


class TariffPlan:
    """A plan that has been checked; ConfigError names what is wrong with one that has not.

    seasons:         (month, day) on which each of the two begins
    tables:          one per season and type of day, season first; each is 1..8 switches
                     (minute of the day 0..1439, tariff 1..8) in order, the first at minute 0
    special_days:    up to 100 (year or EVERY_YEAR, month, day), none twice
    working_days:    bit 0 is Monday .. bit 6 Sunday
    activation_day:  civil day, local, from which a passive plan is the active one
    """

    def __init__(
        self,
        seasons: "Sequence[tuple[int, int]]",
        tables: "Sequence[Switches]",
        special_days: "Sequence[tuple[int, int, int]]" = (),
        working_days: int = MONDAY_TO_FRIDAY,
        activation_day: int = 0,
    ) -> None:
        _check("working days", working_days, 0 <= working_days <= _ALL_WEEK, "0..127")
        good = 0 <= activation_day <= civil.LAST_DAY
        _check("activation day", activation_day, good, "0..36524, 2000-01-01..2099-12-31")
        self._words = words = array("H", [_UNUSED] * _WORDS)
        words[_WEEK] = working_days
        words[_ACTIVATION] = activation_day
        self.activation_day = activation_day
        self._day = _NO_DAY
        self._today = 0
        self._fill_seasons(seasons)
        _check("tables", len(tables), len(tables) == SEASONS * DAY_TYPES, "2 seasons of 3")
        for index, switches in enumerate(tables):
            self._fill_table(index, switches)
        self._fill_special_days(special_days)
        self.highest_tariff = max(tariff for switches in tables for _, tariff in switches)

    def tariff(self, local_s: int) -> int:
        """Return the tariff 1..8 at a local time, seconds since 2000 as if it were UTC."""
        words = self._words
        day = local_s // civil.DAY_S
        if day != self._day:  # a hundred special days are looked through once a day
            self._day = day
            table = self._season(day) * DAY_TYPES + self.day_type(day)
            self._today = _TABLE + table * SWITCHES
        at = self._today
        end = at + SWITCHES
        next_minute = (local_s % civil.DAY_S // 60 + 1) << 3
        while at + 1 < end and words[at + 1] < next_minute:
            at += 1
        return (words[at] & 7) + 1

    def day_type(self, day: int) -> int:
        """Return WORKING, NON_WORKING or SPECIAL of a civil day."""
        words = self._words
        year, month, day_of_month = civil.date(day)
        date = month << 5 | day_of_month
        every, once = _ANY_YEAR << 9 | date, (year - _EPOCH_YEAR) << 9 | date
        for at in range(_SPECIAL, _WORDS):
            if words[at] == _UNUSED:
                break
            if words[at] in (every, once):
                return SPECIAL
        return WORKING if words[_WEEK] >> (civil.weekday(day) - 1) & 1 else NON_WORKING

    def pack(self) -> bytes:
        """Return the plan as PACKED bytes, little-endian words."""
        return struct.pack("<152H", *self._words)

    def _season(self, day: int) -> int:
        _, month, day_of_month = civil.date(day)
        date = month << 5 | day_of_month
        first, second = self._words[_SEASON], self._words[_SEASON + 1]
        if first < second:
            return 0 if first <= date < second else 1
        return 1 if second <= date < first else 0

    def _fill_seasons(self, seasons: "Sequence[tuple[int, int]]") -> None:
        _check("seasons", len(seasons), len(seasons) == SEASONS, "two")
        for index, (month, day) in enumerate(seasons):
            good = civil.is_date(_EPOCH_YEAR, month, day)
            _check("season {}".format(index + 1), (month, day), good, "(month, day)")
            self._words[_SEASON + index] = month << 5 | day
        good = seasons[0] != seasons[1]
        _check("season 2", seasons[1], good, "another date than season 1's")

    def _fill_table(self, index: int, switches: "Switches") -> None:
        name = "season {} {} day".format(
            index // DAY_TYPES + 1, ("working", "non-working", "special")[index % DAY_TYPES]
        )
        _check(name, len(switches), 1 <= len(switches) <= SWITCHES, "1..8 switches")
        earliest = 0
        for number, (minute, tariff) in enumerate(switches):
            latest = _DAY_MINUTES - 1 if number else 0
            good = earliest <= minute <= latest
            accepted = "minute {}..{}".format(earliest, latest)
            _check(name + " switch {}".format(number + 1), minute, good, accepted)
            _check(name + " tariff", tariff, 1 <= tariff <= TARIFFS, "1..8")
            self._words[_TABLE + index * SWITCHES + number] = minute << 3 | tariff - 1
            earliest = minute + 1

    def _fill_special_days(self, dates: "Sequence[tuple[int, int, int]]") -> None:
        _check("special days", len(dates), len(dates) <= SPECIAL_DAYS, "0..100")
        words = self._words
        for number, (year, month, day) in enumerate(dates):
            name = "special day {}".format(number + 1)
            good = civil.is_date(_EPOCH_YEAR if year == EVERY_YEAR else year, month, day)
            _check(name, (year, month, day), good, "a date of 2000..2099 or of every year, 0")
            years = _ANY_YEAR if year == EVERY_YEAR else year - _EPOCH_YEAR
            word = years << 9 | month << 5 | day
            is_new = all(words[_SPECIAL + before] != word for before in range(number))
            _check(name, (year, month, day), is_new, "each date once")
            words[_SPECIAL + number] = word


def unpack(packed: bytes) -> TariffPlan:
    """Return the plan that pack() gave; ConfigError if the bytes are no plan."""
    _check("plan", len(packed), len(packed) == PACKED, "304 bytes")
    words = struct.unpack("<152H", packed)
    tables = []
    for at in range(_TABLE, _SPECIAL, SWITCHES):
        used = _used(words, at, at + SWITCHES)
        tables.append([(word >> 3, (word & 7) + 1) for word in used])
    special_days = []
    for word in _used(words, _SPECIAL, _WORDS):
        years = word >> 9
        year = EVERY_YEAR if years == _ANY_YEAR else _EPOCH_YEAR + years
        special_days.append((year, word >> 5 & 15, word & 31))
    seasons = [(word >> 5, word & 31) for word in words[_SEASON:_TABLE]]
    return TariffPlan(seasons, tables, special_days, words[_WEEK], words[_ACTIVATION])


def _used(words: "tuple[int, ...]", first: int, end: int) -> "list[int]":
    """Return words first..end-1 up to the unused ones, which may only come last."""
    used = [word for word in words[first:end] if word != _UNUSED]
    _check("plan", "a gap", tuple(used) == words[first : first + len(used)], "words without gaps")
    return used


def _check(field: str, value: object, is_good: bool, accepted: str) -> None:
    if not is_good:
        raise ConfigError("tariff plan " + field, value, accepted)
