"""Local time of every hour of the century, against the zone database as far as the law is made.

The database holds today's rule for all years to come, so one rule is compared with the other.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from meter.calendar import civil
from meter.calendar.local import EU_SUMMER_TIME, NO_SUMMER_TIME, Zone
from meter.errors import ConfigError

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
ZONES = {0: "Europe/London", 1: "Europe/Copenhagen", 2: "Europe/Helsinki"}
HOUR_S = 3600


def offset_s(zone, utc_s):
    return int((EPOCH + timedelta(seconds=utc_s)).astimezone(zone).utcoffset().total_seconds())


@pytest.mark.parametrize("code", ZONES)
def test_every_hour_of_the_century_has_the_local_time_of_the_zone_database(code):
    zone, known = Zone(code, EU_SUMMER_TIME), ZoneInfo(ZONES[code])
    for utc_s in range(0, civil.LAST_S, HOUR_S):
        assert zone.local_s(utc_s) - utc_s == offset_s(known, utc_s), utc_s


@pytest.mark.parametrize("code", ZONES)
def test_summer_time_begins_and_ends_to_the_second(code):
    zone, known = Zone(code, EU_SUMMER_TIME), ZoneInfo(ZONES[code])
    changes = 0
    for day in range(civil.LAST_DAY + 1):
        before, after = day * civil.DAY_S + HOUR_S - 1, day * civil.DAY_S + HOUR_S
        changes += zone.is_summer(before) != zone.is_summer(after)
        for utc_s in (before, after):
            assert zone.local_s(utc_s) - utc_s == offset_s(known, utc_s)
    assert changes == 200


@pytest.mark.parametrize("code", ZONES)
def test_every_local_hour_comes_back_to_the_instant_it_is_first_shown(code):
    zone, known = Zone(code, EU_SUMMER_TIME), ZoneInfo(ZONES[code])
    for local_s in range(civil.DAY_S, civil.LAST_S - civil.DAY_S, HOUR_S):
        if civil.date(local_s // civil.DAY_S)[1] not in (3, 10):
            continue  # the months of the changes; what lies between is an offset
        wall = (EPOCH + timedelta(seconds=local_s)).replace(tzinfo=known, fold=0)
        utc_s = int((wall.astimezone(UTC) - EPOCH).total_seconds())
        assert zone.utc_s(local_s) == utc_s or zone.local_s(utc_s) != local_s


@pytest.mark.parametrize("code", range(24))
def test_the_instant_of_a_local_time_is_the_first_that_shows_it_or_more(code):
    zone = Zone(code, EU_SUMMER_TIME)
    for day in (civil.days(2026, 3, 29), civil.days(2026, 10, 25), civil.days(2026, 7, 1)):
        for minute in range(-24 * 60, 48 * 60, 10):
            local_s = day * civil.DAY_S + minute * 60
            utc_s = zone.utc_s(local_s)
            assert zone.local_s(utc_s) >= local_s
            assert zone.local_s(utc_s - 1) < local_s


GMT = [*range(13), *range(-11, 0)]  # data sheet, configuration 3 LL, codes 00..23


@pytest.mark.parametrize(("code", "hours"), list(enumerate(GMT)))
def test_gmt_code_ll_is_so_many_hours_from_utc(code, hours):
    for utc_s in (0, 206_928_000, civil.LAST_S):
        assert Zone(code).local_s(utc_s) - utc_s == hours * HOUR_S
        assert Zone(code, EU_SUMMER_TIME).standard_s(utc_s) - utc_s == hours * HOUR_S


def test_without_a_summer_time_table_there_is_no_summer():
    zone = Zone(1, NO_SUMMER_TIME)
    assert not any(zone.is_summer(utc_s) for utc_s in range(0, civil.LAST_S, civil.DAY_S))


@pytest.mark.parametrize("code", [-1, 24])
def test_an_unknown_gmt_code_is_refused_by_name(code):
    with pytest.raises(ConfigError, match=f"LL: {code} refused, accepted: 0..23"):
        Zone(code)


def test_an_unknown_summer_time_table_is_refused_by_name():
    with pytest.raises(ConfigError, match="PPP: 2 refused"):
        Zone(1, 2)
