"""What breaker, prepayment, voltage quality and memory put into the register table."""

import struct

import pytest

from boards.virtual.load import Load
from boards.virtual.world import World
from host_tests.control.conftest import MONDAY_S, Meter
from host_tests.supervisor.test_vitals import Memory
from meter.config import Settings
from meter.ledger.booking import THREE_WIRE
from meter.registers import lists, table
from meter.requests import ADD_CREDIT, MODULE
from meterctl.bench.simulation import Simulation


def value(running, key):
    return running.meter.values.value(key)


def add(running, number, wh):
    requests = running.meter.requests
    requests.is_open = True
    requests.submit(ADD_CREDIT, struct.pack("<II", number, wh), MODULE)
    requests.is_open = False


def shown(running, seconds):
    """Return (identification, value, unit) of all that the display shows by itself."""
    found = []
    for _ in range(seconds):
        running.run(1)
        frame = running.meter.display.frame
        item = frame.identification, frame.value, frame.unit
        if item not in found:
            found.append(item)
    return found


# PAY


def test_a_prepaid_meter_shows_what_is_left_in_kwh_as_pay(running):
    running.configure("basis=3,mode=4")
    add(running, 1, 12_345_000)
    running.run(2)
    assert value(running, table.CREDIT) == pytest.approx(123_450_000, abs=200)
    items = shown(running, 140)
    pay = [item for item in items if item[0] == "PAY"]
    assert pay == [("PAY", "0012344", "kWh")]  # some Wh are used already


def test_with_a_decimal_in_its_configuration_the_credit_has_one(running):
    credit = table.value_text(table.CREDIT, 9_999_999, 1), table.unit_text(table.CREDIT)
    assert credit == ("000999.9", "kWh")


def test_pay_stands_first_on_both_lists_while_the_meter_is_prepaid_and_else_on_none(running):
    items = running.meter.lists.items
    assert not any(table.CREDIT in one for one in items)
    running.configure("basis=3")
    running.run(2)
    items = running.meter.lists.items
    assert items[lists.AUTOMATIC][0] == items[lists.MANUAL][0] == table.CREDIT
    running.configure("basis=0")
    running.run(2)
    assert not any(table.CREDIT in one for one in running.meter.lists.items)


def test_a_list_without_room_stays_as_it_is(running):
    full = running.meter.lists
    full.items = [[table.ACTIVE_IMPORT] * 16, [table.ACTIVE_IMPORT] * 30, []]
    full.put_first(table.CREDIT)
    assert full.items == [[table.ACTIVE_IMPORT] * 16, [table.ACTIVE_IMPORT] * 30, []]


def test_the_automatic_list_keeps_its_last_item(running):
    found = running.meter.lists
    found.items = [[table.CREDIT], [table.CREDIT, table.ACTIVE_IMPORT], []]
    found.leave_out(table.CREDIT)
    assert found.items == [[table.CREDIT], [table.ACTIVE_IMPORT], []]


def test_the_credit_may_be_put_on_a_list_of_the_meters_own(running):
    found = running.meter.lists
    found.replace([[table.CREDIT], *found.items[1:]])
    assert found.items[0] == [table.CREDIT]


def test_a_meter_without_a_breaker_has_no_credit():
    running = Meter()
    running.simulation._parts.relay = None
    meter = type(running.meter)(running.simulation._parts, Settings())
    assert table.CREDIT not in meter.values.keys(table.DLMS)
    assert table.CREDIT in running.meter.values.keys(table.DLMS)


def test_a_three_wire_meter_with_three_systems_has_no_row_of_the_one_that_is_not_connected():
    load = Load.parse("L12=10A,L23=10A,L31=10A", connection="aron")
    settings = Settings(systems=3, booking=THREE_WIRE)
    simulation = Simulation(World(load, waveform=False, start_s=MONDAY_S), settings)
    for _ in range(1210):
        simulation.step(1000)
    meter = simulation.meter
    keys = meter.values.keys(table.DLMS)
    for kind in (table.FAILURES, table.DIPS, table.MEAN_VOLTAGE, table.THD_I):
        assert [k for k in (1, 2, 3) if kind + k in keys] == [1, 3]
    assert meter.quality.phases[1].dips == 0
    assert meter.quality.interruption.count == 0
    assert meter.quality.week.failures() == 0
    events = meter.events
    codes = {events.newest(age)[1] for age in range(min(events.total, events.depth))}
    assert not codes & set(range(76, 93))


# alarms


def test_alarms_are_shown_as_hexadecimal_digits(running):
    running.meter.events.alarms = 0x80000401
    assert value(running, table.ALARMS) == 0x80000401
    assert table.value_text(table.ALARMS, 0x80000401, 0) == "80000401"


# voltage


def test_counts_of_dips_swells_failures_and_interruptions_are_there_and_survive_a_cut():
    running = Meter()
    running.run(10)
    disturbances = ((0.8, 1, 1), 1), ((1, 1.2, 1), 1), ((1, 1, 0.5), 3), ((0, 0, 0), 0.5)
    for factors, seconds in disturbances:
        running.world.disturb(u=factors)
        running.run(seconds)
        running.world.disturb(u=(1, 1, 1))
        running.run(5)
    expected = {
        table.DIPS: (2, 1, 2),  # each phase once more in the interruption
        table.SWELLS: (0, 1, 0),
        table.FAILURES: (0, 0, 1),
    }
    counts = {kind: tuple(value(running, kind + k) for k in (1, 2, 3)) for kind in expected}
    assert counts == expected
    assert value(running, table.FAILURES) == 1
    running.run(600, 1000)  # counters are stored every ten minutes
    again = Meter(memory=bytearray(running.memory), start_s=MONDAY_S + 700)
    again.run(5)
    again_counts = {kind: tuple(value(again, kind + k) for k in (1, 2, 3)) for kind in expected}
    assert again_counts == expected
    assert value(again, table.FAILURES) == 1


def test_means_of_ten_minutes_their_extremes_and_the_week_are_there():
    running = Meter(start_s=MONDAY_S)
    running.run(610, 1000)
    running.world.disturb(u=(0.95, 1, 1.05))
    running.run(1200, 1000)
    for k, low, mean, high in ((1, 0.95, 0.95, 1), (2, 1, 1, 1), (3, 1, 1.05, 1.05)):
        for kind, share in (
            (table.LOWEST_VOLTAGE, low),
            (table.MEAN_VOLTAGE, mean),
            (table.HIGHEST_VOLTAGE, high),
        ):
            assert value(running, kind + k) == pytest.approx(230_000 * share, rel=1e-3)
    week = running.meter.quality.week
    places = [(table.WEEK, 2), (table.WEEK, 3)]
    places += [(table.WEEK_MEANS, k) for k in range(4)]
    places += [(table.WEEK_FREQUENCIES, k) for k in range(3)]
    assert [value(running, kind + part) for kind, part in places] == week.counts
    assert value(running, table.WEEK) == 0
    assert value(running, table.WEEK + 1) == week.failures() == 4  # u2 in two of three
    assert value(running, table.UNBALANCE) == running.meter.quality.u2_permille == 29


def test_distortion_is_read_in_hundredths_of_a_percent():
    load = Load.parse("L1=10A,L2=10A,L3=10A", "5:10%/40%")
    simulation = Simulation(World(load, waveform=False, start_s=MONDAY_S), Settings())
    for _ in range(120):
        simulation.step(1000)
    values = simulation.meter.values
    for k in (1, 2, 3):
        assert values.value(table.THD_U + k) == pytest.approx(1000, abs=5)
        assert values.value(table.THD_I + k) == pytest.approx(4000, abs=10)
    assert table.scaled(table.THD_U + 1, 1000) == 1000
    assert table.unit_text(table.THD_U + 1) == "%"


def test_a_meter_of_one_system_has_no_row_of_another_phase():
    world = World(Load.parse("L1=10A"), waveform=False, start_s=MONDAY_S)
    keys = Simulation(world, Settings(systems=1)).meter.values.keys(table.DLMS)
    for kind in (table.FAILURES, table.DIPS, table.MEAN_VOLTAGE, table.THD_I):
        assert kind + 1 in keys
        assert kind + 2 not in keys


# memory


def test_marks_of_the_memory_are_there_where_the_board_tells_them():
    running = Meter()
    assert table.HEAP_LOW not in running.meter.values.keys(table.LCD)
    running.simulation._parts.memory = Memory([50_000, 40_000, 60_000], [900, 700, 1200])
    meter = type(running.meter)(running.simulation._parts, Settings())
    for _ in range(3):
        meter.vitals.pass_time(60_000)
    assert meter.values.value(table.HEAP_LOW) == 40_000
    assert meter.values.value(table.STACK_HIGH) == 1200
    keys = meter.values.keys(table.LCD)
    assert table.HEAP_LOW in keys
    assert table.STACK_HIGH in keys
