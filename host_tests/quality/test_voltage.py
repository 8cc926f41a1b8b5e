"""Dips, swells, interruptions and failures at -1, 0, +1 of each limit and time."""

import pytest

from meter.quality.voltage import (
    BACK,
    BEGUN,
    DIP,
    ENDED,
    FAILED,
    NORMAL,
    SWELL,
    Interruption,
    Phase,
)

UN = 230_000
HALF_US = 10_000


@pytest.fixture
def phase():
    return Phase(UN, lambda mv: mv * mv)


def step(phase, mv, us=HALF_US):
    return phase.step(mv * mv, us) & (BEGUN | ENDED)


@pytest.mark.parametrize(
    ("mv", "state"),
    [
        (206_999, DIP),  # 90 %
        (207_000, NORMAL),
        (207_001, NORMAL),
        (252_999, NORMAL),
        (253_000, NORMAL),  # 110 %
        (253_001, SWELL),
    ],
)
def test_a_dip_begins_below_90_and_a_swell_above_110_percent(phase, mv, state):
    assert step(phase, mv) == (BEGUN if state else 0)
    assert phase.state == state


@pytest.mark.parametrize(("mv", "ends"), [(211_599, 0), (211_600, ENDED), (211_601, ENDED)])
def test_a_dip_ends_at_92_percent(phase, mv, ends):
    step(phase, 200_000)
    assert step(phase, mv) == ends


@pytest.mark.parametrize(("mv", "ends"), [(248_399, ENDED), (248_400, ENDED), (248_401, 0)])
def test_a_swell_ends_at_108_percent(phase, mv, ends):
    step(phase, 260_000)
    assert step(phase, mv) == ends


def test_the_lowest_of_a_dip_and_the_highest_of_a_swell_are_kept_with_the_time(phase):
    for mv in (200_000, 150_000, 180_000, 211_600):
        step(phase, mv)
    assert (phase.extreme, phase.us, phase.dips) == (150_000**2, 3 * HALF_US, 1)
    for mv in (254_000, 270_000, 260_000, 240_000):
        step(phase, mv)
    assert (phase.extreme, phase.us, phase.swells) == (270_000**2, 3 * HALF_US, 1)


@pytest.mark.parametrize(("halves", "fails"), [(99, False), (100, True), (101, True)])
def test_below_160_volts_for_a_second_is_a_failure(phase, halves, fails):
    found = [phase.step(159_999**2, HALF_US) & FAILED for _ in range(halves)]
    assert any(found) == fails == phase.is_failed
    assert found.count(FAILED) == fails


def test_at_160_volts_nothing_fails(phase):
    assert not any(phase.step(160_000**2, HALF_US) & FAILED for _ in range(300))


@pytest.mark.parametrize(("mv", "is_back"), [(164_599, False), (164_600, True)])
def test_a_failure_ends_2_percent_above(phase, mv, is_back):
    for _ in range(150):
        phase.step(0, HALF_US)
    assert bool(phase.step(mv * mv, HALF_US) & BACK) == is_back
    assert phase.failed_us == 151 * HALF_US


@pytest.mark.parametrize(
    ("cut", "back", "expected"),
    [
        ((True, False), (False, True), [BEGUN, ENDED]),
        ((False, False), (False, False), [0, 0]),
        ((True, True), (False, False), [BEGUN, 0]),
    ],
)
def test_an_interruption_is_of_all_phases_and_ends_with_the_first(cut, back, expected):
    interruption = Interruption()
    found = [interruption.step(b, c, HALF_US) for c, b in zip(cut, back, strict=True)]
    assert found == expected


@pytest.mark.parametrize(
    ("mv", "is_cut", "is_back"),
    [(11_499, True, False), (11_500, False, False), (16_099, False, False), (16_100, False, True)],
)
def test_5_percent_cut_and_7_percent_are_back(phase, mv, is_cut, is_back):
    assert (mv * mv < phase.cut) == is_cut
    assert (mv * mv >= phase.cut_end) == is_back
