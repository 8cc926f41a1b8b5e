"""Every day of the century, against Python's own calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest

from meter.calendar import civil

EPOCH = date(2000, 1, 1)


def test_every_day_of_the_century_has_the_date_and_weekday_of_the_library():
    for day in range(civil.LAST_DAY + 1):
        want = EPOCH + timedelta(days=day)
        assert civil.date(day) == (want.year, want.month, want.day)
        assert civil.days(want.year, want.month, want.day) == day
        assert civil.weekday(day) == want.isoweekday()


def test_the_last_second_is_the_end_of_2099():
    end = datetime(2100, 1, 1, tzinfo=UTC) - datetime(2000, 1, 1, tzinfo=UTC)
    assert end.total_seconds() - 1 == civil.LAST_S
    assert civil.LAST_S // civil.DAY_S == civil.LAST_DAY


@pytest.mark.parametrize("day", [-2, -1, civil.LAST_DAY + 1, civil.LAST_DAY + 2])
def test_a_day_or_two_beyond_the_century_comes_out_right(day):
    want = EPOCH + timedelta(days=day)
    assert civil.date(day) == (want.year, want.month, want.day)
    assert civil.days(*civil.date(day)) == day


def test_a_date_exists_exactly_when_the_library_knows_it():
    for year in (1999, 2000, 2001, 2004, 2096, 2099, 2100):
        for month in range(-1, 15):
            for day in range(-1, 34):
                try:
                    date(year, month, day)
                    exists = 2000 <= year <= 2099
                except ValueError:
                    exists = False
                assert civil.is_date(year, month, day) == exists, (year, month, day)
