"""Rounding and roots come out the same, below and beyond the limit of a small int."""

from meter import units

for a in (0, 1, 2, 5, 7, 2**30 - 1, 2**30, 2**31, 2**62 + 3, 10**24 + 1):
    print(a, units.isqrt(a), units.isqrt(a * a))
    for b in (1, 2, 3, 10, 2**30, 10**12):
        print(units.div_round(a, b), units.div_round(-a, b))
