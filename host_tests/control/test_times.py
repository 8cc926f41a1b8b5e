"""The times of breaker, button and watchdog at -1, 0, +1; the curve against its definition."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host_tests.control.rig import Rig
from host_tests.supervisor.test_vitals import Watchdog
from meter.control import breaker as breakers
from meter.control.curve import Curve
from meter.control.disconnector import CONNECTED, READY
from meter.control.vitals import JOURNAL, LEDGER, SAMPLING, Vitals
from meter.registers import events

STEP_MS = 20


def test_a_fault_is_logged_once_it_has_lasted_for_two_seconds():
    logged_after = []
    for lasts_ms in (1980, 2000, 2020):
        rig = Rig()
        rig.run(1000)
        rig.relay.has_contact = False
        rig.run(lasts_ms)
        rig.relay.has_contact = True
        rig.run(1000)
        logged_after.append(events.BREAKER_FAILED in rig.codes())
    assert logged_after == [False, True, True]


def test_a_fault_is_over_once_it_has_been_gone_for_two_seconds():
    rig = Rig()
    rig.run(1000)
    rig.relay.has_contact = False
    rig.run(2200)
    rig.relay.has_contact = True
    for _ in range(99):
        rig.run(STEP_MS)
        assert rig.breaker.is_failed
    rig.run(STEP_MS)
    assert not rig.breaker.is_failed


def test_a_welded_breaker_is_tried_again_after_5_10_20_up_to_1280_seconds():
    rig = Rig()
    rig.run(1000)
    rig.relay.is_stuck = True
    rig.breaker.ask(False, 0, breakers.BY_COMMAND)
    pulses = []
    drive = rig.relay._drive

    def note(coil, level):
        if level:
            pulses.append(rig.now_ms)
        drive(coil, level)

    rig.relay._drive = note
    rig.run(6_500_000, step_ms=100)
    waits_s = [round((after - before) / 1000) for before, after in pairwise(pulses)]
    assert waits_s[1:10] == [10, 20, 40, 80, 160, 320, 640, 1280, 1280]
    assert 5 <= waits_s[0] <= 8  # 2 s of doubt, then 5 s


class Ages:
    """Vitals whose deadlines are met but for one."""

    def __init__(self, starving):
        self.dog = Watchdog()
        self.vitals = Vitals(self.dog, None)
        self.starving = starving

    def is_fed_after(self, ms):
        self.vitals.pass_time(ms)
        for which in (SAMPLING, LEDGER, JOURNAL):
            if which != self.starving:
                self.vitals.meet(which)
        before = self.dog.fed
        self.vitals.feed()
        return self.dog.fed > before


@pytest.mark.parametrize(
    ("which", "deadline_ms"), [(SAMPLING, 2_000), (LEDGER, 2_000), (JOURNAL, 10_000)]
)
@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_each_deadline_starves_the_watchdog_once_it_is_past(which, deadline_ms, offset):
    assert Ages(which).is_fed_after(deadline_ms + offset) == (offset <= 0)


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_silence_is_told_once_when_windows_are_more_than_two_seconds_late(offset):
    vitals = Vitals(None, None)
    vitals.pass_time(2_000 + offset)
    assert vitals.has_fallen_silent() == (offset > 0)
    assert not vitals.has_fallen_silent()
    vitals.meet(SAMPLING)
    vitals.has_fallen_silent()
    vitals.pass_time(2_001)
    assert vitals.has_fallen_silent()


@pytest.mark.parametrize(("held_ms", "moves"), [(4_900, False), (5_000, True), (5_100, True)])
def test_the_button_moves_the_breaker_once_it_was_held_for_five_seconds(running, held_ms, moves):
    running.configure("mode=2")
    running.run(1)
    control = running.meter.load_control
    for _ in range(held_ms // 100):
        running.world.button.push()
        control.step(100)
    running.world.button.push(0)
    running.run(2)
    assert running.meter.breaker.state == (READY if moves else CONNECTED)


FACTORS, DELAYS = (200, 150, 110), (3, 5, 9)
AFTER_S = (3, 8, 17)


def trips(limit, values):
    """Return the first second at which the last t seconds were all above a step, or None."""
    for second in range(1, len(values) + 1):
        for factor, after_s in zip(FACTORS, AFTER_S, strict=True):
            last = values[max(0, second - after_s) : second]
            if len(last) == after_s and all(100 * value > limit * factor for value in last):
                return second
    return None


@settings(deadline=None, derandomize=True, database=None, max_examples=300)
@given(
    st.integers(1, 100_000),
    st.lists(st.sampled_from([*FACTORS, 100, 0]), min_size=1, max_size=60),
    st.integers(-1, 1),
)
def test_the_curve_trips_when_every_mean_of_a_steps_time_was_above_it(limit, percents, offset):
    values = [max(0, limit * percent // 100 + offset) for percent in percents]
    curve = Curve(limit, FACTORS, DELAYS)
    found = next((k for k, value in enumerate(values, 1) if curve.step(value, 1000)), None)
    assert found == trips(limit, values)
