"""Simulated time for chip models: it moves only when somebody moves it."""


class Clock:
    """Nanoseconds since the start of the simulation."""

    def __init__(self):
        self._now_ns = 0

    def now_ns(self):
        """Return the time, ns."""
        return self._now_ns

    def advance_ns(self, duration_ns):
        """Let `duration_ns` >= 0 pass."""
        if duration_ns < 0:
            raise ValueError("time cannot go back: {} ns".format(duration_ns))
        self._now_ns += duration_ns

    def sleep_ms(self, duration_ms):
        """Let `duration_ms` pass; the `sleep_ms` that drivers are handed."""
        self.advance_ns(duration_ms * 1_000_000)

    def sleep_us(self, duration_us):
        """Let `duration_us` pass."""
        self.advance_ns(duration_us * 1_000)
