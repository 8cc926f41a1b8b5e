"""Plays pulse words on the LED and the S0 output, to 10 us and without the CPU.

One PIO state machine drives both pins.  The words are those of meter/views/pulses.py.

DS = RP2040 Datasheet, build 2025-02-20: chapter 3 PIO, section 2.19 GPIO.
"""

# The state machine's program is no Python: set() and the delay in brackets are instructions.
# pyright: reportCallIssue=false, reportIndexIssue=false

# The instructions and registers of the player are names of the PIO assembler, not of Python.
# ruff: noqa: F821
# pyright: reportUndefinedVariable=false, reportArgumentType=false

import rp2
from machine import mem32
from micropython import const

_CLOCK_HZ = const(1_000_000)  # 10 clocks are a tick of 10 us
_TICKS_PER_MS = const(100)
# Instructions as words, DS 3.4: MicroPython takes milliseconds to assemble a text.
_PULL = const(0x80A0)
_MOV_ISR_OSR = const(0xA0C7)
_OVERHEAD_TICKS = const(2)  # of a word, and of a pulse, beside its counted ticks
_FIFO_WORDS = const(4)

_FDEBUG = const(0x50200008)  # PIO0, DS 3.7
_TXSTALL = const(1 << 24)  # state machine 0 waited for a word; write 1 to clear
_GPIO0_CTRL = const(0x40014004)  # DS 2.19.6.1; 8 bytes per pin
_OUTOVER_HIGH = const(3 << 8)


@rp2.asm_pio(set_init=(rp2.PIO.OUT_LOW, rp2.PIO.OUT_LOW), out_shiftdir=rp2.PIO.SHIFT_RIGHT)
def _player():
    # The wait of a word takes 10 * (x + 2) clocks, a pulse 10 * (isr + 2).
    label("next")
    pull(block)
    out(y, 1)
    out(x, 31)
    label("wait")
    jmp(x_dec, "wait")[9]
    jmp(not_y, "next")[6]
    set(pins, 3)[7]
    mov(x, isr)
    label("pulse")
    jmp(x_dec, "pulse")[9]
    set(pins, 0)


class PulseOutput:
    """The LED and the S0 output, two neighbouring pins.

    led:       machine.Pin of number led_gpio; S0 is the next one
    pulse_ms:  30 or 80
    """

    def __init__(self, led, led_gpio, pulse_ms):
        self._pulse_ms = 0
        self._owed_ticks = 0  # how much a wait below the overhead took too long
        self._led_control = _GPIO0_CTRL + 8 * led_gpio
        self._player = rp2.StateMachine(0, _player, freq=_CLOCK_HZ, set_base=led)
        self.set_pulse_ms(pulse_ms)

    def set_pulse_ms(self, pulse_ms):
        """Set the length of a pulse, 30 or 80 ms; another one drops the words that wait, 4."""
        if pulse_ms == self._pulse_ms:
            return
        self._pulse_ms = pulse_ms
        self._player.active(0)
        while self._player.tx_fifo():
            self._player.exec(_PULL)
        self._player.put(pulse_ms * _TICKS_PER_MS - _OVERHEAD_TICKS)
        self._player.exec(_PULL)
        self._player.exec(_MOV_ISR_OSR)
        self._player.active(1)

    def write(self, words, first, n):
        """Take words[first : first + n] as far as there is room; return how many fitted.  Hot."""
        room = _FIFO_WORDS - self._player.tx_fifo()
        n = min(n, room)
        for k in range(first, first + n):
            ticks = (words[k] >> 1) - _OVERHEAD_TICKS - self._owed_ticks
            self._owed_ticks = max(0, -ticks)
            self._player.put(max(0, ticks) << 1 | words[k] & 1)
        return n

    def has_starved(self):
        """Return True once after the words ran out, and at the start.  Hot."""
        if not mem32[_FDEBUG] & _TXSTALL:
            return False
        mem32[_FDEBUG] = _TXSTALL
        return True

    def set_led_between(self, is_on):
        """Let the LED shine, or not, while there is no pulse."""
        control = mem32[self._led_control] & ~_OUTOVER_HIGH
        mem32[self._led_control] = control | _OUTOVER_HIGH if is_on else control
