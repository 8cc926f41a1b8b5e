"""Closed-form windows against the waveform through sampler and kernel."""

from array import array
from fractions import Fraction
from math import sqrt

import numpy as np
import pytest

from boards.virtual.front_end import Frames24
from boards.virtual.load import Load
from boards.virtual.mains import Mains
from boards.virtual.sampler import FrameSampler
from boards.virtual.sums import SumsSource
from meter.metrology import layout
from meter.metrology.acquisition import FLAG_PARTIAL, FLAG_SILENT
from ports.cpython import kernel

LOAD = "L1=10A@0.5ind,L2=5A@0.8cap,L3=-2A"


def windows(source, ns):
    """Yield (n, cycles, flags, sums of every system) of `ns` of time."""
    source.advance(ns)
    while (window := source.poll()) is not None:
        yield window.n, window.cycles, window.flags, [list(sums) for sums in window.sums]


def waveform_sums(mains, n_of_windows):
    """Return the kernel's sums of noiseless waveform windows of these lengths, per system."""
    fed = FrameSampler(Frames24(mains, noise=0), kernel, size=8192)
    step = round(mains.load.f_mhz * fed.set_ns * 2**32 / 10**12)
    first = 0
    for n in n_of_windows:
        fed.advance(n * fed.set_ns)
        while fed.poll(1024):
            pass
        found = []
        for system in fed.systems:
            sums = array("q", [0] * layout.SUMS)
            kernel.accumulate(system.u, system.ranges[0], first, n, fed.mask, step, sums)
            found.append(list(sums))
        yield found
        first += n


@pytest.mark.parametrize("frequency", ["45.037", "50", "59.9", "65"])
@pytest.mark.parametrize("harmonics", ["", "2:3%/5%,5:10%/40%,25:2%/8%"])
def test_sums_are_those_of_the_waveform(frequency, harmonics):
    mains = Mains(Load.parse(LOAD, harmonics, frequency=frequency))
    closed = list(windows(SumsSource(mains, noise=0), 3_500_000_000))
    assert len(closed) >= 3
    sampled = waveform_sums(mains, [n for n, *_ in closed])
    # A floored set is off by up to 1/2 around the mean: rms sqrt(1/12), at random over the sets
    # that differ, so a sum over values of rms x is off by sqrt(n * repeats / 12) x; 6 of those.
    # The reference is rounded, both parts together by at most 0.71/8191 = 8.7e-5, and its steps
    # make it smaller by (pi / 256)**2 / 6 = 2.5e-5, or by less where few of their parts occur.
    period = Fraction(mains.load.f_mhz * Frames24.SET_NS, 10**12).denominator
    for (n, _, _, per_system), expected in zip(closed, sampled, strict=True):
        for got, want in zip(per_system, expected, strict=True):
            u_rms, i_rms = sqrt(want[layout.UU] / n), sqrt(want[layout.II] / n)
            one = 6 * sqrt(n * max(1, n / period) / 12) + 1
            amplitude = layout.REFERENCE_AMPLITUDE
            bounds = {
                layout.N: 0,
                layout.U: one,
                layout.I: one,
                layout.UU: 2 * one * u_rms,
                layout.II: 2 * one * i_rms,
                layout.UI: one * (u_rms + i_rms),
                layout.UC: amplitude * (one + 1.2e-4 * n * u_rms),
                layout.US: amplitude * (one + 1.2e-4 * n * u_rms),
                layout.IC: amplitude * (one + 1.2e-4 * n * i_rms),
                layout.IS: amplitude * (one + 1.2e-4 * n * i_rms),
            }
            for index, bound in bounds.items():
                assert abs(got[index] - want[index]) <= bound, (index, got[index], want[index])


def test_windows_abut_and_hold_fifty_cycles():
    mains = Mains(Load.parse(LOAD, frequency="50.021"))
    found = list(windows(SumsSource(mains), 100 * 10**9))
    assert {cycles for _, cycles, _, _ in found} == {50}
    sets = 100 * 4000 - sum(n for n, *_ in found)
    assert 0 <= sets < 4000
    assert {n for n, *_ in found} == {3998, 3999}


def test_a_large_load_gets_windows_of_ten_cycles():
    small, large = (
        next(windows(SumsSource(Mains(Load.parse(load))), 10**9))
        for load in ("L1=65.2A", "L1=30A,L2=-30A,L3=10A")
    )
    assert (small[:2], large[:2]) == ((4000, 50), (800, 10))


def test_time_passes_in_pieces_as_in_one():
    mains = Mains(Load.parse(LOAD))
    whole = list(windows(SumsSource(mains, seed=4), 5 * 10**9))
    pieces = SumsSource(mains, seed=4)
    assert [found for _ in range(50) for found in windows(pieces, 10**8)] == whole
    assert len(whole) == 5


def test_flush_closes_what_is_left_and_a_window_of_nothing_is_none():
    mains = Mains(Load.parse(LOAD))
    source = SumsSource(mains, noise=0)
    list(windows(source, 1_234_567_890))
    window = source.flush()
    assert (window.n, window.cycles, window.flags) == (938, 0, FLAG_PARTIAL)
    (_, tail) = waveform_sums(mains, (4000, 938))
    assert window.sums[0][layout.UI] == pytest.approx(tail[0][layout.UI], rel=1e-4)
    assert source.flush() is None


def test_without_voltage_a_window_is_silent():
    mains = Mains(Load.parse(LOAD, voltage=0))
    ((_, cycles, flags, _),) = windows(SumsSource(mains), 10**9)
    assert (cycles, flags) == (0, FLAG_SILENT)


def test_noise_on_power_is_that_of_the_waveform():
    mains = Mains(Load.parse("L1=0A,L2=0.25A@0.5ind,L3=100A"))
    source = SumsSource(mains, noise=1, seed=9)
    n = 3200
    found = [per_system for *_, per_system in windows(source, n * 200_000_000)]
    assert len(found) == n
    scale = Frames24(mains).scale()
    for number in range(3):
        power = mains.power(number)
        u_rms, i_rms = power.u_v / float(scale.u_v), power.i_a / float(scale.i_a[0])
        # each channel's noise times the other's rms, once per set
        expected = sqrt(800 * (u_rms**2 * scale.i_noise[0] + i_rms**2 * scale.u_noise))
        values = [per_system[number][layout.UI] for per_system in found]
        assert np.std(values) == pytest.approx(expected, rel=5 / sqrt(2 * n))
