"""Rows and columns of a profile, by entry and by range."""

import pytest

from host_tests.dlms.device import START_S, Rig
from host_tests.dlms.requests_in_hex import (
    by_entry,
    get,
    reader,
)
from meter.views.dlms.device import ITEM

CLOCK = get(8, "0.0.1.0.0.255", 2)
TIME = "090C07EA0B0107 0A0000FFFFC400"  # 2026-11-01T10:00+01:00, a Sunday
TIME_S = 846_838_800
PROFILE = "1.0.99.1.0.255"


@pytest.fixture
def rig():
    return Rig()


@pytest.fixture(scope="module")
def full():
    """A reader on a meter with 60 intervals."""
    rig = Rig()
    rig.fill_profile(60)
    return reader(rig)


NOTHING = bytes.fromhex("C401C1000100")


def by_range(begin, end, columns="0100", restricting="020412000809060000010000FF0F02120000"):
    return "010204" + restricting + begin + end + columns


def time_os(text):
    """Return an octet-string of a text such as "2026-10-25T13:15 FFC4"."""
    stamp, deviation = text.split()
    year, month, rest = stamp.split("-")
    day, clock = rest.split("T")
    hour, minute = clock.split(":")
    numbers = (int(month), int(day), 255, int(hour), int(minute), 0, 255)
    return f"090C{int(year):04X}" + bytes(numbers).hex() + deviation + "00"


def rows(answer):
    """Return the number of rows of an answer, from its array."""
    assert answer[:5] == bytes.fromhex("C401C10001"), answer.hex()
    return answer[5]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(1, 3, 3), (1, 1, 1), (58, 60, 3), (58, 0, 3), (60, 100, 1), (61, 0, 0), (3, 2, 0),
     (60, 0xFFFFFFFF, 1), (0xFFFFFFFF, 0xFFFFFFFF, 0)],
)  # fmt: skip
def test_entries_are_counted_from_one(full, first, last, expected):
    assert rows(full.send(get(7, PROFILE, 2, by_entry(first, last)))) == expected


@pytest.mark.parametrize(
    ("first", "last", "row"),
    [(3, 3, "020106000003E8"), (3, 4, "020206000003E8060000001E"), (6, 0, "0201060000000A")],
)
def test_columns_are_counted_from_one(full, first, last, row):
    answer = full.send(get(7, PROFILE, 2, by_entry(1, 1, first, last)))
    assert answer.hex().upper() == "C401C1000101" + row


@pytest.mark.parametrize(("first", "last"), [(7, 0), (5, 4), (0xFFFF, 0xFFFF)])
def test_columns_that_are_not_there_are_no_rows(full, first, last):
    assert full.send(get(7, PROFILE, 2, by_entry(1, 1, first, last))) == NOTHING


@pytest.mark.parametrize(
    "selection",
    [by_entry(0, 3), by_entry(1, 3, 0), "0300", "FF00", "0000", "0200", "0100",
     by_range(time_os("2026-10-25T13:15 8000"), time_os("2026-10-25T13:15 8000"),
              restricting="02041200030906" + "0100010800FF" + "0F02120000"),
     by_range("0900", "0900"), by_range("090CFFFFFFFFFFFFFFFFFF8000FF", "0600000000"),
     by_range("090CFFFFFFFFFFFFFFFFFF8000FF", "090C07EA0D01FF0000000080 0000"),
     by_range(time_os("2026-10-25T13:15 8000"), time_os("2026-10-25T13:15 8000"),
              columns="010102041200080906" + "0000010000FE" + "0F02120000")],
)  # fmt: skip
def test_selections_that_mean_nothing_are_refused(full, selection):
    answer = full.send(get(7, PROFILE, 2, selection))
    assert answer in (bytes.fromhex("C401C101FA"), bytes.fromhex("C401C1010C"))


@pytest.mark.parametrize("times", [2, 23, 24])
def test_a_column_that_is_asked_for_twice_is_refused_however_long_the_row_would_be(full, times):
    """A row must fit the buffer that items are encoded in, which is as long as the longest one."""
    clock, status = "020412000809060000010000FF0F02120000", "020412000109060000600A01FF0F02120000"
    columns = f"01{times + 1:02X}" + clock * times + status
    begin, end = time_os("2026-10-25T13:15 8000"), time_os("2026-10-25T15:15 8000")
    answer = full.send(get(7, PROFILE, 2, by_range(begin, end, columns)))
    assert answer == bytes.fromhex("C401C101FA")
    item = full.device.item
    assert len(item.buf) == ITEM


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ("2026-10-25T13:15 8000", "2026-10-25T13:15 8000", 1),  # first interval, local time
        ("2026-10-25T12:15 0000", "2026-10-25T12:15 0000", 1),  # the same, UTC
        ("2026-10-25T13:15 FFC4", "2026-10-25T14:15 FFC4", 5),
        ("2026-10-25T13:16 8000", "2026-10-25T13:29 8000", 0),
        ("2026-10-25T13:01 8000", "2026-10-25T13:44 8000", 2),
        ("2000-01-01T00:00 8000", "2099-12-31T00:00 8000", 60),
        ("1990-01-01T00:00 8000", "2150-12-31T00:00 8000", 60),
        ("2026-10-26T03:30 8000", "2026-10-26T08:30 8000", 3),
        ("2026-10-25T14:15 8000", "2026-10-25T13:15 8000", 0),
    ],
)
def test_ranges_hold_both_their_ends(full, begin, end, expected):
    selection = by_range(time_os(begin), time_os(end), columns="0100")
    columns = "01" + "01" + "02041200010906" + "0000600A01FF" + "0F02120000"
    answer = full.send(get(7, PROFILE, 2, by_range(time_os(begin), time_os(end), columns)))
    assert rows(answer) == expected
    if expected < 20:
        assert rows(full.send(get(7, PROFILE, 2, selection))) == expected


def test_entries_left_out_at_the_end_of_a_page_are_no_rows():
    rig = Rig()
    rig.settle()
    profile, total = rig.meter.keeper.profile, rig.meter.ledger.total
    for step in (0, 1, 2, 70_000, 70_001, 70_002, 70_003):  # the slots' high bits change
        profile.tick(START_S + step * 900, total, 0)
        while profile.step(2):
            pass
    assert profile.log.total == 8 + 3  # five of a page were left out
    reader(rig)
    answer = rig.send(get(7, PROFILE, 7))
    assert answer == bytes.fromhex("C401C1000600000006")
    assert rows(rig.send(get(7, PROFILE, 2))) == 6
    fifth = rig.send(get(7, PROFILE, 2, by_entry(5, 5)))
    assert fifth[6:] == rig.send(get(7, PROFILE, 2, by_entry(5, 0)))[6 : len(fifth)]
    assert rows(rig.send(get(7, PROFILE, 2, by_entry(4, 6)))) == 3


def test_after_the_clock_was_set_back_a_range_finds_both_times():
    rig = Rig()
    rig.settle()
    profile, total = rig.meter.keeper.profile, rig.meter.ledger.total
    for step in (0, 1, 2, 3, 4, 1, 2, 3, 4):
        profile.tick(START_S + step * 900, total, 0)
        while profile.step(2):
            pass
    reader(rig)
    at = time_os("2026-10-25T12:30 0000")
    assert rows(rig.send(get(7, PROFILE, 2, by_range(at, at)))) == 2
