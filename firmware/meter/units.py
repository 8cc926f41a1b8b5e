"""Scales and integer helpers shared by every room of the logic.

Energy units used below: pJ = mW * ns, exact product of a power and a duration;
cWh = 0.01 Wh, what a register counts and the journal keeps; dWh = 0.1 Wh, what verification shows.
"""

from micropython import const

PJ_PER_CWH = 36_000_000_000_000  # 0.01 Wh = 36 J
CWH_PER_DWH = const(10)
CWH_PER_WH = const(100)
NS_PER_MS = const(1_000_000)


def div_round(numerator: int, denominator: int) -> int:
    """Return the integer nearest to numerator / denominator, halves away from zero.

    denominator: > 0.  Odd-symmetric, so that export is rounded exactly as import is.
    """
    if numerator < 0:
        return -((2 * -numerator + denominator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def isqrt(n: int) -> int:
    """Return floor(sqrt(n)) for an integer n >= 0 (`math.isqrt` is absent on MicroPython)."""
    if n < 0:
        raise ValueError("isqrt: {} refused, accepted: 0 and above".format(n))
    if n < 2:
        return n
    root = 1
    rest = n
    while rest > 0:  # a power of two not below the root
        root <<= 1
        rest >>= 2
    while True:
        closer = (root + n // root) >> 1
        if closer >= root:
            return root
        root = closer
