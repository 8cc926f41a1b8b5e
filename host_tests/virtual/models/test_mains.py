"""The mains model against closed forms and against its own waveform."""

from itertools import pairwise
from math import pi, sin, sqrt

import numpy as np
import pytest

from boards.virtual.load import Load
from boards.virtual.mains import Mains, Samples

LOAD = "L1=10A@0.5ind,L2=5A@0.8cap,L3=-2A@0.6ind"
HARMONICS = "3:4%/20%,5:10%/40%,25:1%/3%"
YEAR_NS = 365 * 24 * 3600 * 10**9


def one_period(mains, n=64):
    """U and I of every system at n even steps of one 50 Hz period: means over it are exact."""
    times_ns = np.arange(n) * (20e6 / n)
    return (Samples(mains, spectra, times_ns).at(0) for spectra in (mains.u, mains.i))


def test_a_plain_load_is_a_sine_that_lags_by_its_angle():
    mains = Mains(Load.parse("L1=10A@0.5ind"))
    times_ns = np.arange(40) * 1e6
    (u, *_), (i, *_) = (
        Samples(mains, spectra, times_ns).at(7_000_000) for spectra in (mains.u, mains.i)
    )
    for k in range(40):
        angle = 2 * pi * (7 + k) / 20
        assert u[k] == pytest.approx(sqrt(2) * 230 * sin(angle), abs=1e-9)
        assert i[k] == pytest.approx(sqrt(2) * 10 * sin(angle - pi / 3), abs=1e-9)


def test_l2_lags_by_a_third_and_l3_by_two_thirds_of_a_period():
    mains = Mains(Load.parse("L1=1A,L2=1A,L3=1A", HARMONICS, frequency=45))
    period_ns = 1e12 / 45_000
    u1, u2, u3 = Samples(mains, mains.u, np.arange(48) * (period_ns / 48)).at(0)
    assert np.roll(u1, 16) == pytest.approx(u2, abs=1e-9)
    assert np.roll(u1, 32) == pytest.approx(u3, abs=1e-9)


def test_power_and_rms_are_those_of_the_waveform():
    mains = Mains(Load.parse(LOAD, HARMONICS))
    u, i = one_period(mains)
    for number in range(3):
        power = mains.power(number)
        assert power.p_w == pytest.approx((u[number] * i[number]).mean(), rel=1e-12)
        assert power.u_v == pytest.approx(np.sqrt((u[number] ** 2).mean()), rel=1e-12)
        assert power.i_a == pytest.approx(np.sqrt((i[number] ** 2).mean()), rel=1e-12)


def test_reactive_power_is_that_of_the_fundamental():
    plain, distorted = (Mains(Load.parse(LOAD, harmonics)) for harmonics in ("", HARMONICS))
    for number, q_var in enumerate((230 * 10 * sqrt(0.75), -230 * 5 * 0.6, -230 * 2 * 0.8)):
        assert plain.power(number).q_var == pytest.approx(q_var)
        assert distorted.power(number).q_var == pytest.approx(q_var)


def test_harmonic_power_has_the_direction_of_the_load():
    mains = Mains(Load.parse("L1=10A,L2=-10A", "5:10%/40%"))
    assert mains.power(0).p_w == pytest.approx(2300 * 1.04)
    assert mains.power(1).p_w == pytest.approx(-2300 * 1.04)


def test_a_balanced_load_takes_constant_power_from_three_phases():
    mains = Mains(Load.parse("L1=7A@0.5cap,L2=7A@0.5cap,L3=7A@0.5cap"))
    u, i = one_period(mains)
    assert (u * i).sum(axis=0) == pytest.approx(3 * 230 * 7 * 0.5, rel=1e-12)


@pytest.mark.parametrize(
    ("load", "booked"),
    [
        ("L1=10A@0.6ind", {"1": 0.6, "3": 0.8, "5": 0.8}),
        ("L1=-10A@0.6cap", {"2": 0.6, "3": 0.8, "6": 0.8}),
        ("L1=-10A@0.6ind", {"2": 0.6, "4": 0.8, "7": 0.8}),
        ("L1=10A@0.6cap", {"1": 0.6, "4": 0.8, "8": 0.8}),
    ],
)
def test_energy_is_booked_by_direction_and_quadrant(load, booked):
    registers = Mains(Load.parse(load)).registers(0, 3600 * 10**9)
    for c in range(1, 9):
        expected = 2300 * booked.get(str(c), 0)
        assert registers[f"{c}.8.0"] == pytest.approx(expected, abs=1e-9)
        assert registers[f"{c + 20}.8.0"] == registers[f"{c}.8.0"]
        assert registers[f"{c + 40}.8.0"] == registers[f"{c + 60}.8.0"] == 0


def test_every_phase_books_for_itself():
    registers = Mains(Load.parse("L1=10A,L2=-4A,L3=2A", systems=3)).registers(0, 3600 * 10**9)
    assert registers["1.8.0"] == pytest.approx(2760)
    assert registers["2.8.0"] == registers["42.8.0"] == pytest.approx(920)
    assert registers["61.8.0"] == pytest.approx(460)


def test_energy_of_a_part_of_a_period_is_the_integral_of_the_waveform():
    mains = Mains(Load.parse(LOAD, HARMONICS, frequency=51.3))
    start_ns, end_ns, n = 3_210_987, 45_678_901, 20_000
    step_ns = (end_ns - start_ns) / n
    middles_ns = (np.arange(n) + 0.5) * step_ns
    u, i = (Samples(mains, spectra, middles_ns).at(start_ns) for spectra in (mains.u, mains.i))
    # Midpoint rule: |error| <= T h^2 / 24 max|p''|, p'' below (2 * 25 omega)^2 max|p|.
    curvature = (50 * 2 * pi * 51.3) ** 2 * np.abs(u * i).max()
    seconds = (end_ns - start_ns) / 1e9
    bound_ws = seconds * (step_ns / 1e9) ** 2 / 24 * curvature
    for number in range(3):
        integral_ws = (u[number] * i[number]).mean() * seconds
        active_ws = mains.active_wh(number, start_ns, end_ns) * 3600
        assert active_ws == pytest.approx(integral_ws, abs=bound_ws)
        assert bound_ws < 1e-3 * abs(integral_ws)


def test_energy_of_adjoining_intervals_adds_up():
    mains = Mains(Load.parse(LOAD, HARMONICS))
    ends_ns = (0, 1, 13_456_789, 2_000_000_001, YEAR_NS)
    for number in range(3):
        parts = [mains.active_wh(number, start, end) for start, end in pairwise(ends_ns)]
        assert sum(parts) == pytest.approx(mains.active_wh(number, 0, YEAR_NS), rel=1e-13)


def test_the_angle_is_exact_after_twenty_years():
    mains = Mains(Load.parse("L1=1A", frequency=49.983))
    assert mains.turns(20 * YEAR_NS) == (49_983 * 20 * YEAR_NS) % 10**12 / 10**12
    assert mains.turns(10**12 * 7) == 0
    assert mains.turns(10**12 * 7 + 10**12 // 4 // 49_983) == pytest.approx(0.25, abs=1e-7)
