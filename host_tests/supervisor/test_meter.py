"""The whole meter on the virtual board when something beside it fails: measuring goes on."""

import errno
from itertools import pairwise

import pytest

from boards.virtual.load import Load
from boards.virtual.world import World
from meter.config import Settings
from meter.journal import store_map
from meter.registers import events, table
from meterctl.bench.simulation import Simulation

LOAD = "L1=10A,L2=20A@0.5ind,L3=-5A"
_STARTED_MS = 12_000  # until the whole store has been looked at, which takes bus time


def simulation_of(load=LOAD, seconds=None, **circumstances):
    world = World(Load.parse(load), **circumstances)
    return Simulation(world, Settings(), seconds and seconds * 1000)


def run(simulation, ms, step_ms=20):
    for _ in range(ms // step_ms):
        simulation.step(step_ms)


def logged(meter):
    return [meter.events.newest(age)[1] for age in range(meter.events.total)]


class Broken:
    def __init__(self):
        self.calls = 0

    def step(self, elapsed_ms):
        self.calls += 1
        raise ValueError("a view with a bug")


def test_a_view_that_raises_is_logged_rests_a_minute_and_stops_nothing():
    simulation = simulation_of()
    run(simulation, _STARTED_MS)
    meter = simulation.meter
    broken = meter._views[0].task = Broken()
    run(simulation, 59_000)
    assert broken.calls == 1
    assert meter.view_failures == 1
    assert events.VIEW_RESTARTED in logged(meter)
    run(simulation, 2_000)
    assert broken.calls == 2
    simulation.finish()
    true = simulation.true_registers()
    assert simulation.exact()["1.8.0"] == pytest.approx(true["1.8.0"], rel=1e-3)


def test_lost_samples_are_counted_logged_and_never_add_energy():
    simulation = simulation_of()
    run(simulation, 1_990)
    simulation.world.sampler.lose(1_000)  # 250 ms of a 4 kS/s converter
    run(simulation, 2_010)
    simulation.finish()
    meter = simulation.meter
    assert meter.overruns == 1
    assert events.MEASUREMENT_ERROR in logged(meter)
    assert meter.values.value(table.ERRORS) & events.ERROR_BITS[events.MEASUREMENT_ERROR]
    seconds = simulation.world.measured_ns / 1e9
    found, true = simulation.exact()["1.8.0"], simulation.true_registers()["1.8.0"]
    assert found == pytest.approx(true * (1 - 0.25 / seconds), rel=1e-3)


def test_an_eeprom_deaf_at_the_start_is_caught_up_when_it_answers():
    memory = bytearray(b"\xff" * (1 << 17))
    first = simulation_of(memory=memory)
    run(first, 5_000)
    first.finish()
    stored = first.registers()
    assert stored["1.8.0"] > 0

    world = World(Load.parse(LOAD), memory=memory)
    world.eeprom.dead = True
    second = Simulation(world, Settings())
    run(second, 5_000)
    young = second.registers()
    assert 0 < young["1.8.0"] <= stored["1.8.0"]  # counted from zero: nothing could be read
    assert second.meter.keeper.failures > 0
    assert events.NV_MEMORY_ERROR in logged(second.meter)
    world.eeprom.dead = False
    run(second, 5_000)
    second.finish()
    assert second.meter.keeper.registers.restored
    for code, value in second.registers().items():
        assert value >= stored[code] + young[code] - 0.1
    edges = second.world.pulses.edges
    assert edges <= second.registers()["1.8.0"] - stored["1.8.0"] + 1  # none for what was restored


def test_a_store_that_fails_is_retried_and_nothing_is_lost():
    memory = bytearray(b"\xff" * (1 << 17))
    simulation = simulation_of("L1=100A,L2=100A,L3=100A", memory=memory)
    run(simulation, 1_000)
    simulation.world.eeprom.dead = True
    run(simulation, 5_000)
    assert simulation.meter.keeper.failures >= 3
    simulation.world.eeprom.dead = False
    run(simulation, 3_000)
    before = simulation.registers()["1.8.0"]
    again = simulation_of("L1=0A", memory=bytearray(memory))  # power cut without warning
    assert before - 10 <= again.registers()["1.8.0"] <= before
    newest = simulation.meter.events.newest
    details = {newest(k)[2] for k in range(3) if newest(k)[1] == events.NV_MEMORY_ERROR}
    assert details <= {errno.EIO, errno.ETIMEDOUT}
    assert details


class Watchdog:
    fed = 0

    def feed(self):
        self.fed += 1


def test_the_watchdog_starves_when_no_window_comes():
    simulation = simulation_of()
    run(simulation, _STARTED_MS)
    dog = simulation.meter.vitals._watchdog = Watchdog()
    run(simulation, 3_000)
    assert dog.fed == 150
    simulation.world.sampler.advance = lambda ns: None  # the converter stops
    run(simulation, 4_000)
    assert 150 + 90 <= dog.fed <= 150 + 110


@pytest.mark.parametrize(
    "load", ["L1=1A,L2=1A,L3=1A", "L1=10A,L2=10A,L3=10A", "L1=105A,L2=105A,L3=105A"]
)
def test_pulses_are_even_and_as_many_as_the_register_says(load):
    seconds = 30
    simulation = simulation_of(load, seconds)
    while not simulation.is_over:
        simulation.step(20)
    simulation.finish()
    assert simulation.world.pulses.edges == int(simulation.registers()["1.8.0"])
    rises = list(simulation.world.pulses.rises_ns)
    intervals = [b - a for a, b in pairwise(rises)][1:-1]
    middle = sorted(intervals)[len(intervals) // 2]
    # noise of a window's power moves a pulse by its share of the window; tick 10 us
    assert all(abs(interval - middle) <= 1_000_000 for interval in intervals)


def test_a_bus_held_low_stops_neither_measuring_nor_the_clock():
    simulation = simulation_of(start_s=800_000_000)
    run(simulation, 3_000)
    simulation.world.i2c.stuck = True
    run(simulation, 10_000)
    meter = simulation.meter
    assert meter.clock.status == 1  # doubtful: counted on by the processor
    assert events.CLOCK_INVALID in logged(meter)
    assert abs(meter.clock.now_s() - simulation.world.rtc.seconds()) <= 1
    simulation.world.i2c.stuck = False
    run(simulation, 61_000)
    simulation.finish()
    assert meter.clock.status == 0
    true = simulation.true_registers()["1.8.0"]
    assert simulation.exact()["1.8.0"] == pytest.approx(true, rel=1e-4)
    assert meter.overruns == 0


def test_when_the_supply_fails_everything_is_stored_once_and_if_it_returns_the_meter_goes_on():
    memory = bytearray(b"\xff" * (1 << 17))
    simulation = simulation_of("L1=1A,L2=2A,L3=-1A", memory=memory)
    world, meter = simulation.world, simulation.meter
    run(simulation, 30_000)
    world.supply.is_low = True
    writes = sum(world.eeprom.page_writes)
    began_ns = world.clock.now_ns()
    meter.step(0)
    print("from warning to stored", (world.clock.now_ns() - began_ns) / 1e6, "ms")
    assert world.clock.now_ns() - began_ns < 35_000_000
    stored = simulation.registers()
    after = sum(world.eeprom.page_writes)
    assert after == writes + 3  # totals, phases, open interval
    for _ in range(10):
        meter.step(0)
    assert sum(world.eeprom.page_writes) == after
    again = simulation_of("L1=0A", memory=bytearray(memory))
    assert again.registers() == stored
    assert again.meter.keeper.registers.was_orderly
    world.supply.is_low = False
    run(simulation, 10_000)
    assert simulation.registers()["1.8.0"] > stored["1.8.0"]
    assert simulation.exact()["1.8.0"] == pytest.approx(
        simulation.true_registers()["1.8.0"], rel=0.03
    )


def test_a_supply_that_fails_while_views_run_is_seen_before_the_next_view():
    simulation = simulation_of()
    run(simulation, _STARTED_MS)
    world, meter = simulation.world, simulation.meter
    meter._parts.has_battery = False  # with one the display goes on, which is the first view
    called = []

    class View:
        def __init__(self, does):
            self.step = does

    def fail(elapsed_ms):
        called.append("first")
        world.supply.is_low = True

    meter._views[0].task = View(fail)
    meter._views[1].task = View(lambda elapsed_ms: called.append("second"))
    meter.step(20)
    assert called == ["first"]
    writes = sum(world.eeprom.page_writes)
    meter.step(0)
    assert called == ["first"]
    assert 3 <= sum(world.eeprom.page_writes) - writes <= 4  # with what the meter had to log


def test_a_window_that_waits_at_the_warning_is_stored_once_and_not_twice():
    simulation = simulation_of("L1=105A,L2=105A,L3=105A")
    run(simulation, _STARTED_MS)
    world, meter = simulation.world, simulation.meter
    world.advance_to(world.clock.now_ns() + 900_000_000)
    world.supply.is_low = True
    writes, counted = sum(world.eeprom.page_writes), meter.ledger.total.counts_cwh[0]
    meter.step(900)
    assert meter.ledger.total.counts_cwh[0] > counted + 1000
    assert sum(world.eeprom.page_writes) - writes == 3  # totals, phases, open interval
    assert meter.keeper.registers._totals.stored_cwh == meter.ledger.total.counts_cwh


def test_a_supply_that_comes_back_in_time_is_logged_and_the_registers_go_on():
    simulation = simulation_of()
    run(simulation, _STARTED_MS)
    world, meter = simulation.world, simulation.meter
    world.supply.is_low = True
    meter.step(0)
    assert meter.events.newest(0)[1:] == (events.POWER_DOWN, 0)
    world.supply.is_low = False
    counted = meter.ledger.total.counts_cwh[0]
    run(simulation, 1_000)
    assert (events.POWER_UP, events.WITHOUT_RESTART) in [
        meter.events.newest(age)[1:] for age in range(3)]
    assert meter.ledger.total.counts_cwh[0] > counted


def test_a_failure_of_the_supply_is_logged_by_the_next_start_once():
    memory = bytearray(b"\xff" * 0x20000)
    first = simulation_of(memory=memory)
    run(first, _STARTED_MS)
    first.world.supply.is_low = True
    first.meter.step(0)
    failed_s = first.meter.clock.now_s()
    for _ in range(2):  # a second start, after a cut without a warning, adds none
        again = simulation_of(memory=memory)
        run(again, _STARTED_MS)
        log = events.log_of(events.POWER_DOWN)
        book = again.meter.keeper.book
        kept = [book.read(log, number) for number in range(*book.stored(log))]
        downs = [at_s for at_s, code, _ in kept if code == events.POWER_DOWN]
        assert len(downs) == 1
        assert abs(downs[0] - failed_s) <= 1
        memory = bytearray(again.world.eeprom.memory)


def test_a_storm_of_events_stops_nothing_and_writes_little():
    simulation = simulation_of("L1=10A,L2=10A,L3=10A")
    run(simulation, 1_000)
    logs = slice(store_map.STATUS[0], store_map.PERIOD[0] + store_map.PERIOD[1])
    writes = sum(simulation.world.eeprom.page_writes[logs])
    for _ in range(600):
        for k in range(200):
            simulation.meter.events.log(0, events.VOLTAGE_MISSING, k)
        simulation.step(20)
    writes = sum(simulation.world.eeprom.page_writes[logs]) - writes
    print("events", 600 * 200, "pages written", writes)
    assert writes <= 62
    simulation.finish()
    true = simulation.true_registers()
    assert simulation.exact()["1.8.0"] == pytest.approx(true["1.8.0"], rel=1e-3)


def test_events_are_there_after_a_power_cut():
    memory = bytearray(b"\xff" * (1 << 17))
    simulation = simulation_of(memory=memory)
    run(simulation, 20_000, step_ms=20)
    simulation.meter.events.log(77, events.UNDERVOLTAGE, -5)
    run(simulation, 1_000)
    again = simulation_of(memory=memory)
    run(again, 20_000)
    book = again.meter.keeper.book
    assert book.read(events.VOLTAGE, 0) == (77, events.UNDERVOLTAGE, -5)
    first, end = book.stored(events.POWER)
    codes = [book.read(events.POWER, k)[1] for k in range(first, end)]
    assert codes == [events.POWER_UP, events.POWER_UP]


def test_a_current_beyond_the_range_is_logged_once():
    world = World(Load.parse("L1=200A", systems=1))
    simulation = Simulation(world, Settings())
    run(simulation, 3_000)
    newest = simulation.meter.events.newest
    found = [newest(k) for k in range(simulation.meter.events.total)]
    assert [e[2] for e in found if e[1] == events.MEASUREMENT_ERROR] == [events.OVERRANGE]


@pytest.mark.parametrize(
    ("systems", "volts", "details"),
    [(1, 290, []), (1, 330, [events.OVERRANGE_U]), (3, 345, []), (3, 380, [events.OVERRANGE_U])],
)
def test_a_voltage_at_the_end_of_its_scale_is_logged_once(systems, volts, details):
    load = ",".join(f"L{k + 1}=1A" for k in range(systems))
    world = World(Load.parse(load, systems=systems))
    world.disturb(u=[volts / 230] * systems)
    simulation = Simulation(world, Settings())
    run(simulation, 3_000)
    newest = simulation.meter.events.newest
    found = [newest(k) for k in range(simulation.meter.events.total)]
    assert [e[2] for e in found if e[1] == events.MEASUREMENT_ERROR] == details


def test_ten_minutes_at_full_load_without_samples_is_booked_whole():
    world = World(Load.parse("L1=105A,L2=105A,L3=105A@0.5ind"), waveform=False)
    simulation = Simulation(world, Settings(), 600_000)
    while not simulation.is_over:
        simulation.step(1000)
    simulation.finish()
    exact, true = simulation.exact(), simulation.true_registers()
    assert exact["1.8.0"] == pytest.approx(true["1.8.0"], rel=1e-4)
    assert exact["3.8.0"] == pytest.approx(true["3.8.0"], rel=1e-4)
    assert simulation.world.pulses.edges == int(simulation.registers()["1.8.0"])
