"""The limiter at -1, 0, +1 of its thresholds, durations and emergency profile."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meter.control import limiter
from meter.control.limiter import CHANGED, NOTHING, OVER, UNDER, Limiter

NORMAL, EMERGENCY = 5000, 2000
OVER_S, UNDER_S = 5, 3


@pytest.fixture
def watched():
    found = Limiter()
    found.normal, found.emergency = NORMAL, EMERGENCY
    found.min_over_s, found.min_under_s = OVER_S, UNDER_S
    found.profile_id, found.groups = 7, (3, 7)
    found.activation_s, found.duration_s = 1000, 60
    return found


def run(found, value, seconds, now_s=0):
    return [found.step(value, now_s, 1000) for _ in range(seconds)]


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_only_a_value_above_the_threshold_counts(watched, offset):
    assert (OVER in run(watched, NORMAL + offset, 10)) == (offset > 0)


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_the_over_action_comes_when_the_duration_is_full_once(watched, offset):
    found = run(watched, NORMAL + 1, OVER_S + offset)
    assert found.count(OVER) == (offset >= 0)
    assert found[: OVER_S - 1] == [NOTHING] * (OVER_S - 1)


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_the_under_action_comes_when_its_duration_is_full_once(watched, offset):
    run(watched, NORMAL + 1, OVER_S)
    found = run(watched, NORMAL, UNDER_S + offset)
    assert found.count(UNDER) == (offset >= 0)


def test_a_moment_on_the_other_side_begins_the_duration_anew(watched):
    run(watched, NORMAL + 1, OVER_S - 1)
    run(watched, NORMAL, 1)
    assert OVER not in run(watched, NORMAL + 1, OVER_S - 1)
    assert run(watched, NORMAL + 1, 1) == [OVER]


def test_under_comes_only_after_over(watched):
    assert run(watched, 0, 20) == [NOTHING] * 20


@pytest.mark.parametrize(
    ("now_s", "is_emergency"),
    [(999, False), (1000, True), (1001, True), (1058, True), (1059, True), (1060, False)],
)
def test_the_emergency_profile_holds_from_its_time_for_its_duration(watched, now_s, is_emergency):
    watched.step(0, now_s, 1000)
    assert watched.is_emergency == is_emergency
    assert watched.active == (EMERGENCY if is_emergency else NORMAL)


@pytest.mark.parametrize(("group", "is_emergency"), [(2, False), (3, True), (7, True), (8, False)])
def test_the_emergency_profile_counts_only_for_its_groups(watched, group, is_emergency):
    watched.profile_id = group
    watched.step(0, 1000, 1000)
    assert watched.is_emergency == is_emergency


def test_a_change_of_the_threshold_is_told_once_each_way(watched):
    found = [watched.step(0, now_s, 1000) for now_s in range(998, 1062)]
    assert [now_s for now_s, what in enumerate(found, 998) if what == CHANGED] == [1000, 1060]


def test_in_an_emergency_the_lower_threshold_trips(watched):
    assert OVER not in run(watched, EMERGENCY + 1, 10, now_s=999)
    assert OVER in run(watched, EMERGENCY + 1, 10, now_s=1000)


def test_without_minimum_duration_it_acts_at_once():
    found = Limiter()
    assert found.step(1, 0, 1000) == OVER
    assert found.step(0, 0, 1000) == UNDER
    assert (found.over_action, found.under_action) == (limiter.NO_ACTION, limiter.NO_ACTION)


def by_definition(values, over_s, under_s):
    """Return what each second brings: over once `over_s` in a row were above, and the reverse."""
    found, is_over, since = [], False, 0
    for second in range(len(values)):
        last = values[since : second + 1]
        length = max(1, under_s if is_over else over_s)
        is_past = len(last) >= length and all(
            (v > NORMAL) != is_over for v in last[len(last) - length :]
        )
        found.append((UNDER if is_over else OVER) if is_past else NOTHING)
        if is_past:
            is_over, since = not is_over, second + 1
    return found


@settings(deadline=None, derandomize=True, database=None, max_examples=300)
@given(
    st.lists(st.sampled_from([NORMAL - 1, NORMAL, NORMAL + 1]), min_size=1, max_size=60),
    st.integers(0, 4),
    st.integers(0, 4),
)
def test_over_and_under_come_when_all_of_their_time_was_on_the_other_side(values, over_s, under_s):
    found = Limiter()
    found.normal, found.min_over_s, found.min_under_s = NORMAL, over_s, under_s
    got = [found.step(value, 0, 1000) for value in values]
    assert got == by_definition(values, over_s, under_s)
