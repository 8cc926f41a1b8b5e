"""Whether the meter is alive: deadlines that the watchdog's food depends on, and memory marks."""

from micropython import const

from meter.registers import table

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.parts import Memory, Watchdog

# Deadlines, each of which must be met for the watchdog to be fed.
SAMPLING = const(0)  # a window came
LEDGER = const(1)  # it was booked
JOURNAL = const(2)  # the store was asked, and took or refused

_LONGEST_MS = (2_000, 2_000, 10_000)
_MEMORY_MS = const(60_000)  # between two looks at the memory, each of which collects garbage


class Vitals:
    """Three ages, two marks.

    watchdog:  feed(), or None
    memory:    heap_free(), stack_used(), or None

    heap_low, stack_high:  least free heap and deepest stack that were seen, bytes; 0: not known
    """

    def __init__(self, watchdog: "Watchdog | None", memory: "Memory | None") -> None:
        self._watchdog = watchdog
        self._memory = memory
        self._ages_ms = [0, 0, 0]
        self._attempts = 0
        self._is_silent = False
        self._memory_ms = _MEMORY_MS
        self.heap_low = 0
        self.stack_high = 0

    def read(self, kind: int, part: int) -> int:
        """Return what the register table has of the memory."""
        return self.heap_low if kind + part == table.HEAP_LOW else self.stack_high

    def pass_time(self, elapsed_ms: int) -> None:
        """Let all grow older; look at the memory once a minute.  Hot, but for that look."""
        for k in range(3):
            self._ages_ms[k] += elapsed_ms
        self._memory_ms += elapsed_ms
        if self._memory is not None and self._memory_ms >= _MEMORY_MS:
            self._memory_ms = 0
            free = self._memory.heap_free()
            self.heap_low = min(free, self.heap_low or free)
            self.stack_high = max(self._memory.stack_used(), self.stack_high)

    def has_fallen_silent(self) -> bool:
        """Return True once when windows have become overdue.  Hot."""
        was_silent = self._is_silent
        self._is_silent = self._ages_ms[SAMPLING] > _LONGEST_MS[SAMPLING]
        return self._is_silent and not was_silent

    def meet(self, which: int) -> None:
        """Take note that a deadline was met.  Hot."""
        self._ages_ms[which] = 0

    def look_at_journal(self, attempts: int, is_known: bool) -> None:
        """Take the number of times the store was asked; a deaf one is being asked anew.  Hot."""
        if attempts != self._attempts or not is_known:
            self._attempts = attempts
            self._ages_ms[JOURNAL] = 0

    def feed(self) -> None:
        """Feed the watchdog unless a deadline is overdue.  Hot."""
        if self._watchdog is None:
            return
        for k in range(3):
            if self._ages_ms[k] > _LONGEST_MS[k]:
                return
        self._watchdog.feed()
