"""Elapsed time, sleep until the next tick, the watchdog, and memory."""

import gc
from time import ticks_diff, ticks_ms

import micropython
from machine import WDT, idle
from micropython import const

_WATCHDOG_MS = const(8_000)
_TICK_MS = const(30)


class System:
    """The processor's own parts.  Make it last: from then on the watchdog runs."""

    def __init__(self):
        self._watchdog = WDT(timeout=_WATCHDOG_MS)
        self._last = ticks_ms()
        self._woke = self._last

    def elapsed_ms(self):
        """Return the milliseconds since the last call.  Hot."""
        now = ticks_ms()
        elapsed = ticks_diff(now, self._last)
        self._last = now
        return elapsed

    def sleep(self):
        """Stop the processor between interrupts until the next tick, 30 ms at most.  Hot."""
        while ticks_diff(ticks_ms(), self._woke) < _TICK_MS:
            idle()
        self._woke = ticks_ms()

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
