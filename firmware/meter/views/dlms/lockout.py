"""How long log-ins are refused after failed ones."""

from micropython import const

FREE = const(3)  # failures without a delay: people mistype
FIRST_MS = const(8_000)
LONGEST_MS = const(1_024_000)


class Lockout:
    """Counts failed log-ins; from the third in a row on a delay of 8 s doubles up to 17 min.

    At the longest delay a password of eight digits, tried from end to end, takes 3,200 years.  A
    failed log-in while the delay runs starts it anew.
    """

    def __init__(self) -> None:
        self.failures = 0  # in a row; stops where the delay is longest
        self._left_ms = 0

    def is_open(self) -> bool:
        """Return whether a log-in may be tried."""
        return self._left_ms == 0

    def failed(self) -> None:
        """Take note of a failed log-in."""
        if FIRST_MS << max(0, self.failures - FREE) < LONGEST_MS:
            self.failures += 1
        if self.failures >= FREE:
            self._left_ms = min(LONGEST_MS, FIRST_MS << self.failures - FREE)

    def succeeded(self) -> None:
        """Take note of a good log-in: the next failure is the first."""
        self.failures = 0
        self._left_ms = 0

    def step(self, elapsed_ms: int) -> None:
        """Let `elapsed_ms` pass.  Hot."""
        self._left_ms -= min(elapsed_ms, self._left_ms)
