"""The plan in force, against a reading of it with Python's own calendar; and what no plan is."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meter.calendar import civil, tariff_plan
from meter.calendar.tariff_plan import EVERY_YEAR, TariffPlan
from meter.errors import ConfigError

EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001  a local time, as the plan means it


def seconds(*when):
    return int((datetime(*when) - EPOCH).total_seconds())  # noqa: DTZ001


@st.composite
def tables(draw):
    minutes = draw(st.lists(st.integers(1, 1439), max_size=7, unique=True))
    return [(minute, draw(st.integers(1, 8))) for minute in sorted([0, *minutes])]


@st.composite
def dates(draw):
    when = EPOCH + timedelta(days=draw(st.integers(0, civil.LAST_DAY)))
    return (draw(st.sampled_from([EVERY_YEAR, when.year])), when.month, when.day)


def plans():
    season = st.integers(0, 365).map(lambda day: EPOCH + timedelta(days=day))
    seasons = st.lists(
        season.map(lambda when: (when.month, when.day)), min_size=2, max_size=2, unique=True
    )
    return st.fixed_dictionaries(
        {
            "seasons": seasons,
            "tables": st.lists(tables(), min_size=6, max_size=6),
            "special_days": st.lists(dates(), max_size=100, unique=True),
            "working_days": st.integers(0, 127),
            "activation_day": st.integers(0, civil.LAST_DAY),
        }
    )


def by_the_book(plan, when):
    """The tariff as one reads a plan on paper."""
    day = (when.month, when.day)
    begun = [index for index in (0, 1) if plan["seasons"][index] <= day]
    latest = max(begun or (0, 1), key=lambda index: plan["seasons"][index])
    if (when.year, *day) in plan["special_days"] or (EVERY_YEAR, *day) in plan["special_days"]:
        kind = 2
    else:
        kind = 0 if plan["working_days"] >> when.weekday() & 1 else 1
    minute = when.hour * 60 + when.minute
    return [t for m, t in plan["tables"][latest * 3 + kind] if m <= minute][-1]


@given(plans(), st.lists(st.integers(0, civil.LAST_S), min_size=1, max_size=20), st.data())
@settings(max_examples=150, print_blob=True)
def test_the_tariff_is_the_one_that_the_plan_shows_on_paper(arguments, instants, data):
    plan = TariffPlan(**arguments)
    for year, month, day in arguments["special_days"][:5]:
        instants.append(seconds(year or 2028, month, day) + data.draw(st.integers(0, 86_399)))
    for local_s in instants:
        assert plan.tariff(local_s) == by_the_book(arguments, EPOCH + timedelta(seconds=local_s))


@given(plans())
@settings(max_examples=100, print_blob=True)
def test_a_packed_plan_comes_back_as_it_was_and_is_of_one_size(arguments):
    packed = TariffPlan(**arguments).pack()
    again = tariff_plan.unpack(packed)
    assert len(packed) == tariff_plan.PACKED
    assert again.pack() == packed
    assert again.activation_day == arguments["activation_day"]
    assert again.highest_tariff == max(t for table in arguments["tables"] for _, t in table)


def test_every_minute_of_four_years_has_its_tariff(plan, plan_arguments):
    plan_arguments["working_days"] = 0x1F
    for day in range(civil.days(2024, 1, 1), civil.days(2028, 1, 1)):
        for minute in (0, 359, 360, 1019, 1020, 1229, 1230, 1319, 1320, 1439):
            local_s = day * civil.DAY_S + minute * 60
            when = EPOCH + timedelta(seconds=local_s)
            assert plan.tariff(local_s) == by_the_book(plan_arguments, when), when


def test_a_switch_takes_place_with_its_minute(plan):
    monday = seconds(2026, 11, 23)
    for minute, before, after in ((360, 2, 1), (1020, 1, 3), (1230, 3, 1), (1320, 1, 2)):
        assert plan.tariff(monday + minute * 60 - 1) == before
        assert plan.tariff(monday + minute * 60) == after


def test_a_special_day_comes_before_the_day_of_the_week(plan):
    assert plan.day_type(civil.days(2026, 4, 3)) == tariff_plan.SPECIAL
    assert plan.day_type(civil.days(2027, 4, 3)) == tariff_plan.NON_WORKING
    assert plan.tariff(seconds(2026, 12, 25, 12)) == 5
    assert plan.tariff(seconds(2031, 12, 25, 12)) == 5


def test_a_season_begins_at_midnight_of_its_date(plan):
    assert plan.tariff(seconds(2027, 9, 30, 18)) == 1
    assert plan.tariff(seconds(2027, 10, 1, 18)) == 3
    assert plan.tariff(seconds(2027, 3, 31, 18)) == 3
    assert plan.tariff(seconds(2027, 4, 1, 18)) == 1


def test_eight_switches_and_a_hundred_special_days_are_a_plan(plan_arguments):
    plan_arguments["tables"][0] = [(k * 60, k % 8 + 1) for k in range(8)]
    plan_arguments["special_days"] = [(2000 + k, 1, 1) for k in range(100)]
    assert tariff_plan.unpack(TariffPlan(**plan_arguments).pack()).highest_tariff == 8


REFUSED = {
    "seasons: 1 refused, accepted: two": {"seasons": [(4, 1)]},
    "season 1: (13, 1) refused": {"seasons": [(13, 1), (4, 1)]},
    "season 2: (2, 30) refused": {"seasons": [(4, 1), (2, 30)]},
    "season 2: (4, 1) refused, accepted: another date": {"seasons": [(4, 1), (4, 1)]},
    "working days: 128 refused, accepted: 0..127": {"working_days": 128},
    "working days: -1 refused": {"working_days": -1},
    "activation day: -1 refused": {"activation_day": -1},
    "activation day: 36525 refused": {"activation_day": 36525},
    "tables: 5 refused, accepted: 2 seasons of 3": {"tables": [[(0, 1)]] * 5},
    "special days: 101 refused, accepted: 0..100": {
        "special_days": [(2000 + k, m, 1) for m in (1, 2) for k in range(100)][:101]
    },
    "special day 1: (2025, 2, 29) refused": {"special_days": [(2025, 2, 29)]},
    "special day 1: (1999, 1, 1) refused": {"special_days": [(1999, 1, 1)]},
    "special day 1: (2100, 1, 1) refused": {"special_days": [(2100, 1, 1)]},
    "special day 2: (0, 5, 1) refused, accepted: each date once": {
        "special_days": [(0, 5, 1), (0, 5, 1)]
    },
}


@pytest.mark.parametrize(("message", "change"), REFUSED.items(), ids=list(REFUSED))
def test_a_bad_plan_is_refused_by_name(plan_arguments, message, change):
    plan_arguments.update(change)
    with pytest.raises(ConfigError) as refused:
        TariffPlan(**plan_arguments)
    assert str(refused.value).startswith("tariff plan " + message)


BAD_TABLES = {
    "0 refused, accepted: 1..8 switches": [],
    "9 refused, accepted: 1..8 switches": [(k, 1) for k in range(9)],
    "switch 1: 1 refused, accepted: minute 0..0": [(1, 1)],
    "switch 2: 1440 refused, accepted: minute 1..1439": [(0, 1), (1440, 2)],
    "switch 3: 60 refused, accepted: minute 61..1439": [(0, 1), (60, 2), (60, 3)],
    "tariff: 0 refused, accepted: 1..8": [(0, 0)],
    "tariff: 9 refused, accepted: 1..8": [(0, 1), (60, 9)],
}


@pytest.mark.parametrize(("message", "table"), BAD_TABLES.items(), ids=list(BAD_TABLES))
def test_a_bad_table_is_refused_with_its_season_and_day(plan_arguments, message, table):
    plan_arguments["tables"][4] = table
    with pytest.raises(ConfigError) as refused:
        TariffPlan(**plan_arguments)
    assert str(refused.value).startswith("tariff plan season 2 non-working day")
    assert message in str(refused.value)


@given(st.binary(min_size=304, max_size=304) | st.binary(max_size=400))
@settings(max_examples=300, print_blob=True)
def test_any_bytes_are_a_plan_or_refused(packed):
    try:
        assert tariff_plan.unpack(packed).pack() == packed
    except ConfigError:
        pass


@given(st.integers(0, 303), st.integers(0, 255))
@settings(max_examples=300, print_blob=True)
def test_a_changed_byte_is_another_plan_or_refused(at, value):
    packed = bytearray(TariffPlan([(4, 1), (10, 1)], [[(0, 1), (600, 2)]] * 6).pack())
    packed[at] = value
    try:
        assert tariff_plan.unpack(bytes(packed)).pack() == packed
    except ConfigError:
        pass
