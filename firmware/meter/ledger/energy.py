"""Exact energy: what is counted and what is left over.

An accumulator takes power times duration in pJ (mW * ns) and counts whole cWh (0.01 Wh, 36e12 pJ);
the rest stays in it.  Nothing is rounded: count * 36e12 + remainder is the sum of all that was
added, to the last pJ. A count stands for 40 bits at most and wraps with the display after
10,000,000 kWh.
"""

from micropython import const

from meter.units import PJ_PER_CWH

# Index of an accumulator in a scope.  R+ and R- are sums of two quadrants, never kept apart from
# them.
A_PLUS = const(0)
A_MINUS = const(1)
Q1 = const(2)
Q2 = const(3)
Q3 = const(4)
Q4 = const(5)
KINDS = const(6)
CWH_BYTES = const(5)  # 40 bits of a count

WRAP_CWH = 1_000_000_000_000  # 10,000,000 kWh


class Scope:
    """The six energies of one phase, or of the total.

    counts_cwh:     whole cWh, 0 .. WRAP_CWH - 1
    remainders_pj:  0 .. PJ_PER_CWH - 1
    """

    def __init__(self) -> None:
        self.counts_cwh = [0] * KINDS
        self.remainders_pj = [0] * KINDS

    def add(self, kind: int, power_mw: int, duration_ns: int) -> None:
        """Add power_mw * duration_ns, both >= 0, to accumulator `kind`."""
        whole, rest = divmod(self.remainders_pj[kind] + power_mw * duration_ns, PJ_PER_CWH)
        self.remainders_pj[kind] = rest
        if whole:
            self.counts_cwh[kind] = (self.counts_cwh[kind] + whole) % WRAP_CWH

    def exact_pj(self, kind: int) -> int:
        """Energy of accumulator `kind` in pJ."""
        return self.counts_cwh[kind] * PJ_PER_CWH + self.remainders_pj[kind]

    def reactive_plus_cwh(self) -> int:
        """R+ = QI + QII."""
        return (self.counts_cwh[Q1] + self.counts_cwh[Q2]) % WRAP_CWH

    def reactive_minus_cwh(self) -> int:
        """R- = QIII + QIV."""
        return (self.counts_cwh[Q3] + self.counts_cwh[Q4]) % WRAP_CWH
