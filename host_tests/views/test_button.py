"""Short, long and extra long pushes, of a contact that bounces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meter.views.button import (
    EXTRA_LONG,
    EXTRA_LONG_MS,
    HELD_MS,
    LONG,
    LONG_MS,
    NONE,
    SHORT,
    PushButton,
)

STEP_MS = 20


def pushes(contact, step_ms=STEP_MS):
    """Return what a push button makes of (closed, ms) stretches, and of silence after them."""
    button = PushButton()
    found = []
    for is_closed, ms in [*contact, (False, 1_000)]:
        for _ in range(0, ms, step_ms):
            found.append(button.step(is_closed, step_ms))
    return [push for push in found if push != NONE]


@pytest.mark.parametrize(
    ("held_ms", "push"),
    [
        (100, SHORT),
        (LONG_MS - 100, SHORT),
        (LONG_MS + 100, LONG),
        (EXTRA_LONG_MS - 100, LONG),
        (EXTRA_LONG_MS + 100, EXTRA_LONG),
        (HELD_MS - 100, EXTRA_LONG),
    ],
)
def test_a_push_is_told_by_how_long_it_was(held_ms, push):
    assert pushes([(True, held_ms)]) == [push]


def test_a_button_held_for_longer_is_none_of_the_displays_pushes():
    assert pushes([(True, HELD_MS + 100)]) == []


BOUNCES = st.lists(st.sampled_from([5, 10, 15]), max_size=20)  # ms from one change to the next


@given(BOUNCES, BOUNCES)
def test_bouncing_makes_one_push_of_one_push(closing, opening):
    contact = [(k % 2 == 0, ms) for k, ms in enumerate(closing)] + [(True, 400)]
    contact += [(k % 2 == 1, ms) for k, ms in enumerate(opening)] + [(False, 400)]
    assert pushes(contact, step_ms=5) == [SHORT]


def test_a_spike_is_no_push():
    assert pushes([(True, 10), (False, 100)] * 20, step_ms=10) == []


def test_two_pushes_are_two():
    assert pushes([(True, 200), (False, 200), (True, 2_000)]) == [SHORT, LONG]


@pytest.mark.parametrize("step_ms", [20, 30, 100])
def test_a_push_of_a_third_of_a_second_is_seen_at_any_pace(step_ms):
    assert pushes([(True, 300)], step_ms) == [SHORT]
