"""A tariff plan as it is written: seasons, weeks and days of the passive activity calendar.

They come one by one and wait here, as words of a packed plan (calendar.tariff_plan), until the
time of activation is written: then the plan as a whole is submitted, and checked by whoever serves
it.
"""

import struct

from micropython import const

from meter.calendar import civil
from meter.views.dlms import schedules, times
from meter.views.dlms.axdr import ARRAY, OTHER, UNAVAILABLE, Refused
from meter.views.dlms.catalogue import CALENDAR, SPECIAL_DAYS

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.calendar.local import Zone
    from meter.calendar.tariff_plan import TariffPlan
    from meter.calendar.tariff_source import TariffSource
    from meter.views.dlms.axdr import Reader

_INSERT = const(1)  # of the special days
_FORM = "<152H"
_WEEK = const(0)
_ACTIVATION = const(1)
_SEASONS = const(2)
_TABLES = const(4)
_SPECIAL = const(52)
_WORDS = const(152)
_DAYS = const(100)
_SWITCHES = const(8)
_UNUSED = const(0xFFFF)
_EVERY_YEAR = const(127)
_OF_TARIFF = b"\x00\x00\x0a\x00\x64\xff"


class Draft:
    """The passive plan while it is written."""

    def __init__(self) -> None:
        self._words = [_UNUSED] * _WORDS

    def write(self, attribute: int, value: "Reader", zone: "Zone") -> bytes:
        """Take attribute 7 to 10 of the calendar; return the plan with the last, else b"".

        Refused if it is not as this meter's plans are: two seasons, each with a week of its own,
        six days with ids 3 * season + type.
        """
        words = self._words[:]
        if attribute == 10:
            text = value.get("T")[0]
            assert isinstance(text, bytes)
            words[_ACTIVATION] = zone.local_s(times.instant(text, zone)) // civil.DAY_S
        else:
            read = (_read_seasons, _read_weeks, _read_days)[attribute - 7]
            read(words, value)
        value.finish()
        self._words = words
        return struct.pack(_FORM, *words) if attribute == 10 else b""

    def activated(self) -> bytes:
        """Return the plan, to be in force at once."""
        self._words[_ACTIVATION] = 0
        return struct.pack(_FORM, *self._words)


class Plans:
    """Plans as clients make them of attributes and methods.

    tariffs:  calendar.tariff_source.TariffSource
    zone:     calendar.local.Zone
    """

    def __init__(self, tariffs: "TariffSource", zone: "Zone") -> None:
        self._tariffs = tariffs
        self._zone = zone
        self._draft: Draft | None = None  # from the first part of it to its activation

    def written(self, class_id: int, attribute: int, value: "Reader") -> bytes:
        """Return the plan, packed, that writing an attribute makes; b"" if it is not whole yet."""
        if class_id == SPECIAL_DAYS:
            return with_special_days(self._active(), value)
        draft = self._draft = self._draft or Draft()
        return draft.write(attribute, value, self._zone)

    def invoked(self, class_id: int, method: int, value: "Reader") -> bytes:
        """Return the plan, packed, that a method makes.

        The calendar's puts in force what was written to the passive one, or else what is stored
        there; those of the special days change one of them.
        """
        if class_id == SPECIAL_DAYS:
            change = with_special_day if method == _INSERT else without_special_day
            return change(self._active(), value)
        value.integer("b")
        value.finish()
        if self._draft is not None:
            return self._draft.activated()
        if self._tariffs.passive is None:
            raise Refused(UNAVAILABLE)
        return activated(self._tariffs.passive)

    def taken(self, class_id: int) -> None:
        """Forget what was written: it has become a plan."""
        if class_id == CALENDAR:
            self._draft = None

    def _active(self) -> "TariffPlan":
        if self._tariffs.active is None:
            raise Refused(UNAVAILABLE)
        return self._tariffs.active


def activated(plan: "TariffPlan") -> bytes:
    """Return `plan`, packed, to be in force at once."""
    words = list(struct.unpack(_FORM, plan.pack()))
    words[_ACTIVATION] = 0
    return struct.pack(_FORM, *words)


def with_special_days(plan: "TariffPlan", value: "Reader") -> bytes:
    """Return `plan`, packed, with other special days, to be in force at once."""
    words, _ = _opened(plan)
    days = [_read_special(words, value)[1] for _ in range(_count(value, _DAYS))]
    value.finish()
    return _closed(words, days)


def with_special_day(plan: "TariffPlan", value: "Reader") -> bytes:
    """Return `plan`, packed, with one special day more, or another one in its place.

    Its index is the place among the others, from 0; behind them is the first free one.
    """
    words, days = _opened(plan)
    index, day = _read_special(words, value)
    value.finish()
    days[index : index + 1] = [day]
    if index >= len(days) or len(days) > _DAYS:
        raise Refused(OTHER)
    return _closed(words, days)


def without_special_day(plan: "TariffPlan", value: "Reader") -> bytes:
    """Return `plan`, packed, without the special day of an index."""
    words, days = _opened(plan)
    index = value.integer("H")
    value.finish()
    if index >= len(days):
        raise Refused(OTHER)
    del days[index]
    return _closed(words, days)


def _opened(plan: "TariffPlan") -> "tuple[list[int], list[int]]":
    """Return the words of a plan that is in force, and those of its special days."""
    words = list(struct.unpack(_FORM, plan.pack()))
    words[_ACTIVATION] = 0
    return words, [word for word in words[_SPECIAL:] if word != _UNUSED]


def _closed(words: "list[int]", days: "list[int]") -> bytes:
    words[_SPECIAL:] = days + [_UNUSED] * (_DAYS - len(days))
    return struct.pack(_FORM, *words)


def _read_special(words: "list[int]", value: "Reader") -> "tuple[int, int]":
    """Return (index, word of the plan) of a special day."""
    index, date, day_id = value.get("s3HoB")
    assert isinstance(index, int)
    assert isinstance(date, bytes)
    if len(date) != 5:
        raise Refused(OTHER)
    year = date[0] << 8 | date[1]
    years = _EVERY_YEAR if year == 0xFFFF else year - 2000
    if not 0 <= years <= _EVERY_YEAR:
        raise Refused(OTHER)
    day = (date[2] & 15) << 5 | date[3] & 31
    if day_id != schedules.special_id(words, day):
        raise Refused(OTHER)
    return index, years << 9 | day


def _count(value: "Reader", most: int) -> int:
    n = value.count(ARRAY)
    if n > most:
        raise Refused(OTHER)
    return n


def _read_seasons(words: "list[int]", value: "Reader") -> None:
    if _count(value, 2) != 2:
        raise Refused(OTHER)
    for k in range(2):
        _, start, week = value.get("s3oTo")
        assert isinstance(start, bytes)
        if week != bytes((49 + k,)):
            raise Refused(OTHER)
        words[_SEASONS + k] = (start[2] & 15) << 5 | start[3] & 31


def _read_weeks(words: "list[int]", value: "Reader") -> None:
    if _count(value, 2) != 2:
        raise Refused(OTHER)
    masks = [0, 0]
    for k in range(2):
        week = value.get("s8oBBBBBBB")
        if week[0] != bytes((49 + k,)):
            raise Refused(OTHER)
        for day in range(7):
            if week[day + 1] not in (3 * k, 3 * k + 1):
                raise Refused(OTHER)
            masks[k] |= (week[day + 1] == 3 * k) << day
    if masks[0] != masks[1]:
        raise Refused(OTHER)
    words[_WEEK] = masks[0]


def _read_days(words: "list[int]", value: "Reader") -> None:
    if _count(value, 6) != 6:
        raise Refused(OTHER)
    for k in range(6):
        if value.count(2) != 2 or value.integer("B") != k:
            raise Refused(OTHER)
        at = _TABLES + k * _SWITCHES
        for j in range(_SWITCHES):
            words[at + j] = _UNUSED
        for j in range(_count(value, _SWITCHES)):
            start, script, tariff = value.get("s3ooH")
            assert isinstance(start, bytes)
            assert isinstance(tariff, int)
            if len(start) != 4 or script != _OF_TARIFF or not 1 <= tariff <= 8:
                raise Refused(OTHER)
            minute = start[0] * 60 + start[1]
            if start[0] > 23 or start[1] > 59:
                raise Refused(OTHER)
            words[at + j] = minute << 3 | tariff - 1
