"""A tariff plan as it is written: seasons, weeks and days of the passive activity calendar.

They come one by one and wait here, as words of a packed plan (calendar.tariff_plan), until the
time of activation is written: then the plan as a whole is submitted, and checked by whoever serves
it.
"""

import struct

from micropython import const

from meter.calendar import civil
from meter.views.dlms import schedules, times
from meter.views.dlms.axdr import ARRAY, OTHER, Refused

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.calendar.local import Zone
    from meter.calendar.tariff_plan import TariffPlan
    from meter.views.dlms.axdr import Reader

_FORM = "<152H"
_WEEK = const(0)
_ACTIVATION = const(1)
_SEASONS = const(2)
_TABLES = const(4)
_SPECIAL = const(52)
_WORDS = const(152)
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


def activated(plan: "TariffPlan") -> bytes:
    """Return `plan`, packed, to be in force at once."""
    words = list(struct.unpack(_FORM, plan.pack()))
    words[_ACTIVATION] = 0
    return struct.pack(_FORM, *words)


def with_special_days(plan: "TariffPlan", value: "Reader") -> bytes:
    """Return `plan`, packed, with other special days, to be in force at once."""
    words = list(struct.unpack(_FORM, plan.pack()))
    words[_ACTIVATION] = 0
    n = _count(value, _WORDS - _SPECIAL)
    for k in range(_SPECIAL, _WORDS):
        words[k] = _UNUSED
    for k in range(n):
        _, date, day_id = value.get("s3HoB")
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
        words[_SPECIAL + k] = years << 9 | day
    value.finish()
    return struct.pack(_FORM, *words)


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
