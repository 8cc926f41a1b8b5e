"""Who decides on the tariff, and what holds when nobody can know it."""

from datetime import UTC, datetime

import pytest

from meter.calendar import tariff_source
from meter.calendar.local import EU_SUMMER_TIME, Zone
from meter.calendar.tariff_plan import TariffPlan
from meter.calendar.tariff_source import TariffSource
from meter.errors import ConfigError

DENMARK = Zone(1, EU_SUMMER_TIME)
VALID, INVALID = True, False


def utc_s(*when):
    return int((datetime(*when, tzinfo=UTC) - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds())


@pytest.fixture
def by_plan(plan):
    source = TariffSource(tariff_source.PLAN, 8, DENMARK, fallback=7)
    source.active = plan
    return source


def test_a_meter_without_tariffs_counts_in_the_first():
    source = TariffSource(tariff_source.SINGLE, 1, DENMARK)
    assert [source.tariff(0, VALID, inputs) for inputs in range(4)] == [1, 1, 1, 1]


def test_the_plan_follows_summer_time(by_plan):
    assert by_plan.tariff(utc_s(2026, 7, 6, 3, 59, 59), VALID, 0) == 2
    assert by_plan.tariff(utc_s(2026, 7, 6, 4), VALID, 0) == 1
    assert by_plan.tariff(utc_s(2026, 1, 5, 4, 59, 59), VALID, 0) == 2
    assert by_plan.tariff(utc_s(2026, 1, 5, 5), VALID, 0) == 1


def test_an_invalid_clock_means_the_fallback_tariff_and_no_guess(by_plan):
    assert by_plan.tariff(utc_s(2026, 7, 6, 12), INVALID, 0) == 7


def test_without_a_plan_the_fallback_tariff_counts(by_plan):
    by_plan.active = None
    assert by_plan.tariff(utc_s(2026, 7, 6, 12), VALID, 0) == 7


@pytest.mark.parametrize(
    ("tariffs", "of_inputs"), [(2, [1, 2, 2, 2]), (4, [1, 2, 3, 4]), (8, [1, 2, 3, 4])]
)
def test_the_modules_inputs_choose_the_tariff_whatever_the_clock(tariffs, of_inputs):
    source = TariffSource(tariff_source.INPUTS, tariffs, DENMARK)
    assert [source.tariff(0, INVALID, inputs) for inputs in range(4)] == of_inputs


def test_a_command_holds_until_it_is_released(by_plan):
    noon = utc_s(2026, 7, 6, 12)
    by_plan.command(8)
    assert (by_plan.tariff(noon, VALID, 0), by_plan.tariff(noon, INVALID, 3)) == (8, 8)
    by_plan.command(0)
    assert by_plan.tariff(noon, VALID, 0) == 1


def test_before_the_first_command_the_fallback_tariff_counts():
    source = TariffSource(tariff_source.COMMAND, 4, DENMARK, fallback=2)
    assert source.tariff(0, VALID, 3) == 2


def test_a_passive_plan_takes_over_at_local_midnight_of_its_day(by_plan):
    monday = utc_s(2026, 7, 6) // 86_400
    by_plan.passive = TariffPlan([(4, 1), (10, 1)], [[(0, 6)]] * 6, activation_day=monday)
    assert not by_plan.activate(utc_s(2026, 7, 5, 21, 59, 59))
    assert by_plan.tariff(utc_s(2026, 7, 5, 21, 59, 59), VALID, 0) == 2
    assert by_plan.activate(utc_s(2026, 7, 5, 22))
    assert by_plan.tariff(utc_s(2026, 7, 5, 22), VALID, 0) == 6
    assert not by_plan.activate(utc_s(2026, 7, 5, 22))


def test_a_plan_whose_day_passed_without_mains_takes_over_at_power_on(by_plan):
    by_plan.passive = TariffPlan([(4, 1), (10, 1)], [[(0, 6)]] * 6, activation_day=100)
    assert by_plan.activate(utc_s(2026, 7, 6))


def test_a_plan_with_a_tariff_that_the_meter_lacks_is_refused(plan):
    source = TariffSource(tariff_source.PLAN, 4, DENMARK)
    with pytest.raises(ConfigError, match=r"highest tariff: 5 refused, accepted: 1..4"):
        source.check(plan)
    TariffSource(tariff_source.PLAN, 8, DENMARK).check(plan)


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("tariff source: 4 refused", (4, 1, DENMARK)),
        ("tariffs: 0 refused, accepted: 1..8", (1, 0, DENMARK)),
        ("tariffs: 9 refused, accepted: 1..8", (1, 9, DENMARK)),
        ("fallback tariff: 3 refused, accepted: 1..2", (1, 2, DENMARK, 3)),
    ],
)
def test_a_bad_source_is_refused_by_name(message, arguments):
    with pytest.raises(ConfigError, match=message):
        TariffSource(*arguments)


def test_a_command_beyond_the_tariffs_is_refused_and_changes_nothing(by_plan):
    by_plan.command(3)
    with pytest.raises(ConfigError, match="commanded tariff: 9 refused"):
        by_plan.command(9)
    assert by_plan.tariff(0, VALID, 0) == 3
