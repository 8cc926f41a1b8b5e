"""Demand, against a plain recomputation from the energy of every second."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meter.errors import ConfigError
from meter.ledger.energy import WRAP_CWH
from meter.registers import demand
from meter.registers.demand import MAXIMA, OVERALL, PACKED, PERIODS_MIN, TARIFF_1, TARIFF_2, Demand

NOON = 841_536_000 - 841_536_000 % 3600  # a full hour in 2026


class Meter:
    """A demand register and, beside it, everything that was fed to it."""

    def __init__(self, register, utc_s=NOON, count_cwh=0):
        self.register = register
        self.utc_s = utc_s
        self.count_cwh = count_cwh
        self.ended = 0
        self.step(0, 1)

    def step(self, energy_cwh, tariff):
        self.count_cwh = (self.count_cwh + energy_cwh) % WRAP_CWH
        self.ended += self.register.step(self.utc_s, self.count_cwh, tariff)

    def run(self, seconds, power_w, tariff=1):
        """Constant power, in whole cWh a second: 36 W is one."""
        for _ in range(seconds):
            self.utc_s += 1
            self.step(power_w // 36, tariff)


def at(minutes):
    return NOON + minutes * 60


STRETCH = st.tuples(
    st.integers(1, 900),  # seconds
    st.integers(0, 3000),  # cWh a second
    st.integers(1, 4),  # tariff
    st.sampled_from(["run", "run", "run", "run", "disturb"]),
)


def recompute(seconds, disturbed, period_s, of_tariff, threshold_w):
    """seconds: (UTC second, cWh that came with it, tariff from then on); disturbed: periods."""
    maxima = [(0, 0)] * MAXIMA
    exceedings = 0
    by_period = {}
    for second in seconds[1:]:
        by_period.setdefault((second[0] - 1) // period_s, []).append(second)
    tariff_at = {utc_s: tariff for utc_s, _, tariff in seconds}
    first = seconds[0][0] // period_s
    for index, members in sorted(by_period.items()):
        end_s = (index + 1) * period_s
        if index == first or members[-1][0] != end_s or index in disturbed:
            continue
        power = Fraction(sum(energy for _, energy, _ in members) * 36, period_s)
        power_w = int(power + Fraction(1, 2))
        tariffs = {tariff_at[utc_s] for utc_s in range(index * period_s, end_s)}
        wholly = tariffs.pop() if len(tariffs) == 1 else None
        exceedings += threshold_w > 0 and power_w > threshold_w
        belongs = [of_tariff in (0, wholly), wholly == 1, wholly == 2]
        for which in range(MAXIMA):
            if belongs[which] and power_w > maxima[which][0]:
                maxima[which] = (power_w, end_s)
    return maxima, exceedings


@given(
    st.sampled_from([5, 15]),
    st.integers(0, 2),
    st.sampled_from([0, 30_000]),
    st.integers(0, 3599),
    st.lists(STRETCH, min_size=1, max_size=12),
)
@settings(max_examples=120, deadline=None, print_blob=True)
def test_demand_is_what_a_plain_recomputation_finds(period, of_tariff, threshold_w, lead, pieces):
    register = Demand(period, of_tariff, threshold_w)
    utc_s, count_cwh = NOON + lead, WRAP_CWH - 12_345
    seconds = [(utc_s, 0, 1)]
    disturbed = set()
    register.step(utc_s, count_cwh, 1)
    for length, energy_cwh, tariff, event in pieces:
        for second in range(length):
            utc_s += 1
            count_cwh = (count_cwh + energy_cwh) % WRAP_CWH
            register.step(utc_s, count_cwh, tariff)
            seconds.append((utc_s, energy_cwh, tariff))
            if event == "disturb" and second == length // 2:
                register.disturb()
                disturbed.add(utc_s // (period * 60))
    maxima, exceedings = recompute(seconds, disturbed, period * 60, of_tariff, threshold_w)
    assert list(zip(register.max_w, register.max_s, strict=True)) == maxima
    assert register.exceedings == exceedings


@pytest.mark.parametrize(("code", "minutes"), [(1, 5), (2, 15), (3, 30), (4, 60)])
def test_integration_period_e(code, minutes):
    assert PERIODS_MIN[code - 1] == minutes
    meter = Meter(Demand(minutes), at(-1))
    meter.run(60 + minutes * 60, 3600)
    assert meter.register.last_w == 3600
    assert (meter.register.max_w[OVERALL], meter.register.max_s[OVERALL]) == (3600, at(minutes))
    assert meter.ended == 2


K_ROWS = [(0, 10_800), (1, 7_200), (2, 10_800)]


@pytest.mark.parametrize(
    ("code", "overall_w"),
    K_ROWS,
    ids=["K 0 standard", "K 1 peak power for tariff 1", "K 2 peak power for tariff 2"],
)
def test_peak_power_k(code, overall_w):
    meter = Meter(Demand(15, code), at(-15))
    meter.run(900, 3_600, tariff=1)
    for power_w, tariff in ((7_200, 1), (10_800, 2), (3_600, 3)):
        meter.run(899, power_w, tariff)
        meter.run(1, power_w, 1 + tariff % 3)
    assert meter.register.max_w[OVERALL] == overall_w
    assert meter.register.max_w[TARIFF_1:] == [7_200, 10_800]


def test_the_period_after_the_start_makes_no_maximum_unless_it_is_whole():
    meter = Meter(Demand(15), at(3))
    meter.run(720, 36_000)
    assert (meter.register.max_w, meter.register.last_w) == ([0, 0, 0], 0)
    meter.run(900, 3_600)
    assert meter.register.max_w[OVERALL] == 3_600


def test_a_power_cut_breaks_the_period_off_whether_it_ends_within_it_or_later():
    for cut_s in (60, 3000, 3 * 86_400):
        meter = Meter(Demand(15), at(-1))
        meter.run(90, 36_000)
        record = bytearray(PACKED)
        meter.register.pack_into(record, 0)
        again = Meter(Demand(15), meter.utc_s + cut_s, meter.count_cwh)
        again.register.restore(record, 0)
        again.run(900 - again.utc_s % 900 + 1, 36_000)
        assert again.register.max_w == [0, 0, 0]


def test_a_tariff_switched_within_a_period_leaves_it_to_the_overall_maximum_alone():
    meter = Meter(Demand(15), at(-1))
    meter.run(60 + 450, 36_000, tariff=1)
    meter.run(450, 36_000, tariff=2)
    assert meter.register.max_w == [36_000, 0, 0]


def test_lost_measurements_and_an_invalid_clock_disturb_their_period_alone():
    for event in (Demand.disturb, Demand.break_off):
        meter = Meter(Demand(5), at(-1))
        meter.run(100, 36_000)
        event(meter.register)
        meter.run(260, 36_000)
        assert meter.register.max_w[OVERALL] == 0
        meter.run(300, 7_200)
        assert meter.register.max_w[OVERALL] == 7_200


@pytest.mark.parametrize("step_s", [-9, -1, 1, 9])
def test_an_adjusted_clock_does_not_change_the_mean_power(step_s):
    meter = Meter(Demand(5), at(-1))
    meter.run(200, 36_000)
    meter.register.adjust(meter.utc_s, step_s)
    meter.utc_s += step_s
    meter.run(360 - 200 - step_s, 36_000)
    assert meter.register.max_w[OVERALL] == 36_000


@pytest.mark.parametrize(("after_s", "step_s"), [(358, 5), (363, -5), (359, 1), (360, -1)])
def test_a_step_across_a_boundary_makes_no_maximum_of_what_it_cut(after_s, step_s):
    meter = Meter(Demand(5), at(-1))
    meter.run(60, 0)
    meter.run(after_s - 60, 3_600)
    before = list(meter.register.max_w)
    meter.register.adjust(meter.utc_s, step_s)
    meter.utc_s += step_s
    meter.run(20, 360_000)
    assert meter.register.max_w == before
    meter.run(300, 0)
    assert meter.register.max_w[OVERALL] <= 360_000 * 20 // 300 + 3_600


@pytest.mark.parametrize(("late_s", "is_whole"), [(2, True), (3, False)])
def test_a_period_that_is_entered_late_is_short(late_s, is_whole):
    register = Demand(5)
    for utc_s, count_cwh in ((at(0) - 1, 0), (at(0) + late_s, 0), (at(5), 300)):
        register.step(utc_s, count_cwh, 1)
    assert register.max_w[OVERALL] == (36 if is_whole else 0)


def test_the_threshold_counts_periods_above_it():
    meter = Meter(Demand(5, 0, 7_200), at(-1))
    meter.run(60, 0)
    for power_w in (7_200, 7_236, 36_000, 0):
        meter.run(300, power_w)
    assert meter.register.exceedings == 2


def test_closing_a_billing_period_accumulates_the_overall_maximum_and_begins_anew():
    meter = Meter(Demand(5), at(-1))
    meter.run(360, 3_600)
    meter.register.close_billing()
    assert (meter.register.max_w, meter.register.max_s) == ([0, 0, 0], [0, 0, 0])
    meter.run(300, 7_200)
    meter.register.close_billing()
    meter.register.close_billing()
    assert meter.register.accumulated_w == 3_600 + 7_200


def test_the_first_of_equal_maxima_stays():
    meter = Meter(Demand(5), at(-1))
    meter.run(960, 3_600)
    assert meter.register.max_s[OVERALL] == at(5)


def test_packed_maxima_come_back_as_they_were():
    meter = Meter(Demand(5, 0, 1), at(-1))
    meter.run(360, 3_600, tariff=1)
    meter.run(300, 7_200, tariff=2)
    meter.register.close_billing()
    meter.run(600, 10_800, tariff=2)
    record = bytearray(PACKED + 5)
    meter.register.pack_into(record, 5)
    again = Demand(5, 0, 1)
    again.restore(record, 5)
    for name in ("max_w", "max_s", "accumulated_w", "exceedings"):
        assert getattr(again, name) == getattr(meter.register, name)
    assert again.max_w[TARIFF_2] == 10_800
    assert again.exceedings == 4


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("integration period: 10 refused, accepted: 5, 15, 30, 60 min", (10,)),
        ("K: 3 refused", (15, 3)),
        ("power threshold: -1 refused", (15, 0, -1)),
        ("power threshold: 1000000 refused", (15, 0, 1_000_000)),
    ],
)
def test_a_bad_setting_is_refused_by_name(message, arguments):
    with pytest.raises(ConfigError, match=message):
        demand.Demand(*arguments)
