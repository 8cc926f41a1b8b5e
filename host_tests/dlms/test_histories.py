"""Billing periods, days and events as profiles: the rows are what was stored."""

import datetime as dt

import pytest
from gurux_dlms.enums import DataType, ObjectType

from host_tests.dlms.clients import MANAGER, READER, ClientError, DirectLine, Gurux
from host_tests.dlms.device import Rig
from meter.journal.billing import DayRecord
from meter.ledger.tariffs import ALL, IMPORT
from meter.registers import events, table

BILLING = "0.0.98.1.0.255"
DAYS = "1.0.99.2.0.255"


@pytest.fixture
def rig():
    rig = Rig()
    rig.settle()
    rig.run(3_000)
    return rig


def client(rig, sap):
    line = DirectLine(rig, sap)
    return Gurux(line, sap, is_direct=True, counter=rig.security.accepted() + 1)


def rows(gurux, name):
    """Return (columns as (class, name, attribute), rows)."""
    profile = gurux.find(ObjectType.PROFILE_GENERIC, name)
    columns = [
        (int(target.objectType), target.logicalName, what.attributeIndex)
        for target, what in gurux.read(profile, 3)
    ]
    return columns, gurux.read(profile, 2)


def close_period(rig, gurux):
    scripts = gurux.find(ObjectType.SCRIPT_TABLE, "0.0.10.0.1.255")
    gurux.invoke(scripts, 1, 1, DataType.UINT16)
    rig.settle()
    rig.run(2_000)


def test_a_billing_row_holds_the_registers_as_they_stood(rig):
    manager = client(rig, MANAGER)
    expected = []
    for period in (1, 2):
        rig.meter.ledger.total.counts_cwh[0] += 123_456_700 * period
        expected.append(rig.meter.ledger.total.counts_cwh[0] // 100)
        close_period(rig, manager)
    columns, found = rows(client(rig, READER), BILLING)
    assert columns[:4] == [
        (8, "0.0.1.0.0.255", 2),
        (1, "0.0.96.10.1.255", 2),
        (1, "1.0.0.1.0.255", 2),
        (3, "0.0.96.8.0.255", 2),
    ]
    assert len(found) == 2
    total = columns.index((3, "1.0.1.8.0.255", 2))
    assert [row[total] for row in found] == pytest.approx(expected, abs=3)
    assert [row[2] for row in found] == [1, 2]
    assert all(len(row) == len(columns) for row in found)
    peak = columns.index((4, "1.0.1.6.0.255", 5))
    assert columns[peak - 1] == (4, "1.0.1.6.0.255", 2)


def test_every_column_of_every_profile_is_an_object_of_this_meter(rig):
    catalogue = rig.device.objects.catalogue
    gurux = client(rig, READER)
    names = [BILLING, DAYS, "1.0.99.1.0.255"]
    names += [f"0.0.99.98.{e}.255" for e in (0, 5, 6, 2, 7, 8, 9)]
    for name in names:
        profile = gurux.find(ObjectType.PROFILE_GENERIC, name)
        for target, what in gurux.read(profile, 3):
            code = bytes(map(int, target.logicalName.split(".")))
            index = catalogue.find(int(target.objectType), code)
            assert index >= 0, (name, target.logicalName)
            assert catalogue.can_read(index, what.attributeIndex)


def test_a_daily_row_holds_the_registers_as_they_stood(rig):
    record = DayRecord()
    record.take(rig.meter.ledger)
    record.at_s = 846_288_000  # 2026-10-26T00:00Z
    record.counts_cwh = [500, 400, 300, 200, 100, 0]
    record.tariffs_cwh = [100 * k for k in range(16)]
    assert rig.meter.keeper.close_day(record)
    rig.settle()
    rig.run(1_000)
    columns, found = rows(client(rig, READER), DAYS)
    assert found[0][0].value == dt.datetime.fromisoformat("2026-10-26T01:00+01:00")
    values = dict(zip(columns, found[0], strict=True))
    energies = [values[3, f"1.0.{c}.8.0.255", 2] for c in range(1, 9)]
    assert energies == [5, 4, 5, 1, 3, 2, 1, 0]
    assert [values[3, f"1.0.1.8.{t}.255", 2] for t in range(1, 9)] == list(range(8))
    assert [values[3, f"1.0.3.8.{t}.255", 2] for t in range(1, 9)] == list(range(8, 16))


def test_a_register_that_was_not_kept_when_the_row_was_written_is_null():
    rig = Rig(tariffs=4)  # which keeps A- and R- by tariff, too
    rig.settle()
    rig.run(3_000)
    for form, at_s in ((ALL, 846_288_000), (IMPORT, 846_374_400)):
        record = DayRecord()
        record.take(rig.meter.ledger)
        record.at_s, record.tariff_form = at_s, form
        record.tariffs_cwh = [100 * k for k in range(16)]
        assert rig.meter.keeper.close_day(record)
        rig.settle()
    rig.run(1_000)
    columns, found = rows(client(rig, READER), DAYS)
    kept, other = (dict(zip(columns, row, strict=True)) for row in found)
    for c, first in ((1, 0), (3, 4), (2, 8), (4, 12)):
        names = [(3, f"1.0.{c}.8.{t}.255", 2) for t in range(1, 5)]
        assert [kept[name] for name in names] == list(range(first, first + 4))
        want = {1: [0, 1, 2, 3], 3: [8, 9, 10, 11]}.get(c, [None] * 4)
        assert [other[name] for name in names] == want


def test_events_have_number_detail_and_time_and_are_found_by_their_time(rig):
    rig.run(8_000)
    at_s = rig.meter.clock.now_s()
    for k in range(11):
        rig.meter.events.log(at_s + 60 * k, events.TERMINAL_COVER_REMOVED, k - 5)
    rig.run(8_000)
    gurux = client(rig, READER)
    columns, found = rows(gurux, "0.0.99.98.0.255")
    assert columns[1:] == [(1, "0.0.96.11.0.255", 2), (1, "0.0.96.11.16.255", 2)]
    covers = [row for row in found if row[1] == events.TERMINAL_COVER_REMOVED]
    assert [row[2] for row in covers] == list(range(-5, 6))
    profile = gurux.find(ObjectType.PROFILE_GENERIC, "0.0.99.98.0.255")
    gurux.read(profile, 3)
    begin = covers[3][0].value
    request = gurux.client.readRowsByRange(profile, begin, begin + dt.timedelta(minutes=4))
    assert [row[2] for row in gurux.exchange(request).value][-5:] == [-2, -1, 0, 1, 2]
    newest = gurux.find(ObjectType.DATA, "0.0.96.11.0.255")
    assert gurux.raw(newest, 2) in (events.TERMINAL_COVER_REMOVED, events.EVENTS_LOST)


def test_a_row_that_the_store_does_not_give_is_a_hardware_fault_and_no_wrong_row(rig):
    manager = client(rig, MANAGER)
    close_period(rig, manager)
    series = rig.meter.keeper.billing
    series.read = lambda number, payload: False
    with pytest.raises(ClientError) as refusal:
        rows(client(rig, READER), BILLING)
    assert refusal.value.code == 1


def test_the_value_of_each_register_is_that_of_the_table(rig):
    gurux = client(rig, READER)
    for key in rig.meter.values.keys(table.DLMS):
        row = table.row(key)
        if row.cosem_class == table.REGISTER:
            a, c, d, e = table.code(key)
            register = gurux.find(ObjectType.REGISTER, f"{a}.0.{c}.{d}.{e}.255")
            gurux.read(register, 3)
            expected = table.scaled(key, rig.meter.values.value(key)) % (1 << 32)
            assert gurux.raw(register, 2) % (1 << 32) == expected, table.text(key)
