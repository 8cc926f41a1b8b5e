"""Instants as COSEM writes them: octet-strings of twelve, with the deviation from UTC.

The deviation is minutes from local time *to* UTC, so -60 is Central European Time (IEC 62056-6-2,
clock); 8000 means it is not known, and the time is then the meter's own local time.
"""

from micropython import const

from meter.calendar import civil
from meter.views.dlms.axdr import OTHER, Refused

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.calendar.local import Zone
    from meter.views.dlms.axdr import Encoder

NOWHERE = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x80\x00\xff"  # no time specified

_INVALID = const(0x01)  # status
_DOUBTFUL = const(0x02)
_SUMMER = const(0x80)
_UNKNOWN = const(0x8000)
_FURTHEST_MIN = const(720)


def stamp(utc_s: int, zone: "Zone", is_local: bool = False, clock_status: int = 0) -> bytes:
    """Return an instant in standard time, or in local time with summer time.

    clock_status:  0 valid, 1 doubtful, 2 invalid
    """
    status = (0, _DOUBTFUL, _INVALID)[clock_status]
    offset_s = zone.offset_s
    if is_local:
        offset_s = zone.local_s(utc_s) - utc_s
        if zone.is_summer(utc_s):
            status |= _SUMMER
    return shown(utc_s + offset_s, -offset_s // 60 & 0xFFFF, status)


def shown(local_s: int, deviation: int = _UNKNOWN, status: int = 0) -> bytes:
    """Return an instant from the seconds that a clock on the wall shows."""
    day, second = divmod(local_s, civil.DAY_S)
    year, month, day_of_month = civil.date(day)
    return bytes(
        (
            year >> 8,
            year & 0xFF,
            month,
            day_of_month,
            civil.weekday(day),
            second // 3600,
            second // 60 % 60,
            second % 60,
            0,
            deviation >> 8,
            deviation & 0xFF,
            status,
        )
    )


def stamp_or_none(utc_s: int, zone: "Zone") -> bytes:
    """Return an instant in standard time; 0 is none."""
    return stamp(utc_s, zone) if utc_s else NOWHERE


def instant(text: bytes, zone: "Zone", is_limit: bool = False) -> int:
    """Return the UTC second of `text`, 12 bytes; Refused if it is none of 2000..2099.

    is_limit:  it is the end of a range: years beyond are taken as the nearest one
    """
    year = text[0] << 8 | text[1]
    if is_limit and year != 0xFFFF and not 2000 <= year <= civil.LAST_YEAR:
        return 0 if year < 2000 else civil.LAST_S
    hour, minute, second, hundredths = text[5:9]
    deviation = text[9] << 8 | text[10]
    if deviation != _UNKNOWN:
        deviation -= (deviation & 0x8000) << 1
    is_good = (
        civil.is_date(year, text[2], text[3])
        and (1 <= text[4] <= 7 or text[4] == 0xFF)
        and hour < 24
        and minute < 60
        and second < 60
        and (hundredths < 100 or hundredths == 0xFF)
        and (deviation == _UNKNOWN or abs(deviation) <= _FURTHEST_MIN)
    )
    if not is_good:
        raise Refused(OTHER)
    day = civil.days(year, text[2], text[3])
    local_s = (day * 24 + hour) * 3600 + minute * 60 + second
    utc_s = zone.utc_s(local_s) if deviation == _UNKNOWN else local_s + deviation * 60
    nearest_s = max(0, min(utc_s, civil.LAST_S))
    if utc_s != nearest_s and not is_limit:
        raise Refused(OTHER)
    return nearest_s


class Stamps:
    """Instants in standard time, many of them of one day: what the day is, is worked out once."""

    def __init__(self, zone: "Zone") -> None:
        self._offset_s = zone.offset_s
        self._text = bytearray(b"\x09\x0c" + stamp(0, zone))
        self._day = 0

    def put(self, out: "Encoder", utc_s: int) -> None:
        """Encode an instant."""
        text = self._text
        local_s = utc_s + self._offset_s
        day = local_s // civil.DAY_S
        if day != self._day:
            self._day = day
            year, text[4], text[5] = civil.date(day)
            text[2] = year >> 8
            text[3] = year & 0xFF
            text[6] = civil.weekday(day)
        minute = (local_s - day * civil.DAY_S) // 60
        text[7] = minute // 60
        text[8] = minute % 60
        text[9] = local_s % 60
        out.raw(text)
