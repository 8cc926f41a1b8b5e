"""Voltage quality from samples: magnitudes within 0.5 % of Un, durations within a cycle (class S).

A cycle of uncertainty at the beginning and one at the end; facts: IEC 61000-4-30, class S.
"""

from math import pi, sqrt

import numpy as np
import pytest

from host_tests.quality.conftest import Bench, angle, sine_i, sine_u
from meter.ledger.energy import A_MINUS, A_PLUS
from meter.registers import events

UN = 230.0
U_LIMIT_V = 0.005 * UN
CYCLE_MS = 20


def stepped(start_s, end_s, factor, phases=(0, 1, 2), f_hz=50.0):
    """Return u(t) that is `factor` times the voltage between two times."""

    def u(t, phase):
        inside = (t >= start_s) & (t < end_s) & (phase in phases)
        return sqrt(2) * UN * np.sin(angle(t, phase, f_hz)) * np.where(inside, factor, 1.0)

    return u


@pytest.mark.parametrize("begin_s", [3.0, 3.0037, 3.0114])
@pytest.mark.parametrize(("factor", "ms"), [(0.85, 200), (0.5, 60), (0.4, 1000), (0.2, 3000)])
def test_a_dip_of_one_phase_is_found_with_its_depth_and_duration(factor, ms, begin_s):
    bench = Bench(stepped(begin_s, begin_s + ms / 1000, factor, (1,)))
    bench.run(4 + ms / 1000)
    found = [event for event in bench.voltage_events() if len(event) == 3]
    assert [event[0] for event in found] == [events.VOLTAGE_NORMAL + 1]
    _, measured_ms, volts = found[0]
    assert abs(measured_ms - ms) <= 2 * CYCLE_MS
    assert abs(volts - factor * UN) <= U_LIMIT_V
    assert [phase.dips for phase in bench.watch.phases] == [0, 1, 0]


@pytest.mark.parametrize("factor", [1.15, 1.3])
def test_a_swell_is_found_with_its_height_and_duration(factor):
    bench = Bench(stepped(3.005, 3.505, factor))
    bench.run(5)
    found = [event for event in bench.voltage_events() if len(event) == 3]
    assert [event[0] for event in found] == [85, 86, 87]
    for _, ms, volts in found:
        assert abs(ms - 500) <= 2 * CYCLE_MS
        assert abs(volts - factor * UN) <= U_LIMIT_V


@pytest.mark.parametrize(("factor", "dips"), [(0.91, 0), (0.89, 1)])
def test_what_is_half_a_percent_and_more_from_the_limit_is_judged_right(factor, dips):
    bench = Bench(stepped(3, 3.5, factor))
    bench.run(5)
    assert [phase.dips for phase in bench.watch.phases] == [dips] * 3


def test_an_interruption_of_all_phases_is_counted_with_its_duration():
    bench = Bench(stepped(3.0, 4.7, 0.0))
    bench.run(7)
    assert bench.watch.interruption.count == 1
    assert abs(bench.watch.interruption.us / 1000 - 1700) <= 2 * CYCLE_MS
    assert [code for code, *_ in bench.voltage_events() if code in (82, 83, 84)] == [82, 83, 84]


def test_below_160_volts_for_less_than_a_second_is_no_failure():
    bench = Bench(stepped(3.0, 3.9, 0.5, (0,)))
    bench.run(6)
    assert bench.watch.phases[0].failures == 0
    assert bench.watch.phases[0].dips == 1


@pytest.mark.parametrize("degrees", [30, 90])
def test_a_jump_of_the_phase_alone_is_no_swell(degrees):
    def u(t, phase):
        jump = np.where(t >= 3.0, degrees * pi / 180, 0.0)
        return sqrt(2) * UN * np.sin(angle(t, phase) + jump)

    bench = Bench(u)
    bench.run(6)
    assert all(phase.swells == 0 for phase in bench.watch.phases)
    assert abs(bench.quantities.u_mv[0] - 230_000) < 230


def test_a_ramp_of_the_frequency_raises_no_event_and_no_error():
    def turns(t):
        return 49 * t + 0.5 * 0.2 * t * t  # 49 to 51 Hz in 10 s

    def u(t, phase):
        return sqrt(2) * UN * np.sin(2 * pi * turns(t) - 2 * pi / 3 * phase)

    def i(t, phase):
        return u(t, phase) / 23.0

    bench = Bench(u, i)
    bench.run(10)
    assert bench.voltage_events() == []
    assert abs(bench.quantities.f_mhz - 50_950) <= 50
    wh = bench.ledger.total.exact_pj(A_PLUS) / 3.6e15
    assert wh == pytest.approx(3 * 2300 * (bench.sampler._now_ns / 1e9) / 3600, rel=0.03)


@pytest.mark.parametrize(("order", "share_u", "share_i"), [(5, 0.1, 0.4), (3, 0.05, 0.3)])
def test_a_harmonic_is_measured_and_alarms_nothing(order, share_u, share_i):
    def u(t, phase):
        one = angle(t, phase)
        return sqrt(2) * UN * (np.sin(one) + share_u * np.sin(order * one))

    def i(t, phase):
        one = angle(t, phase)
        return sqrt(2) * 10 * (np.sin(one) + share_i * np.sin(order * one))

    bench = Bench(u, i)
    bench.run(8)
    assert bench.voltage_events() == []
    spectrum = bench.watch.spectrum
    for k in range(3):
        assert spectrum.u[k][order] == pytest.approx(10_000 * share_u, abs=25)
        assert spectrum.i[k][order] == pytest.approx(10_000 * share_i, abs=25)
        assert max(share for at, share in enumerate(spectrum.u[k]) if at != order) <= 25
        assert spectrum.thd(spectrum.u[k]) == pytest.approx(10_000 * share_u, abs=50)
    p_w = bench.quantities.p_mw[0] / 1000
    assert p_w == pytest.approx(2300 * (1 + share_u * share_i), rel=1e-3)


@pytest.mark.parametrize(
    ("name", "i", "p_w"),
    [
        # half a wave: i = max(0, i1): P = half of the full wave's
        ("half wave", lambda t, phase: np.maximum(0, sine_i(t, phase)), 1150.0),
        ("DC on top", lambda t, phase: sine_i(t, phase) + 5.0, 2300.0),
    ],
)
def test_the_energy_of_loads_with_dc_is_right_on_a_shunt(name, i, p_w):
    bench = Bench(i=i)
    bench.run(10)
    assert bench.quantities.p_mw[0] / 1000 == pytest.approx(p_w, rel=1e-3), name


def test_a_transient_beyond_the_range_costs_at_most_what_it_carried():
    """10 x Imax for half a cycle: the converter stops at its end, and the event says so."""

    def i(t, phase):
        return sine_i(t, phase) * np.where((t >= 3.0) & (t < 3.01), 105.0, 1.0)

    bench, calm = Bench(i=i), Bench()
    overranged = False
    for _ in range(50):
        bench.run(0.1)
        overranged = overranged or bool(bench.quantities.flags & 4)
    calm.run(5)
    gained_wh = (bench.ledger.total.exact_pj(A_PLUS) - calm.ledger.total.exact_pj(A_PLUS)) / 3.6e15
    true_wh = 3 * 2300 * 104 * 0.01 / 3600
    assert overranged
    assert 0 < gained_wh <= true_wh
    assert bench.ledger.total.exact_pj(A_MINUS) == 0
    assert bench.voltage_events() == []


@pytest.mark.parametrize("short", [0.02, 0.05])
def test_unbalance_is_that_of_symmetrical_components_within_class_s(short):
    def u(t, phase):
        return sine_u(t, phase) * (1 - short * (phase == 0))

    bench = Bench(u)
    bench.run(4)
    # one phase short by x: U2 = x/3, U1 = 1 - x/3
    true = 1000 * (short / 3) / (1 - short / 3)
    assert abs(bench.watch.u2_permille - true) <= 3


def test_a_lost_neutral_is_logged_with_beginning_and_end():
    def u(t, phase):  # the star point moves by 30 % of Un towards L1 from 3 s to 12 s
        moved = np.where((t >= 3.0) & (t < 12.0), 0.3, 0.0)
        return sine_u(t, phase) - moved * sine_u(t, 0)

    bench = Bench(u)
    bench.run(20)
    found = [event for event in bench.keeper.logged if event[0] == events.NEUTRAL_MISSING]
    assert found == [(events.NEUTRAL_MISSING, 1), (events.NEUTRAL_MISSING, -9)]


def test_a_phase_without_voltage_and_with_current_is_logged():
    bench = Bench(stepped(2, 9, 0.1, (2,)))
    bench.run(16)
    code = events.CURRENT_WITHOUT_VOLTAGE
    assert [event for event in bench.keeper.logged if event[0] == code] == [(code, 3), (code, -7)]
    assert not any(event[0] == events.NEUTRAL_MISSING for event in bench.keeper.logged)
