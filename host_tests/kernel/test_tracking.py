"""The tracker meets each mains cycle once, whatever the harmonics, DC, noise and cuts."""

import math
from array import array
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host_tests.kernel.inputs import SEEDS, repeatable
from meter.metrology import kernel, layout

SIZE = 4096
LEAD = 128  # zeros before the signal: what the filter looks back on
FORMATS = {"8 kS/s": (124.875e-6, 64), "4 kS/s": (250e-6, 32)}


def signal(f_hz, set_s, seed, harmonics=(), dc=0, noise=0):
    """Return a ring with the mains from set LEAD on; harmonics: (order, amplitude, phase)."""
    random = Random(seed)
    u = array("h", [0] * SIZE)
    for k in range(LEAD, SIZE):
        angle = 2 * math.pi * f_hz * (k - LEAD) * set_s
        value = math.sin(angle)
        value += sum(a * math.sin(order * angle + phase) for order, a, phase in harmonics)
        u[k] = round(4000 * value + dc + random.gauss(0, noise))
    return u


def crossings(track, u, half, cuts=(SIZE,)):
    """Return the sets at which `track` reports a crossing, called with pieces as `cuts` says."""
    state = array("i", [0] * layout.TRACKER)
    state[layout.HYSTERESIS] = half * 7989 >> 5
    found = []
    at = LEAD
    turn = 0
    while at < SIZE:
        n = min(cuts[turn % len(cuts)], SIZE - at)
        turn += 1
        taken = track(u, at, n, SIZE - 1, half, state)
        at += taken or n
        if taken:
            assert state[layout.PREVIOUS] < 0 <= state[layout.Y]
            found.append(at - 1)
    return found


@pytest.mark.parametrize("rate", FORMATS)
@pytest.mark.parametrize("f_hz", [45, 47.5, 50, 52.5, 55, 57, 60, 63, 66])
def test_each_cycle_has_one_crossing(f_hz, rate):
    set_s, half = FORMATS[rate]
    u = signal(f_hz, set_s, seed=382, harmonics=[(5, 0.1, 1.0)], dc=800, noise=40)
    period = 1 / (f_hz * set_s)
    found = crossings(kernel.track, u, half)
    assert len(found) >= (SIZE - LEAD) // period - 2
    # From the second cycle on, when the filter is full.
    distances = [b - a for a, b in pairwise(found[1:])]
    assert all(abs(distance - period) <= 2 for distance in distances)


@repeatable
@given(
    f_hz=st.floats(45, 66),
    rate=st.sampled_from(sorted(FORMATS)),
    phases=st.lists(st.floats(0, 6.28), min_size=4, max_size=4),
    seed=SEEDS,
)
def test_no_cycle_has_two_crossings_under_heavy_harmonics(f_hz, rate, phases, seed):
    """40 % of the 3rd, 30 % of the 5th, 20 % of the 7th, 15 % of the 11th: U crosses 0 often."""
    set_s, half = FORMATS[rate]
    harmonics = list(zip((3, 5, 7, 11), (0.4, 0.3, 0.2, 0.15), phases, strict=True))
    u = signal(f_hz, set_s, seed, harmonics, dc=500, noise=40)
    period = 1 / (f_hz * set_s)
    found = crossings(kernel.track, u, half)
    assert len(found) >= (SIZE - LEAD) // period - 2
    assert all(b - a > 0.9 * period for a, b in pairwise(found[1:]))


@settings(repeatable, max_examples=12)
@given(
    cuts=st.lists(st.integers(1, 700), min_size=1, max_size=8), f_hz=st.floats(45, 66), seed=SEEDS
)
def test_crossings_do_not_depend_on_how_the_sets_are_cut_into_calls(
    any_kernel, fresh, cuts, f_hz, seed
):
    u = signal(f_hz, 124.875e-6, seed, [(3, 0.2, 0.5)], noise=40)
    fresh()
    assert crossings(any_kernel.track, u, 64, cuts) == crossings(kernel.track, u, 64)


def test_noise_alone_is_not_a_crossing(any_kernel, fresh):
    fresh()
    random = Random(382)
    u = array("h", [round(random.gauss(0, 10)) for _ in range(SIZE)])
    assert crossings(any_kernel.track, u, 64) == []


def test_no_sets_change_nothing(any_kernel, fresh):
    fresh()
    state = array("i", [5, -3, 1, 100])
    assert any_kernel.track(array("h", [1000] * 256), 7, 0, 255, 64, state) == 0
    assert state == array("i", [5, -3, 1, 100])
