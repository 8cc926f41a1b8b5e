"""The rules that book a window's energy to registers, per phase and in total.

Creep gate: a phase below the creep power books nothing (half the starting current at nominal
voltage, as the original family does: 2.3 W per phase for class B at 0.25-5(105) A); active and
reactive are gated each for itself.  In total the phases are booked either each for itself, so that
import and export on different phases both count, or as the vector sum, whose sign alone decides.
"""

import struct

from micropython import const

from meter.ledger.energy import (
    A_MINUS,
    A_PLUS,
    CWH_BYTES,
    KINDS,
    Q1,
    WRAP_CWH,
    Scope,
)

INDIVIDUAL = const(0)
VECTOR = const(1)

TOTAL = const(3)  # scope index; L1..L3 are 0..2
SCOPES = const(4)
PACKED = const(SCOPES * KINDS * CWH_BYTES)


def quadrant(p: int, q: int) -> int:
    """Return 1..4: QI P>=0 Q>=0, QII P<0 Q>=0, QIII P<0 Q<0, QIV P>=0 Q<0."""
    if q >= 0:
        return 1 if p >= 0 else 2
    return 4 if p >= 0 else 3


class Ledger:
    """Energies of up to three phases and their total.

    method:    INDIVIDUAL or VECTOR
    creep_mw:  per phase, mW and mvar; what lies below books nothing
    """

    def __init__(self, method: int, creep_mw: int) -> None:
        self.scopes = tuple([Scope() for _ in range(SCOPES)])
        self.total = self.scopes[TOTAL]
        self._method = method
        self._creep_mw = creep_mw

    def book(self, p_mw: "list[int]", q_mvar: "list[int]", duration_ns: int) -> None:
        """Book a window: the mean powers of each system over `duration_ns`.

        Bound: 3 * 40 kW * 1 s is 1.2e17 pJ; integers are unbounded, the bound is the wrap of a
        count.
        """
        for index in range(len(p_mw)):
            self._book(self.scopes[index], p_mw[index], q_mvar[index], duration_ns)
            if self._method == INDIVIDUAL:
                self._book(self.total, p_mw[index], q_mvar[index], duration_ns)
        if self._method == VECTOR:
            self._book(self.total, sum(p_mw), sum(q_mvar), duration_ns)

    def _book(self, scope: Scope, p_mw: int, q_mvar: int, duration_ns: int) -> None:
        if p_mw >= self._creep_mw:
            scope.add(A_PLUS, p_mw, duration_ns)
        elif p_mw <= -self._creep_mw:
            scope.add(A_MINUS, -p_mw, duration_ns)
        if abs(q_mvar) >= self._creep_mw:
            scope.add(Q1 - 1 + quadrant(p_mw, q_mvar), abs(q_mvar), duration_ns)

    def is_creeping(self, p_mw: "list[int]") -> bool:
        """True while no system consumes or delivers active power from the creep power up."""
        return all(abs(power) < self._creep_mw for power in p_mw)

    def moved_cwh(self, since: "list[int]") -> int:
        """Return the largest advance of any count in cWh since `since`, SCOPES * KINDS counts."""
        largest = 0
        at = 0
        for scope in self.scopes:
            for count in scope.counts_cwh:
                largest = max(largest, count - since[at], since[at] - count)
                at += 1
        return largest

    def copy_counts(self, into: "list[int]") -> None:
        """Copy all counts into the list `into`, scope by scope."""
        at = 0
        for scope in self.scopes:
            for count in scope.counts_cwh:
                into[at] = count
                at += 1

    def pack_into(self, record: bytearray) -> None:
        """Write all counts to the bytearray `record`: PACKED bytes, 5 per count, little-endian."""
        at = 0
        for scope in self.scopes:
            for count in scope.counts_cwh:
                struct.pack_into("<IB", record, at, count & 0xFFFFFFFF, count >> 32)
                at += CWH_BYTES

    def restore(self, record: bytearray) -> None:
        """Add the counts in `record` to those booked since the start; remainders stay."""
        at = 0
        for scope in self.scopes:
            for kind in range(KINDS):
                low, high = struct.unpack_from("<IB", record, at)
                scope.counts_cwh[kind] = (scope.counts_cwh[kind] + (low | high << 32)) % WRAP_CWH
                at += CWH_BYTES
