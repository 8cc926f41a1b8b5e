"""Days and dates in integers.

A day is counted from 2000-01-01, which is day 0; an instant is seconds since 2000-01-01 00:00:00
UTC. The rules are those of 2000..2099, when every fourth year is a leap year; a day or two beyond
either end, where a local time may lie, still comes out right.
"""

from micropython import const

DAY_S = const(86_400)
LAST_YEAR = const(2099)
LAST_DAY = const(36_524)  # 2099-12-31
LAST_S = 3_155_759_999  # the end of it

MONDAY = const(1)  # ISO 8601; Sunday is 7
SUNDAY = const(7)

_SATURDAY = const(6)  # 2000-01-01
_EPOCH_YEAR = const(2000)
_FOUR_YEARS_DAYS = const(1461)
_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365)


def days(year: int, month: int, day: int) -> int:
    """Return the day of a date; year 2000..2099, month 1..12, day 1..31, not checked."""
    years = year - _EPOCH_YEAR
    return years * 365 + (years + 3) // 4 + _days_before(years, month - 1) + day - 1


def date(day: int) -> "tuple[int, int, int]":
    """Return (year, month, day of the month) of a day, 0..LAST_DAY."""
    years = day * 4 // _FOUR_YEARS_DAYS
    day -= years * 365 + (years + 3) // 4
    month = day // 32 + 1  # right, or one too low: no month is longer than 32 days
    if day >= _days_before(years, month):
        month += 1
    return _EPOCH_YEAR + years, month, day - _days_before(years, month - 1) + 1


def weekday(day: int) -> int:
    """Return MONDAY (1) .. SUNDAY (7) of a day."""
    return (day + _SATURDAY - 1) % 7 + 1


def is_date(year: int, month: int, day: int) -> bool:
    """Return whether there is such a date in 2000..2099."""
    years = year - _EPOCH_YEAR
    if not (0 <= years < 100 and 1 <= month <= 12):
        return False
    return 1 <= day <= _days_before(years, month) - _days_before(years, month - 1)


def _days_before(years: int, months: int) -> int:
    """Return the days in the first `months`, 0..12, of the year 2000 + `years`."""
    return _DAYS_BEFORE[months] + (1 if months >= 2 and years % 4 == 0 else 0)
