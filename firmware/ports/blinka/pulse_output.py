"""Plays pulse words on the LED and the S0 output from a thread, as well as the system lets it."""

import threading
import time
from queue import Empty, Full, Queue

_TICK_S = 1e-5
_WORDS = 128


class PulseOutput:
    """The LED and the S0 output.

    led, s0:   callable(level)
    pulse_ms:  30 or 80
    """

    def __init__(self, led, s0, pulse_ms):
        self._led = led
        self._s0 = s0
        self.set_pulse_ms(pulse_ms)
        self._words = Queue(_WORDS)
        self._has_starved = True
        self._between = 0
        threading.Thread(target=self._play, daemon=True).start()

    def write(self, words, first, n):
        """Take words[first : first + n] as far as there is room; return how many fitted."""
        for k in range(n):
            try:
                self._words.put_nowait(words[first + k])
            except Full:
                return k
        return n

    def has_starved(self):
        """Return True once after the words ran out, and at the start."""
        starved, self._has_starved = self._has_starved, False
        return starved

    def set_pulse_ms(self, pulse_ms):
        """Set the length of a pulse, 30 or 80 ms."""
        self._pulse_s = pulse_ms / 1000

    def set_led_between(self, is_on):
        """Let the LED shine, or not, while there is no pulse."""
        self._between = int(is_on)

    def _play(self):
        due_s = time.monotonic()
        while True:
            try:
                word = self._words.get_nowait()
            except Empty:
                self._has_starved = True
                word = self._words.get()
                due_s = time.monotonic()
            due_s += (word >> 1) * _TICK_S
            time.sleep(max(0.0, due_s - time.monotonic()))
            if word & 1:
                self._led(1)
                self._s0(1)
                due_s += self._pulse_s
                time.sleep(max(0.0, due_s - time.monotonic()))
                self._s0(0)
            self._led(self._between)
