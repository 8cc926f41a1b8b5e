"""The rules that book a window's energy to registers, per phase and in total.

Creep gate: a phase below the creep power books nothing (half the starting current at nominal
voltage, as the original family does: 2.3 W per phase for class B at 0.25-5(105) A); active and
reactive are gated each for itself.  In total the phases are booked either each for itself, so that
import and export on different phases both count, or as the vector sum, whose sign alone decides.

With three wires (Aron) there are two elements and no phases: one of them reads nothing at a power
factor of 0.5 and backwards below.  Only their sum has a sign, a quadrant and a creep gate.
"""

from micropython import const

from meter.ledger.energy import A_MINUS, A_PLUS, Q1, Scope
from meter.ledger.tariffs import TARIFFS, TariffRegisters, form_of

INDIVIDUAL = const(0)
VECTOR = const(1)
THREE_WIRE = const(2)  # as the vector sum, and nothing by phase

TOTAL = const(3)  # scope index; L1..L3 are 0..2
SCOPES = const(4)


def quadrant(p: int, q: int) -> int:
    """Return 1..4: QI P>=0 Q>=0, QII P<0 Q>=0, QIII P<0 Q<0, QIV P>=0 Q<0."""
    if q >= 0:
        return 1 if p >= 0 else 2
    return 4 if p >= 0 else 3


class Ledger:
    """Energies of up to three phases and their total.

    method:    INDIVIDUAL, VECTOR or THREE_WIRE
    creep_mw:  per phase, or of the vector sum, mW and mvar; what lies below books nothing
    energies:  bit k is set if accumulator k is registered (data sheet, X5)
    tariffs:   how many there are, 1..8 (X7)

    scopes:    of L1, L2, L3 and the total
    phases, total, tariffs:  the same apart, and the total by tariff
    operating_s:  time in operation, s
    """

    def __init__(
        self, method: int, creep_mw: int, energies: int = 0b111111, tariffs: int = TARIFFS
    ) -> None:
        self.scopes = tuple([Scope() for _ in range(SCOPES)])
        self.phases = self.scopes[:TOTAL]
        self.total = self.scopes[TOTAL]
        self.tariffs = TariffRegisters(form_of(energies, tariffs), tariffs)
        self.operating_s = 0
        self._operating_ms = 0
        self._method = method
        self._creep_mw = creep_mw
        self._energies = energies

    def book(self, p_mw: "list[int]", q_mvar: "list[int]", duration_ns: int) -> None:
        """Book a window: the mean powers of each system over `duration_ns`.

        Bound: 3 * 40 kW * 1 s is 1.2e17 pJ; integers are unbounded, the bound is the wrap of a
        count.
        """
        if self._method != THREE_WIRE:
            for index in range(len(p_mw)):
                self._book(self.scopes[index], p_mw[index], q_mvar[index], duration_ns)
                if self._method == INDIVIDUAL:
                    self._book(self.total, p_mw[index], q_mvar[index], duration_ns)
        if self._method != INDIVIDUAL:
            self._book(self.total, sum(p_mw), sum(q_mvar), duration_ns)
        self.tariffs.book(self.total)

    def _book(self, scope: Scope, p_mw: int, q_mvar: int, duration_ns: int) -> None:
        if p_mw >= self._creep_mw:
            scope.add(A_PLUS, p_mw, duration_ns)
        elif p_mw <= -self._creep_mw and self._energies >> A_MINUS & 1:
            scope.add(A_MINUS, -p_mw, duration_ns)
        if abs(q_mvar) >= self._creep_mw:
            kind = Q1 - 1 + quadrant(p_mw, q_mvar)
            if self._energies >> kind & 1:
                scope.add(kind, abs(q_mvar), duration_ns)

    def pass_time(self, elapsed_ms: int) -> None:
        """Count the time in operation."""
        self._operating_ms += elapsed_ms
        if self._operating_ms >= 1000:
            self.operating_s += self._operating_ms // 1000
            self._operating_ms %= 1000

    def is_creeping(self, p_mw: "list[int]") -> bool:
        """True while nothing is booked to active energy in total."""
        if self._method != INDIVIDUAL:
            return abs(sum(p_mw)) < self._creep_mw
        return all(abs(power) < self._creep_mw for power in p_mw)
