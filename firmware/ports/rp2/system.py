"""Elapsed time, sleep until the next tick, the watchdog, memory, and why the processor started."""

import gc
from time import ticks_add, ticks_diff, ticks_ms

import micropython
from machine import WDT, WDT_RESET, Timer, reset_cause
from micropython import const

_WATCHDOG_MS = const(8_000)  # 8,388 is the most (RP2040 Datasheet, section 4.7, erratum RP2040-E1)
_TICK_MS = const(30)


@micropython.asm_thumb
def _wait_for_interrupt():
    wfi()  # noqa: F821  # pyright: ignore[reportUndefinedVariable]  an instruction


class System:
    """The processor's own parts.  Make it last: from then on the watchdog runs.

    sources:  what ends a sleep early, with an interrupt and has_news(); or None
    """

    def __init__(self, sources=()):
        self._sources = [source for source in sources if source is not None]
        # The timer's interrupt only wakes the processor: a handler would be Python on top of
        # whatever runs, and nothing leaves room for it on the stack.
        self._due = ticks_add(ticks_ms(), _TICK_MS)
        self._timer = Timer(-1, mode=Timer.PERIODIC, period=_TICK_MS, callback=None)
        self._watchdog = WDT(timeout=_WATCHDOG_MS)
        self._last = ticks_ms()

    def elapsed_ms(self):
        """Return the milliseconds since the last call.  Hot."""
        now = ticks_ms()
        elapsed = ticks_diff(now, self._last)
        self._last = now
        return elapsed

    def sleep(self):
        """Stop the processor until the next tick, 30 ms at most, or until a source has news.  Hot.

        A client that waits for its answer need not wait for the tick, too: the UART's interrupts,
        of four octets and of a pause after fewer, wake the processor.
        """
        late_ms = ticks_diff(ticks_ms(), self._due)
        while late_ms < 0 and not self._has_news():
            _wait_for_interrupt()
            late_ms = ticks_diff(ticks_ms(), self._due)
        if late_ms >= 0:
            self._due = ticks_add(self._due, (late_ms // _TICK_MS + 1) * _TICK_MS)

    def _has_news(self):
        for source in self._sources:  # noqa: SIM110  any() would allocate
            if source.has_news():
                return True
        return False

    def heap_free(self):
        """Return the bytes of heap that are free once garbage is collected: 10 ms and more."""
        gc.collect()
        return gc.mem_free()

    def stack_used(self):
        """Return the bytes of stack in use.  Hot."""
        return micropython.stack_use()

    def feed(self):
        """Put off the watchdog's reset for another 8 s.  Hot."""
        self._watchdog.feed()


def cause_of_reset():
    """Return meter.parts' WATCHDOG or POWER_ON; machine.reset() counts as the watchdog's."""
    return 2 if reset_cause() == WDT_RESET else 1
