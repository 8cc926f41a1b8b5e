"""Plays pulse words on the LED and the S0 output in the interrupt of a timer, 2000 a second.

A pulse begins up to 0.5 ms late; what a word's time has beside whole ticks of the timer is carried
to the next one, so nothing adds up.
"""

from array import array

from micropython import const

TIMER_HZ = const(2_000)
_TICKS = const(50)  # of 10 us in a tick of the timer
_PULSE_TICKS = const(2)  # of the timer in a ms
_WORDS = const(64)


class PulseOutput:
    """The LED and the S0 output.

    led, s0:   machine.Pin, outputs
    timer:     pyb.Timer of TIMER_HZ
    pulse_ms:  30 or 80
    """

    def __init__(self, led, s0, timer, pulse_ms):
        self._led = led
        self._s0 = s0
        self.set_pulse_ms(pulse_ms)
        self._words = array("I", bytes(4 * _WORDS))
        self._read = self._written = 0
        self._left = 0  # 10 us ticks of the wait under way, below 0: owed to the next one
        self._shining = 0  # timer ticks left of a pulse
        self._is_waiting = False
        self._pulse_follows = False
        self._between = 0
        self._has_starved = True
        timer.callback(self._tick)

    def write(self, words, first, n):
        """Take words[first : first + n] as far as there is room; return how many fitted.  Hot."""
        n = min(n, _WORDS - (self._written - self._read))
        for k in range(n):
            self._words[(self._written + k) % _WORDS] = words[first + k]
        self._written += n
        return n

    def has_starved(self):
        """Return True once after the words ran out, and at the start.  Hot."""
        starved = self._has_starved
        self._has_starved = False
        return starved

    def set_pulse_ms(self, pulse_ms):
        """Set the length of a pulse, 30 or 80 ms."""
        self._pulse = pulse_ms * _PULSE_TICKS

    def set_led_between(self, is_on):
        """Let the LED shine, or not, while there is no pulse."""
        self._between = 1 if is_on else 0

    def _tick(self, timer):
        """Go on by a tick of the timer.  In a hard interrupt: does not allocate."""
        if self._shining:
            self._shining -= 1
            if self._shining:
                return
            self._s0(0)
            self._led(self._between)
        if not self._is_waiting:
            if self._read == self._written:
                self._has_starved = True
                self._left = 0
                return
            word = self._words[self._read % _WORDS]
            self._read += 1
            self._left += word >> 1
            self._pulse_follows = word & 1
            self._is_waiting = True
        self._left -= _TICKS
        if self._left > 0:
            return
        self._is_waiting = False
        if self._pulse_follows:
            self._led(1)
            self._s0(1)
            self._shining = self._pulse
