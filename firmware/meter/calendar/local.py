"""Local time: standard time from the GMT code, summer time by the rule of the European Union.

Tariffs, closings of a billing period and the display follow the local time; event logs and the
stamps of peak values stay in standard time, as the original family does. The clock and every
stored instant are in UTC.
"""

from micropython import const

from meter.calendar import civil
from meter.errors import ConfigError

NO_SUMMER_TIME = const(0)  # PPP 000
EU_SUMMER_TIME = const(1)  # PPP 001

_HOUR_S = const(3_600)
_ZONES = const(24)
_EASTMOST = const(12)  # GMT codes up to this one are hours east, those above are west


class Zone:
    """Where the meter hangs.

    gmt_code:     LL of the data sheet, configuration 3: 0..12 are hours ahead of UTC, 13..23 are
                  -11..-1
    summer_time:  PPP of configuration 4: NO_SUMMER_TIME or EU_SUMMER_TIME

    offset_s:         standard time is ahead of UTC by
    has_summer_time:  whether there is summer time in summer
    """

    def __init__(self, gmt_code: int = 0, summer_time: int = NO_SUMMER_TIME) -> None:
        if not 0 <= gmt_code < _ZONES:
            raise ConfigError("LL", gmt_code, "0..23")
        if summer_time not in (NO_SUMMER_TIME, EU_SUMMER_TIME):
            raise ConfigError("PPP", summer_time, "0 none, 1 EU")
        hours = gmt_code if gmt_code <= _EASTMOST else gmt_code - _ZONES
        self.offset_s = hours * _HOUR_S
        self.has_summer_time = summer_time == EU_SUMMER_TIME

    def standard_s(self, utc_s: int) -> int:
        """Return the standard time, in seconds as if it were UTC."""
        return utc_s + self.offset_s

    def local_s(self, utc_s: int) -> int:
        """Return the legal time, in seconds as if it were UTC."""
        return utc_s + self.offset_s + (_HOUR_S if self.is_summer(utc_s) else 0)

    def is_summer(self, utc_s: int) -> bool:
        """Return whether summer time is in force.

        Directive 2000/84/EC: from the last Sunday of March to the last Sunday of October, at
        01:00 UTC everywhere.
        """
        if not self.has_summer_time:
            return False
        year, month, _ = civil.date(utc_s // civil.DAY_S)
        if month < 3 or month > 10:
            return False
        if 3 < month < 10:
            return True
        day = civil.days(year, month, last_sunday(year, month))
        has_changed = utc_s >= day * civil.DAY_S + _HOUR_S
        return has_changed == (month == 3)

    def utc_s(self, local_s: int) -> int:
        """Return the instant at which clocks on the wall first show `local_s` or more.

        What the wall shows twice in October is the first time; what it leaves out in March is the
        change itself.
        """
        summer_s = local_s - self.offset_s - _HOUR_S
        if self.is_summer(summer_s):
            return summer_s
        standard_s = local_s - self.offset_s
        if self.is_summer(standard_s):  # the hour left out began less than an hour ago
            return standard_s - standard_s % _HOUR_S
        return standard_s


def last_sunday(year: int, month: int) -> int:
    """Return the day of the month; year 2000..2099, month 3 or 10."""
    return 31 - (5 * year // 4 + (4 if month == 3 else 1)) % 7
