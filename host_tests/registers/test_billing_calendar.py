"""Closings of billing periods, against dateutil's recurrence rules in zones of the database."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import MONTHLY, rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from meter.calendar import civil
from meter.calendar.local import EU_SUMMER_TIME, Zone
from meter.errors import ConfigError
from meter.registers.billing_calendar import NEVER, PACKED, Billing, BillingCalendar

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
ZONES = {0: "Europe/London", 1: "Europe/Copenhagen", 2: "Europe/Helsinki"}
DENMARK = Zone(1, EU_SUMMER_TIME)

# Data sheet, configuration 2, HH debiting logging interval: the months in which a period ends.
HH = {
    0: [],
    1: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    2: [1, 3, 5, 7, 9, 11],
    3: [2, 4, 6, 8, 10, 12],
    4: [1, 4, 7, 10],
    5: [2, 5, 8, 11],
    6: [3, 6, 9, 12],
    7: [1, 7],
    8: [2, 8],
    9: [3, 9],
    10: [4, 10],
    11: [5, 11],
    12: [6, 12],
    **{12 + month: [month] for month in range(1, 13)},
}
MONTHS = "January February March April May June July August September October November December"
NAMES = ["None (external controlled)", "Monthly"]
for first, months in (("Every second month", 2), ("Every third month", 3), ("Half-yearly", 6)):
    NAMES += [f"{first}, {month}" for month in MONTHS.split()[:months]]
NAMES += [f"Yearly, {month}" for month in MONTHS.split()]
ROWS = [pytest.param(code, id=f"HH {code:02} {name}") for code, name in enumerate(NAMES)]
GG = [pytest.param(0, id="GG 00 External controlled")]
GG += [pytest.param(day, id=f"GG {day:02}") for day in range(1, 29)]


def utc_s(*when, zone=UTC):
    return int((datetime(*when, tzinfo=zone).astimezone(UTC) - EPOCH).total_seconds())


def by_rule(target_day, months, zone, first_year, last_year):
    """Closings by dateutil.rrule, each at local midnight by zoneinfo."""
    if not months or not target_day:
        return []
    rule = rrule(
        MONTHLY,
        dtstart=datetime(first_year, 1, 1),  # noqa: DTZ001  a local date; the zone comes next
        until=datetime(last_year, 12, 31),  # noqa: DTZ001
        bymonth=months,
        bymonthday=target_day,
    )
    return [utc_s(*when.timetuple()[:3], zone=zone) for when in rule]


@pytest.mark.parametrize("interval", ROWS)
@pytest.mark.parametrize("target_day", GG)
def test_three_years_close_as_the_recurrence_rule_says(target_day, interval):
    """2027..2029, with both changes of summer time each year, a leap day and four turns of it."""
    for code, name in ZONES.items():
        zone = ZoneInfo(name)
        calendar = BillingCalendar(target_day, interval, Zone(code, EU_SUMMER_TIME))
        first, last = utc_s(2027, 1, 1, zone=zone), utc_s(2029, 12, 31, 23, zone=zone)
        want = by_rule(target_day, HH[interval], zone, 2027, 2029)
        assert calendar.closings(first - 1, last) == want


def test_the_table_has_25_intervals_and_every_month_of_each():
    assert len(ROWS) == len(HH) == 25
    assert sum(map(len, HH.values())) == 12 + 2 * 6 + 3 * 4 + 6 * 2 + 12


@pytest.mark.parametrize("code", range(24))
def test_every_gmt_code_closes_the_first_time_its_wall_shows_the_date(code):
    zone = Zone(code, EU_SUMMER_TIME)
    for target_day in (25, 26, 27, 28):
        closings = BillingCalendar(target_day, 1, zone).closings(0, civil.LAST_S)
        assert len(closings) >= 1199
        for closing_s in closings:
            day = civil.date(zone.local_s(closing_s) // civil.DAY_S)[2]
            assert day == target_day
            assert civil.date(zone.local_s(closing_s - 1) // civil.DAY_S)[2] == target_day - 1


def test_after_the_last_closing_of_the_century_none_is_named():
    calendar = BillingCalendar(1, 1, DENMARK)
    assert calendar.next_after(utc_s(2099, 11, 30, 23)) == NEVER
    assert calendar.next_after(civil.LAST_S) == NEVER


@pytest.mark.parametrize(("target_day", "interval"), [(0, 0), (0, 1), (1, 0)])
def test_external_control_closes_nothing_by_the_clock(target_day, interval):
    calendar = BillingCalendar(target_day, interval, DENMARK)
    assert calendar.next_after(0) == NEVER
    assert calendar.closings(0, civil.LAST_S) == []


@pytest.mark.parametrize(
    ("message", "codes"),
    [
        ("GG: -1 refused, accepted: 00..28", (-1, 1)),
        ("GG: 29 refused, accepted: 00..28", (29, 1)),
        ("HH: -1 refused, accepted: 00..24", (1, -1)),
        ("HH: 25 refused, accepted: 00..24", (1, 25)),
    ],
)
def test_a_code_outside_the_table_is_refused_by_name(message, codes):
    with pytest.raises(ConfigError, match=message):
        BillingCalendar(*codes, DENMARK)


def close_all(billing, now_s):
    closed = []
    while billing.due(now_s) != NEVER:
        closed.append(billing.due(now_s))
        billing.close(closed[-1])
    return closed


def test_a_power_off_across_three_target_dates_is_caught_up_in_order_with_their_stamps():
    billing = Billing(BillingCalendar(1, 1, DENMARK), utc_s(2026, 1, 15))
    record = bytearray(PACKED + 4)
    billing.pack_into(record, 4)
    again = Billing(BillingCalendar(1, 1, DENMARK), utc_s(2026, 4, 20))
    again.restore(record, 4)
    assert close_all(again, utc_s(2026, 4, 20)) == [
        utc_s(2026, 1, 31, 23),
        utc_s(2026, 2, 28, 23),
        utc_s(2026, 3, 31, 22),
    ]
    assert again.periods == 3
    assert close_all(again, utc_s(2026, 4, 20)) == []


def test_a_period_is_due_from_the_second_of_its_target_date():
    billing = Billing(BillingCalendar(1, 1, DENMARK), utc_s(2026, 1, 15))
    assert billing.due(utc_s(2026, 1, 31, 22, 59, 59)) == NEVER
    assert billing.due(utc_s(2026, 1, 31, 23)) == utc_s(2026, 1, 31, 23)


def test_a_reset_from_outside_closes_one_period_and_leaves_the_calendar_alone():
    billing = Billing(BillingCalendar(1, 1, DENMARK), utc_s(2026, 1, 15))
    billing.close(utc_s(2026, 1, 20))
    assert billing.periods == 1
    assert close_all(billing, utc_s(2026, 2, 15)) == [utc_s(2026, 1, 31, 23)]
    assert billing.periods == 2


def test_a_reset_from_outside_does_not_swallow_a_closing_that_is_still_due():
    billing = Billing(BillingCalendar(1, 1, DENMARK), utc_s(2026, 1, 15))
    billing.close(utc_s(2026, 2, 2))
    assert close_all(billing, utc_s(2026, 2, 2)) == [utc_s(2026, 1, 31, 23)]


def test_a_reset_in_the_second_of_a_closing_is_that_closing():
    billing = Billing(BillingCalendar(1, 1, DENMARK), utc_s(2026, 1, 15))
    billing.close(utc_s(2026, 1, 31, 23))
    assert close_all(billing, utc_s(2026, 2, 2)) == []
    assert billing.periods == 1


def test_a_target_date_that_a_clock_set_brings_back_does_not_close_again():
    billing = Billing(BillingCalendar(1, 1, DENMARK), utc_s(2026, 1, 15))
    close_all(billing, utc_s(2026, 1, 31, 23, 5))
    billing.clock_set(utc_s(2026, 1, 31, 22, 50))
    assert close_all(billing, utc_s(2026, 2, 10)) == []
    assert close_all(billing, utc_s(2026, 3, 10)) == [utc_s(2026, 2, 28, 23)]


def test_a_clock_that_ran_years_ahead_does_not_stop_the_billing():
    billing = Billing(BillingCalendar(1, 1, DENMARK), utc_s(2040, 1, 15))
    billing.clock_set(utc_s(2026, 1, 15))
    assert close_all(billing, utc_s(2026, 2, 10)) == [utc_s(2026, 1, 31, 23)]


def test_a_clock_that_was_never_valid_brings_no_closings_when_it_is_set():
    billing = Billing(BillingCalendar(1, 1, DENMARK), NEVER)
    record = bytearray(PACKED)
    billing.pack_into(record, 0)
    billing.restore(record, 0)
    billing.clock_set(utc_s(2026, 1, 15))
    assert close_all(billing, utc_s(2026, 1, 15)) == []
    assert close_all(billing, utc_s(2026, 2, 10)) == [utc_s(2026, 1, 31, 23)]


def test_a_clock_set_across_target_dates_closes_each_of_them():
    billing = Billing(BillingCalendar(1, 1, DENMARK), utc_s(2026, 1, 15))
    billing.clock_set(utc_s(2026, 3, 10))
    assert close_all(billing, utc_s(2026, 3, 10)) == [
        utc_s(2026, 1, 31, 23),
        utc_s(2026, 2, 28, 23),
    ]


@given(
    st.integers(1, 28),
    st.integers(1, 24),
    st.lists(st.integers(1, 3 * 86_400 * 30), min_size=1, max_size=30),
    st.data(),
)
@settings(max_examples=150, print_blob=True)
def test_whatever_the_power_cuts_every_target_date_closes_one_period(
    target_day, interval, gaps_s, data
):
    calendar = BillingCalendar(target_day, interval, DENMARK)
    start_s = now_s = data.draw(st.integers(0, 2_000_000_000))
    billing = Billing(calendar, now_s)
    closed = []
    resets = 0
    record = bytearray(PACKED)
    for gap_s in gaps_s:
        now_s += gap_s
        closed += close_all(billing, now_s)
        if data.draw(st.booleans()):
            billing.close(now_s)
            resets += 1
        billing.pack_into(record, 0)
        billing = Billing(calendar, now_s)
        billing.restore(record, 0)
    zone = ZoneInfo("Europe/Copenhagen")
    first, last = (civil.date(instant_s // civil.DAY_S)[0] for instant_s in (start_s, now_s))
    want = by_rule(target_day, HH[interval], zone, first, last + 1)
    assert closed == [closing_s for closing_s in want if start_s < closing_s <= now_s]
    assert all(one < two for one, two in pairwise(closed))
    assert billing.periods == len(closed) + resets
