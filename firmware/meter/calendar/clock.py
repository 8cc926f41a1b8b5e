"""The meter's clock: what the clock chip says, whether to believe it, and what setting it means.

A step not above the limit adjusts the clock: intervals run on. A larger one sets it: intervals
are closed early, and the events "clock, old time" and "clock, new time" are logged. Where the chip
cannot be read, the time is counted on by the processor, doubtful for a day and invalid after it.
"""

from errno import ENODEV

from micropython import const

from meter.calendar.civil import LAST_S
from meter.errors import ConfigError
from meter.units import div_round

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Protocol

    class Chip(Protocol):
        """A clock chip kept in UTC, such as drivers.rtc_ds3231.DS3231; may raise OSError."""

        def now_s(self) -> int:
            """Return UTC seconds since 2000-01-01."""

        def is_valid(self) -> bool:
            """Return False if it has stopped since it was set."""

        def set_s(self, seconds: int) -> None:
            """Set it, and make it valid."""

        def read_aging(self) -> int:
            """Return the trim of its rate, -128..127."""

        def set_aging(self, trim: int) -> None:
            """Set the trim; positive is slower."""


KEPT = const(0)  # what step() and set() return
ADJUSTED = const(1)
SET = const(2)

VALID = const(0)  # status
DOUBTFUL = const(1)
INVALID = const(2)

_CHECK_MS = const(60_000)  # between two looks at the chip's oscillator stop flag
_HOLD_MS = const(86_400_000)  # a crystal of 30 ppm is 2.6 s off by then
_JUMP_S = const(2)  # further than that from what was counted, the chip was set by somebody else
_LARGEST_LIMIT_S = const(60)
_TRIM_STEP_PPB = const(120)  # DS3231M, one step of the aging register
_LARGEST_TRIM = const(127)


class NoChip:
    """The clock chip of a meter that has none: its clock is never valid, and only counts on."""

    def now_s(self) -> int:
        """Raise OSError."""
        raise OSError(ENODEV)

    def is_valid(self) -> bool:
        """Return False."""
        return False

    def set_s(self, seconds: int) -> None:
        """Raise ConfigError."""
        raise ConfigError("clock", seconds, "nothing: this meter has no clock (X6)")

    def read_aging(self) -> int:
        """Raise OSError."""
        raise OSError(ENODEV)

    def set_aging(self, trim: int) -> None:
        """Raise ConfigError."""
        raise ConfigError("trim", trim, "nothing: this meter has no clock (X6)")


class Clock:
    """Time of day in UTC.

    chip:     see Chip
    limit_s:  largest step that only adjusts, 1..60 s

    previous_s:  the time before the last ADJUSTED or SET
    status:      VALID, DOUBTFUL or INVALID
    """

    def __init__(self, chip: "Chip", limit_s: int = 9) -> None:
        if not 1 <= limit_s <= _LARGEST_LIMIT_S:
            raise ConfigError("clock limit", limit_s, "1..60 s")
        self._chip = chip
        self._limit_s = limit_s
        self._now_s = 0
        self._since_ms = 0  # counted since the second of _now_s was read
        self._deaf_ms = 0
        self._check_ms = 0
        self.previous_s = 0
        self.status = INVALID
        try:
            self._now_s = chip.now_s()
            self._believe()
        except OSError:  # no time yet: the next step asks again
            pass

    def now_s(self) -> int:
        """Return UTC seconds since 2000-01-01."""
        return self._now_s

    def is_valid(self) -> bool:
        """Return whether tariffs, billing and demand may go by this clock."""
        return self.status != INVALID

    def step(self, elapsed_ms: int) -> int:
        """Read the chip; return KEPT, or SET if its time jumped.

        elapsed_ms:  since the last call, 0..1000
        """
        self._since_ms += elapsed_ms
        self._check_ms += elapsed_ms
        counted_s = self._now_s + self._since_ms // 1000
        try:
            chip_s = self._chip.now_s()
            if abs(chip_s - counted_s) > _JUMP_S:  # or noise on the bus: a second reading tells
                chip_s = self._chip.now_s()
            has_jumped = abs(chip_s - counted_s) > _JUMP_S
            if has_jumped or self._check_ms >= _CHECK_MS or self.status != VALID:
                self._believe()
        except OSError:
            self._count_on(counted_s, elapsed_ms)
            return KEPT
        self._deaf_ms = 0
        before_s = self._now_s
        if chip_s != before_s:
            self._now_s = chip_s
            self._since_ms = 0
        if not has_jumped:
            return KEPT
        self.previous_s = before_s
        return SET

    def set(self, utc_s: int) -> int:
        """Set the clock to `utc_s` now; return ADJUSTED or SET.

        Raises ConfigError outside 2000..2099; OSError from the chip, with nothing changed here.
        """
        if not 0 <= utc_s <= LAST_S:
            raise ConfigError("clock", utc_s, "0..{} s since 2000-01-01".format(LAST_S))
        self._chip.set_s(utc_s)
        was_valid = self.is_valid()
        self.previous_s = self._now_s
        self._now_s = utc_s
        self._since_ms = self._deaf_ms = self._check_ms = 0
        self.status = VALID
        is_small = abs(utc_s - self.previous_s) <= self._limit_s
        return ADJUSTED if was_valid and is_small else SET

    def trim(self) -> int:
        """Return the trim of the chip's rate, see trimmed(); OSError."""
        return self._chip.read_aging()

    def set_trim(self, trim: int) -> None:
        """Have the chip run at another rate from now on; ConfigError, OSError."""
        if not -_LARGEST_TRIM - 1 <= trim <= _LARGEST_TRIM:
            raise ConfigError("trim", trim, "-128..127")
        self._chip.set_aging(trim)

    def _believe(self) -> None:
        self.status = VALID if self._chip.is_valid() else INVALID
        self._check_ms = 0

    def _count_on(self, counted_s: int, elapsed_ms: int) -> None:
        self._now_s = min(counted_s, LAST_S)
        self._since_ms %= 1000
        self._deaf_ms += elapsed_ms
        if self._deaf_ms > _HOLD_MS:
            self.status = INVALID
        elif self.status == VALID:
            self.status = DOUBTFUL


def drift_ppb(reference_ms: int, clock_ms: int) -> int:
    """Return by how much the clock is fast, in 0.001 ppm.

    Both: the time from one comparison to the next, reference_ms > 0. With both instants known to
    1 ms, a day resolves 0.02 ppm.
    """
    return div_round((clock_ms - reference_ms) * 1_000_000_000, reference_ms)


def trimmed(trim: int, drift: int) -> int:
    """Return the aging trim of a DS3231M that cures a drift in ppb, from -127 to 127.

    trim:  what was in force while the drift was measured; a positive one slows the clock
    """
    wanted = trim + div_round(drift, _TRIM_STEP_PPB)
    return max(-_LARGEST_TRIM, min(wanted, _LARGEST_TRIM))
