"""Class 8, clock: its attributes, what becomes of those that are written, how methods move it.

Its zone and whether there is summer time are codes of the configuration, LL and PPP; when summer
time begins and ends is the rule of the European Union, and no client's to write.
"""

from micropython import const

from meter.calendar import civil, local
from meter.requests import SET_CLOCK
from meter.views.dlms import codes, times
from meter.views.dlms.axdr import OTHER, UNAVAILABLE, Refused

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.calendar.clock import Clock
    from meter.calendar.local import Zone
    from meter.config import Settings
    from meter.views.dlms.axdr import Reader
    from meter.views.dlms.items import Found

    Preset = tuple[int, int, int]

TO_QUARTER = const(1)  # methods
TO_PERIOD = const(2)
TO_MINUTE = const(3)
TO_PRESET = const(4)
PRESET = const(5)
SHIFT = const(6)

_TIME = const(2)  # attributes
_ZONE = const(3)
_HOUR_S = const(3_600)
_HOUR_MIN = const(60)
_ZONES = const(24)
_EASTMOST = const(12)  # hours east, of the LL codes
_WESTMOST = const(-11)
_LARGEST_SHIFT_S = const(900)
_CRYSTAL = const(1)  # time base


def read(clock: "Clock", zone: "Zone", attribute: int) -> "Found":
    """Return an attribute.

    Begin and end of summer time come for every year, whether there is summer time or not; west of
    UTC-1 for this year, since the day there is the one before a last Sunday.
    """
    if attribute in (5, 6):
        return "o", _change(clock.now_s(), zone, attribute == 6)
    now = times.stamp(clock.now_s(), zone, is_local=True, clock_status=clock.status)
    has_summer = int(zone.has_summer_time)
    values = now, -zone.offset_s // 60, now[11], 0, 0, _HOUR_MIN, has_summer, _CRYSTAL
    return "ohBoob?e"[attribute - 2], values[attribute - 2]


def _change(now_s: int, zone: "Zone", is_end: bool) -> bytes:
    """Return when summer time begins or ends, on the clock that runs until then."""
    before_s = zone.offset_s + (_HOUR_S if is_end else 0)
    month = 10 if is_end else 3
    deviation = -before_s // 60 & 0xFFFF
    status = 0x80 if is_end else 0
    hour = before_s // _HOUR_S + 1
    if hour >= 0:
        date = bytes((0xFF, 0xFF, month, 0xFE, civil.SUNDAY, hour, 0, 0, 0))
        return date + bytes((deviation >> 8, deviation & 0xFF, status))
    year = civil.date(zone.local_s(now_s) // civil.DAY_S)[0]
    day = civil.days(year, month, local.last_sunday(year, month))
    return times.shown(day * civil.DAY_S + _HOUR_S + before_s, deviation, status)


def written(
    settings: "Settings", zone: "Zone", attribute: int, value: "Reader"
) -> "tuple[int, int | bytes]":
    """Return the request, kind and value, that writes an attribute; Refused with the reason.

    A zone, minutes from local time to UTC, is one that LL knows: whole hours, -720..660.
    """
    if attribute == _TIME:
        text = value.get("T")[0]
        value.finish()
        assert isinstance(text, bytes)
        return SET_CLOCK, times.instant(text, zone)
    if attribute == _ZONE:
        hours, minutes = divmod(-value.integer("h"), _HOUR_MIN)
        value.finish()
        if minutes or not _WESTMOST <= hours <= _EASTMOST:
            raise Refused(OTHER)
        return codes.change(settings, (codes.LL, hours % _ZONES))
    has_summer = value.integer("?")
    value.finish()
    return codes.change(settings, (codes.PPP, 1 if has_summer else 0))


def preset(value: "Reader", zone: "Zone") -> "Preset":
    """Return what method 5 presets: (time, begin of its validity, its end), UTC seconds."""
    found = value.get("s3TTT")
    value.finish()
    then_s, begin_s, end_s = [times.instant(text, zone) for text in found]  # type: ignore[arg-type]
    if begin_s > end_s:
        raise Refused(OTHER)
    return then_s, begin_s, end_s


def moved(method: int, value: "Reader", now_s: int, period_s: int, given: "Preset | None") -> int:
    """Return the UTC second that a method but 5 moves the clock to; Refused with the reason.

    period_s:  of the load profile
    given:     what was preset
    """
    if method == SHIFT:
        shift_s = value.integer("h")
        value.finish()
        if abs(shift_s) > _LARGEST_SHIFT_S:
            raise Refused(OTHER)
        return now_s + shift_s
    value.integer("b")
    value.finish()
    if method == TO_PRESET:
        if given is None or not given[1] <= now_s <= given[2]:
            raise Refused(UNAVAILABLE)
        return given[0]
    step_s = 60 if method == TO_MINUTE else 900 if method == TO_QUARTER else period_s
    return (now_s + step_s // 2) // step_s * step_s
