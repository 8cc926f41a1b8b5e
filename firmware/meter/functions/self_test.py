"""What is checked at the start: memory, program, store; and how its findings are cleared."""

from micropython import const

from meter.functions.function import Function
from meter.registers import events
from meter.requests import CLEAR_ERRORS

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.journal.keeper import Keeper
    from meter.requests import Requests

_RAM_BYTES = const(512)  # 130 ms on the RP2040
_PATTERNS = b"\x55\xaa\x00\xff"
PROGRAM_CHANGED = const(-1)  # detail of PROGRAM_ERROR, beside the index of a function that raised


def is_memory_good(memory: bytearray) -> bool:
    """Write patterns to `memory` and read them back; an address that falls on another is seen."""
    for pattern in _PATTERNS:
        for at in range(len(memory)):
            memory[at] = pattern
        for at in range(len(memory)):
            if memory[at] != pattern:
                return False
    for at in range(len(memory)):
        memory[at] = (at ^ at >> 8) & 0xFF
    return all(memory[at] == (at ^ at >> 8) & 0xFF for at in range(len(memory)))


class SelfTest(Function):
    """Checks once, at the start; the first second logs what is wrong and sets its error bit.

    RAM: patterns in a block of the heap.  Program: what the board found of its files.  Store: the
    registers' newest record was written anew and read back at the start; pages that were neither
    good nor blank then are told.  Serves CLEAR_ERRORS.
    """

    def __init__(
        self,
        keeper: "Keeper",
        now_s: "Callable[[], int]",
        is_program_good: bool,
        requests: "Requests",
    ) -> None:
        self._keeper = keeper
        self._now_s = now_s
        self._is_program_good = is_program_good
        self._is_memory_good = is_memory_good(bytearray(_RAM_BYTES))  # before sampling begins
        self._is_done = False
        requests.serve(CLEAR_ERRORS, self._clear)

    def second(self, now_s: int) -> None:
        """Tell what was found, the first time."""
        if self._is_done:
            return
        self._is_done = True
        log = self._keeper.events.log
        if not self._is_memory_good:
            log(now_s, events.RAM_ERROR, 0)
        if not self._is_program_good:
            log(now_s, events.PROGRAM_ERROR, PROGRAM_CHANGED)
        damaged = self._keeper.registers.damaged
        if damaged:
            log(now_s, events.NV_MEMORY_ERROR, -damaged)

    def _clear(self, value: "int | bytes", source: int) -> int:
        """Serve CLEAR_ERRORS; returns the bits that were set."""
        log = self._keeper.events
        before = log.errors
        log.errors = 0
        log.log(self._now_s(), events.ERRORS_CLEARED, before)
        return before
