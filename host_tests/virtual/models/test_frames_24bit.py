"""The ADS131M0x model: codes, noise, saturation, and its sampler."""

from array import array
from math import pi, sin, sqrt

import numpy as np
import pytest

from boards.virtual.front_end import Frames24
from boards.virtual.load import Load
from boards.virtual.mains import Mains
from boards.virtual.sampler import FrameSampler
from meter.metrology import layout
from ports.cpython import kernel

LOAD = "L1=10A@0.5ind,L2=5A@0.8cap,L3=-2A"


def model(load=LOAD, **arguments):
    return Mains(Load.parse(load, **arguments))


def test_codes_are_the_waveforms_of_every_system():
    frames = np.frombuffer(Frames24(model(), noise=0).block(0), np.int32).reshape(-1, 6)
    for k, frame in enumerate(frames.tolist()):
        for number, (i_a, phi) in enumerate(((10, pi / 3), (5, -np.arccos(0.8)), (-2, 0))):
            angle = 2 * pi * (50 * k / 4000 - number / 3)
            u_code = 230 * sqrt(2) * sin(angle) / 451 / 1.2 * 2**23
            i_code = i_a * sqrt(2) * sin(angle - phi) * 125e-6 / 0.0375 * 2**23
            assert abs(frame[2 * number] - u_code) <= 0.5 + 1e-6
            assert abs(frame[2 * number + 1] - i_code) <= 0.5 + 1e-6


def test_a_converter_of_one_system_has_frames_of_two_codes():
    one = np.frombuffer(Frames24(model("L1=10A@0.5ind", systems=1), noise=0).block(3), np.int32)
    three = np.frombuffer(Frames24(model(), noise=0).block(3), np.int32)
    assert (one.reshape(-1, 2) == three.reshape(-1, 6)[:, :2]).all()


def test_codes_saturate_at_24_bits():
    frames = Frames24(model("L1=200A", harmonics="3:0%/100%")).block(0)
    codes = np.frombuffer(frames, np.int32)
    assert codes.max() == 2**23 - 1
    assert codes.min() == -(2**23)


def test_105_a_with_the_fifth_harmonic_fit():
    codes = np.frombuffer(Frames24(model("L1=105A", harmonics="5:10%/40%")).block(0), np.int32)
    assert 0.6 * 2**23 < codes.max() < 0.75 * 2**23


def test_noise_has_the_published_level():
    seed = 13
    frames = Frames24(model("L1=0A", voltage=0), noise=2, seed=seed)
    codes = np.concatenate([np.array(frames.block(number)) for number in range(20)]).reshape(-1, 6)
    tolerance = 5 * sqrt(1 / (2 * len(codes)))
    for number in range(3):
        assert codes[:, 2 * number].std() * 1.2 / 2**23 == pytest.approx(10.7e-6, rel=tolerance)
        assert codes[:, 2 * number + 1].std() * 0.0375 / 2**23 == pytest.approx(
            2.5e-6, rel=tolerance
        )
    correlation = np.corrcoef(codes.T) - np.eye(6)
    assert np.abs(correlation).max() < 5 / sqrt(len(codes))


def test_a_block_depends_only_on_seed_and_number():
    first, again, other = (Frames24(model(), seed=seed) for seed in (5, 5, 6))
    blocks = [list(first.block(number)) for number in range(4)]
    assert list(again.block(3)) == blocks[3]
    assert list(again.block(1)) == blocks[1]
    assert list(other.block(1)) != blocks[1]


def test_the_rings_do_not_depend_on_how_often_they_are_polled():
    rings = []
    for limit in (1024, 33):
        fed = FrameSampler(Frames24(model(), seed=3), kernel)
        fed.advance(3000 * fed.set_ns)
        while fed.poll(limit):
            pass
        assert fed.written == 3000
        rings.append([(list(system.u), list(system.ranges[0])) for system in fed.systems])
    assert rings[0] == rings[1]
    assert all(any(u) and any(i) for u, i in rings[0])


def test_lost_sets_are_counted_and_reported_once_and_never_delivered():
    whole, fed = (FrameSampler(Frames24(model()), kernel) for _ in range(2))
    for each in (whole, fed):
        each.advance(1000 * each.set_ns)
    whole.poll(1000)
    fed.poll(100)
    fed.lose(400)
    assert (fed.poll(1000), fed.gap, fed.overruns) == (0, True, 1)
    assert (fed.poll(1000), fed.gap, fed.written) == (500, False, 600)
    assert fed.systems[2].u[100:600] == whole.systems[2].u[500:1000]


def test_sums_of_the_sets_give_power_with_the_ideal_scale():
    mains = model(harmonics="5:10%/40%,25:1%/5%")
    front_end = Frames24(mains, seed=1)
    fed = FrameSampler(front_end, kernel)
    n = 800  # 10 cycles
    fed.advance(n * fed.set_ns)
    fed.poll(n)
    scale = front_end.scale()
    for number, system in enumerate(fed.systems):
        sums = array("q", [0] * layout.SUMS)
        kernel.accumulate(system.u, system.ranges[0], 0, n, fed.mask, 0, sums)
        covariance = sums[layout.UI] / n - sums[layout.U] * sums[layout.I] / n**2
        u_v, i_a = float(scale.u_v), float(scale.i_a[0])
        power = mains.power(number)
        # 5 standard errors of the product of each channel's noise and the other's rms
        noise = sqrt(scale.u_noise / n) * u_v * power.i_a + sqrt(scale.i_noise[0] / n) * i_a * 233
        assert covariance * u_v * i_a == pytest.approx(power.p_w, abs=5 * noise)
