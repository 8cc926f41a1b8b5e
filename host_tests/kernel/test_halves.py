"""Machine code sums half cycles, and looks into 64-bit sums, as the definitions do."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tests.kernel.inputs import SEEDS, SHAPES, filled, repeatable
from meter.metrology import half_cycles, layout
from meter.metrology import kernel as definition
from ports.cpython import kernel as numpy_kernel

SIZE = 1024
MASK = SIZE - 1
SHIFT = 3  # of the 24-bit format: |u| <= 2**15


@pytest.fixture(params=["numpy", "machine", "machine_24", "machine_m4", "machine_m7"])
def twin_and_core(request):
    if request.param == "numpy":
        return numpy_kernel, None
    return request.getfixturevalue(request.param)


@pytest.fixture
def any_twin(twin_and_core):
    return twin_and_core[0]


def both(twin, u, first, n, halves, shift):
    size = half_cycles.HALVES * half_cycles.FIELDS
    expected, found = array("i", [-1] * size), array("i", [-1] * size)
    definition.half_sums(u, first, n, MASK, halves, shift, expected)
    twin.half_sums(u, first, n, MASK, halves, shift, found)
    return expected, found


@pytest.mark.parametrize("halves", [1, 2, 19, 20, 23, 26])
@pytest.mark.parametrize("n", [26, 100, 799, 800, 920])
def test_half_sums_are_the_definitions(any_twin, fresh, halves, n):
    fresh()
    u = filled("h", SIZE, "random", 7 * n + halves, -(2**15), 2**15 - 1)
    expected, found = both(any_twin, u, 3 * SIZE - 17, n, halves, SHIFT)
    assert found == expected


@repeatable
@given(
    first=st.integers(0, 4 * SIZE),
    n=st.integers(26, 900),
    halves=st.integers(0, 26),
    shape=SHAPES,
    seed=SEEDS,
)
def test_half_sums_are_the_definitions_wherever_the_window_lies(
    machine, fresh, first, n, halves, shape, seed
):
    fresh()
    u = filled("h", SIZE, shape, seed, -(2**15), 2**15 - 1)
    expected, found = both(machine[0], u, first, n, halves, SHIFT)
    assert found == expected


@repeatable
@given(st.lists(st.integers(-(2**46), 2**46 - 1), min_size=layout.SUMS, max_size=layout.SUMS))
def test_shifted_is_the_definitions(machine, fresh, values):
    fresh()
    sums = array("q", values)
    for index in range(layout.SUMS):
        expected = definition.shifted(sums, index)
        assert numpy_kernel.shifted(sums, index) == expected
        assert machine[0].shifted(sums, index) == expected
        assert -(2**30) <= expected < 2**30


def test_a_window_of_three_systems_takes_16_thousand_cycles(machine_24, fresh):
    """Beside the Python around it, which calls the machine code once for each half."""
    kernel, core = machine_24
    fresh()
    u = filled("h", SIZE, "random", 1, -(2**15), 2**15 - 1)
    out = array("i", [0] * (half_cycles.HALVES * half_cycles.FIELDS))
    core.cycles.clear()
    for _ in range(3):
        kernel.half_sums(u, 0, 800, MASK, 20, SHIFT, out)
    assert 0 < core.cycles["_half_sum"] <= 16_000
