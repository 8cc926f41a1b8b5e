"""Ten-minute means, the week's counters and its verdict at each limit."""

import pytest

from host_tests.control.conftest import MONDAY_S, Meter
from meter.quality import week as weeks
from meter.quality.week import Means, Week
from meter.registers import events

UN = 230_000


@pytest.fixture
def week():
    return Week(UN, 50_000)


def interval(week, mv=UN, u2=0, thd=0, times=1):
    for _ in range(times):
        week.interval([UN, mv, UN], u2, thd)


@pytest.mark.parametrize(
    ("mv", "near", "within"),
    [
        (195_499, 0, 0),
        (195_500, 0, 1),  # -15 %
        (195_501, 0, 1),
        (206_999, 0, 1),
        (207_000, 1, 1),  # -10 %
        (207_001, 1, 1),
        (252_999, 1, 1),
        (253_000, 1, 1),  # +10 %
        (253_001, 0, 0),
    ],
)
def test_a_mean_is_judged_by_the_worst_phase(week, mv, near, within):
    interval(week, mv)
    assert (week.counts[weeks.NEAR], week.counts[weeks.WITHIN]) == (near, within)


@pytest.mark.parametrize(("bad", "fails"), [(4, 0), (5, 0), (6, weeks.VOLTAGE)])
def test_five_percent_of_the_means_may_be_beyond_ten_percent(week, bad, fails):
    interval(week, times=100 - bad)
    interval(week, 200_000, times=bad)
    assert week.failures() == fails


def test_one_mean_beyond_the_wide_range_fails(week):
    interval(week, times=999)
    interval(week, 195_000)
    assert week.failures() == weeks.RANGE


@pytest.mark.parametrize(
    ("u2", "thd", "fails"),
    [
        (19, 79, 0),
        (20, 80, 0),
        (21, 80, weeks.UNBALANCE),
        (20, 81, weeks.DISTORTION),
    ],
)
def test_unbalance_and_distortion_have_their_limits(week, u2, thd, fails):
    interval(week, u2=u2, thd=thd, times=10)
    assert week.failures() == fails


@pytest.mark.parametrize(
    ("f_mhz", "exact", "bearable"),
    [
        (46_999, 0, 0),
        (47_000, 0, 1),
        (47_001, 0, 1),
        (49_499, 0, 1),
        (49_500, 1, 1),
        (49_501, 1, 1),
        (50_499, 1, 1),
        (50_500, 1, 1),
        (50_501, 0, 1),
        (51_999, 0, 1),
        (52_000, 0, 1),
        (52_001, 0, 0),
    ],
)
def test_a_frequency_is_judged_by_both_ranges(week, f_mhz, exact, bearable):
    week.frequency(f_mhz)
    assert (week.counts[weeks.EXACT], week.counts[weeks.BEARABLE]) == (exact, bearable)


@pytest.mark.parametrize("bad", [4, 5, 6])
@pytest.mark.parametrize(
    ("what", "failure"),
    [({"u2": 21}, weeks.UNBALANCE), ({"thd": 81}, weeks.DISTORTION)],
)
def test_five_percent_of_the_means_may_be_unbalanced_or_distorted(week, bad, what, failure):
    interval(week, times=100 - bad)
    interval(week, **what, times=bad)
    assert week.failures() == (failure if bad > 5 else 0)


@pytest.mark.parametrize(
    ("f_mhz", "fails"),
    [(46_999, weeks.FREQUENCY), (47_000, 0), (52_000, 0), (52_001, weeks.FREQUENCY)],
)
def test_one_frequency_in_a_week_may_not_be_beyond_the_wide_range(week, f_mhz, fails):
    for _ in range(999):
        week.frequency(50_000)
    week.frequency(f_mhz)
    assert week.failures() == fails


@pytest.mark.parametrize(("bad", "fails"), [(4, 0), (5, 0), (6, weeks.FREQUENCY)])
def test_half_a_percent_of_the_frequencies_may_be_off_by_one(week, bad, fails):
    for k in range(1000):
        week.frequency(49_000 if k < bad else 50_000)
    assert week.failures() == fails


def test_counters_are_the_same_after_packing(week):
    interval(week, times=3)
    record = bytearray(weeks.PACKED + 5)
    week.pack_into(record, 5)
    again = Week(UN, 50_000)
    again.restore(record, 5)
    assert again.counts == week.counts


def test_a_mean_is_that_of_the_squares_by_their_time():
    means = Means(1)
    means.add([200_000], 300_000)
    means.add([240_000], 100_000)
    assert means.close(False)
    assert means.mean_mv == [210_713]  # sqrt((3 * 200^2 + 240^2) / 4)


def test_lowest_and_highest_leave_flagged_intervals_out():
    means = Means(1)
    for mv, is_flagged in ((230_000, False), (100_000, True), (235_008, False)):
        means.add([mv], 1000)
        assert means.close(is_flagged) != is_flagged
    assert (means.lowest_mv, means.highest_mv) == ([230_000], [235_008])  # in steps of 16 mV


def test_without_any_window_there_is_no_mean():
    assert not Means(1).close(False)


# on the whole meter


def test_the_whole_meter_counts_intervals_flags_and_frequencies():
    running = Meter(start_s=MONDAY_S + 30)
    running.run(1900, step_ms=1000)
    running.world.disturb(u=(0.5, 1, 1))
    running.run(2, step_ms=200)
    running.world.disturb(u=(1, 1, 1))
    running.run(700, step_ms=1000)
    quality = running.meter.quality
    counts = quality.week.counts
    assert (counts[weeks.MEANS], counts[weeks.FLAGGED]) == (3, 1)
    assert counts[weeks.NEAR] == counts[weeks.WITHIN] == counts[weeks.BALANCED] == 3
    assert counts[weeks.EXACT] == counts[weeks.FREQUENCIES] >= 250
    assert all(abs(mv - 230_000) < 300 for mv in quality.means.mean_mv)
    assert [code for code, _ in running.logged(76, 82, 85)] == [76, 82, 85, 85]
    assert quality.phases[0].dips == 1
    assert abs(quality.last_ms[0] - 2000) <= 200
    assert abs(quality.last_mv[0] - 115_000) <= 1150


def test_while_there_is_a_dip_the_load_profile_is_told_so():
    running = Meter(start_s=MONDAY_S + 30)
    running.run(60, step_ms=1000)
    running.world.disturb(u=(0.5, 1, 1))
    running.run(4, step_ms=200)
    assert running.meter.keeper.status & 16
    running.world.disturb(u=(1, 1, 1))
    running.run(8, step_ms=200)
    assert not running.meter.keeper.status & 16


def test_a_bad_week_is_logged_when_it_is_over_and_counters_survive_a_cut():
    sunday = MONDAY_S + 6 * 86_400
    running = Meter(start_s=sunday + 82_000)
    running.world.disturb(u=(0.8, 1, 1))  # below 85 %, and no dip of ten minutes is unflagged
    running.run(3, step_ms=200)
    quality = running.meter.quality
    quality.week.interval([190_000] * 3, 0, 0)
    running.world.disturb(u=(1, 1, 1))
    running.run(700, step_ms=1000)
    again = Meter(memory=bytearray(running.memory), start_s=sunday + 84_000)
    again.run(2)
    assert again.meter.quality.week.counts[weeks.MEANS] == quality.week.counts[weeks.MEANS] > 0
    again.run(2500, step_ms=1000)
    assert again.meter.quality.last_week == weeks.VOLTAGE | weeks.RANGE
    assert again.logged(events.BAD_VOLTAGE) == [(92, weeks.VOLTAGE | weeks.RANGE)]
    assert again.meter.quality.week.counts[weeks.MEANS] <= 1
