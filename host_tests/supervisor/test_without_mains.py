"""The mains goes away on the bench: the battery list by the button, and nothing is counted."""

import pytest

from boards.virtual.load import Load
from boards.virtual.world import World
from meter.codes.codes import Codes
from meter.codes.settings import settings_of
from meter.registers import events
from meter.registers.lists import BATTERY
from meterctl.bench.simulation import Simulation

LOAD = "L1=10A,L2=20A@0.5ind,L3=-5A"
BATTERY_LIST = ["1.8.0", "2.8.0", "1.8.1", "1.8.2", "96.8.0", "0.9.2", "0.9.1", "F.F"]


def simulation_of(x6="B"):
    world = World(Load.parse(LOAD), start_s=846_244_800)
    return Simulation(world, settings_of(Codes(order=f"684-31BJ4{x6}3010")))


def run(simulation, ms):
    for _ in range(ms // 20):
        simulation.step(20)


def pushed(simulation):
    """Push the button shortly; return what the glass then shows, "" if it is dark."""
    simulation.world.button.push(300)
    run(simulation, 1_000)
    frame = simulation.meter.display.frame
    return frame.identification if any(simulation.world.picture()) else ""


def test_without_mains_each_push_shows_the_next_item_of_the_battery_list():
    simulation = simulation_of()
    run(simulation, 12_000)
    simulation.world.switch_mains()
    run(simulation, 2_000)
    assert len(simulation.meter.lists.items[BATTERY]) == len(BATTERY_LIST)
    assert [pushed(simulation) for _ in BATTERY_LIST] == BATTERY_LIST


def test_what_was_counted_before_and_after_is_what_was_delivered():
    simulation = simulation_of()
    run(simulation, 12_000)
    simulation.world.switch_mains()
    run(simulation, 1_000)
    stored = simulation.registers()
    run(simulation, 60_000)
    assert simulation.registers() == stored
    simulation.world.switch_mains()
    run(simulation, 12_000)
    meter = simulation.meter
    codes = [meter.events.newest(age)[1] for age in range(meter.events.total)]
    assert events.POWER_UP in codes
    simulation.finish()
    true = simulation.true_registers()
    assert simulation.exact()["1.8.0"] == pytest.approx(true["1.8.0"], rel=1e-3)
    assert simulation.world.pulses.edges == int(simulation.registers()["1.8.0"])
    assert meter.overruns == 0


@pytest.mark.parametrize("x6", "1234567BCDEFG")
def test_a_battery_is_there_by_x6(x6):
    codes = Codes(order=f"684-31BJ4{x6}3010")
    assert settings_of(codes).has_battery == (x6 in "245BDE")


def test_a_supercap_keeps_the_clock_and_no_display():
    simulation = simulation_of("C")
    run(simulation, 12_000)
    shown = simulation.meter.display.frame.text
    simulation.world.switch_mains()
    run(simulation, 30_000)
    assert simulation.meter.display.frame.text == shown
    assert simulation.meter.display.has_mains
