"""Random and extreme inputs; what is random comes from the seed that a failing test prints."""

from array import array
from random import Random

from hypothesis import settings
from hypothesis import strategies as st

SHAPES = st.sampled_from(["random", "greatest", "least", "alternating", "ends", "zero"])
SEEDS = st.integers(0, 2**32 - 1)
STEPS = st.one_of(st.sampled_from([0, 1, 2**31, 2**32 - 1]), st.integers(0, 2**32 - 1))

# The same examples in every run; a failing one is printed and can be repeated.
repeatable = settings(derandomize=True, deadline=None, database=None, max_examples=150)


def filled(typecode, n, shape, seed, least, greatest):
    """Return an array of `n` values in least..greatest."""
    random = Random(seed)
    make = {
        "random": lambda _: random.randint(least, greatest),
        "greatest": lambda _: greatest,
        "least": lambda _: least,
        "alternating": lambda k: greatest if k % 2 else least,
        "ends": lambda _: random.choice((least, greatest)),
        "zero": lambda _: 0,
    }[shape]
    return array(typecode, [make(k) for k in range(n)])


def ring(size, shape, seed, limit=7989, typecode="h"):
    """Return a ring of `size` values in -limit..limit."""
    return filled(typecode, size, shape, seed, -limit, limit)
