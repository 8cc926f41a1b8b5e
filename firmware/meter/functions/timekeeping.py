"""What goes by the clock: who is told of a new second, and what setting the clock means."""

from micropython import const

from meter.calendar.clock import ADJUSTED, INVALID, KEPT, VALID
from meter.errors import ConfigError
from meter.functions.function import CLOCK_CHANGED, SECOND
from meter.journal import profile
from meter.registers import events
from meter.registers.status import CLOCK_INVALID, SEAL_OPEN
from meter.requests import SET_CLOCK, SET_TRIM

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.calendar.clock import Clock
    from meter.calendar.local import Zone
    from meter.functions.function import Functions
    from meter.journal.keeper import Keeper
    from meter.registers.events import EventLog
    from meter.registers.status import Status
    from meter.requests import Requests

_CLOCK_MS = const(1_000)  # between two looks at the clock chip


class TimeKeeper:
    """Reads the clock, lets load profile and functions go by it; serves SET_CLOCK, SET_TRIM."""

    def __init__(  # noqa: PLR0913, PLR0917  everything it works with is handed in
        self,
        clock: "Clock",
        keeper: "Keeper",
        log: "EventLog",
        functions: "Functions",
        requests: "Requests",
        zone: "Zone",
        status: "Status",
        is_seal_open: "Callable[[], bool]",
    ) -> None:
        self._clock = clock
        self._keeper = keeper
        self._events = log
        self._functions = functions
        self._zone = zone
        self._status = status
        self._is_seal_open = is_seal_open
        self._clock_ms = 0
        requests.serve(SET_CLOCK, self._set_clock)
        requests.serve(SET_TRIM, self._set_trim)

    def wait(self, elapsed_ms: int) -> None:
        """Let time pass without looking at the clock: the supply is failing.  Hot."""
        self._clock_ms += elapsed_ms

    def step(self, elapsed_ms: int) -> None:
        """Read the clock once a second, and let everything that goes by it know."""
        self._clock_ms += elapsed_ms
        if self._clock_ms < _CLOCK_MS:
            return
        clock = self._clock
        before = clock.status
        change = clock.step(self._clock_ms)
        now_s = clock.now_s()
        self._clock_ms = 0
        if clock.status not in (VALID, before):
            self._events.log(now_s, events.CLOCK_INVALID, clock.status)
        if change != KEPT:
            self._clock_changed(change)
        is_invalid = clock.status == INVALID
        self._keeper.status = self._keeper.marks | (profile.CLOCK_INVALID if is_invalid else 0)
        if self._zone.is_summer(now_s):
            self._keeper.status |= profile.DAYLIGHT_SAVING
        self._status.put(CLOCK_INVALID, is_invalid)
        self._status.put(SEAL_OPEN, self._is_seal_open())
        if self._keeper.registers.is_recovered:
            self._keeper.second()
            self._functions.call(SECOND, now_s)

    def _set_clock(self, utc_s: "int | bytes", source: int) -> int:
        """Serve SET_CLOCK."""
        if not isinstance(utc_s, int):
            raise ConfigError("clock", utc_s, "seconds since 2000-01-01")
        change = self._clock.set(utc_s)
        self._clock_changed(change)
        return change

    def _set_trim(self, trim: "int | bytes", source: int) -> int:
        """Serve SET_TRIM."""
        if not isinstance(trim, int):
            raise ConfigError("trim", trim, "-128..127")
        self._clock.set_trim(trim)
        return 0

    def _clock_changed(self, change: int) -> None:
        before_s, now_s = self._clock.previous_s, self._clock.now_s()
        if change == ADJUSTED:
            self._events.log(now_s, events.CLOCK_UPDATED, now_s - before_s)
        else:
            self._events.log(before_s, events.CLOCK_OLD, 0)
            self._events.log(now_s, events.CLOCK_NEW, 0)
            self._keeper.profile.clock_set()
        self._functions.call(CLOCK_CHANGED, change, before_s, now_s)
