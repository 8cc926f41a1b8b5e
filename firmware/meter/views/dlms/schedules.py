"""Objects of what goes by the clock: clock, tariffs, activity calendar, special days, scripts.

The tariff plan has two seasons and three types of day, so the activity calendar has two week and
six day tables; a day's id is 3 * season + type. Special days take the table of their season.
"""

import struct

from micropython import const

from meter.calendar import civil
from meter.registers import table
from meter.views.dlms import billing_schedule, catalogue, clock, times
from meter.views.dlms.axdr import ARRAY
from meter.views.dlms.items import Items

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter.calendar.clock import Clock
    from meter.calendar.local import Zone
    from meter.calendar.tariff_plan import TariffPlan
    from meter.calendar.tariff_source import TariffSource
    from meter.config import Settings
    from meter.registers.values import Values
    from meter.views.dlms.axdr import Encoder
    from meter.views.dlms.items import Found

BILLING_SCRIPT = const(1)  # what `of` says of script tables
TARIFF_SCRIPT = const(2)

# What scripts act on: service (1 write, 2 execute), class, object.
_CAPTURE = (2, catalogue.PROFILE, b"\x00\x00\x62\x01\x00\xff")
_ACTIVATE = (1, catalogue.REGISTER_ACTIVATION, b"\x00\x00\x0e\x00\x01\xff")
_BREAK = (2, catalogue.DISCONNECT, b"\x00\x00\x60\x03\x0a\xff")
_OF_TARIFF = b"\x00\x00\x0a\x00\x64\xff"

# Words of a packed tariff plan (calendar.tariff_plan).
_WEEK = const(0)
_SEASONS = const(2)
_TABLES = const(4)
_SPECIAL = const(52)
_SWITCHES = const(8)
_UNUSED = const(0xFFFF)
_NO_PLAN = (_UNUSED,) * 152


class Schedules:
    """Reads them.

    tariffs:  calendar.tariff_source.TariffSource
    """

    def __init__(
        self,
        clock: "Clock",
        zone: "Zone",
        settings: "Settings",
        values: "Values",
        tariffs: "TariffSource",
    ) -> None:
        self._clock = clock
        self._zone = zone
        self._settings = settings
        self._values = values
        self._source = tariffs

    def read(self, class_id: int, of: int, attribute: int) -> "Found":
        """Return an attribute of one of them."""
        if class_id == catalogue.CLOCK:
            return clock.read(self._clock, self._zone, attribute)
        if class_id == catalogue.SCRIPTS:
            return self._scripts(of)
        if class_id == catalogue.SPECIAL_DAYS:
            return self._special_days()
        if class_id == catalogue.CALENDAR:
            return self._calendar(attribute)
        if class_id == catalogue.SCHEDULE:
            return billing_schedule.read(self._settings, attribute)
        return self._activation(attribute)

    def _scripts(self, of: int) -> "Found":
        """Class 9: each script is one action, which says what the script does."""
        if of == BILLING_SCRIPT:
            return Items(1, lambda out, _: _put_script(out, 1, _CAPTURE, 2, 0))
        if of != TARIFF_SCRIPT:
            return Items(2, lambda out, k: _put_script(out, k + 1, _BREAK, k + 1, 0))
        tariffs = self._settings.tariffs

        def put(out: "Encoder", k: int) -> None:
            mask = bytes((k + 1,)) if k < tariffs else b""
            _put_script(out, k + 1, _ACTIVATE, 4, mask)

        return Items(tariffs + 1, put)

    def _activation(self, attribute: int) -> "Found":
        """Class 6: which registers count in which tariff."""
        keys = [key for key in self._values.keys(table.DLMS) if table.tariff_energy(key) >= 0]
        if attribute == 4:
            return "o", bytes((self._values.value(table.TARIFF),))
        if attribute == 2:
            return Items(len(keys), lambda out, k: out.put("s2Ho", table.REGISTER, _name(keys[k])))
        return Items(
            self._settings.tariffs if keys else 0, lambda out, k: _put_mask(out, keys, k + 1)
        )

    def _calendar(self, attribute: int) -> "Found":
        """Class 20: the active plan's tables are attributes 3 to 5, the passive one's 7 to 9."""
        plan = self._source.active if attribute < 6 else self._source.passive
        if attribute in (2, 6):
            return "o", b"active" if attribute == 2 else b"passive"
        if attribute == 10:
            if plan is None:
                return "o", times.NOWHERE
            utc_s = self._zone.utc_s(plan.activation_day * civil.DAY_S)
            return "o", times.stamp(utc_s, self._zone, is_local=True)
        words = _words(plan)
        which = attribute & 3  # 3 seasons, 0 weeks, 1 days
        put = (_put_week, _put_day, _put_day, _put_season)[which]
        count = 6 if which == 1 else 2
        return Items(0 if plan is None else count, lambda out, k: put(out, words, k))

    def _special_days(self) -> "Found":
        """Class 11, of the active plan."""
        words = _words(self._source.active)
        days = [word for word in words[_SPECIAL:] if word != _UNUSED]
        return Items(len(days), lambda out, k: _put_special(out, words, days[k], k))


def _words(plan: "TariffPlan | None") -> "Sequence[int]":
    return _NO_PLAN if plan is None else struct.unpack("<152H", plan.pack())


def _name(key: int) -> bytes:
    a, c, d, e = table.code(key)
    return bytes((a, 0, c, d, e, 255))


def _put_script(
    out: "Encoder",
    script: int,
    target: "tuple[int, int, bytes]",
    index: int,
    parameter: "int | bytes",
) -> None:
    """Encode a script of one action: write attribute or execute method `index` of an object."""
    out.put("s2H", script)
    out.head(ARRAY, 1)
    form = "s5eHob" + ("b" if isinstance(parameter, int) else "o")
    out.put(form, *target, index, parameter)


def _put_mask(out: "Encoder", keys: "Sequence[int]", tariff: int) -> None:
    """Encode which registers of the assignment count in `tariff`."""
    indexes = [k for k in range(len(keys)) if table.code(keys[k])[3] == tariff]
    out.put("s2o", bytes((tariff,)))
    out.head(1, len(indexes))
    for k in indexes:
        out.put("B", k)


def _put_season(out: "Encoder", words: "Sequence[int]", k: int) -> None:
    date = words[_SEASONS + k]
    start = bytes((0xFF, 0xFF, date >> 5, date & 31, 0xFF, 0, 0, 0, 0, 0x80, 0, 0))
    name = bytes((49 + k,))
    out.put("s3ooo", name, start, name)


def _put_week(out: "Encoder", words: "Sequence[int]", k: int) -> None:
    days = [3 * k + (0 if words[_WEEK] >> day & 1 else 1) for day in range(7)]
    out.put("s8oBBBBBBB", bytes((49 + k,)), *days)


def _put_day(out: "Encoder", words: "Sequence[int]", k: int) -> None:
    at = _TABLES + k * _SWITCHES
    switches = [word for word in words[at : at + _SWITCHES] if word != _UNUSED]
    out.put("s2B", k)
    out.head(1, len(switches))
    for word in switches:
        minute = word >> 3
        start = bytes((minute // 60, minute % 60, 0, 0))
        out.put("s3ooH", start, _OF_TARIFF, (word & 7) + 1)


def _put_special(out: "Encoder", words: "Sequence[int]", word: int, k: int) -> None:
    date = word & 0x1FF
    year = 0xFFFF if word >> 9 == 127 else 2000 + (word >> 9)
    day = bytes((year >> 8, year & 0xFF, date >> 5, date & 31, 0xFF))
    out.put("s3HoB", k, day, special_id(words, date))


def special_id(words: "Sequence[int]", date: int) -> int:
    """Return the id of the day table that a special day takes: that of its season, 2 or 5.

    words:  of a packed plan;  date: month << 5 | day
    """
    first, second = words[_SEASONS], words[_SEASONS + 1]
    is_second = not first <= date < second if first < second else second <= date < first
    return 5 if is_second else 2
