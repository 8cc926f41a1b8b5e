"""The clock: read, held over, set and trimmed, on a chip that may stop, jump or fall silent."""

import errno
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meter.calendar import civil, clock
from meter.calendar.clock import ADJUSTED, DOUBTFUL, INVALID, KEPT, SET, VALID, Clock
from meter.errors import ConfigError

START = 841_536_000


class Chip:
    """A clock chip whose time is moved by hand."""

    def __init__(self, seconds=START):
        self.ms = seconds * 1000
        self.has_run = True
        self.is_deaf = False

    def now_s(self):
        self._listen()
        return self.ms // 1000

    def is_valid(self):
        self._listen()
        return self.has_run

    def set_s(self, seconds):
        self._listen()
        self.ms = seconds * 1000
        self.has_run = True

    def _listen(self):
        if self.is_deaf:
            raise OSError(errno.ENODEV)


@pytest.fixture
def chip():
    return Chip()


def run(meter_clock, chip, seconds, step_ms=200):
    returned = []
    for _ in range(seconds * 1000 // step_ms):
        chip.ms += step_ms
        returned.append(meter_clock.step(step_ms))
    return returned


@pytest.mark.parametrize("step_ms", [50, 200, 1000])
def test_the_time_is_the_chips(chip, step_ms):
    meter_clock = Clock(chip)
    for _ in range(90):
        assert set(run(meter_clock, chip, 1, step_ms)) == {KEPT}
        assert meter_clock.now_s() == chip.now_s()
    assert meter_clock.status == VALID


def test_a_chip_that_has_stopped_is_not_believed_within_a_minute(chip):
    meter_clock = Clock(chip)
    chip.has_run = False
    run(meter_clock, chip, 61)
    assert (meter_clock.status, meter_clock.is_valid()) == (INVALID, False)


def test_a_chip_that_had_stopped_before_the_start_is_not_believed(chip):
    chip.has_run = False
    assert not Clock(chip).is_valid()


def test_a_silent_chips_time_is_counted_on_doubtful_for_a_day_then_invalid(chip):
    meter_clock = Clock(chip)
    run(meter_clock, chip, 10)
    chip.is_deaf = True
    run(meter_clock, chip, 86_400, 800)
    assert (meter_clock.status, meter_clock.is_valid()) == (DOUBTFUL, True)
    assert meter_clock.now_s() == chip.ms // 1000
    run(meter_clock, chip, 4)
    assert (meter_clock.status, meter_clock.is_valid()) == (INVALID, False)
    chip.is_deaf = False
    assert set(run(meter_clock, chip, 2)) == {KEPT}
    assert (meter_clock.status, meter_clock.now_s()) == (VALID, chip.now_s())


def test_a_chip_silent_at_the_start_gives_its_time_when_it_speaks(chip):
    chip.is_deaf = True
    meter_clock = Clock(chip)
    assert meter_clock.status == INVALID
    run(meter_clock, chip, 5)
    assert meter_clock.status == INVALID
    chip.is_deaf = False
    assert run(meter_clock, chip, 1)[0] == SET
    assert (meter_clock.now_s(), meter_clock.status) == (chip.now_s(), VALID)


@pytest.mark.parametrize("step_s", [-100_000, -3, 3, 100_000])
def test_a_jump_of_the_chip_is_a_set_with_the_old_time_kept(chip, step_s):
    meter_clock = Clock(chip)
    run(meter_clock, chip, 10)
    old_s = meter_clock.now_s()
    chip.ms += step_s * 1000
    assert run(meter_clock, chip, 1).count(SET) == 1
    assert old_s <= meter_clock.previous_s <= old_s + 1
    assert meter_clock.now_s() == chip.now_s()


def test_one_reading_that_noise_has_bent_is_no_jump(chip):
    meter_clock = Clock(chip)
    run(meter_clock, chip, 10)
    read = chip.now_s
    bent = iter([0])
    chip.now_s = lambda: next(bent, read())
    assert set(run(meter_clock, chip, 2)) == {KEPT}
    assert (meter_clock.now_s(), meter_clock.status) == (read(), VALID)


@pytest.mark.parametrize(
    ("step_s", "outcome"), [(-10, SET), (-9, ADJUSTED), (0, ADJUSTED), (9, ADJUSTED), (10, SET)]
)
def test_a_step_up_to_the_limit_adjusts_and_a_larger_one_sets(chip, step_s, outcome):
    meter_clock = Clock(chip, limit_s=9)
    assert meter_clock.set(START + step_s) == outcome
    assert (meter_clock.previous_s, meter_clock.now_s()) == (START, START + step_s)
    assert chip.now_s() == START + step_s
    assert set(run(meter_clock, chip, 3)) == {KEPT}


def test_an_invalid_clock_is_set_however_small_the_step_and_valid_after_it(chip):
    chip.has_run = False
    meter_clock = Clock(chip)
    assert meter_clock.set(START + 1) == SET
    assert meter_clock.is_valid()


def test_what_the_chip_refuses_changes_nothing(chip):
    meter_clock = Clock(chip)
    chip.is_deaf = True
    with pytest.raises(OSError, match="19"):
        meter_clock.set(START + 100)
    assert (meter_clock.now_s(), meter_clock.previous_s) == (START, 0)


@pytest.mark.parametrize("utc_s", [-1, civil.LAST_S + 1])
def test_a_time_outside_the_century_is_refused_by_name(chip, utc_s):
    with pytest.raises(ConfigError, match=f"clock: {utc_s} refused, accepted: 0..3155759999 s"):
        Clock(chip).set(utc_s)


@pytest.mark.parametrize("limit_s", [0, 61])
def test_a_limit_out_of_range_is_refused_by_name(chip, limit_s):
    with pytest.raises(ConfigError, match=f"clock limit: {limit_s} refused, accepted: 1..60 s"):
        Clock(chip, limit_s)


@given(st.integers(-100_000, 100_000), st.integers(3_600_000, 10**9))
def test_drift_is_found_to_the_resolution_of_the_comparison(ppb, reference_ms):
    clock_ms = round(reference_ms * (1 + Fraction(ppb, 10**9)))
    resolution = 10**9 / reference_ms / 2 + 1
    assert abs(clock.drift_ppb(reference_ms, clock_ms) - ppb) <= resolution


@pytest.mark.parametrize(
    ("trim", "drift", "wanted"),
    [(0, 120, 1), (0, -120, -1), (5, 5000, 47), (-3, 59, -3), (0, 20000, 127), (9, -20000, -127)],
)
def test_a_fast_clock_is_slowed_in_steps_of_the_chip(trim, drift, wanted):
    assert clock.trimmed(trim, drift) == wanted
