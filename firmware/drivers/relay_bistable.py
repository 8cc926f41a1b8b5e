"""Bistable relay with two coils and, perhaps, a contact that tells its position.

A pulse on a coil moves the armature, which then stays without current.  The coils are driven by
pins, high = current, through drivers of their own; both at once would fight each other.
"""

from micropython import const

OPEN = const(0)  # positions
CLOSED = const(1)
UNKNOWN = const(-1)


class RelayBistable:
    """The breaker's relays, driven together.

    open_coil, close_coil:  pins, called with 0 or 1
    feedback:   is_closed(), an auxiliary contact that is closed while the relay is, or None
    pulse_ms:   1..1000, how long a coil gets current (the relay's data sheet: 20 ms at least).
                The pulse ends at the step() after that: a coil has to bear the longest pause
                between two steps
    settle_ms:  0..1000, from the end of a pulse until the position may be believed, and until the
                next pulse is taken
    """

    def __init__(self, open_coil, close_coil, feedback=None, pulse_ms=60, settle_ms=100):
        if not (1 <= pulse_ms <= 1000 and 0 <= settle_ms <= 1000):
            raise ValueError("relay: pulse 1..1000 ms, settling 0..1000 ms")
        self._coils = (open_coil, close_coil)
        self._feedback = feedback
        self._pulse_ms = pulse_ms
        self._settle_ms = settle_ms
        self._left_ms = 0
        self._is_driven = False
        self.release()

    def is_busy(self):
        """Return whether a pulse or the time to settle is still running.  Hot."""
        return self._is_driven or self._left_ms > 0

    def move(self, position):
        """Begin a pulse towards OPEN or CLOSED; return False while another runs.  Hot."""
        if self.is_busy():
            return False
        self._coils[1 - position](0)  # pyright: ignore[reportCallIssue]  pins
        self._coils[position](1)  # pyright: ignore[reportCallIssue]  pins
        self._is_driven = True
        self._left_ms = self._pulse_ms
        return True

    def step(self, elapsed_ms):
        """Let time pass; end the pulse when it was long enough.  Hot."""
        if self._left_ms > 0:
            self._left_ms -= elapsed_ms
        if self._is_driven and self._left_ms <= 0:
            self.release()
            self._left_ms = self._settle_ms

    def release(self):
        """Take the current off both coils at once, whatever runs.  Hot."""
        for coil in self._coils:
            coil(0)
        self._is_driven = False

    def position(self):
        """Return OPEN or CLOSED as the contact says, UNKNOWN without one.  Hot."""
        if self._feedback is None:
            return UNKNOWN
        return CLOSED if self._feedback.is_closed() else OPEN
