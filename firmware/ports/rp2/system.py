"""Elapsed time, sleep until the next tick, the watchdog, memory, and why the processor started."""

import gc
from time import ticks_diff, ticks_ms

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

    lines:  ports whose received octets end a sleep: has_received(); or None
    """

    def __init__(self, lines=()):
        self._lines = [line for line in lines if line is not None]
        self._has_ticked = False
        self._timer = Timer(
            -1, mode=Timer.PERIODIC, period=_TICK_MS, callback=self.wake, hard=True
        )
        self._watchdog = WDT(timeout=_WATCHDOG_MS)
        self._last = ticks_ms()

    def elapsed_ms(self):
        """Return the milliseconds since the last call.  Hot."""
        now = ticks_ms()
        elapsed = ticks_diff(now, self._last)
        self._last = now
        return elapsed

    def sleep(self):
        """Stop the processor until the next tick, 30 ms at most, or until a line has spoken.  Hot.

        A client that waits for its answer need not wait for the tick, too: the UART's interrupts,
        of four octets and of a pause after fewer, wake the processor.
        """
        # A tick between the question and the sleep costs one tick; other interrupts come and go.
        while not self._has_ticked and not self._has_received():
            _wait_for_interrupt()
        self._has_ticked = False

    def _has_received(self):
        for line in self._lines:  # noqa: SIM110  any() would allocate
            if line.has_received():
                return True
        return False

    def wake(self, source):
        """End the sleep, or the next one; an interrupt's handler."""
        self._has_ticked = True

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
