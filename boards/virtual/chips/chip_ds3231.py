"""DS3231 real-time clock, which runs on simulated time.

Data sheet: Maxim 19-5170 rev 10, table 1 (registers).  Modelled: time and calendar in BCD with the
24-hour form, the user's copy latched at each start (so a read never straddles a second), the
divider restarted by a write of the seconds, oscillator-stop flag, aging trim, battery.  Not
modelled: alarms, square wave, the 12-hour form.
"""

from boards.virtual.chips import ChipMisuse

_REGISTERS = 0x13
_SECONDS, _HOURS, _WEEKDAY, _DATE, _MONTH, _YEAR = 0x00, 0x02, 0x03, 0x04, 0x05, 0x06
_CONTROL, _STATUS, _AGING, _TEMPERATURE = 0x0E, 0x0F, 0x10, 0x11
_OSF = 0x80
_DAY_S = 86_400
_AGING_PPB = 100  # per LSB at 25 degC, positive = slower ("aging offset")
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LIMITS = ((0, 59), (0, 59), (0, 23), (1, 7), (1, 31), (1, 12), (0, 99))


class ChipDS3231:
    """A real-time clock whose battery has just been fitted: time unknown, OSF set.

    now_ns:     callable, simulated time
    error_ppb:  rate error of the crystal, parts in 10**9, positive = fast
    """

    def __init__(self, now_ns, error_ppb=0):
        self._now_ns = now_ns
        self._error_ppb = error_ppb
        self._pointer = 0
        self._expect_pointer = False
        self._set_time = False
        self.remove_battery()

    def slaves(self, address):
        """Return where the chip answers."""
        return {address: self}

    def remove_battery(self):
        """Lose the supply and the battery, and get both back."""
        self._registers = bytearray(_REGISTERS)
        self._registers[_CONTROL] = 0x1C
        self._registers[_STATUS] = 0x88
        self._registers[_TEMPERATURE] = 25
        self._weekday_shift = 0
        self._anchor(0, 0)

    def set_seconds(self, seconds):
        """Set the clock past the bus, as at the factory: s since 2000-01-01, OSF cleared."""
        self._anchor(seconds, 0)
        self._registers[_STATUS] &= ~_OSF

    def seconds(self):
        """Return what the clock shows, s since 2000-01-01."""
        return self._anchor_s + self._run_ns() // 1_000_000_000

    def start(self, read):
        """See the package."""
        self._latch()
        self._expect_pointer = not read
        return True

    def write(self, byte):
        """See the package."""
        if self._expect_pointer:
            self._expect_pointer = False
            if byte >= _REGISTERS:
                raise ChipMisuse("DS3231: no register 0x{:02x}".format(byte))
            self._pointer = byte
            return True
        self._store(self._pointer, byte)
        self._step_pointer()
        return True

    def read(self):
        """See the package."""
        byte = self._registers[self._pointer]
        self._step_pointer()
        return byte

    def stop(self):
        """See the package; here a time that was written begins to run."""
        if self._set_time:
            self._set_time = False
            self._take_time()

    def _store(self, register, byte):
        if register == _STATUS:  # OSF can only be cleared; BSY is read-only
            self._registers[_STATUS] = byte & 0x08 | byte & self._registers[_STATUS] & 0x83
        elif register == _AGING:
            self._anchor(self.seconds(), self._run_ns() % 1_000_000_000)
            self._registers[_AGING] = byte
        elif register < _TEMPERATURE:
            self._registers[register] = byte
            self._set_time |= register <= _YEAR
            if register == _SECONDS:
                self._fraction_ns = 0

    def _step_pointer(self):
        self._pointer = (self._pointer + 1) % _REGISTERS

    def _anchor(self, seconds, fraction_ns):
        self._anchor_s, self._fraction_ns, self._anchor_ns = seconds, fraction_ns, self._now_ns()

    def _run_ns(self):
        """Return the time since the anchor as the crystal counts it, with the fraction there."""
        aging = self._registers[_AGING]
        aging -= (aging & 0x80) << 1
        ppb = self._error_ppb - _AGING_PPB * aging
        elapsed_ns = self._now_ns() - self._anchor_ns
        return self._fraction_ns + elapsed_ns + elapsed_ns * ppb // 1_000_000_000

    def _latch(self):
        """Bring the user's copy of the time up to date."""
        seconds = self.seconds()
        self._fraction_ns, self._anchor_s = self._run_ns() % 1_000_000_000, seconds
        self._anchor_ns = self._now_ns()
        days, seconds = seconds // _DAY_S, seconds % _DAY_S
        weekday = (days + self._weekday_shift) % 7 + 1
        year = month = 0
        while days >= 365 + (year % 4 == 0):
            days -= 365 + (year % 4 == 0)
            year += 1
        while days >= _month_days(year, month):
            days -= _month_days(year, month)
            month += 1
        hour, minute, second = seconds // 3600, seconds // 60 % 60, seconds % 60
        fields = (second, minute, hour, weekday, days + 1, month + 1, year % 100)
        for k, value in enumerate(fields):
            self._registers[k] = value // 10 << 4 | value % 10

    def _take_time(self):
        second, minute, hour, weekday, date, month, year = fields = [
            (byte >> 4) * 10 + (byte & 0x0F) for byte in self._registers[: _YEAR + 1]
        ]
        for k, (low, high) in enumerate(_LIMITS):
            if not low <= fields[k] <= high or self._registers[k] & 0x0F > 9:
                raise ChipMisuse(
                    "DS3231: register 0x{:02x} set to 0x{:02x}".format(k, self._registers[k])
                )
        if date > _month_days(year, month - 1):
            raise ChipMisuse("DS3231: no day {} in month {} of 20{:02d}".format(date, month, year))
        days = sum(365 + (y % 4 == 0) for y in range(year))
        days += sum(_month_days(year, m) for m in range(month - 1)) + date - 1
        self._weekday_shift = (weekday - 1 - days) % 7
        self._anchor(days * _DAY_S + hour * 3600 + minute * 60 + second, self._fraction_ns)


def _month_days(year, month):
    """Return the days of month 0..11 of year 0..99 of this century."""
    return _DAYS[month] + (month == 1 and year % 4 == 0)
