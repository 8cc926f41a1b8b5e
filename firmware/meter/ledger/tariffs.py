"""Tariff registers: what the total counted, by the tariff in force.

They are booked from the counts by which the total advanced, so the tariffs of A+ (and of R+) are
together the advance of the total to the last count, at every instant.
"""

from micropython import const

from meter.ledger import counts
from meter.ledger.energy import A_PLUS, WRAP_CWH

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.ledger.energy import Scope

TARIFFS = const(8)
ENERGIES = const(2)  # A+ and R+
A = const(0)
R = const(1)
PACKED = const(80)  # TARIFFS * ENERGIES counts of CWH_BYTES


class TariffRegisters:
    """A+ and R+ in T1..T8.

    counts_cwh:  T1..T8 of A+, then of R+
    active:      the tariff in force, 1..8
    """

    def __init__(self) -> None:
        self.counts_cwh = [0] * (TARIFFS * ENERGIES)
        self.active = 1
        self._seen_cwh = [0] * ENERGIES

    def book(self, total: "Scope") -> None:
        """Book what `total` has counted since the last call to the tariff in force."""
        self._book(A, total.counts_cwh[A_PLUS])
        self._book(R, total.reactive_plus_cwh() % WRAP_CWH)

    def skip(self, total: "Scope") -> None:
        """Take note of what `total` stands at, without booking: after it was restored."""
        self._seen_cwh[A] = total.counts_cwh[A_PLUS]
        self._seen_cwh[R] = total.reactive_plus_cwh() % WRAP_CWH

    def count_cwh(self, energy: int, tariff: int) -> int:
        """Return the cWh of `energy`, A or R, in `tariff` 1..8."""
        return self.counts_cwh[energy * TARIFFS + tariff - 1]

    def _book(self, energy: int, now_cwh: int) -> None:
        at = energy * TARIFFS + self.active - 1
        gain = (now_cwh - self._seen_cwh[energy]) % WRAP_CWH
        self.counts_cwh[at] = (self.counts_cwh[at] + gain) % WRAP_CWH
        self._seen_cwh[energy] = now_cwh

    def pack_into(self, record: bytearray, at: int) -> None:
        """Write all counts to `record` from `at` on: PACKED bytes, 5 per count, little-endian."""
        counts.pack_list(record, at, self.counts_cwh)

    def restore(self, record: bytearray, at: int) -> None:
        """Add the counts in `record` to those booked since the start."""
        stored = [0] * len(self.counts_cwh)
        counts.unpack_list(record, at, stored)
        for k, count in enumerate(stored):
            self.counts_cwh[k] = (self.counts_cwh[k] + count) % WRAP_CWH
