"""Notices a low pulse on a pin that is too short for the line's speed, by PIO: without the CPU.

Not by the pin's interrupt: its handler would be Python on top of whatever runs, and nothing
leaves room for it on the stack.

DS = RP2040 Datasheet, build 2025-02-20: chapter 3 PIO.
"""

# The state machine's program is no Python.
# pyright: reportCallIssue=false, reportIndexIssue=false

# The instructions and registers of the watcher are names of the PIO assembler, not of Python.
# ruff: noqa: F821
# pyright: reportUndefinedVariable=false, reportArgumentType=false

import rp2
from machine import mem32
from micropython import const

_CLOCK_HZ = const(1_000_000)
_CLOCKS = const(2)  # of a look at the pin
_IRQ = const(0x5020_0030)  # flags of PIO0, write 1 to clear; DS 3.7
_SHORT = const(1)
# Instructions as words, DS 3.4: MicroPython takes milliseconds to assemble a text.
_PULL = const(0x80A0)
_MOV_ISR_OSR = const(0xA0C7)


@rp2.asm_pio()
def _watcher():
    # isr: how many looks find a bit low, less one
    wrap_target()
    wait(1, pin, 0)
    mov(x, isr)
    wait(0, pin, 0)
    label("look")
    jmp(pin, "short")
    jmp(x_dec, "look")
    jmp("bit")
    label("short")
    irq(0)
    label("bit")
    wrap()


class ShortPulse:
    """Watches a pin.

    pin:     machine.Pin
    number:  0..3, a state machine of PIO0 that nothing else uses
    """

    def __init__(self, pin, number):
        self._machine = rp2.StateMachine(
            number, _watcher, freq=_CLOCK_HZ, in_base=pin, jmp_pin=pin
        )

    def watch(self, shortest_us):
        """Forget what was; from now on notice pulses below `shortest_us`, 0: none.

        The shortest that is surely seen takes 2 us.
        """
        machine = self._machine
        machine.active(0)
        if shortest_us:
            machine.restart()
            machine.put(shortest_us // _CLOCKS - 1)
            machine.exec(_PULL)
            machine.exec(_MOV_ISR_OSR)
            machine.active(1)
        mem32[_IRQ] = _SHORT

    def has_come(self):
        """Return whether there was one.  Hot."""
        return bool(mem32[_IRQ] & _SHORT)
