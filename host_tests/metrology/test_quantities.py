"""Quantities against exact rational arithmetic on the same samples."""

from array import array
from fractions import Fraction
from math import cos, pi, sin, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meter.metrology import kernel
from meter.metrology.acquisition import FLAG_PARTIAL, Window
from meter.metrology.calibration import Calibration, RangeCalibration, SystemCalibration
from meter.metrology.quantities import Quantities

U_NV = 16_516_113
I_PA = 572_204_590
N = 800  # ten cycles of 50 Hz at 4 kS/s
STEP = (1 << 32) // 80


def window_of(u, i, flags=0):
    n = len(u)
    window = Window(1)
    window.n = n
    window.duration_ns = n * 250_000
    window.flags = flags
    window.f_mhz = 0 if flags & FLAG_PARTIAL else 50_000
    rings = array("h", u + [0] * (1024 - n)), array("i", i + [0] * (1024 - n))
    kernel.accumulate(*rings, 0, n, 1023, STEP, window.sums[0])
    return window


def meter_of(**of_range):
    part = RangeCalibration(I_PA, **of_range)
    return Quantities(Calibration([SystemCalibration(U_NV, [part])]))


def waves(angle, amplitude_i=100_000):
    u = [round(20_000 * sin(2 * pi * k / 80)) for k in range(N)]
    i = [round(amplitude_i * sin(2 * pi * k / 80 - angle)) for k in range(N)]
    return u, i


@given(
    st.lists(st.tuples(st.integers(-30_000, 30_000), st.integers(-500_000, 500_000)), min_size=2)
)
def test_active_power_is_the_exact_covariance_rounded_to_the_mw(samples):
    u, i = (list(values) for values in zip(*samples, strict=True))
    quantities = meter_of()
    quantities.update(window_of(u, i))
    n = len(u)
    mean_u, mean_i = Fraction(sum(u), n), Fraction(sum(i), n)
    exact = sum((a - mean_u) * (b - mean_i) for a, b in samples) / n * U_NV * I_PA / 10**18
    assert abs(quantities.p_mw[0] - exact) <= Fraction(1, 2)


@given(
    st.lists(st.tuples(st.integers(-30_000, 30_000), st.integers(-500_000, 500_000)), min_size=2)
)
def test_turning_the_current_turns_the_signs_and_nothing_else(samples):
    u, i = (list(values) for values in zip(*samples, strict=True))
    one, two = meter_of(delay_ns=5_000), meter_of(delay_ns=5_000)
    one.update(window_of(u, i))
    two.update(window_of(u, [-value for value in i]))
    assert two.p_mw[0] == -one.p_mw[0]
    assert two.q_mvar[0] == -one.q_mvar[0]
    assert two.u_mv == one.u_mv
    assert two.i_ma == one.i_ma


@pytest.mark.parametrize("degrees", range(0, 360, 15))
def test_powers_of_a_sine_at_every_angle(degrees):
    angle = degrees * pi / 180
    quantities = meter_of()
    quantities.update(window_of(*waves(angle)))
    s_va = 20_000 * U_NV * 100_000 * I_PA / 2 / 10**21
    # rounding of 800 samples of u (+-0.5 of 20,000) and of the 256-step reference: below 1e-5
    assert quantities.p_mw[0] == pytest.approx(1000 * s_va * cos(angle), abs=0.02 * s_va)
    assert quantities.q_mvar[0] == pytest.approx(1000 * s_va * sin(angle), abs=0.02 * s_va)
    assert quantities.s_mva[0] == pytest.approx(1000 * s_va, rel=2e-5)
    assert quantities.pf_permille[0] == pytest.approx(1000 * cos(angle), abs=0.6)


def test_rms_takes_off_dc_and_the_channels_own_noise():
    u, i = waves(0, amplitude_i=1000)
    quantities = meter_of(i_noise=90_000)
    quantities.update(window_of([value + 500 for value in u], [value - 70_000 for value in i]))
    assert quantities.u_mv[0] == pytest.approx(20_000 / sqrt(2) * U_NV / 1e6, abs=2)
    want_ma = sqrt(1000**2 / 2 - 90_000) * I_PA / 1e9
    assert quantities.i_ma[0] == pytest.approx(want_ma, abs=1)


@pytest.mark.parametrize("delay_ns", [-200_000, -6_937, 1, 55_000, 200_000])
@pytest.mark.parametrize("degrees", [0, 60, -37, 180, 270])
def test_a_delay_of_the_current_is_taken_out_of_p_and_q(delay_ns, degrees):
    angle = degrees * pi / 180
    lag = 2 * pi * 50 * delay_ns * 1e-9
    quantities = meter_of(delay_ns=delay_ns)
    quantities.update(window_of(*waves(angle + lag)))
    s_mva = quantities.s_mva[0]
    assert quantities.p_mw[0] == pytest.approx(s_mva * cos(angle), abs=2e-5 * s_mva)
    assert quantities.q_mvar[0] == pytest.approx(s_mva * sin(angle), abs=2e-5 * s_mva)


def test_offsets_are_added_to_the_powers():
    quantities = meter_of(p_offset_mw=-123, q_offset_mvar=45)
    quantities.update(window_of([0] * N, [0] * N))
    assert (quantities.p_mw, quantities.q_mvar) == ([-123], [45])


def test_a_partial_window_is_measured_but_not_shown():
    quantities = meter_of()
    u, i = waves(0.5)
    quantities.update(window_of(u, i))
    shown = (quantities.u_mv[0], quantities.i_ma[0], quantities.p_mw[0], quantities.f_mhz)
    half = [value // 2 for value in i]
    quantities.update(window_of(u[:333], half[:333], FLAG_PARTIAL))
    assert (quantities.u_mv[0], quantities.i_ma[0], quantities.p_mw[0], quantities.f_mhz) == shown
    exact = sum(a * b for a, b in zip(u[:333], half[:333], strict=True)) / 333 * U_NV * I_PA / 1e18
    assert quantities.window_p_mw[0] == pytest.approx(exact, abs=1)


def test_partial_windows_lose_the_dc_part_of_the_whole_one_before():
    quantities = meter_of()
    u, i = waves(0)
    u, i = [value + 300 for value in u], [value + 8_000 for value in i]
    quantities.update(window_of(u, i))
    quantities.update(window_of(u[:20], i[:20], FLAG_PARTIAL))
    mean_u, mean_i = sum(u) / N, sum(i) / N
    exact = sum((a - mean_u) * (b - mean_i) for a, b in zip(u[:20], i[:20], strict=True)) / 20
    assert quantities.window_p_mw[0] == pytest.approx(exact * U_NV * I_PA / 1e18, abs=1)
