"""The relay's driver: pulses of the right length, one coil at a time, without waiting."""

import pytest

from boards.virtual.relay import Relay
from drivers.relay_bistable import CLOSED, OPEN, UNKNOWN, RelayBistable


class Rig:
    def __init__(self, **lengths):
        self.now_ms = 0
        self.switched = []
        self.relay = Relay(lambda: self.now_ms * 1_000_000, self.switched.append)
        self.levels = [1, 1]  # unknown until the driver is made
        self.driver = RelayBistable(
            lambda level: self._set(0, level), lambda level: self._set(1, level), **lengths
        )

    def _set(self, coil, level):
        self.levels[coil] = level
        (self.relay.close_coil if coil else self.relay.open_coil)(level)

    def step(self, ms):
        self.now_ms += ms
        self.driver.step(ms)


def test_made_it_takes_the_current_off_both_coils():
    assert Rig().levels == [0, 0]


@pytest.mark.parametrize("step_ms", [1, 20, 30, 100, 1000])
def test_a_pulse_lasts_its_length_and_ends_at_the_first_step_after_it(step_ms):
    rig = Rig(pulse_ms=60)
    rig.driver.move(OPEN)
    elapsed = 0
    while rig.levels[0]:
        rig.step(step_ms)
        elapsed += step_ms
    assert 60 <= elapsed < 60 + step_ms
    assert rig.switched == [False]


def test_each_position_has_its_coil():
    rig = Rig(settle_ms=0)
    for position in (OPEN, CLOSED):
        assert rig.driver.move(position)
        assert rig.levels == [position == OPEN, position == CLOSED]
        rig.step(60)
    assert rig.switched == [False, True]


def test_while_a_pulse_runs_or_the_relay_settles_no_other_is_taken():
    rig = Rig(pulse_ms=60, settle_ms=100)
    rig.driver.move(OPEN)
    refused = 0
    while not rig.driver.move(CLOSED):
        refused += 1
        rig.step(10)
    assert refused == 16
    assert rig.switched == [False]


def test_released_it_has_no_current_at_once():
    rig = Rig()
    rig.driver.move(OPEN)
    rig.step(10)
    rig.driver.release()
    assert rig.levels == [0, 0]
    assert rig.switched == []  # 10 ms move nothing


def test_the_position_is_what_the_contact_says():
    relay = Relay(lambda: 0, lambda is_closed: None)
    driver = RelayBistable(relay.open_coil, relay.close_coil, relay)
    assert driver.position() == CLOSED
    relay.is_closed_now = False
    assert driver.position() == OPEN
    assert RelayBistable(relay.open_coil, relay.close_coil).position() == UNKNOWN


@pytest.mark.parametrize("lengths", [{"pulse_ms": 0}, {"pulse_ms": 1001}, {"settle_ms": -1}])
def test_lengths_out_of_range_are_refused(lengths):
    with pytest.raises(ValueError, match=r"pulse 1\.\.1000 ms"):
        Rig(**lengths)


def test_the_model_does_not_bear_both_coils_or_a_pulse_without_end():
    now = [0]
    relay = Relay(lambda: now[0], lambda is_closed: None)
    relay.open_coil(1)
    with pytest.raises(AssertionError, match="both coils"):
        relay.close_coil(1)
    now[0] = 2_000_000_001
    with pytest.raises(AssertionError, match="too long"):
        relay.open_coil(0)
