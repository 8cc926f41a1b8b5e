"""The curve of the smart disconnect, at -1, 0, +1 of each limit and of each time."""

import itertools

import pytest

from meter.control.curve import Curve
from meter.errors import ConfigError

LIMIT = 1000
FACTORS = (200, 150, 110)
DELAYS = (10, 20, 30)
ABOVE = (2000, 1500, 1100)  # k * Id
AFTER = (10, 30, 60)  # t1, t1 + t2, t1 + t2 + t3
STEPS_AND_SIDES = list(itertools.product(range(3), (-1, 0, 1)))


def seconds_until_trip(value, longest=100, curve=None):
    """Return after how many means of 1 s it trips, None if not within `longest`."""
    curve = curve or Curve(LIMIT, FACTORS, DELAYS)
    for second in range(1, longest + 1):
        if curve.step(value, 1000):
            return second
    return None


@pytest.mark.parametrize(("step", "offset"), STEPS_AND_SIDES)
def test_each_step_trips_one_above_its_limit_and_not_at_it(step, offset):
    value = ABOVE[step] + offset
    above = [k for k in range(3) if value > ABOVE[k]]
    assert seconds_until_trip(value) == (AFTER[above[0]] if above else None)


@pytest.mark.parametrize(("step", "offset"), STEPS_AND_SIDES)
def test_each_step_trips_when_its_time_is_full_and_not_a_second_sooner(step, offset):
    curve = Curve(LIMIT, FACTORS, DELAYS)
    tripped = [curve.step(ABOVE[step] + 1, 1000) for _ in range(AFTER[step] + offset)]
    assert any(tripped) == (offset >= 0)
    assert not any(tripped[: AFTER[step] - 1])


@pytest.mark.parametrize("step", range(3))
def test_one_mean_at_the_limit_begins_the_time_anew(step):
    curve = Curve(LIMIT, FACTORS, DELAYS)
    for _ in range(AFTER[step] - 1):
        assert not curve.step(ABOVE[step] + 1, 1000)
    lower = ABOVE[step + 1] if step < 2 else ABOVE[step]
    assert not curve.step(min(ABOVE[step], lower), 1000)
    assert seconds_until_trip(ABOVE[step] + 1, curve=curve) == AFTER[step]


def test_a_lower_step_counts_on_while_the_load_moves_between_steps():
    curve = Curve(LIMIT, FACTORS, DELAYS)
    tripped = [curve.step(2500 if second % 5 == 0 else 1200, 1000) for second in range(60)]
    assert tripped.index(True) == 59


def test_windows_of_any_length_count_by_their_time():
    curve = Curve(LIMIT, FACTORS, DELAYS)
    elapsed = 0
    while not curve.step(2001, 990):
        elapsed += 990
    assert elapsed < 10_000 <= elapsed + 990


def test_without_delay_the_first_mean_trips():
    assert Curve(LIMIT, FACTORS, (0, 0, 0)).step(1101, 1000)


def test_after_a_reset_all_times_begin_anew():
    curve = Curve(LIMIT, FACTORS, DELAYS)
    for _ in range(9):
        curve.step(2001, 1000)
    curve.reset()
    assert seconds_until_trip(2001, curve=curve) == 10


@pytest.mark.parametrize(
    ("limit", "factors", "delays"),
    [
        (0, FACTORS, DELAYS),
        (LIMIT, (150, 200, 110), DELAYS),
        (LIMIT, (200, 110, 150), DELAYS),
        (LIMIT, (200, 150, 0), DELAYS),
        (LIMIT, (1001, 150, 110), DELAYS),
        (LIMIT, FACTORS, (20, 10, 30)),
        (LIMIT, FACTORS, (10, 30, 20)),
        (LIMIT, FACTORS, (-1, 20, 30)),
        (LIMIT, FACTORS, (10, 20, 65_536)),
    ],
)
def test_a_curve_out_of_order_is_refused(limit, factors, delays):
    with pytest.raises(ConfigError, match="accepted"):
        Curve(limit, factors, delays)
