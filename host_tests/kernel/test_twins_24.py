"""NumPy and machine code give the definition's integers in the 24-bit format."""

from array import array

from hypothesis import given, settings
from hypothesis import strategies as st

from host_tests.kernel.inputs import SEEDS, SHAPES, STEPS, filled, repeatable, ring
from meter.metrology import kernel as definition
from meter.metrology import layout

SIZE = 256
MASK = SIZE - 1
SETS = st.integers(0, SIZE)
POSITIONS = st.integers(0, 4 * SIZE)
U_ENDS = (-(2**15), 2**15 - 1)
I_ENDS = (-(2**19), 2**19 - 1)


def check_sums(twin, u, i, first, n, mask, step):
    expected, found = array("q", [0] * layout.SUMS), array("q", [-1] * layout.SUMS)
    definition.accumulate(u, i, first, n, mask, step, expected)
    twin.accumulate(u, i, first, n, mask, step, found)
    assert expected == found


@repeatable
@given(n=SETS, first=POSITIONS, step=STEPS, u=SHAPES, i=SHAPES, seed=SEEDS)
def test_accumulate_gives_the_same_sums(twin_24, fresh, n, first, step, u, i, seed):
    fresh()
    u, i = filled("h", SIZE, u, seed, *U_ENDS), filled("i", SIZE, i, seed + 1, *I_ENDS)
    check_sums(twin_24, u, i, first, n, MASK, step)


def test_accumulate_is_exact_where_every_block_is_at_its_end(twin_24, fresh):
    """The worst that the bounds of a block were computed for.

    i * i misses most where the six lowest bits and the rest are both at their ends; the reference
    holds its greatest values at step 0 and at quarters of a turn.
    """
    for u in (*U_ENDS, -(2**15) + 255):
        for i in (*I_ENDS, -(2**19) + 63, -(2**19) + 1023):
            for step in (0, 2**30):
                fresh()
                rings = array("h", [u] * SIZE), array("i", [i] * SIZE)
                check_sums(twin_24, *rings, 5, SIZE, MASK, step)


def test_accumulate_takes_the_longest_ring_at_its_ends(twin_24, fresh):
    for u, i in zip(U_ENDS, I_ENDS, strict=True):
        fresh()
        check_sums(twin_24, array("h", [u] * 4096), array("i", [i] * 4096), 0, 4096, 4095, 0)


@repeatable
@given(n=SETS, first=POSITIONS, values=SHAPES, limit=st.sampled_from([1, 7989, 2**19]), seed=SEEDS)
def test_peak_is_the_same(twin_24, fresh, n, first, values, limit, seed):
    fresh()
    values = filled("i", SIZE, values, seed, -limit, limit)
    assert twin_24.peak(values, first, n, MASK) == definition.peak(values, first, n, MASK)


@repeatable
@given(
    n=st.integers(0, 40),
    first=st.integers(0, 8),
    at=POSITIONS,
    stride=st.integers(3, 6),
    shape=SHAPES,
    seed=SEEDS,
)
def test_unpacking_moves_the_same_codes(twin_24, fresh, n, first, at, stride, shape, seed):
    fresh()
    frames = filled("I", 48 * stride, shape, seed, 0, 2**24 - 1)
    results = []
    for kernel in (definition, twin_24):
        u, i = ring(64, "random", seed), ring(64, "random", seed, typecode="i")
        kernel.unpack_words(frames, first, n, stride, u, i, at, 63)
        results.append((u, i))
    assert results[0] == results[1]


@settings(repeatable, max_examples=60)
@given(n=SETS, half=st.integers(1, 64), seed=SEEDS, hysteresis=st.integers(0, 2**16))
def test_the_tracker_is_the_same_on_every_core(twin_24, fresh, n, half, seed, hysteresis):
    fresh()
    u = filled("h", SIZE, "random", seed, *U_ENDS)
    states = [array("i", (0, 0, 0, hysteresis)) for _ in range(2)]
    first = 0
    while n:
        taken = definition.track(u, first, n, MASK, half, states[0])
        assert twin_24.track(u, first, n, MASK, half, states[1]) == taken
        assert states[0] == states[1]
        first += taken or n
        n -= taken or n
