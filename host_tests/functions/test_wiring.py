"""Tariffs, demand, billing and days on the whole meter, wired to its clock."""

from random import Random

import pytest

from host_tests.functions.rig import DENMARK, WINTER, Rig, codes, utc_s
from meter import requests
from meter.calendar import civil
from meter.calendar.tariff_plan import TariffPlan
from meter.codes.codes import Codes
from meter.codes.settings import settings_of
from meter.errors import ConfigError
from meter.journal import profile
from meter.registers import events, table


def plan(activation_day=0, tariffs=(1, 2, 3)):
    """By day T2, by night T1; at week-ends T3; from 06:00 to 22:00."""
    night, day, weekend = tariffs
    working = [(0, night), (6 * 60, day), (22 * 60, night)]
    return TariffPlan(
        [(4, 1), (10, 1)],
        [working, [(0, weekend)], [(0, night)]] * 2,
        activation_day=activation_day,
    )


def tariffs_kwh(rig):
    tariffs = rig.meter.ledger.tariffs
    return [tariffs.count_cwh(0, t) / 100_000 for t in range(1, 9)]


# Tariffs


def test_without_a_plan_everything_is_booked_to_the_fallback_tariff():
    rig = Rig(settings_of(Codes(), fallback_tariff=4), WINTER)
    rig.run(3_600, 1_000, step_s=60)
    assert tariffs_kwh(rig)[3] == pytest.approx(1)
    rig.check_tariffs()


def test_a_time_table_switches_at_its_minutes_by_local_time():
    rig = Rig(start_s=WINTER)  # a Tuesday, 00:00 in Denmark
    assert rig.request(requests.WRITE_TARIFF_PLAN, plan().pack()) == 1
    rig.run_until(WINTER + civil.DAY_S, 1_000, step_s=60)
    assert tariffs_kwh(rig)[:3] == [8, 16, 0]
    rig.check_tariffs()


def test_the_plan_is_there_after_a_cut():
    rig = Rig(start_s=WINTER)
    rig.request(requests.WRITE_TARIFF_PLAN, plan().pack())
    rig.cut(12 * 3_600)
    assert rig.meter.values.value(table.TARIFF) == 2


def test_a_passive_plan_comes_into_force_on_its_day_even_without_mains():
    rig = Rig(start_s=WINTER)
    rig.request(requests.WRITE_TARIFF_PLAN, plan().pack())
    day = WINTER // civil.DAY_S + 3  # local: one later than in UTC
    assert rig.request(requests.WRITE_TARIFF_PLAN, plan(day, (5, 6, 7)).pack()) == 0
    rig.run_until(WINTER + 2 * civil.DAY_S - 60, 0, step_s=60)
    assert rig.meter.values.value(table.TARIFF) == 1
    rig.cut(3_600)
    assert rig.meter.values.value(table.TARIFF) == 5
    rig.settle()
    rig.cut()
    assert rig.meter.values.value(table.TARIFF) == 5
    logged = [rig.meter.keeper.book.read(events.STATUS, k) for k in range(20)]
    codes_ = [entry[1] for entry in logged if entry is not None]
    assert codes_.count(events.TARIFF_ACTIVATED) == 1


def test_a_plan_with_a_tariff_that_the_meter_does_not_have_is_refused():
    rig = Rig(codes(order="684-31BJ4B2010"), WINTER)
    with pytest.raises(ConfigError, match=r"highest tariff: 3 refused, accepted: 1\.\.2"):
        rig.request(requests.WRITE_TARIFF_PLAN, plan().pack())
    with pytest.raises(ConfigError, match="304 bytes"):
        rig.request(requests.WRITE_TARIFF_PLAN, b"\x00")


def test_with_an_invalid_clock_energy_counts_in_the_fallback_tariff_and_is_flagged():
    rig = Rig(start_s=WINTER + 12 * 3_600)
    rig.request(requests.WRITE_TARIFF_PLAN, plan().pack())
    rig.chip.is_right = False
    rig.run(120, 0)  # the flag is looked at once a minute
    before = rig.import_cwh()
    rig.run(3_600, 1_000, step_s=10)
    assert rig.import_cwh() - before == 100_000
    assert rig.meter.values.value(table.TARIFF) == 1
    assert rig.meter.values.value(table.STATUS) & 1
    rig.settle()
    assert [e for e in rig.profile() if e[1] & profile.CLOCK_INVALID][-1][2][0] == 25_000
    rig.check_tariffs()


@pytest.mark.parametrize(
    ("module", "closed", "tariff"),
    [("008", (0, 0), 1), ("008", (1, 0), 2), ("018", (0, 1), 3), ("018", (1, 1), 4)],
)
def test_the_inputs_of_a_tariff_module_choose_the_tariff(module, closed, tariff):
    rig = Rig(codes(order="684-31BJ4B4010", config1=f"1-1-{module}-00-2"), WINTER)
    for contact, is_closed in zip(rig.inputs, closed, strict=True):
        contact.closed = bool(is_closed)
    rig.run(2)
    assert rig.meter.values.value(table.TARIFF) == tariff
    rig.run(3_600, 1_000, step_s=60)
    assert tariffs_kwh(rig)[tariff - 1] == pytest.approx(1)


def test_an_input_that_bounces_switches_nothing():
    rig = Rig(codes(config1="1-1-008-00-2"), WINTER)
    for k in range(40):
        rig.inputs[0].closed = k % 2 == 0
        rig._step_ms(100, 0, 0)
        assert rig.meter.values.value(table.TARIFF) == 1


def test_a_command_puts_a_tariff_in_force_at_once_until_it_is_released_also_over_a_cut():
    rig = Rig(start_s=WINTER)
    assert rig.request(requests.COMMAND_TARIFF, 6) == 6
    rig.run(900, 1_000)
    rig.settle()
    rig.cut()
    assert rig.meter.values.value(table.TARIFF) == 6
    assert rig.meter.values.value(table.STATUS) & 64
    assert rig.request(requests.COMMAND_TARIFF, 0) == 1
    rig.check_tariffs()
    with pytest.raises(ConfigError, match=r"0 to release, 1\.\.8"):
        rig.request(requests.COMMAND_TARIFF, 9)


# Demand


def test_the_demand_of_a_quarter_of_an_hour_is_its_energy_by_its_time():
    rig = Rig(start_s=WINTER + 100)
    rig.run_until(WINTER + 900, 5_000)  # the period in which it was started makes no maximum
    assert rig.meter.values.value(table.MAX_DEMAND) == 0
    rig.run_until(WINTER + 1_800, 2_000)
    rig.run_until(WINTER + 2_700, 3_000)
    rig.run_until(WINTER + 3_700, 1_000)
    values = rig.meter.values
    assert values.value(table.MAX_DEMAND) == 3_000
    assert values.value(table.MAX_DEMAND_HOUR) % civil.DAY_S == 45 * 60
    assert values.value(table.LAST_DEMAND) == 1_000


def test_demand_profile_day_and_billing_end_at_the_same_count():
    rig = Rig(codes(config2="000-25-01-1", config1="1-1-000-00-4"), WINTER + 20 * 3_600)
    watts = 1_003
    while rig.chip.now_s() < WINTER + 26 * 3_600:
        rig.run(7, watts, step_s=7)
        watts = watts * 16_807 % 2_147 + 500
    rig.settle()
    closing = rig.closings()[-1]
    day = rig.days()[-1]
    assert closing.at_s == day.at_s == WINTER + 24 * 3_600
    assert closing.counts_cwh == day.counts_cwh
    ended = {end_s: gains[0] for end_s, _, gains in rig.profile()}
    assert closing.counts_cwh[0] == sum(g for end_s, g in ended.items() if end_s <= closing.at_s)
    last_hour = ended[WINTER + 24 * 3_600]
    assert closing.peaks[2] != (0, 0)
    assert any(closing.peaks[2][0] == round(g * 36 / 3_600) for g in ended.values())
    assert last_hour > 0


@pytest.mark.parametrize("seed", range(5))
def test_maxima_are_those_of_a_plain_recomputation_from_the_energy_of_each_second(seed):
    random = Random(seed)
    rig = Rig(start_s=WINTER - 100)
    counts = {}
    tariff_of = {}
    while rig.chip.now_s() < WINTER + 3 * 3_600:
        if random.random() < 0.05:
            rig.request(requests.COMMAND_TARIFF, random.randint(1, 2))
        watts = random.randrange(3, 30_000)
        for _ in range(random.randint(1, 120)):
            rig.run(1, watts)
            counts[rig.now_s] = rig.import_cwh()
            tariff_of[rig.now_s] = rig.meter.ledger.tariffs.active
    maxima = {0: 0, 1: 0, 2: 0}
    for end_s in range(WINTER + 900, rig.now_s, 900):
        power = round((counts[end_s] - counts[end_s - 900]) * 36 / 900)
        maxima[0] = max(maxima[0], power)
        tariffs = {tariff_of[at_s] for at_s in range(end_s - 900, end_s)}
        if len(tariffs) == 1:
            (tariff,) = tariffs
            maxima[tariff] = max(maxima[tariff], power)
    values = rig.meter.values
    assert [values.value(table.MAX_DEMAND + k) for k in range(3)] == list(maxima.values())


def test_the_exceedings_of_the_threshold_are_counted_and_kept():
    rig = Rig(settings_of(Codes(), threshold_w=2_000), WINTER)
    rig.run_until(WINTER + 900, 0)
    for k, watts in enumerate((2_500, 2_000, 2_100), 2):
        rig.run_until(WINTER + 900 * k, watts)
    rig.settle()
    rig.cut()
    assert rig.meter.values.value(table.EXCEEDINGS) == 2
    assert rig.meter.values.value(table.THRESHOLD) == 2_000


# Billing


def test_a_period_is_closed_at_the_target_date_with_the_registers_of_that_moment():
    rig = Rig(codes(config2="000-25-01-1"), WINTER)
    rig.run_until(WINTER + civil.DAY_S, 1_000, step_s=60)
    rig.settle()
    (closing,) = rig.closings()
    assert closing.at_s == WINTER + civil.DAY_S
    assert closing.periods == 1
    assert closing.counts_cwh[0] == 24 * 100_000
    assert closing.tariffs_cwh[0] == 24 * 100_000
    assert closing.peaks[2][0] == 1_000
    values = rig.meter.values
    assert values.value(table.BILLING_PERIODS) == 1
    assert values.value(table.BILLING_DATE) % civil.DAY_S == 0
    assert values.value(table.ACCUMULATED_DEMAND) == 1_000
    assert values.value(table.MAX_DEMAND) == 0


def test_target_dates_that_passed_without_mains_are_caught_up_with_their_stamps():
    rig = Rig(codes(config2="000-01-01-1"), utc_s(2026, 1, 20))
    rig.run(3_600, 1_000, step_s=60)
    rig.settle()
    energy = rig.import_cwh()
    rig.cut(101 * civil.DAY_S, has_warning=True)
    rig.run(200, 5_000)
    found = [(record.at_s, record.periods, record.counts_cwh[0]) for record in rig.closings()]
    expected = [(2026, 2, 1), (2026, 3, 1), (2026, 4, 1), (2026, 5, 1)]
    closings = [utc_s(*date, zone=DENMARK) for date in expected]
    assert found == [(at_s, k, energy) for k, at_s in enumerate(closings, 1)]


def test_a_reset_from_outside_closes_exactly_one_period():
    rig = Rig(codes(config2="000-00-00-1"), WINTER)
    rig.run(900, 1_000)
    assert rig.request(requests.CLOSE_BILLING) == 1
    with pytest.raises(ConfigError, match="once the one before is stored"):
        rig.request(requests.CLOSE_BILLING)
    rig.run(60)
    assert rig.request(requests.CLOSE_BILLING) == 2
    rig.run(2 * civil.DAY_S, step_s=60)
    assert [record.periods for record in rig.closings()] == [1, 2]


def test_a_cut_between_closing_and_storing_closes_the_period_again_once():
    rig = Rig(codes(config2="000-25-01-1"), WINTER + 23 * 3_600)
    rig.run_until(WINTER + civil.DAY_S - 2, 1_000, step_s=60)
    rig.store.deaf = True
    rig.run(4, 1_000)
    assert rig.meter.values.value(table.BILLING_PERIODS) == 1  # in RAM only
    rig.store.deaf = False
    rig.cut(60)
    rig.settle()
    (closing,) = rig.closings()
    assert closing.at_s == WINTER + civil.DAY_S
    rig.cut()
    rig.settle()
    assert [record.periods for record in rig.closings()] == [1]
    assert rig.meter.values.value(table.BILLING_PERIODS) == 1


def test_a_cut_right_after_the_entry_was_stored_does_not_close_twice():
    rig = Rig(codes(config2="000-25-01-1"), WINTER + 23 * 3_600)
    rig.run_until(WINTER + civil.DAY_S - 2, 1_000, step_s=60)
    while not rig.closings():
        rig._step_ms(1000, 1_000_000, 0)
    rig.cut()  # the state of the open interval may still be the one before
    rig.settle()
    rig.run(3_600, step_s=60)
    assert [record.periods for record in rig.closings()] == [1]
    values = rig.meter.values
    assert values.value(table.ACCUMULATED_DEMAND) == rig.closings()[0].accumulated_w


def test_with_an_invalid_clock_no_period_is_closed_by_the_calendar():
    rig = Rig(codes(config2="000-25-01-1"), WINTER + 23 * 3_600)
    rig.chip.is_right = False
    rig.run(7_200, 0, step_s=10)
    assert rig.closings() == []
    rig.set_clock(WINTER + 26 * 3_600)
    rig.run(3_600, step_s=10)
    assert [record.at_s for record in rig.closings()] == [WINTER + civil.DAY_S]


def test_a_cut_right_after_a_day_was_stored_does_not_store_it_twice():
    rig = Rig(start_s=WINTER + 23 * 3_600)
    rig.run_until(WINTER + civil.DAY_S - 2, 1_000, step_s=60)
    while not rig.days():
        rig._step_ms(1000, 1_000_000, 0)
    rig.cut()  # the state of the open interval is the one before midnight
    rig.settle()
    assert [record.at_s for record in rig.days()] == [WINTER + civil.DAY_S]


def test_a_day_that_begins_leaves_an_entry_and_of_several_missed_the_last():
    rig = Rig(start_s=WINTER + 23 * 3_600)
    rig.run(7_200, 1_000, step_s=60)
    rig.settle()
    rig.cut(3 * civil.DAY_S)
    rig.settle()
    assert [record.at_s for record in rig.days()] == [
        WINTER + civil.DAY_S,
        WINTER + 4 * civil.DAY_S,
    ]
