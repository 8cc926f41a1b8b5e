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


@pytest.mark.parametrize(
    ("mv", "is_back"), [(164_599, False), (164_600, True), (164_601, True)]
)
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
    [
        (11_499, True, False),
        (11_500, False, False),
        (11_501, False, False),
        (16_099, False, False),
        (16_100, False, True),
        (16_101, False, True),
    ],
)
def test_5_percent_cut_and_7_percent_are_back(phase, mv, is_cut, is_back):
    assert (mv * mv < phase.cut) == is_cut
    assert (mv * mv >= phase.cut_end) == is_back


# Every state at -1, 0, +1 of every limit, and what the facts say of it: a dip lasts from below
# 90 % to 92 % and more, a swell from above 110 % to 108 % and less, a failure is 1 s below 160 V.
LIMITS = (11_500, 16_100, 160_000, 164_600, 207_000, 211_600, 248_400, 253_000)
STARTS = {NORMAL: UN, DIP: 206_999, SWELL: 253_001}


def next_state(state, mv):
    """Return state and bits that follow by the facts."""
    if state == NORMAL:
        begins = DIP if mv < 207_000 else SWELL if mv > 253_000 else NORMAL
        return begins, BEGUN if begins else 0
    is_over = mv >= 211_600 if state == DIP else mv <= 248_400
    return (NORMAL, ENDED) if is_over else (state, 0)


@pytest.mark.parametrize("state", STARTS)
@pytest.mark.parametrize("mv", [limit + side for limit in LIMITS for side in (-1, 0, 1)])
def test_every_state_does_at_every_limit_what_the_facts_say(phase, state, mv):
    step(phase, STARTS[state])
    for _ in range(3):
        wanted, bits = next_state(phase.state, mv)
        assert step(phase, mv) == bits
        assert phase.state == wanted


@pytest.mark.parametrize("failed_halves", [0, 1, 99, 100, 150])
@pytest.mark.parametrize("mv", [limit + side for limit in LIMITS for side in (-1, 0, 1)])
def test_a_failure_counts_its_second_anew_and_ends_with_hysteresis(phase, failed_halves, mv):
    for _ in range(failed_halves):
        phase.step(0, HALF_US)
    is_failed = failed_halves >= 100
    assert phase.is_failed == is_failed
    found = phase.step(mv * mv, HALF_US) & (FAILED | BACK)
    if is_failed:
        assert found == (BACK if mv >= 164_600 else 0)
    else:
        assert found == (FAILED if mv < 160_000 and failed_halves == 99 else 0)
        more = [phase.step(0, HALF_US) & FAILED for _ in range(100)]
        counted = failed_halves + 1 if mv < 160_000 else 0
        if found:
            assert not any(more)
        else:
            assert more.index(FAILED) == 99 - counted


@pytest.mark.parametrize("is_on", [False, True])
@pytest.mark.parametrize(
    ("is_any_back", "all_cut"), [(False, False), (False, True), (True, False)]
)
def test_an_interruption_in_each_of_its_states_does_what_the_facts_say(
    is_on, is_any_back, all_cut
):
    interruption = Interruption()
    if is_on:
        interruption.step(False, True, HALF_US)
    wanted = (ENDED if is_any_back else 0) if is_on else (BEGUN if all_cut else 0)
    assert interruption.step(is_any_back, all_cut, HALF_US) == wanted
    assert interruption.is_on == ((is_on and not is_any_back) or (not is_on and all_cut))
    assert interruption.count == (is_on or all_cut)
