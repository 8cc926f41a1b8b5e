"""Scales and integer helpers shared by every room of the logic.

Energy units used below: pJ = mW * ns, exact product of a power and a duration;
cWh = 0.01 Wh, what a register counts and the journal keeps; dWh = 0.1 Wh, what verification shows.
"""

from micropython import const

PJ_PER_CWH = 36_000_000_000_000  # 0.01 Wh = 36 J
CWH_PER_DWH = const(10)
CWH_PER_WH = const(100)
NS_PER_MS = const(1_000_000)

# Arc tangents of 1, 1/2, 1/4 .. 2**-15 in 1/16000 degree.
_ARCS = (
    720_000, 425_041, 224_580, 114_000, 57_221, 28_639, 14_323, 7_162, 3_581, 1_790, 895, 448, 224,
    112, 56, 28,
)  # fmt: skip
_SHIFTS = (128, 64, 32, 16, 8, 4, 2, 1)
_SMALL_BITS = const(30)
_ARC_BITS = const(24)  # what a vector is scaled to: with its gain of 1.65 it stays a small integer


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
    # The root of the leading 22 bits or more is found in small integers, which are many times
    # faster; it leaves one or two steps for the whole number.
    rest, shift = n, 0
    while rest >> _SMALL_BITS:
        rest >>= 8
        shift += 4
    root = _approach(rest, 1 << _SMALL_BITS // 2)
    return _approach(n, root + 1 << shift) if shift else root


def _approach(n: int, root: int) -> int:
    """Return floor(sqrt(n)) by Newton's rule; n, root: > 0, root not below it."""
    while True:
        closer = (root + n // root) >> 1
        if closer >= root:
            return root
        root = closer


def angle_mdeg(y: int, x: int) -> int:
    """Return the angle of the vector (x, y), 0..359_999 thousandths of a degree; 0 if it has none.

    x, y: within 2**200.  By rotations (CORDIC): within 5.
    """
    angle = 0
    if x < 0:
        x, y = -x, -y
        angle = 180 * 16_000
    size = max(x, abs(y))
    for step in _SHIFTS:
        if size >> _ARC_BITS - 1 + step:
            x, y, size = x >> step, y >> step, size >> step
    while 0 < size < 1 << _ARC_BITS - 1:
        x, y, size = x << 1, y << 1, size << 1
    for k in range(len(_ARCS)):
        if y > 0:
            x, y = x + (y >> k), y - (x >> k)
            angle += _ARCS[k]
        elif y < 0:
            x, y = x - (y >> k), y + (x >> k)
            angle -= _ARCS[k]
    return (angle + 8 >> 4) % 360_000
