"""What the supervisor runs, in fixed order, with every window and once a second."""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Hooks, as Functions.call() takes them.
WINDOW = const(0)
STEP = const(1)
SECOND = const(2)
CLOCK_CHANGED = const(3)

_REST_MS = const(60_000)  # how long a function that raised stays out


class Function:
    """One function of the meter; each hook does nothing unless overridden.

    All are called between two windows. What views may ask for is served through
    requests.Requests.
    """

    def window(self, duration_ns: int) -> None:
        """Take note that a window was booked: ledger and quantities are up to date.  Warm."""

    def step(self, elapsed_ms: int) -> None:
        """Let time pass, 0..1000 ms: for inputs and outputs.  Hot."""

    def second(self, now_s: int) -> None:
        """Take note that the clock says `now_s`, UTC: what was measured before it is booked.

        Called once a second, whether the clock is valid or not, once the registers are recovered.
        """

    def clock_changed(self, change: int, before_s: int, now_s: int) -> None:
        """Take note that the clock was ADJUSTED or SET (calendar.clock), `before_s` to `now_s`."""


class Functions:
    """Runs the functions; one that raises is reported and left out for a minute.

    functions:  in the order in which they run
    fail:       callable(index), told of each failure
    """

    def __init__(self, functions: "Sequence[Function]", fail: "Callable[[int], None]") -> None:
        self._functions = functions
        self._rest_ms = [0] * len(functions)
        self._fail = fail

    def call(self, hook: int, a: int = 0, b: int = 0, c: int = 0) -> None:
        """Call `hook` of every function with as many of a, b, c as it takes.  Hot."""
        for index in range(len(self._functions)):
            if self._rest_ms[index] > 0:
                if hook == STEP:
                    self._rest_ms[index] -= a
                continue
            function = self._functions[index]
            try:
                if hook == WINDOW:
                    function.window(a)
                elif hook == STEP:
                    function.step(a)
                elif hook == SECOND:
                    function.second(a)
                else:
                    function.clock_changed(a, b, c)
            except Exception:  # noqa: BLE001  whatever a function does, measuring goes on
                self._rest_ms[index] = _REST_MS
                self._fail(index)
