"""How long log-ins are refused after failed ones; a power cut does not make it shorter."""

from array import array

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.journal.kept import Kept

CLIENTS = const(3)  # of a port
FREE = const(3)  # failures without a delay: people mistype
FIRST_MS = const(8_000)
LONGEST_MS = const(1_024_000)
_MOST = const(10)  # failures that are counted: the delay is longest
_AT = const(32)  # behind the invocation counters


class Lockouts:
    """Counts failed log-ins of each client of a port; from the third in a row on they cost time.

    kept:  journal.kept.Kept of the invocation counters, which has room for the counts of all ports
    keep:  callable(kept) -> True once its bytes are stored, see Keeper.keep
    port:  from 0 on

    A delay of 8 s doubles with each failure up to 17 min.  At the longest delay a password of
    eight digits, tried from end to end, takes 3,200 years.  A failed log-in while the delay runs
    starts it anew, and so does a start of the meter.
    """

    def __init__(self, kept: "Kept", keep: "Callable[[Kept], bool]", port: int) -> None:
        self._kept = kept
        self._keep = keep
        self._at = _AT + CLIENTS * port
        self._left_ms = array("i", [0] * CLIENTS)
        self._is_known = False  # what the store has

    def is_open(self, client: int) -> bool:
        """Return whether client 0..CLIENTS - 1 may try to log in."""
        self._take_up()
        return self._left_ms[client] == 0

    def failed(self, client: int) -> None:
        """Take note of a failed log-in."""
        failures = min(self.failures(client) + 1, _MOST)
        self._set(client, failures)
        self._left_ms[client] = _delay_ms(failures)

    def succeeded(self, client: int) -> None:
        """Take note of a good log-in: the next failure is the first."""
        self._set(client, 0)
        self._left_ms[client] = 0

    def failures(self, client: int) -> int:
        """Return how many log-ins in a row failed; counted no further than the longest delay."""
        return self._kept.data[self._at + client]

    def step(self, elapsed_ms: int) -> None:
        """Let `elapsed_ms` pass.  Hot."""
        if not self._is_known:
            self._take_up()
        for client in range(CLIENTS):
            self._left_ms[client] -= min(elapsed_ms, self._left_ms[client])

    def _take_up(self) -> None:
        """Begin with the delays that stood when the power went, once the store has told them."""
        if self._is_known or not self._kept.is_ready:
            return
        self._is_known = True
        for client in range(CLIENTS):
            self._left_ms[client] = max(self._left_ms[client], _delay_ms(self.failures(client)))

    def _set(self, client: int, failures: int) -> None:
        """Count; a count that costs time, or one that no longer does, is stored at once."""
        data, at = self._kept.data, self._at + client
        is_due = data[at] != failures and max(data[at], failures) >= FREE
        data[at] = failures
        if is_due and self._kept.is_ready:
            self._keep(self._kept)


def _delay_ms(failures: int) -> int:
    return min(LONGEST_MS, FIRST_MS << failures - FREE) if failures >= FREE else 0
