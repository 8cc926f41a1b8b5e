"""NumPy and machine code give the definition's integers, every element of every array."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from host_tests.kernel.inputs import SEEDS, SHAPES, STEPS, filled, repeatable, ring
from meter.metrology import kernel as definition
from meter.metrology import layout
from ports.cpython import kernel as numpy_kernel

SIZE = 256
MASK = SIZE - 1
SETS = st.integers(0, SIZE)
POSITIONS = st.integers(0, 4 * SIZE)


@repeatable
@given(
    n=st.integers(0, 64),
    first=st.integers(0, 16),
    at=POSITIONS,
    codes=SHAPES,
    table=SHAPES,
    carry=SHAPES,
    seed=SEEDS,
)
def test_decimate_gives_the_same_sets_and_carry(
    twin, fresh, n, first, at, codes, table, carry, seed
):
    fresh()
    codes = filled("H", 80 * layout.CODES_PER_SET, codes, seed, 0, 4095)
    lut = filled("h", 4096, table, seed, -28_404, 28_404)
    results = []
    for kernel in (definition, twin):
        buffers = [filled("i", 2, carry, seed, -28_404, 28_404)]
        buffers += [ring(64, "random", seed + channel) for channel in range(3)]
        kernel.decimate(codes, first, n, lut, *buffers, at, 63)
        results.append(buffers)
    assert results[0] == results[1]


@repeatable
@given(n=SETS, first=POSITIONS, step=STEPS, u_shape=SHAPES, i_shape=SHAPES, seed=SEEDS)
def test_accumulate_gives_the_same_sums(twin, fresh, n, first, step, u_shape, i_shape, seed):
    fresh()
    u = ring(SIZE, u_shape, seed, 2**13 - 1)
    i = ring(SIZE, i_shape, seed + 1, 2**13 - 1)
    expected, found = array("q", [0] * layout.SUMS), array("q", [-1] * layout.SUMS)
    definition.accumulate(u, i, first, n, MASK, step, expected)
    twin.accumulate(u, i, first, n, MASK, step, found)
    assert expected == found


@repeatable
@given(
    n=SETS,
    first=POSITIONS,
    half=st.integers(1, 64),
    u=SHAPES,
    seed=SEEDS,
    y=st.integers(-(2**21), 2**21),
    is_armed=st.booleans(),
    hysteresis=st.one_of(st.just(0), st.integers(0, 2**21)),
)
def test_track_takes_the_same_sets_to_the_same_state(
    twin, fresh, n, first, half, u, seed, y, is_armed, hysteresis
):
    fresh()
    check_track(twin, ring(SIZE, u, seed), first, n, half, [y, 0, is_armed, hysteresis])


@repeatable
@given(n=SETS, half=st.integers(1, 3), seed=SEEDS, hysteresis=st.integers(0, 3))
def test_track_agrees_where_y_meets_zero_and_the_hysteresis_exactly(
    twin, fresh, n, half, seed, hysteresis
):
    fresh()
    check_track(twin, ring(SIZE, "random", seed, limit=1), 0, n, half, [0, 0, 0, hysteresis])


def check_track(twin, u, first, n, half, state):
    """Compare every call until all `n` sets are taken."""
    expected_state, state = array("i", state), array("i", state)
    while n:
        taken = definition.track(u, first, n, MASK, half, expected_state)
        assert twin.track(u, first, n, MASK, half, state) == taken
        assert state == expected_state
        first += taken or n
        n -= taken or n


@repeatable
@given(
    n=SETS, first=POSITIONS, values=SHAPES, limit=st.sampled_from([1, 7989, 2**15 - 1]), seed=SEEDS
)
def test_peak_is_the_same(twin, fresh, n, first, values, limit, seed):
    fresh()
    values = filled("h", SIZE, values, seed, -limit - 1, limit)
    assert twin.peak(values, first, n, MASK) == definition.peak(values, first, n, MASK)


@repeatable
@given(n=st.integers(0, 40), first=st.integers(0, 8), at=POSITIONS, shape=SHAPES, seed=SEEDS)
def test_unpack_sorts_frames_the_same_way(n, first, at, shape, seed):
    for systems in (1, 2, 3):
        frames = filled("i", 48 * 2 * systems, shape, seed, -(2**23), 2**23 - 1)
        results = []
        for kernel in (definition, numpy_kernel):
            u = tuple(ring(64, "random", seed + system) for system in range(systems))
            i = tuple(ring(64, "random", seed, typecode="i") for _ in range(systems))
            kernel.unpack(frames, first, n, u, i, at, 63)
            results.append((u, i))
        assert results[0] == results[1]


