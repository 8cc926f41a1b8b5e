"""What views ask of the meter: the only way in which one can change anything.

The supervisor lets requests in while it steps the views, that is, between two windows. Whoever
serves a kind checks the whole request before it changes anything, so a request is done, or refused
with its reason and nothing has changed.
"""

from micropython import const

from meter.errors import ConfigError

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    Value = int | bytes
    Handler = Callable[[Value, int], int]

# Where a request comes from; what may come from where, the one who serves it says.
BUTTON = const(0)
OPTICAL = const(1)
MODULE = const(2)
HOST = const(3)  # whoever built the meter: a tool, a test

# Kinds, with their value.
SET_CLOCK = const(0)  # UTC seconds since 2000-01-01; returns clock.ADJUSTED or clock.SET
COMMAND_TARIFF = const(1)  # 1..8, 0 releases it
CLOSE_BILLING = const(2)  # 0; ends the billing period now
PRESET_PULSES = const(3)  # pulse input, thousandths of its unit
CLEAR_ERRORS = const(4)  # 0
WRITE_SETTINGS = const(5)  # from here on: bytes as journal.configuration keeps them
WRITE_CALIBRATION = const(6)
WRITE_TARIFF_PLAN = const(7)
WRITE_DISPLAY_LISTS = const(8)
WRITE_KEYS = const(9)
WRITE_CONTROL = const(10)  # text, see control.settings
DISCONNECT = const(11)  # 0
CONNECT = const(12)  # 0
ADD_CREDIT = const(13)  # prepayment: number of the top-up and Wh, u32 each
SHOW_TEST = const(14)  # 1 verification on, 0 off
CLEAR_ALARMS = const(15)  # bits of the alarm register
LOG_EVENT = const(16)  # event number | its detail << 8: what a view has to report
SET_TRIM = const(17)  # of the clock chip, -128..127, positive = slower
ERASE_PROFILE = const(18)  # 0; forgets the load profile, and logs it
WRITE_LINES = const(19)  # setups of the ports, see views.dlms.lines
KINDS = const(20)


class Requests:
    """Takes requests to whoever serves their kind.

    is_open:  the supervisor's: True between two windows, when something may change
    """

    def __init__(self) -> None:
        self.is_open = False
        self._handlers: list[Handler | None] = [None] * KINDS

    def serve(self, kind: int, handler: "Handler") -> None:
        """Have `handler(value, source)` serve `kind`.

        It returns an int that the kind explains; it raises ConfigError to refuse, JournalError or
        OSError if the store or the chip did not take it.
        """
        self._handlers[kind] = handler

    def serves(self, kind: int) -> bool:
        """Return whether this meter knows `kind` at all: without a relay it has no CONNECT."""
        return self._handlers[kind] is not None

    def submit(self, kind: int, value: "Value" = 0, source: int = HOST) -> int:
        """Have a request applied now; return what the one who serves it returns.

        Raises ConfigError if it is refused, RuntimeError in the middle of a window; JournalError
        and OSError, after which it may be tried again.  Allocates nothing of its own.
        """
        if not self.is_open:
            raise RuntimeError("request in the middle of a window")
        handler = self._handlers[kind]
        if handler is None:
            raise ConfigError("request", kind, "what this meter has")
        return handler(value, source)
