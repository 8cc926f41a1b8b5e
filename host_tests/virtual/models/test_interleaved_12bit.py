"""The RP2040 converter model: codes, noise, non-linearity, and its sampler."""

from array import array
from math import pi, sin, sqrt

import numpy as np
import pytest

from boards.virtual.calibration import ideal_calibration
from boards.virtual.front_end import (
    Interleaved12,
    corrections,
    linearity_knots,
    linearity_table,
    transfer,
)
from boards.virtual.load import Load
from boards.virtual.mains import Mains
from boards.virtual.sampler import InterleavedSampler
from meter.metrology import layout
from ports.cpython import kernel

LSB_V = 3 / 4096


def mains(load="L1=5A@0.5ind", **arguments):
    return Mains(Load.parse(load, systems=1, **arguments))


def test_codes_come_in_the_order_high_u_low_one_slot_apart():
    codes = Interleaved12(mains(), noise=0).codes(0, 3000)
    for k in range(3000):
        angle = 2 * pi * 50 * k * 333 / 48e6
        u_v, i_a = 230 * sqrt(2) * sin(angle), 5 * sqrt(2) * sin(angle - pi / 3)
        volts = (i_a * 125e-6 * 800, u_v / 361, i_a * 125e-6 * 50)[k % 3]
        assert abs(int(codes[k]) - 1792 - volts / LSB_V) <= 0.5 + 1e-9


def test_any_cut_of_the_calls_reads_the_same_codes():
    seed = 20240229
    print("seed", seed)
    whole = Interleaved12(mains(), "e11", seed=seed).codes(0, 50_000)
    pieces = Interleaved12(mains(), "e11", seed=seed)
    random = np.random.default_rng(seed)
    first = 0
    while first < len(whole):
        n = int(min(random.integers(1, 15_000), len(whole) - first))
        assert (pieces.codes(first, n) == whole[first : first + n]).all()
        first += n
    assert (pieces.codes(7, 100) == whole[7:107]).all()  # going back is allowed, too


def test_another_seed_or_block_has_other_noise():
    silent = mains("L1=0A", voltage=0)
    n = Interleaved12.BLOCK_SETS * 18
    first, second = np.split(Interleaved12(silent, seed=1).codes(0, 2 * n), 2)
    other = Interleaved12(silent, seed=2).codes(0, n)
    assert (first != second).any()
    assert (first != other).any()


@pytest.mark.parametrize("factor", [0.5, 1, 3])
def test_noise_has_the_published_level(factor):
    seed = 7
    codes = Interleaved12(mains("L1=0A", voltage=0), noise=factor, seed=seed).codes(0, 90_000)
    # Rounding adds 1/12, good to exp(-2 pi^2 sigma^2) for Gaussian noise, here < 1 %; the standard
    # error of a variance of N values is sqrt(2 / N) of it.
    expected = (0.97 * factor) ** 2 + 1 / 12
    assert codes.var() == pytest.approx(expected, rel=0.01 + 5 * sqrt(2 / len(codes)))
    assert codes.mean() == pytest.approx(1792, abs=5 * sqrt(expected / len(codes)))


@pytest.mark.parametrize("linearity", ["ideal", "e11"])
def test_an_input_out_of_range_saturates_at_both_ends(linearity):
    high, u, low = Interleaved12(mains("L1=200A"), linearity).codes(0, 9000).reshape(-1, 3).T
    assert (high.min(), high.max()) == (low.min(), low.max()) == (0, 4095)
    assert 0 < u.min() < u.max() < 4095


def test_the_ranges_have_the_room_that_the_docstring_says():
    low = Interleaved12(mains("L1=105A", voltage=300), noise=1).codes(0, 9000)
    assert low[2::3].min() == pytest.approx(1792 * (1 - 0.71), rel=0.01)
    assert low[1::3].min() > 1792 * 0.1
    high = Interleaved12(mains("L1=9.2A"), noise=0).codes(0, 9000)
    assert 0 < high[0::3].min() < 30


def test_the_published_curve_steps_at_the_four_codes_of_the_erratum():
    curve = corrections("e11")
    steps = {code: int(curve[code] - curve[code - 2]) for code in (512, 1536, 2560, 3584)}
    assert steps == {512: 10, 1536: 9, 2560: 9, 3584: 10}
    rest = np.diff(curve[16:4080])
    rest = [int(step) for code, step in enumerate(rest, 17) if (code + 1) % 1024 not in (512, 513)]
    assert max(map(abs, rest)) == 1


def test_the_codes_before_the_steps_are_as_wide_as_published():
    widths = np.bincount(transfer("e11"), minlength=4096) / 2
    assert widths[[511, 1535, 2559, 3583]].tolist() == [6, 5.5, 5.5, 6]
    assert widths[100:400].tolist() == [1] * 300
    assert (np.bincount(transfer("ideal"))[1:-1] == 2).all()


def test_the_right_table_turns_the_curve_into_a_line():
    table = np.array(linearity_table("e11"))
    inputs = np.arange(-1, 8192) / 2 + 0.25  # the middle of each half code
    errors = table[transfer("e11")] / 12 + 1792 - inputs
    inside = (inputs > 0) & (inputs < 4095)
    assert np.abs(errors[inside]).max() <= 3  # half of the widest code
    assert np.abs(table).max() <= 28_404


def test_a_table_of_seventy_percent_leaves_thirty_percent_of_the_curve():
    right, wrong, none = (np.array(linearity_table("e11", share)) for share in (1, 0.7, 0))
    assert (none == np.array(linearity_table("ideal"))).all()
    assert (np.abs((right - wrong) - 0.3 * (right - none)) <= 1).all()


@pytest.mark.parametrize("share", [1, 0.7])
def test_the_firmware_fills_the_same_table_from_its_calibration_record(share):
    knots = linearity_knots("e11", share)
    record = ideal_calibration(Interleaved12(mains()).scale(), 1, knots)
    lut = array("h", bytes(2 * 4096))
    record.fill_lut(lut, Interleaved12.BIAS, Interleaved12.LUT_SCALE)
    errors = np.array(lut) - linearity_table("e11", share)
    assert np.abs(errors).max() <= (share != 1)  # the record holds 1/64, the table 1/12 of a code


@pytest.mark.parametrize("function", [corrections, linearity_knots, linearity_table, transfer])
def test_an_unknown_linearity_is_refused(function):
    with pytest.raises(ValueError, match="linearity takes ideal or e11, not 'e12'"):
        function("e12")


def sampler(front_end, linearity="ideal", **arguments):
    return InterleavedSampler(front_end, kernel, linearity_table(linearity), **arguments)


def test_the_sampler_delivers_what_time_brought_and_no_more():
    fed = sampler(Interleaved12(mains()))
    assert fed.poll(100) == 0
    fed.advance(124_874)
    assert fed.poll(100) == 0
    fed.advance(1)
    assert fed.poll(100) == 1
    fed.advance(1000 * 124_875)
    assert [fed.poll(n) for n in (600, 600, 600, -1)] == [600, 400, 0, 0]
    assert fed.written == 1001


def test_the_rings_do_not_depend_on_how_often_they_are_polled():
    rings = []
    for limit in (2000, 77):
        fed = sampler(Interleaved12(mains(), seed=3))
        fed.advance(2000 * fed.set_ns)
        while fed.poll(limit):
            pass
        (system,) = fed.systems
        rings.append((list(system.u), [list(ring) for ring in system.ranges]))
    assert rings[0] == rings[1]
    assert any(rings[0][0])


@pytest.mark.parametrize("linearity", ["ideal", "e11"])
def test_sums_of_the_sets_give_power_with_the_ideal_scale(linearity):
    model = mains("L1=5A@0.5ind")
    front_end = Interleaved12(model, linearity, seed=5)
    fed = sampler(front_end, linearity)
    (system,) = fed.systems
    n = 1602  # 10 cycles and 0.4 sets
    fed.advance(n * fed.set_ns)
    fed.poll(n)
    scale = front_end.scale()
    for ring, i_a in zip(system.ranges, scale.i_a, strict=True):
        sums = array("q", [0] * layout.SUMS)
        kernel.accumulate(system.u, ring, 0, n, fed.mask, 0, sums)
        covariance = sums[layout.UI] / n - sums[layout.U] * sums[layout.I] / n**2
        p_w = covariance * float(scale.u_v * i_a)
        # Noise: each channel's, times the other's rms; 5 standard errors.  The boxcar over a set
        # takes (pi f T)^2 / 3 = 1.3e-4, the odd 0.4 sets 0.4 / n; the widest codes of the curve
        # leave up to 3 codes somewhere, 1e-3 of the mean at these levels.
        u_noise = sqrt(scale.u_noise / n) * float(scale.u_v) * 5
        i_noise = sqrt(scale.i_noise[0] / n) * float(i_a) * 230
        rest = 1.3e-4 + 0.4 / n + (1e-3 if linearity == "e11" else 0)
        assert p_w == pytest.approx(575, abs=5 * (u_noise + i_noise) + 575 * rest)


def test_noise_of_a_set_is_what_the_scale_says():
    front_end = Interleaved12(mains("L1=0A", voltage=0), noise=2, seed=11)
    n = 1 << 15
    fed = sampler(front_end, size=n)
    fed.advance(n * fed.set_ns)
    fed.poll(n)
    scale = front_end.scale()
    (system,) = fed.systems
    rings = (system.u, *system.ranges)
    for ring, noise in zip(rings, (scale.u_noise, *scale.i_noise), strict=True):
        assert np.var(ring[1:]) == pytest.approx(noise, rel=5 * sqrt(2 / n))


def test_lost_sets_are_counted_and_reported_once_and_never_delivered():
    whole = sampler(Interleaved12(mains()))
    fed = sampler(Interleaved12(mains()))
    whole.advance(2000 * whole.set_ns)
    whole.poll(2000)
    fed.advance(2000 * fed.set_ns)
    fed.poll(300)
    fed.lose(700)
    assert (fed.poll(2000), fed.gap, fed.overruns) == (0, True, 1)
    assert (fed.poll(2000), fed.gap, fed.overruns) == (1000, False, 1)
    assert fed.written == 1300
    for ring, expected in zip(
        (fed.systems[0].u, *fed.systems[0].ranges),
        (whole.systems[0].u, *whole.systems[0].ranges),
        strict=True,
    ):
        assert ring[:300] == expected[:300]
        assert ring[300:1300] == expected[1000:2000]
