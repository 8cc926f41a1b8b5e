"""DS3231 and DS3231M real-time clock over I2C, kept in UTC.

Data sheet (DS): Maxim 19-5170 rev 10, table 1.  Time is an integer, seconds since
2000-01-01 00:00:00 UTC, 0 .. 3_155_759_999 (end of 2099, the last year the chip counts right).
"""

from micropython import const

ADDRESS = const(0x68)

_REG_SECONDS = const(0x00)
_REG_STATUS = const(0x0F)
_REG_AGING = const(0x10)
_OSF = const(0x80)  # oscillator stop flag, DS "Status Register"
_CENTURY = const(0x80)  # in the month register
_YEARS = const(100)
_SATURDAY = const(6)  # 2000-01-01, with Monday = 1
_DAY_S = const(86_400)
_NO_TIME = const(-1)
_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365)


class DS3231:
    """The clock chip; between two calls nothing is remembered, the chip is asked.

    i2c:  object with the methods of machine.I2C

    OSError from the bus is passed on.
    """

    def __init__(self, i2c, address=ADDRESS):
        self._i2c = i2c
        self._address = address
        self._time = bytearray(7)
        self._byte = bytearray(1)

    def now_s(self):
        """Return what the clock shows, s since 2000-01-01 UTC; 0 if that is no time."""
        self._i2c.readfrom_mem_into(self._address, _REG_SECONDS, self._time)
        return max(0, _seconds(self._time))

    def is_valid(self):
        """Return whether the clock has run since it was set, and shows a time."""
        if self._read_byte(_REG_STATUS) & _OSF:
            return False
        self._i2c.readfrom_mem_into(self._address, _REG_SECONDS, self._time)
        return _seconds(self._time) != _NO_TIME

    def set_s(self, seconds):
        """Set the clock to `seconds` since 2000-01-01 UTC and clear the oscillator stop flag.

        The second begins with the call.  Raises ValueError outside 2000..2099.
        """
        _fill(self._time, seconds)
        self._i2c.writeto_mem(self._address, _REG_SECONDS, self._time)
        self._write_byte(_REG_STATUS, self._read_byte(_REG_STATUS) & ~_OSF)

    def read_aging(self):
        """Return the trim, -128..127, about 0.1 ppm per step, positive = slower."""
        trim = self._read_byte(_REG_AGING)
        return trim - ((trim & 0x80) << 1)

    def set_aging(self, trim):
        """Set the trim; it takes effect with the next temperature conversion, within 64 s."""
        if not -128 <= trim <= 127:
            raise ValueError("aging {}: accepted: -128..127".format(trim))
        self._write_byte(_REG_AGING, trim & 0xFF)

    def _read_byte(self, register):
        self._i2c.readfrom_mem_into(self._address, register, self._byte)
        return self._byte[0]

    def _write_byte(self, register, value):
        self._byte[0] = value
        self._i2c.writeto_mem(self._address, register, self._byte)


def _seconds(time):
    """Return the seconds that registers 00h..06h stand for, _NO_TIME if they are none."""
    second, minute, hour = _binary(time[0]), _binary(time[1]), _binary(time[2])
    date, month, year = _binary(time[4]), _binary(time[5] & ~_CENTURY), _binary(time[6])
    if min(second, minute, hour, year) < 0 or second > 59 or minute > 59 or hour > 23:
        return _NO_TIME
    if not 1 <= month <= 12 or not 1 <= date <= _days_before(year, month) - _days_before(
        year, month - 1
    ):
        return _NO_TIME
    days = year * 365 + (year + 3) // 4 + _days_before(year, month - 1) + date - 1
    return days * _DAY_S + hour * 3600 + minute * 60 + second


def _fill(time, seconds):
    """Turn `seconds` into registers 00h..06h."""
    days, second = seconds // _DAY_S, seconds % _DAY_S
    weekday = (days + _SATURDAY - 1) % 7 + 1
    year = days * 4 // 1461  # 1461 days make four years, the first of them a leap year
    if not 0 <= year < _YEARS:
        raise ValueError("{} s: accepted: 0..3155759999, the years 2000..2099".format(seconds))
    days -= year * 365 + (year + 3) // 4
    month = 1
    while days >= _days_before(year, month):
        month += 1
    days -= _days_before(year, month - 1)
    time[0] = _bcd(second % 60)
    time[1] = _bcd(second // 60 % 60)
    time[2] = _bcd(second // 3600)
    time[3] = weekday
    time[4] = _bcd(days + 1)
    time[5] = _bcd(month)
    time[6] = _bcd(year)


def _days_before(year, months):
    """Return the days in the first `months` (0..12) of the year 2000 + `year`."""
    return _DAYS_BEFORE[months] + (1 if months >= 2 and year % 4 == 0 else 0)


def _bcd(value):
    return value // 10 << 4 | value % 10


def _binary(bcd):
    """Return the value of two BCD digits, -1 if they are none."""
    tens, units = bcd >> 4, bcd & 0x0F
    return tens * 10 + units if tens < 10 and units < 10 else -1
