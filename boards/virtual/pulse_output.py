"""The player of pulse words, in simulated time: one pin drives the LED and the S0 output.

A word is a wait in ticks of 10 us in bits 31..1; bit 0 says that a pulse follows it (see
meter/views/pulses.py).
"""

from collections import deque

_TICK_NS = 10_000
_DEPTH = 128  # words held: 1 s of pulses at their closest, four times over
_RISES = 1024


class PulseOutput:
    """What the meter writes words to and what a pulse counter on the S0 terminals sees.

    pulse_ms:   length of a pulse, 30 or 80
    edges:      rising edges since the start
    rises_ns:   instants of the latest 1024 of them
    led, s0:    whether each is on now; the LED also shines between pulses if told so
    """

    def __init__(self):
        self.pulse_ms = 30
        self.edges = 0
        self.rises_ns = deque(maxlen=_RISES)
        self.s0 = False
        self._led_between = False
        self._words = deque()
        self._now_ns = 0
        self._phase_ends_ns = 0  # end of the wait or the pulse that runs
        self._pulse_follows = False
        self._is_idle = True
        self._has_starved = True

    # The meter's side

    def write(self, words, first, n):
        """Take words[first : first + n]; return how many fitted."""
        n = min(n, _DEPTH - len(self._words))
        for k in range(first, first + n):
            self._words.append(words[k])
        if n and self._is_idle:
            self._is_idle = False
            self._phase_ends_ns = self._now_ns
            self._next_word()
        return n

    def has_starved(self):
        """Return True once after the words ran out, and at the start."""
        starved, self._has_starved = self._has_starved, False
        return starved

    def set_led_between(self, is_on):
        """Let the LED shine, or not, while there is no pulse."""
        self._led_between = is_on

    def set_pulse_ms(self, pulse_ms):
        """Set the length of a pulse."""
        self.pulse_ms = pulse_ms

    # The far end's side

    @property
    def led(self):
        """Whether the LED shines."""
        return self.s0 or self._led_between

    @property
    def is_idle(self):
        """Whether every word has been played."""
        return self._is_idle

    def advance(self, elapsed_ns):
        """Let `elapsed_ns` pass."""
        self._now_ns += elapsed_ns
        while not self._is_idle and self._phase_ends_ns <= self._now_ns:
            if self._pulse_follows:
                self._pulse_follows = False
                self.s0 = True
                self.edges += 1
                self.rises_ns.append(self._phase_ends_ns)
                self._phase_ends_ns += self.pulse_ms * 1_000_000
            else:
                self.s0 = False
                self._next_word()

    def _next_word(self):
        if not self._words:
            self._is_idle = True
            self._has_starved = True
            return
        word = self._words.popleft()
        self._pulse_follows = bool(word & 1)
        self._phase_ends_ns += (word >> 1) * _TICK_NS
