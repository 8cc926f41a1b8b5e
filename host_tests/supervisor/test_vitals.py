"""The watchdog's food, the cause of a reset, marks of memory, and brown-outs."""

import pytest

from boards.virtual.load import Load
from boards.virtual.world import World
from meter import parts
from meter.config import Settings
from meter.journal import store_map
from meter.registers import events
from meter.supervisor import Meter
from meterctl.bench.simulation import Simulation


class Watchdog:
    fed = 0

    def feed(self):
        self.fed += 1


class Memory:
    def __init__(self, free, used):
        self.free, self.used = list(free), list(used)

    def heap_free(self):
        return self.free.pop(0)

    def stack_used(self):
        return self.used.pop(0)


@pytest.fixture
def simulation():
    world = World(Load.parse("L1=1A,L2=1A,L3=1A"), waveform=False, start_s=800_000_000)
    found = Simulation(world, Settings())
    run(found, 30_000)
    return found


def run(simulation, ms):
    for _ in range(ms // 100):
        simulation.step(100)


def starves_after(simulation):
    """Return after how many steps of 100 ms the watchdog is fed no more, None if it always is."""
    dog = simulation.meter.vitals._watchdog = Watchdog()
    run(simulation, 20_000)
    return None if dog.fed == 200 else dog.fed


def test_a_meter_that_is_well_feeds_its_watchdog_every_step(simulation):
    assert starves_after(simulation) is None


def test_without_samples_it_starves_after_two_seconds(simulation):
    simulation.world.sampler.advance = lambda ns: None
    assert 10 <= starves_after(simulation) <= 21


def test_when_windows_come_and_none_is_booked_it_starves(simulation):
    simulation.meter._measure = lambda elapsed_ms: simulation.meter.vitals.meet(0)
    assert 10 <= starves_after(simulation) <= 21


def test_when_the_journal_is_not_run_any_more_it_starves_after_ten_seconds(simulation):
    simulation.meter.keeper.step = lambda elapsed_ms: None
    simulation.meter.keeper.window = lambda: None
    assert 90 <= starves_after(simulation) <= 101


def test_a_store_that_refuses_does_not_starve_it_as_a_reset_would_not_help(simulation):
    simulation.world.eeprom.dead = True
    simulation.meter.keeper.control.is_due = True  # something to store
    assert starves_after(simulation) is None
    assert simulation.meter.keeper.failures > 3


@pytest.mark.parametrize(
    ("cause", "codes"),
    [
        (parts.UNKNOWN, [(events.POWER_UP, 0)]),
        (parts.POWER_ON, [(events.POWER_UP, 1)]),
        (parts.WATCHDOG, [(events.POWER_UP, 2), (events.VIEW_RESTARTED, 0)]),
    ],
)
def test_the_cause_of_the_reset_is_logged(simulation, cause, codes):
    simulation._parts.reset_cause = cause
    meter = Meter(simulation._parts, Settings())
    found = [meter.events.newest(age)[1:] for age in range(meter.events.total)][::-1]
    assert [entry for entry in found if entry[0] in (2, 15)] == codes


def test_the_lowest_heap_and_the_deepest_stack_are_kept(simulation):
    meter = simulation.meter
    meter.vitals._memory = Memory((90_000, 70_000, 80_000), (1_000, 3_000, 2_000))
    run(simulation, 170_000)
    assert (meter.vitals.heap_low, meter.vitals.stack_high) == (70_000, 3_000)


@pytest.mark.parametrize("is_warned", [False, True])
def test_a_loop_of_brown_outs_does_not_wear_the_chip(is_warned):
    memory = bytearray(b"\xff" * (1 << 17))
    starts, writes = 60, [0] * 1024
    for _ in range(starts):
        world = World(Load.parse("L1=1A"), waveform=False, memory=memory, start_s=800_000_000)
        simulation = Simulation(world, Settings())
        run(simulation, 3_000)
        if is_warned:
            world.supply.is_low = True
            run(simulation, 1_000)
        writes = [a + b for a, b in zip(writes, world.eeprom.page_writes, strict=True)]
    per_start = max(writes) / starts
    print("writes of the busiest page per start", per_start)
    assert per_start <= 0.5  # so 2 000 000 starts until a page has had its 10**6
    for row in store_map.EVENT_LOGS:
        assert sum(writes[row[0] : row[0] + row[1]]) == 0
