"""What the ports share of security: the keys in force, the meter's title, invocation counters."""

from micropython import const

from meter.journal.invocation import InvocationCounters
from meter.views.dlms.keys import Keys
from meter.views.dlms.lockout import Lockouts

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.journal.kept import Kept

_OF_CLIENTS = const(0)  # counters: last accepted with the global key, last sent with it
_OF_METER = const(1)
_SERIAL_BYTES = const(5)


class Security:
    """Keys, title and counters of one meter.

    kept, keep:    where invocation counters and failed log-ins are stored, see those of
                   journal.invocation.InvocationCounters
    manufacturer:  three letters
    serial:        digits
    packed:        keys as stored, None for the lab's defaults

    title:  system title, 8 bytes: the three letters and the serial number
    """

    def __init__(
        self,
        kept: "Kept",
        keep: "Callable[[Kept], bool]",
        manufacturer: str,
        serial: str,
        packed: "bytes | None",
    ) -> None:
        self._kept = kept
        self._keep = keep
        self._counters = InvocationCounters(kept, keep)
        self.keys = Keys(packed)
        number = int(serial) % (1 << 8 * _SERIAL_BYTES)
        self.title = manufacturer.encode() + number.to_bytes(_SERIAL_BYTES, "big")

    def lockouts(self, port: int) -> Lockouts:
        """Return the failed log-ins of a port, from 0 on."""
        return Lockouts(self._kept, self._keep, port)

    def accepted(self) -> int:
        """Return the last counter of clients; one that is accepted is above it."""
        return self._counters.used(_OF_CLIENTS)

    def accept(self, counter: int) -> bool:
        """Take a client's counter for used; False if it is not new, or cannot be stored."""
        return self._counters.accept(_OF_CLIENTS, counter)

    def send(self) -> bytes:
        """Return the meter's next counter, 4 bytes; OSError if it cannot be stored."""
        number = self._counters.next(_OF_METER)
        if number == 0:
            raise OSError
        return number.to_bytes(4, "big")

    def change(self, packed: bytes) -> None:
        """Put stored keys in force; associations that stand go on with those they began with."""
        before = self.keys.encryption
        self.keys = Keys(packed)
        if self.keys.encryption != before:
            self._counters.restart(_OF_CLIENTS)
