"""Test mode: the LED follows an energy of choice, for verification."""

from micropython import const

from meter.errors import ConfigError
from meter.functions.function import Function
from meter.registers.status import TEST_MODE
from meter.requests import SHOW_TEST

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Protocol

    from meter.registers.status import Status
    from meter.requests import Requests

    class Pulses(Protocol):
        """Player of pulses, see tasks.PulseTask."""

        def follow(self, which: int) -> None:
            """Play A+, A-, R+ or R-, 0..3."""


_LONGEST_MS = const(57_600_000)  # 16 h after the last push (the family's manual)
_ENERGIES = const(4)


class Verification(Function):
    """Serves SHOW_TEST: 1..4 has LED and S0 follow A+, A-, R+ or R-; 0, 16 h or a start end it."""

    def __init__(self, pulses: "Pulses", status: "Status", requests: "Requests") -> None:
        self._pulses = pulses
        self._status = status
        self._left_ms = 0
        requests.serve(SHOW_TEST, self._show)

    def step(self, elapsed_ms: int) -> None:
        """Let the time pass.  Hot."""
        if self._left_ms > 0:
            self._left_ms -= elapsed_ms
            if self._left_ms <= 0:
                self._show(0, 0)

    def _show(self, which: "int | bytes", source: int) -> int:
        if not isinstance(which, int) or not 0 <= which <= _ENERGIES:
            raise ConfigError("test mode", which, "0 off, 1 A+, 2 A-, 3 R+, 4 R-")
        self._pulses.follow(max(which - 1, 0))
        self._left_ms = _LONGEST_MS if which else 0
        self._status.put(TEST_MODE, which != 0)
        return 0
