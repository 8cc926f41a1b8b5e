"""Pulses: none lost, none invented, evenly spread."""

from array import array
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meter.views.pulses import TICK_NS, PulseTrain

WH_PJ = 3_600_000_000_000_000
KWH_PJ = 1000 * WH_PJ
WINDOW_NS = 200_000_000
PAUSE_TICKS = 500


class Player:
    """What the port's player does with the words: wait, pulse, and note when each pulse began."""

    def __init__(self, train, room=64, pulse_ms=30):
        self.train = train
        self.energy_pj = train._energy_pj
        self.words = array("I", [0] * room)
        self.pulse_ticks = 100 * pulse_ms
        self.now = 0  # tick at which the last word ended
        self.starts = []
        self.time_ns = 0

    def window(self, gained_pj, duration_ns=WINDOW_NS, is_creeping=False):
        self.energy_pj += gained_pj
        self.time_ns += duration_ns
        n = self.train.window(self.energy_pj, duration_ns, is_creeping, self.words)
        for word in self.words[:n]:
            self.now += word >> 1
            if word & 1:
                self.starts.append(self.now)
                self.now += self.pulse_ticks
        return n

    def run(self, power_mw, seconds, window_ns=WINDOW_NS):
        for _ in range(seconds * 10**9 // window_ns):
            self.window(power_mw * window_ns, window_ns)

    def intervals(self):
        return [b - a for a, b in pairwise(self.starts)]


@pytest.mark.parametrize("power_w", [100, 2_300, 6_900, 24_150, 72_450, 79_695])
@pytest.mark.parametrize("window_ns", [WINDOW_NS, 199_999_875, 200_733_333])
def test_at_constant_load_every_interval_is_the_same_to_a_tick(power_w, window_ns):
    player = Player(PulseTrain(123 * WH_PJ // 10))
    player.run(1000 * power_w, 120, window_ns)
    exact = 3_600 * 100_000 / power_w
    assert len(player.starts) > 2
    assert all(abs(interval - exact) < 1 for interval in player.intervals())


def test_at_105_amperes_on_three_phases_the_pause_is_shorter_than_the_pulse():
    player = Player(PulseTrain(0))
    player.run(72_450_000, 10)
    assert len(player.starts) == 201  # 20.125 Hz
    assert min(player.intervals()) - player.pulse_ticks == 1968  # 19.68 ms
    assert player.train.waiting == 0


def test_a_pulse_stands_where_the_watt_hour_was_passed():
    player = Player(PulseTrain(9 * WH_PJ // 10))
    player.window(2 * WH_PJ // 10)  # 0.9 to 1.1 Wh: passed half-way
    player.window(0)
    player.window(19 * WH_PJ // 10)  # 1.1 to 3.0 Wh: the third ends exactly with the window
    player.window(0)
    ticks = WINDOW_NS // TICK_NS
    assert player.starts == [ticks // 2, 2 * ticks + ticks * 9 // 19, 3 * ticks]


def test_a_pulse_runs_on_into_the_next_window():
    player = Player(PulseTrain(0))
    player.window(
        100 * WH_PJ // 95
    )  # the pulse begins at 95 % of the window, 10 ms before its end
    assert (player.starts, player.now) == ([19_000], 22_000)
    player.window(0)
    assert player.now == 40_000


def test_a_window_shorter_than_the_rest_of_a_pulse_has_no_words():
    player = Player(PulseTrain(0))
    player.window(100 * WH_PJ // 95)
    assert player.window(0, 5_000_000) == 0
    assert player.window(0, 5_000_000) == 0
    assert player.window(0, 15_000_000) == 1
    assert player.now == 22_500


def test_energy_before_the_start_gives_no_pulses():
    player = Player(PulseTrain(36_886_875 * WH_PJ + WH_PJ // 2))
    player.window(WH_PJ // 2 - 1)
    assert player.starts == []
    player.window(1)
    player.window(0)
    assert len(player.starts) == 1


def test_a_restored_register_gives_no_pulses_for_what_it_held():
    player = Player(PulseTrain(WH_PJ // 2))
    player.energy_pj = 5_000 * WH_PJ + 9 * WH_PJ // 10
    player.train.rebase(player.energy_pj)
    player.window(0)
    assert player.starts == []
    player.window(WH_PJ // 5)
    assert len(player.starts) == 1


def test_the_register_may_roll_over():
    player = Player(PulseTrain(10_000_000 * KWH_PJ - WH_PJ))
    player.energy_pj = WH_PJ // 2
    player.window(0)
    player.window(0)
    assert player.train.count == 1


def test_pulses_too_close_queue_and_none_is_lost():
    player = Player(PulseTrain(0, pulse_ms=80), pulse_ms=80)
    player.run(72_450_000, 10)  # 20.1 Hz, more than 80 ms pulses can show
    assert player.train.waiting > 50
    assert set(player.intervals()[5:]) == {8_500}
    player.run(0, 20)
    assert player.train.waiting == 0
    assert len(player.starts) == player.train.count == 201


def test_pulses_that_find_no_room_wait():
    player = Player(PulseTrain(0), room=3)
    player.window(5 * WH_PJ)
    assert (player.train.count, player.train.waiting) == (2, 3)
    player.window(0)
    player.window(0)
    assert (player.train.count, player.train.waiting) == (5, 0)


@pytest.mark.parametrize(
    ("pulses_per_kwh", "pulses"), [(1, 7), (7, 49), (500, 3500), (1000, 7000)]
)
def test_the_meter_constant_is_a_setting(pulses_per_kwh, pulses):
    player = Player(PulseTrain(0, pulses_per_kwh=pulses_per_kwh), room=8192)
    player.window(7 * KWH_PJ, 600 * 10**9)
    player.window(0, 10**9)
    assert player.train.count == pulses


@pytest.mark.parametrize(
    ("lit_when_idle", "is_creeping", "led"),
    [(False, True, False), (False, False, False), (True, True, True), (True, False, False)],
)
def test_the_led_without_consumption_is_configuration_code_b(lit_when_idle, is_creeping, led):
    player = Player(PulseTrain(0, lit_when_idle=lit_when_idle))
    player.window(0, is_creeping=is_creeping)
    assert player.train.led_between is led


LOADS = st.lists(
    st.tuples(
        st.integers(0, 80_000_000) | st.sampled_from([0, 72_450_000]),  # mW
        st.integers(1, 300_000_000) | st.just(WINDOW_NS),  # ns
    ),
    max_size=80,
)


@given(
    LOADS,
    st.integers(0, 10**20),
    st.sampled_from([1, 100, 999, 1000, 3600, 10_000]),
    st.sampled_from([30, 80]),
)
def test_pulses_are_the_register_whatever_the_load_does(loads, start_pj, pulses_per_kwh, pulse_ms):
    train = PulseTrain(start_pj, pulses_per_kwh, pulse_ms)
    player = Player(train, pulse_ms=pulse_ms)
    for power_mw, duration_ns in loads:
        player.window(power_mw * duration_ns, duration_ns)
        passed = player.energy_pj * pulses_per_kwh // KWH_PJ
        passed -= start_pj * pulses_per_kwh // KWH_PJ
        assert train.count + train.waiting == passed
        assert train.count == len(player.starts)
        # The words cover the time, but for a pulse that is still on.
        assert 0 <= player.now - player.time_ns // TICK_NS <= player.pulse_ticks
    gaps = [interval - player.pulse_ticks for interval in player.intervals()]
    assert all(gap >= PAUSE_TICKS for gap in gaps)


@given(LOADS)
def test_no_pulse_comes_before_its_energy(loads):
    player = Player(PulseTrain(0))
    passed_at = []  # tick of the window in which each pulse fell due
    for power_mw, duration_ns in loads:
        began = player.time_ns // TICK_NS
        before = player.train.count + player.train.waiting
        player.window(power_mw * duration_ns, duration_ns)
        passed_at += [began] * (player.train.count + player.train.waiting - before)
    assert all(start >= began for start, began in zip(player.starts, passed_at, strict=False))
