"""Adafruit's drivers, and Blinka's pins and buses, in the shape that the meter expects.

Every class takes an object of theirs that is already made.
"""

import calendar
import time

_EPOCH_S = calendar.timegm((2000, 1, 1, 0, 0, 0))
_YEARS = range(2000, 2100)
_COLUMNS = 20
_PER_STEP = 4  # characters of the display in one step; each takes 1 ms and more


class Output:
    """A pin that is driven by calling it.  pin: digitalio.DigitalInOut, already an output."""

    def __init__(self, pin):
        self._pin = pin

    def __call__(self, level):
        """Drive the pin low (0) or high."""
        self._pin.value = bool(level)


class Contact:
    """A contact between a pin with its pull-up and ground.  pin: digitalio.DigitalInOut."""

    def __init__(self, pin):
        self._pin = pin

    def is_pressed(self):
        """Return whether the contact is closed."""
        return not self._pin.value

    is_closed = is_pressed


class Spi:
    """A bus with nobody else on it.  bus: busio.SPI, configured."""

    def __init__(self, bus):
        self._bus = bus
        while not bus.try_lock():
            time.sleep(0)

    def write_readinto(self, out, into):
        """Send `out` and fill `into` at the same time."""
        self._bus.write_readinto(out, into)


class Clock:
    """The clock chip, in UTC.  chip: adafruit_ds3231.DS3231."""

    def __init__(self, chip):
        self._chip = chip

    def now_s(self):
        """Return what the clock shows, s since 2000-01-01 UTC; 0 if that is no time."""
        now = self._chip.datetime
        if now.tm_year not in _YEARS or not 1 <= now.tm_mon <= 12:
            return 0
        return max(0, calendar.timegm(now) - _EPOCH_S)

    def is_valid(self):
        """Return whether the clock has run since it was set."""
        return not self._chip.lost_power

    def set_s(self, seconds):
        """Set the clock to `seconds` since 2000-01-01 UTC; the second begins with the call."""
        wanted = time.gmtime(_EPOCH_S + seconds)
        if wanted.tm_year not in _YEARS:
            raise ValueError(f"{seconds} s: accepted: 0..3155759999, the years 2000..2099")
        self._chip.datetime = wanted
        self._chip.lost_power = False

    def read_aging(self):
        """Return the trim, -128..127, positive = slower."""
        return self._chip.calibration

    def set_aging(self, trim):
        """Set the trim."""
        self._chip.calibration = trim


class Store:
    """Bytes at addresses 0 .. size-1 in one or more memories, one behind the other.

    memories:  adafruit_24lc32.EEPROM_I2C or adafruit_fram.FRAM_I2C
    writes:    that a byte takes; Adafruit's drivers write byte by byte, and an EEPROM rewrites
               the page for each

    OSError from the bus is passed on.
    """

    page = 128

    def __init__(self, memories, writes):
        self._memories = memories
        self.size = sum(len(memory) for memory in memories)
        self.endurance = writes

    def read_into(self, start, buf):
        """Fill `buf` from `start` on; ValueError if that leaves the store."""
        self._check(start, len(buf))
        at = 0
        while at < len(buf):
            memory, offset = self._find(start + at)
            part = min(len(buf) - at, len(memory) - offset)
            buf[at : at + part] = memory[offset : offset + part]
            at += part

    def write_page(self, start, data):
        """Write `data`, which lies within one page; it is kept when this returns.

        Raises ValueError if it leaves the page or the store.  Cost: 5 ms for each byte that an
        EEPROM of Adafruit's driver takes.
        """
        n = len(data)
        self._check(start, n)
        if not 1 <= n <= self.page - start % self.page:
            raise ValueError(f"{n} bytes at {start}: accepted: 1 to the end of the page")
        memory, offset = self._find(start)
        memory[offset : offset + n] = bytes(data)

    def _check(self, start, n):
        if not 0 <= start <= self.size - n:
            raise ValueError(f"{n} bytes at {start}: accepted: 0..{self.size - 1}")

    def _find(self, address):
        for memory in self._memories:
            if address < len(memory):
                return memory, address
            address -= len(memory)
        raise AssertionError


class Text:
    """A display of four lines of 20 characters.  lcd: an adafruit_character_lcd display."""

    def __init__(self, lcd):
        self._lcd = lcd
        self._wanted = bytearray(b" " * 4 * _COLUMNS)
        self._shown = bytearray(self._wanted)
        self._place = 0

    def show(self, lines):
        """Take over what to show: 80 character codes, line after line."""
        self._wanted[:] = lines

    def step(self):
        """Send at most four characters of what differs; return True once all is shown."""
        left = _PER_STEP
        for _ in range(len(self._wanted)):
            k = self._place
            code = self._wanted[k]
            if code != self._shown[k]:
                if not left:
                    return False
                left -= 1
                self._lcd.cursor_position(k % _COLUMNS, k // _COLUMNS)
                self._lcd.message = chr(code)
                self._shown[k] = code
            self._place = (k + 1) % len(self._wanted)
        return True


class System:
    """Elapsed time, and the sleep between two steps."""

    _TICK_S = 0.01

    def __init__(self):
        self._last_ns = time.monotonic_ns()

    def elapsed_ms(self):
        """Return the milliseconds since the last call, at most 1000."""
        elapsed_ms = (time.monotonic_ns() - self._last_ns) // 1_000_000
        self._last_ns += elapsed_ms * 1_000_000
        return min(elapsed_ms, 1000)

    def sleep(self):
        """Sleep until the next tick."""
        time.sleep(self._TICK_S)

    def feed(self):
        """There is no watchdog here: the operating system watches its processes."""
