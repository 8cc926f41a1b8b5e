"""What is wrong with the connection is found from the voltages and their angles."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meter.metrology import connection
from meter.units import angle_mdeg

MISSING, REVERSED, DEAD = connection.MISSING, connection.REVERSED, connection.DEAD
L1, L2, L3 = range(3)
FORWARD = (0, 120, 240)
ARON = (0, 0, 300)  # the middle system has no voltage


class Found:
    """What state() reads of Quantities."""

    def __init__(self, lags, off=(), dead=(), is_three_wire=False):
        self.systems = len(lags)
        self.is_three_wire = is_three_wire
        off = {*off, *dead}
        self.u_mv = [0 if k in off else 230_000 for k in range(self.systems)]
        self.is_dead = [k in dead for k in range(self.systems)]
        first = next((lag for k, lag in enumerate(lags) if k not in off), 0)
        self.u_angle_mdeg = [
            0 if k in off else 1000 * round(lag - first) % 360_000 for k, lag in enumerate(lags)
        ]

    @property
    def state(self):
        return connection.state(self)


def flipped(lags, *which):
    return [(lag + 180 * (k in which)) % 360 for k, lag in enumerate(lags)]


@pytest.mark.parametrize("lags", [FORWARD, FORWARD[:2], FORWARD[:1]])
@pytest.mark.parametrize("tilt", [-29, 0, 29])
def test_a_right_connection_of_one_to_three_systems_is_in_order(lags, tilt):
    assert Found([lag + tilt * (k > 0) for k, lag in enumerate(lags)]).state == 0


@pytest.mark.parametrize("lags", [(0, 240, 120), (0, 240)])
def test_the_other_sequence_is_seen(lags):
    assert Found(lags).state == 1 << connection.BACKWARD


@pytest.mark.parametrize("which", [L1, L2, L3])
@pytest.mark.parametrize("lags", [FORWARD, (0, 240, 120)])
def test_a_reversed_voltage_is_seen_whatever_the_sequence(lags, which):
    backward = (lags != FORWARD) << connection.BACKWARD
    assert Found(flipped(lags, which)).state == 1 << REVERSED + which | backward


@pytest.mark.parametrize("which", [L1, L2, L3])
def test_a_missing_voltage_is_seen_and_the_others_are_judged_without_it(which):
    assert Found(FORWARD, off=[which]).state == 1 << MISSING + which
    found = Found((0, 240, 120), off=[which]).state
    assert found == 1 << MISSING + which | 1 << connection.BACKWARD


@pytest.mark.parametrize("which", [L1, L2, L3])
def test_a_dead_system_is_not_a_missing_voltage(which):
    assert Found(FORWARD, dead=[which]).state == 1 << DEAD + which


def test_voltages_of_one_phase_fit_no_connection():
    assert Found((0, 0, 0)).state == 1 << connection.IRREGULAR
    assert Found((0, 120, 120)).state == 1 << connection.IRREGULAR


def test_without_mains_nothing_is_missing():
    assert Found(FORWARD, off=[L1, L2, L3]).state == 0


@pytest.mark.parametrize("lags", [ARON, (0, 300)])
def test_two_elements_are_right_60_degrees_apart(lags):
    middle = [L2] if len(lags) == 3 else []
    last = len(lags) - 1
    assert Found(lags, middle, is_three_wire=True).state == 0
    other = [*lags[:-1], 60]
    assert Found(other, middle, is_three_wire=True).state == 1 << connection.BACKWARD
    assert Found(flipped(lags, last), middle, is_three_wire=True).state == 1 << REVERSED + last
    assert Found(lags, [*middle, L1], is_three_wire=True).state == 1 << MISSING + L1


@settings(deadline=None, derandomize=True, max_examples=500)
@given(st.floats(0, 359.99), st.floats(1, 2**80))
def test_an_angle_is_within_five_thousandths_of_a_degree(degrees, size):
    y, x = (round(size * part(math.radians(degrees))) for part in (math.sin, math.cos))
    exact = math.degrees(math.atan2(y, x)) % 360
    error = (angle_mdeg(y, x) / 1000 - exact + 180) % 360 - 180
    assert abs(error) <= 0.005


def test_no_vector_has_no_angle():
    assert angle_mdeg(0, 0) == 0
