"""Tariff registers: what the total counted, by the tariff in force.

They are booked from the counts by which the total advanced, so the tariffs of an energy are
together the advance of the total to the last count, at every instant.

There are 16 of them, as many as fit on the page of the totals.  Which energies they are of is
their form: A+ and R+ in eight tariffs (data sheet, "Permanent memory"), A+ and A- in eight, or A+,
R+, A- and R- in four (162M/382M technical description, p. 19).
"""

from micropython import const

from meter.ledger import counts
from meter.ledger.energy import A_MINUS, A_PLUS, Q4, WRAP_CWH

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.ledger.energy import Scope

TARIFFS = const(8)
REGISTERS = const(16)
PACKED = const(80)  # REGISTERS counts of CWH_BYTES

# Energies.
A = const(0)
R = const(1)
A_NEGATIVE = const(2)
R_NEGATIVE = const(3)

# Forms: which energies are kept.
IMPORT = const(0)
ACTIVE = const(1)
ALL = const(2)
KEPT = ((A, R), (A, A_NEGATIVE), (A, R, A_NEGATIVE, R_NEGATIVE))


def form_of(energies: int, tariffs: int) -> int:
    """Return the form of a meter that registers `energies`, as of Ledger, in 1..8 tariffs."""
    if not energies >> A_MINUS & 1:
        return IMPORT
    if not energies >> Q4 & 1:
        return ACTIVE
    return ALL if tariffs <= REGISTERS // len(KEPT[ALL]) else IMPORT


def place(form: int, energy: int, tariff: int) -> int:
    """Return the index 0..15 of `energy` in `tariff` 1..8, or -1 if `form` does not keep it."""
    kept = KEPT[form]
    each = REGISTERS // len(kept)
    return kept.index(energy) * each + tariff - 1 if energy in kept and tariff <= each else -1


class TariffRegisters:
    """The registers of a meter with `tariffs` tariffs, 1..8, that have `form`.

    counts_cwh:  T1, T2 ... of the first energy kept, then of the next
    active:      the tariff in force, 1..tariffs
    """

    def __init__(self, form: int = IMPORT, tariffs: int = TARIFFS) -> None:
        self.form = form
        self.counts_cwh = [0] * REGISTERS
        self.active = 1
        self._tariffs = tariffs
        self._seen_cwh = [0] * len(KEPT[form])

    def book(self, total: "Scope") -> None:
        """Book what `total` has counted since the last call to the tariff in force."""
        kept = KEPT[self.form]
        for k in range(len(kept)):
            now_cwh = _count_cwh(total, kept[k])
            self._add(k * REGISTERS // len(kept) + self.active - 1, now_cwh - self._seen_cwh[k])
            self._seen_cwh[k] = now_cwh

    def skip(self, total: "Scope") -> None:
        """Take note of what `total` stands at, without booking: after it was restored."""
        for k, energy in enumerate(KEPT[self.form]):
            self._seen_cwh[k] = _count_cwh(total, energy)

    def count_cwh(self, energy: int, tariff: int) -> int:
        """Return the cWh of `energy` in `tariff` 1..8; 0 if they are not kept."""
        at = place(self.form, energy, tariff)
        return self.counts_cwh[at] if at >= 0 else 0

    def _add(self, at: int, cwh: int) -> None:
        self.counts_cwh[at] = (self.counts_cwh[at] + cwh) % WRAP_CWH

    def pack_into(self, record: bytearray, at: int) -> None:
        """Write all counts to `record` from `at` on: PACKED bytes, 5 per count, little-endian."""
        counts.pack_list(record, at, self.counts_cwh)

    def restore(self, record: bytearray, at: int, form: int, total: "Scope") -> None:
        """Add the counts in `record`, which has `form`, to those booked since the start.

        total:  restored already.  T1 takes what is missing of it where the record has another
                form or more tariffs, so that the tariffs are the total again.
        """
        stored = [0] * REGISTERS
        counts.unpack_list(record, at, stored)
        for energy in KEPT[self.form]:
            for tariff in range(1, self._tariffs + 1):
                source, to = place(form, energy, tariff), place(self.form, energy, tariff)
                if source >= 0 <= to:
                    self._add(to, stored[source])
            self._settle(energy, total)

    def _settle(self, energy: int, total: "Scope") -> None:
        first = place(self.form, energy, 1)
        each = REGISTERS // len(KEPT[self.form])
        self._add(first, _count_cwh(total, energy) - sum(self.counts_cwh[first : first + each]))


def _count_cwh(total: "Scope", energy: int) -> int:
    if energy == A:
        return total.counts_cwh[A_PLUS]
    if energy == R:
        return total.reactive_plus_cwh()
    return total.counts_cwh[A_MINUS] if energy == A_NEGATIVE else total.reactive_minus_cwh()
