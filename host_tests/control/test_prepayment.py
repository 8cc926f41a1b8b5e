"""Prepayment against the rules of the family's register A14."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meter.control.prepayment import NOTHING, PACKED, TRIP, WARNING, Prepayment
from meter.errors import ConfigError

KWH = 100_000  # in 0.01 Wh
START = 7 * KWH  # count of A+ when the credit begins


@pytest.fixture
def credit():
    found = Prepayment()
    found.top_up(1, 10_000, START)
    return found


def step(credit, used_cwh, is_working_day=True):
    return credit.step(START + used_cwh, 2 * KWH, is_working_day)


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_it_trips_when_the_credit_is_used_to_the_last_count(credit, offset):
    step(credit, 9 * KWH)
    assert step(credit, 10 * KWH + offset) == (TRIP if offset >= 0 else NOTHING)


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_it_warns_at_the_threshold_once(credit, offset):
    assert step(credit, 8 * KWH + offset) == (WARNING if offset >= 0 else NOTHING)
    assert step(credit, 8 * KWH + 2) == (NOTHING if offset >= 0 else WARNING)


def test_on_days_off_it_waits_for_a_working_day(credit):
    assert step(credit, 11 * KWH, is_working_day=False) == NOTHING
    assert step(credit, 12 * KWH, is_working_day=False) == NOTHING
    assert step(credit, 13 * KWH) == TRIP


def test_it_never_trips_twice_for_one_credit(credit):
    assert step(credit, 11 * KWH) == TRIP
    assert {step(credit, used * KWH) for used in range(11, 100)} == {NOTHING}


def test_what_was_used_beyond_the_credit_is_taken_off_the_next(credit):
    step(credit, 13 * KWH)
    credit.top_up(2, 2_000, START + 13 * KWH)
    assert credit.remaining_cwh(START + 13 * KWH) == 0
    assert step(credit, 13 * KWH) == NOTHING  # nothing new was given to use up
    credit.top_up(3, 5_000, START + 13 * KWH)
    assert credit.remaining_cwh(START + 13 * KWH) == 4 * KWH
    assert step(credit, 17 * KWH) == TRIP


@pytest.mark.parametrize("number", [0, 1])
def test_a_top_up_seen_before_changes_nothing(credit, number):
    before = credit.end_cwh
    with pytest.raises(ConfigError, match=r"top-up number: . refused, accepted: above 1"):
        credit.top_up(number, 1_000, START)
    assert (credit.end_cwh, credit.number) == (before, 1)


@pytest.mark.parametrize(
    ("wh", "good"), [(0, False), (1, True), (9_999_989_000, True), (9_999_989_001, False)]
)
def test_the_register_ends_at_9999999_kwh(credit, wh, good):
    if good:
        credit.top_up(2, wh, START)
        assert credit.remaining_cwh(START) == 10 * KWH + wh * 100
    else:
        with pytest.raises(ConfigError, match="9999999 kWh"):
            credit.top_up(2, wh, START)
        assert (credit.remaining_cwh(START), credit.number) == (10 * KWH, 1)


def test_before_the_first_credit_nothing_trips():
    assert Prepayment().step(START, 0, True) == NOTHING


def test_turned_off_it_forgets_the_credit_and_not_the_numbers(credit):
    credit.clear()
    assert credit.remaining_cwh(START) == 0
    with pytest.raises(ConfigError, match="top-up number"):
        credit.top_up(1, 10_000, START)


@given(
    st.lists(st.tuples(st.integers(1, 50_000), st.integers(0, 6 * KWH)), max_size=20),
)
def test_what_was_paid_is_what_may_be_used_over_restarts_at_any_point(steps):
    credit, count, paid = Prepayment(), START, 0
    for number, (wh, used) in enumerate(steps, 1):
        credit.top_up(number, wh, count)
        paid += wh * 100
        count += used
        record = bytearray(PACKED + 3)
        credit.pack_into(record, 3)
        credit = Prepayment()
        credit.restore(record, 3)
        assert credit.end_cwh == START + paid
        assert credit.remaining_cwh(count) == max(0, START + paid - count)


def test_a_blank_record_is_no_credit():
    found = Prepayment()
    found.restore(bytearray(PACKED), 0)
    assert (found.end_cwh, found.number, found.has_tripped) == (0, 0, True)
