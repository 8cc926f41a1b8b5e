"""Billing by its standard objects: the schedule that GG and HH make, its script, what it runs."""

import datetime as dt

import pytest
from gurux_dlms.enums import DataType, ObjectType

from host_tests.dlms.clients import MANAGER, ClientError, DirectLine, Gurux
from host_tests.dlms.device import Rig
from host_tests.dlms.requests_in_hex import Manager, name, reader
from meter import config
from meter.calendar.local import EU_SUMMER_TIME, Zone
from meter.config import Settings
from meter.journal import configuration
from meter.registers import table
from meter.registers.billing_calendar import BillingCalendar
from meter.views.dlms import billing_schedule
from meter.views.dlms.axdr import Encoder, Reader

SCHEDULE = "0.0.15.0.0.255"
DENMARK = Zone(1, EU_SUMMER_TIME)
YEARS = range(2026, 2029)
EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def executions(settings):
    """Return attribute 4 as COSEM has it: [(time, date)]."""
    items = billing_schedule.read(settings, 4)
    out = Encoder(256)
    found = []
    for k in range(items.count):
        out.n = 0
        items.put(out, k)
        assert out.buf[:4] == b"\x02\x02\x09\x04"
        assert out.buf[8:10] == b"\x09\x05"
        found.append((bytes(out.buf[4:8]), bytes(out.buf[10:15])))
    return found


def local_times(found):
    """Return the local dates and times that wildcards mean in YEARS, in order."""
    times = set()
    for time, date in found:
        assert date[:2] == b"\xff\xff"
        assert date[4] == 0xFF
        months = range(1, 13) if date[2] == 0xFF else [date[2]]
        times |= {(year, m, date[3], *time[:3]) for year in YEARS for m in months}
    return sorted(times)


@pytest.mark.parametrize("interval", range(25))
def test_its_executions_are_the_closings_of_every_gg_and_hh(interval):
    begin_s = int((dt.datetime(2025, 12, 31, 12, tzinfo=dt.UTC) - EPOCH).total_seconds())
    end_s = int((dt.datetime(2028, 12, 31, 12, tzinfo=dt.UTC) - EPOCH).total_seconds())
    for target_day in range(29):
        settings = Settings(target_day=target_day, interval=interval)
        closings = BillingCalendar(target_day, interval, DENMARK).closings(begin_s, end_s)
        shown = [EPOCH + dt.timedelta(seconds=DENMARK.local_s(at_s)) for at_s in closings]
        assert local_times(executions(settings)) == [at.timetuple()[:6] for at in shown]
        kind = billing_schedule.read(settings, 3)[1]
        assert kind == (1 if len(executions(settings)) <= 1 else 3)


@pytest.mark.parametrize("interval", range(25))
def test_what_is_read_of_it_can_be_written_back(interval):
    for target_day in range(1, 29):
        settings = Settings(target_day=target_day, interval=interval)
        found = executions(settings)
        out = bytes((1, len(found)))
        out += b"".join(b"\x02\x02\x09\x04" + t + b"\x09\x05" + d for t, d in reversed(found))
        _, text = billing_schedule.written(settings, Reader(out, 0, len(out)))
        expected = (target_day, interval) if interval else (0, 0)
        assert text.decode() == "config2=000-{:02d}-{:02d}-1".format(*expected)


def stored(rig):
    packed = rig.meter.keeper.configuration.load(configuration.SETTINGS)
    return None if packed is None else config.unpack(packed)


@pytest.fixture
def rig():
    rig = Rig(config_2=7_010_123, target_day=10, interval=12)
    rig.settle()
    rig.run(2_000)
    return rig


def gurux(rig, sap=MANAGER):
    return Gurux(DirectLine(rig, sap), sap, is_direct=True, counter=rig.security.accepted() + 1)


def test_gurux_reads_and_writes_it(rig):
    manager = gurux(rig)
    schedule = manager.find(ObjectType.ACTION_SCHEDULE, SCHEDULE)
    for attribute in (2, 3, 4):
        manager.read(schedule, attribute)
    assert schedule.executedScriptSelector == 1
    assert int(schedule.type_) == 3
    assert [(at.value.month, at.value.day) for at in schedule.executionTime] == [(6, 10), (12, 10)]
    del schedule.executionTime[1:]
    manager.write(schedule, 4)
    assert (stored(rig).target_day, stored(rig).interval) == (10, 18)  # yearly, June
    rig.run(3_000)
    assert rig.meter.is_restart_due


def test_the_other_fields_of_the_configuration_stay(rig):
    request = "C101C10016" + name(SCHEDULE) + "0400" + "0101" + entry("FFFFFF1CFF")
    assert Manager(rig).send(request) == bytes.fromhex("C501C100")
    kept = stored(rig)
    assert (kept.target_day, kept.interval, kept.config_2) == (28, 1, 7_028_013)


def entry(date, time="00000000"):
    return f"020209{len(time) // 2:02X}{time}09{len(date) // 2:02X}{date}"


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("0101" + entry("FFFFFF1DFF"), 250),  # the 29th
        ("0101" + entry("FFFFFF00FF"), 250),
        ("0101" + entry("FFFFFFFEFF"), 250),  # the last of the month
        ("0101" + entry("07EAFF01FF"), 250),  # one year
        ("0101" + entry("FFFFFF0101"), 250),  # Mondays
        ("0101" + entry("FFFF0D01FF"), 250),
        ("0101" + entry("FFFF0001FF"), 250),
        ("0101" + entry("FFFFFF01FF", "00000100"), 250),
        ("0101" + entry("FFFFFF01FF", "FFFFFFFF"), 250),
        ("0101" + entry("FFFFFF01FF", "000000"), 250),
        ("0101" + entry("FFFFFF01"), 250),
        ("0102" + entry("FFFFFF01FF") + entry("FFFFFF0FFF"), 250),
        ("0102" + entry("FFFF0101FF") + entry("FFFF0701FF")[:-4] + "02FF", 250),
        ("0102" + entry("FFFF0101FF") + entry("FFFF0601FF"), 250),
        ("0102" + entry("FFFF0701FF") + entry("FFFF0701FF"), 250),
        ("0105" + "".join(entry(f"FFFF{m:02X}01FF") for m in (1, 3, 5, 7, 9)), 250),
        ("010D" + entry("FFFFFF01FF") * 13, 250),
        ("0101" + "0201090400000000", 12),
        ("0203", None),
        ("0100" + "00", None),
        ("00", 12),
    ],
)
def test_executions_that_no_code_says_are_refused(rig, value, result):
    answer = Manager(rig).send("C101C10016" + name(SCHEDULE) + "0400" + value)
    expected = "D80102" if result is None else f"C501C1{result:02X}"
    assert answer == bytes.fromhex(expected)
    rig.run(3_000)
    assert not rig.meter.is_restart_due


def test_the_reader_does_not_write_it(rig):
    answer = reader(rig).send("C101C10016" + name(SCHEDULE) + "0400" + "0100")
    assert answer == bytes.fromhex("C501C103")


def scripts(rig, code):
    """Return {script: (service, class, object, index, parameter)} as gurux decodes the table."""
    manager = gurux(rig)
    rows = manager.raw(manager.find(ObjectType.SCRIPT_TABLE, code), 2)
    found = {}
    for number, actions in rows:
        ((service, class_id, target, index, parameter),) = actions
        dotted = ".".join(str(byte) for byte in bytes(target))
        found[number] = service, class_id, dotted, index, parameter
    return found


def test_the_scripts_say_what_they_do(rig):
    assert scripts(rig, "0.0.10.0.1.255") == {1: (2, 7, "0.0.98.1.0.255", 2, 0)}
    assert scripts(rig, "0.0.10.0.106.255") == {
        k: (2, 70, "0.0.96.3.10.255", k, 0) for k in (1, 2)
    }
    tariffs = scripts(rig, "0.0.10.0.100.255")
    assert {number: tuple(row[:4]) for number, row in tariffs.items()} == dict.fromkeys(
        range(1, 10), (1, 6, "0.0.14.0.1.255", 4)
    )
    masks = [bytes(tariffs[k][4] or b"") for k in range(1, 10)]
    assert masks == [bytes((k,)) for k in range(1, 9)] + [b""]


def test_the_script_of_the_schedule_ends_a_period_and_the_reader_may_not(rig):
    manager = gurux(rig)
    ends = manager.find(ObjectType.SCRIPT_TABLE, "0.0.10.0.1.255")
    manager.invoke(ends, 1, 1, DataType.UINT16)
    assert rig.meter.values.value(table.BILLING_PERIODS) == 1
    other = gurux(rig, 17)
    with pytest.raises(ClientError):
        other.invoke(ends, 1, 1, DataType.UINT16)
