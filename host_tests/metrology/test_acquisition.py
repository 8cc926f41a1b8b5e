"""Windows: whole cycles, without gap or overlap, whatever happens to the mains or the sampler."""

from itertools import accumulate
from math import cos, pi, sin

import pytest

from host_tests.metrology.ring_sampler import RingSampler
from meter.metrology import acquisition, kernel, layout
from meter.metrology.acquisition import (
    FLAG_GAP,
    FLAG_OVERRANGE,
    FLAG_OVERRANGE_U,
    FLAG_PARTIAL,
    FLAG_SILENT,
)


def sine(n, f_hz, amplitude=20_000, angle=0.3):
    return [round(amplitude * sin(2 * pi * f_hz * k * 250e-6 + angle)) for k in range(n)]


def collect(sampler, flush=True):
    """Return (n, cycles, f_mhz, flags, ranges, [sum ui per system]) of every window."""
    source = acquisition.Acquisition(sampler, kernel)
    windows = []

    def take(window):
        sums = [s[layout.UI] for s in window.sums]
        windows.append(
            (window.n, window.cycles, window.f_mhz, window.flags, list(window.range), sums)
        )

    idle = 0
    while idle < 3:
        before = sampler.written
        window = source.poll()
        if window is not None:
            take(window)
        idle = idle + 1 if window is None and sampler.written == before else 0
    window = source.flush() if flush else None
    if window is not None:
        take(window)
    return windows


@pytest.mark.parametrize(
    ("f_hz", "cycles"),
    [(45, 10), (47.3, 10), (50, 10), (54.9, 10), (55.1, 12), (60, 12), (66, 12)],
)
def test_windows_hold_ten_cycles_below_55_hz_and_twelve_above(f_hz, cycles):
    u = sine(6000, f_hz)
    whole = [w for w in collect(RingSampler([(u, [u])])) if not w[3]]
    assert len(whole) >= 5
    for n, counted, f_mhz, _, _, _ in whole[1:]:
        assert counted == cycles
        assert abs(n - cycles * 4000 / f_hz) <= 1
        # one count of u in 20,000 at each end of 200 ms, through a filter that averages 64 sets
        assert f_mhz == pytest.approx(f_hz * 1000, abs=2)


@pytest.mark.parametrize("f_hz", [0, 30, 45, 50, 61.7, 66, 90])
def test_windows_neither_overlap_nor_leave_out_a_set(f_hz):
    u = sine(5000, f_hz) if f_hz else [0] * 5000
    i = [(k * 7919) % 4001 - 2000 for k in range(5000)]
    windows = collect(RingSampler([(u, [i])]))
    assert sum(w[0] for w in windows) == 5000
    assert sum(w[5][0] for w in windows) == sum(a * b for a, b in zip(u, i, strict=True))


def test_first_and_flushed_windows_are_partial_and_those_between_whole():
    flags = [w[3] for w in collect(RingSampler([(sine(5000, 50), [[0] * 5000])]))]
    assert flags[0] == flags[-1] == FLAG_PARTIAL
    assert set(flags[1:-1]) == {0}


def test_without_mains_a_window_ends_after_230_ms_and_says_silent():
    windows = collect(RingSampler([([3] * 5000, [[0] * 5000])]), flush=False)
    assert len(windows) == 5
    assert {w[0] for w in windows} == {920}
    assert {w[1:4] for w in windows} == {(0, 0, FLAG_SILENT)}


def test_a_dead_first_phase_leaves_the_cycles_to_the_next():
    silent = [0] * 8000
    u = sine(8000, 50)
    windows = collect(RingSampler([(silent, [silent]), (u, [u])]))
    assert windows[0][3] == FLAG_SILENT
    whole = [w for w in windows if not w[3]]
    assert len(whole) >= 8
    assert all(w[1] == 10 for w in whole)


def test_a_gap_closes_the_window_begun_before_it_and_marks_both_sides():
    u = sine(8000, 50)
    sampler = RingSampler([(u, [u])])
    sampler.gaps_at = [3210]
    windows = collect(sampler)
    assert sum(w[0] for w in windows) == 8000  # what was sampled is summed, on both sides
    ends = list(accumulate(w[0] for w in windows))
    at = ends.index(3210)
    assert windows[at][3] == FLAG_PARTIAL | FLAG_GAP
    assert windows[at + 1][3] == FLAG_PARTIAL | FLAG_GAP
    assert windows[at + 2][3] == 0
    assert sampler.overruns == 1


def test_a_window_takes_the_sensitive_range_unless_it_ran_into_its_end():
    u = sine(4000, 50)
    low = sine(4000, 50, amplitude=50)
    high = [max(-700, min(700, 16 * value)) if k > 2000 else value for k, value in enumerate(low)]
    windows = collect(RingSampler([(u, [high, low])], limit=600))
    at = 0
    for n, _, _, _, ranges, _ in windows:
        spiked = max(abs(v) for v in high[at : at + n]) >= 600
        assert ranges == [1 if spiked else 0]
        at += n
    assert {w[4][0] for w in windows} == {0, 1}


def test_the_last_range_at_its_end_is_flagged_overrange():
    u = sine(4000, 50)
    windows = collect(RingSampler([(u, [u])], limit=19_000))
    assert all(w[3] & FLAG_OVERRANGE for w in windows if w[0] > 100)


@pytest.mark.parametrize(
    ("amplitude", "is_beyond"),
    [(30_000, False), (32_767, True), (45_000, True)],  # 30,000 * 1.5 / sqrt(2) is 31,820
)
def test_a_voltage_at_the_end_of_its_scale_is_flagged(amplitude, is_beyond):
    u = [max(-32_768, min(32_767, value)) for value in sine(4000, 50, amplitude)]
    i = sine(4000, 50)
    quiet = sine(4000, 50)
    for systems in ([(u, [i])], [(quiet, [i]), (u, [i])]):
        windows = collect(RingSampler(systems))
        assert len(windows) > 4
        assert {bool(w[3] & FLAG_OVERRANGE_U) for w in windows if w[1]} == {is_beyond}


def test_frequency_follows_a_ramp():
    values, angle = [], 0.0
    for k in range(40_000):  # 10 s from 48 to 52 Hz
        angle += 2 * pi * (48 + k / 10_000) * 250e-6
        values.append(round(20_000 * sin(angle)))
    seen = [w[2] for w in collect(RingSampler([(values, [values])])) if not w[3]]
    assert seen == sorted(seen)
    # The first whole window is centred within 0.15 s of the start, the last 0.35 s of the end.
    assert 48_000 <= seen[0] <= 48_060
    assert 51_860 <= seen[-1] <= 52_000


def test_distortion_and_dc_neither_add_nor_lose_a_cycle():
    u = [
        round(
            15_000 * sin(x)
            + 3_000 * sin(3 * x + 1)
            + 4_000 * sin(5 * x)
            + 2_000 * cos(11 * x)
            + 900
        )
        for x in (2 * pi * 50 * k * 250e-6 for k in range(8000))
    ]
    whole = [w for w in collect(RingSampler([(u, [u])])) if not w[3]]
    assert {w[1] for w in whole} == {10}
    assert {w[2] for w in whole} <= set(range(49_990, 50_011))


def turning(steps):
    """Return u of a mains whose frequency and angle jump: steps of (sets, Hz, jump in rad)."""
    values, angle = [], 0.3
    for sets, f_hz, jump in steps:
        angle += jump
        for _ in range(sets):
            angle += 2 * pi * f_hz * 250e-6
            values.append(round(20_000 * sin(angle)))
    return values


@pytest.mark.parametrize(
    "steps",
    [
        [(8000, 60, 0), (8000, 50, 0)],
        [(4000, 50, 0), (300, 50, pi), (8000, 50, pi)],
        [(4000, 50, 0), (150, 50, 2), (150, 50, 2), (8000, 50, 2)],
    ],
    ids=["60 to 50 Hz", "two jumps of 180 degrees", "three jumps of 2 rad"],
)
def test_a_disturbed_mains_is_found_again(steps):
    u = turning(steps)
    last = [w for w in collect(RingSampler([(u, [u])])) if w[0] > 100][-4:-1]
    assert [w[1:4] for w in last] == [(10, 50_000, 0)] * 3


@pytest.mark.parametrize("lost", [1, 33, 43, 57, 71])
def test_no_window_after_a_gap_counts_the_seam_as_mains(lost):
    u = sine(9000, 50)
    del u[4000 : 4000 + lost]
    sampler = RingSampler([(u, [u])])
    sampler.gaps_at = [4000]
    whole = [w for w in collect(sampler) if not w[3]]
    assert len(whole) >= 8
    assert {w[2] for w in whole} <= set(range(49_998, 50_003))
