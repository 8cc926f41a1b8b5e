"""The tariff plan through activity calendar and special days: what is written comes into force."""

import pytest

from host_tests.dlms.device import Rig
from host_tests.dlms.requests_in_hex import Manager, get, name
from meter.calendar import tariff_plan
from meter.calendar.tariff_plan import TariffPlan
from meter.requests import WRITE_TARIFF_PLAN

CALENDAR = "0.0.13.0.0.255"
SPECIAL_DAYS = "0.0.11.0.0.255"
OK = bytes.fromhex("C501C100")
REFUSED = bytes.fromhex("C501C1FA")
LATER = "090C07EA0B01FF" + "00000000800000"  # 2026-11-01, local
PLAN = TariffPlan(
    ((3, 1), (10, 1)),
    [
        [(0, 1), (360, 2), (1320, 1)],
        [(0, 1)],
        [(0, 3)],
        [(0, 1), (420, 4)],
        [(0, 2)],
        [(0, 8), (1439, 7)],
    ],
    [(0, 12, 25), (2027, 5, 1)],
    0x3E,
)


@pytest.fixture
def rig():
    rig = Rig()
    rig.settle()
    rig.run(2_000)
    rig.meter.requests.submit(WRITE_TARIFF_PLAN, PLAN.pack())
    return rig


def read(manager, class_id, code, attribute):
    """Return an attribute's data, blocks joined."""
    answer = manager.send(get(class_id, code, attribute))
    assert answer[:4] == bytes.fromhex("C401C100"), answer.hex()
    return answer[4:]


def write(manager, class_id, code, attribute, value):
    request = "C101C1{:04X}{}{:02X}00".format(class_id, name(code), attribute)
    return manager.send(bytes.fromhex(request) + value)


def write_calendar(manager, shown):
    for passive, data in zip((7, 8, 9), shown, strict=True):
        assert write(manager, 20, CALENDAR, passive, data) == OK


def test_what_is_read_of_one_plan_makes_the_same_plan_again(rig):
    manager = Manager(rig)
    shown = [read(manager, 20, CALENDAR, attribute) for attribute in (3, 4, 5)]
    write_calendar(manager, shown)
    assert write(manager, 20, CALENDAR, 10, bytes.fromhex(LATER)) == OK
    passive = rig.meter.tariffs.passive
    words = [tariff_plan.struct.unpack("<152H", plan.pack()) for plan in (PLAN, passive)]
    assert words[0][0] == words[1][0]
    assert words[0][2:52] == words[1][2:52]
    assert passive.activation_day == 9_801  # 2026-11-01
    assert [read(manager, 20, CALENDAR, attribute) for attribute in (7, 8, 9)] == shown
    assert rig.meter.tariffs.active.pack() == PLAN.pack()


def test_the_passive_calendar_is_activated_at_once_by_its_method(rig):
    manager = Manager(rig)
    shown = [read(manager, 20, CALENDAR, attribute) for attribute in (3, 4, 5)]
    other = shown[2].replace(b"\x12\x00\x04", b"\x12\x00\x05")
    write_calendar(manager, [shown[0], shown[1], other])
    answer = manager.send("C301C10014" + name(CALENDAR) + "01010F00")
    assert answer == bytes.fromhex("C701C10000")
    assert read(manager, 20, CALENDAR, 5) == other


def test_a_stored_passive_plan_is_activated_too_where_nothing_was_written_since(rig):
    manager = Manager(rig)
    activate = "C301C10014" + name(CALENDAR) + "01010F00"
    assert manager.send(activate)[:4] == bytes.fromhex("C701C10B")  # there is none yet
    shown = [read(manager, 20, CALENDAR, attribute) for attribute in (3, 4, 5)]
    other = shown[2].replace(b"\x12\x00\x04", b"\x12\x00\x05")
    write_calendar(manager, [shown[0], shown[1], other])
    assert write(manager, 20, CALENDAR, 10, bytes.fromhex(LATER)) == OK
    assert read(manager, 20, CALENDAR, 5) == shown[2]
    assert manager.send(activate) == bytes.fromhex("C701C10000")
    assert read(manager, 20, CALENDAR, 5) == other


def test_special_days_are_replaced(rig):
    manager = Manager(rig)
    days = bytes.fromhex("0102" + "02031200000905FFFF0101FF1105" + "0203120001090507EB0503FF1102")
    assert write(manager, 11, SPECIAL_DAYS, 2, days) == OK
    assert read(manager, 11, SPECIAL_DAYS, 2) == days
    assert read(manager, 20, CALENDAR, 5)[:2] == b"\x01\x06"


@pytest.mark.parametrize(
    ("attribute", "spoil"),
    [
        (7, lambda data: b"\x01\x01" + data[2:24]),
        (7, lambda data: data[:-1] + b"\x31"),
        (8, lambda data: data[:-1] + b"\x09"),
        (8, lambda data: data[:-1] + bytes((7 - data[-1],))),
        (9, lambda data: data.replace(b"\x12\x00\x08", b"\x12\x00\x09")),
        (9, lambda data: data.replace(b"\x09\x04\x17", b"\x09\x04\x18")),
        (9, lambda data: data.replace(b"\x64\xff", b"\x65\xff")),
        (9, lambda data: data.replace(b"\x11\x03", b"\x11\x04")),
    ],
)
def test_calendars_that_this_meter_cannot_have_are_refused(rig, attribute, spoil):
    manager = Manager(rig)
    data = read(manager, 20, CALENDAR, attribute - 4)
    assert spoil(data) != data
    assert write(manager, 20, CALENDAR, attribute, spoil(data)) == REFUSED
    assert rig.meter.tariffs.passive is None


def test_a_plan_that_is_not_whole_is_refused_when_it_is_to_be_activated(rig):
    manager = Manager(rig)
    assert write(manager, 20, CALENDAR, 7, read(manager, 20, CALENDAR, 3)) == OK
    assert write(manager, 20, CALENDAR, 10, bytes.fromhex(LATER)) == REFUSED
    assert rig.meter.tariffs.active.pack() == PLAN.pack()


@pytest.mark.parametrize(
    "time",
    [
        "07D00101FF00000000FD3000",  # noon of the day before, UTC
        "07CF0C1FFF173B3B00800000",
        "08330C1FFF173B3B0002D000",  # noon of the day after
        "08340101FF00000000800000",
        "FFFFFFFFFFFFFFFFFF8000FF",
    ],
)
def test_an_activation_beyond_this_century_is_refused(rig, time):
    manager = Manager(rig)
    write_calendar(manager, [read(manager, 20, CALENDAR, attribute) for attribute in (3, 4, 5)])
    assert write(manager, 20, CALENDAR, 10, bytes.fromhex("090C" + time)) == REFUSED
    assert rig.meter.tariffs.passive is None


@pytest.mark.parametrize(
    "days", ["0165" + "020312000009050101FF1102" * 101, "010102031200000904000000001102",
             "01010203120000090507CF0101FF1105", "01010203120000090507EA0D01FF1105",
             "01010203120000090507EA0101FF1102"],
)  # fmt: skip
def test_special_days_that_are_none_are_refused(rig, days):
    answer = write(Manager(rig), 11, SPECIAL_DAYS, 2, bytes.fromhex(days[:400]))
    assert answer in (REFUSED, bytes.fromhex("D80102"))
    assert rig.meter.tariffs.active.pack() == PLAN.pack()


def change_day(manager, method, value):
    return manager.send("C301C1000B" + name(SPECIAL_DAYS) + f"{method:02X}01" + value)[3]


def special_days(rig):
    words = tariff_plan.struct.unpack("<152H", rig.meter.tariffs.active.pack())
    return [(w >> 9, w >> 5 & 15, w & 31) for w in words[52:] if w != 0xFFFF]


def test_a_special_day_is_put_in_and_taken_out(rig):
    manager = Manager(rig)
    assert special_days(rig) == [(127, 12, 25), (27, 5, 1)]
    assert change_day(manager, 1, "0203120002090507EA0B02FF1105") == 0  # behind the others
    assert special_days(rig) == [(127, 12, 25), (27, 5, 1), (26, 11, 2)]
    assert change_day(manager, 1, "02031200000905FFFF0101FF1105") == 0  # in the first one's place
    assert special_days(rig) == [(127, 1, 1), (27, 5, 1), (26, 11, 2)]
    assert change_day(manager, 2, "120001") == 0
    assert special_days(rig) == [(127, 1, 1), (26, 11, 2)]


@pytest.mark.parametrize(
    ("method", "value", "result"),
    [
        (1, "02031200030905FFFF0101FF1105", 250),  # a place is left out
        (1, "02031200020905FFFF0101FF1102", 250),  # another day table than the season's
        (1, "02031200020905FFFF0D01FF1105", 250),
        (1, "02031200020905FFFF0C19FF1105", 250),  # it is there already
        (1, "02031200020904FFFF01011105", 250),
        (1, "120002", 12),
        (2, "120002", 250),
        (2, "0F00", 12),
    ],
)
def test_changes_of_special_days_that_make_no_plan_are_refused(rig, method, value, result):
    before = special_days(rig)
    assert change_day(Manager(rig), method, value) == result
    assert special_days(rig) == before


def test_there_are_a_hundred_special_days_and_no_more(rig):
    manager = Manager(rig)
    for k in range(2, 100):
        day = f"0203 12{k:04X} 0905 07{0xD0 + k // 28:02X} 06{k % 28 + 1:02X}FF 1102"
        assert change_day(manager, 1, day.replace(" ", "")) == 0
    assert len(special_days(rig)) == 100
    assert change_day(manager, 1, "0203120064090507D00701FF1102") == 250
    assert len(special_days(rig)) == 100
