"""Elapsed time, sleep until the next interrupt, and the watchdog."""

from time import ticks_diff, ticks_ms

import micropython
from machine import WDT, Timer
from micropython import const

_WATCHDOG_MS = const(8_000)  # 8,388 is the most (RP2040 Datasheet, section 4.7, erratum RP2040-E1)
_WAKE_MS = const(2)


@micropython.asm_thumb
def _wait_for_interrupt():
    wfi()


def _wake(timer):
    """Do nothing: that the interrupt came is what ends the sleep."""


class System:
    """The processor's own parts.  Make it last: from then on the watchdog runs."""

    def __init__(self):
        self._timer = Timer(period=_WAKE_MS, callback=_wake, hard=True)
        self._watchdog = WDT(timeout=_WATCHDOG_MS)
        self._last = ticks_ms()

    def elapsed_ms(self):
        """Return the milliseconds since the last call.  Hot."""
        now = ticks_ms()
        elapsed = ticks_diff(now, self._last)
        self._last = now
        return elapsed

    def sleep(self):
        """Stop the processor until the next interrupt, 2 ms at most.  Hot."""
        _wait_for_interrupt()

    def feed(self):
        """Put off the watchdog's reset for another 8 s.  Hot."""
        self._watchdog.feed()
