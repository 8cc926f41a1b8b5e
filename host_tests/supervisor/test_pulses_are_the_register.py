"""Pulses times the constant is the register, also of pulses that queue when the meter stops."""

import pytest

from boards.virtual.load import Load
from boards.virtual.world import World
from meter import requests
from meter.config import Settings
from meterctl.bench.simulation import Simulation

OVERLOAD = "L1=100A,L2=100A,L3=100A"  # 19 pulses a second, of which 80 ms leave room for 11.7
SETTINGS = {"pulse_ms": 80, "config_2": 1013}  # 000-01-01-3
STARTED_MS = 12_000


def simulation_of(load, memory, **circumstances):
    world = World(Load.parse(load), memory=memory, waveform=False, **circumstances)
    world.pulses.pulse_ms = 80
    return Simulation(world, Settings(**SETTINGS))


def run(simulation, ms):
    for _ in range(ms // 20):
        simulation.step(20)


def wh(simulation):
    return int(simulation.registers()["1.8.0"])


@pytest.fixture
def overloaded():
    """A meter under more load than it can give pulses for, and its store."""
    memory = bytearray(b"\xff" * (1 << 17))
    simulation = simulation_of(OVERLOAD, memory)
    run(simulation, STARTED_MS)
    assert simulation.meter.pulses.waiting > 50
    return simulation, memory


def test_queued_pulses_are_given_after_a_change_of_settings(overloaded):
    simulation, _ = overloaded
    before = simulation.meter
    before.request(requests.WRITE_SETTINGS, b"threshold_w=5000")
    run(simulation, 4_000)
    assert simulation.meter is not before
    simulation.finish()
    assert simulation.world.pulses.edges == wh(simulation) > 200


@pytest.mark.parametrize("cuts", [1, 2])
def test_queued_pulses_are_given_after_a_failure_of_the_supply(overloaded, cuts):
    simulation, memory = overloaded
    edges = 0
    for _ in range(cuts):
        simulation.meter.power_fail()
        while not simulation.world.pulses.is_idle:  # what the player has already is played
            simulation.world.advance_to(simulation.now_ns + 10**9, 0)
        edges += simulation.world.pulses.edges
        assert edges < wh(simulation)
        assert simulation.meter.keeper.failures == 0
        simulation = simulation_of("L1=0A", memory)
        run(simulation, STARTED_MS // 4)
    run(simulation, 4 * STARTED_MS)
    simulation.finish()
    assert edges + simulation.world.pulses.edges == wh(simulation)


def test_no_pulse_is_given_twice_when_the_supply_comes_back_in_time(overloaded):
    simulation, memory = overloaded
    simulation.world.supply.is_low = True
    run(simulation, 500)
    simulation.world.supply.is_low = False
    run(simulation, 60_000)
    given = simulation.world.pulses.edges
    registered = wh(simulation)
    waiting = simulation.meter.pulses.waiting
    again = simulation_of("L1=0A", memory)  # a cut without warning
    run(again, 2 * STARTED_MS)
    assert again.world.pulses.edges == 0
    assert given + waiting <= registered


def test_a_bench_that_has_played_its_queue_leaves_none_for_the_next_start(overloaded):
    simulation, memory = overloaded
    simulation.finish()
    assert simulation.world.pulses.edges == wh(simulation)
    again = simulation_of("L1=0A", memory)
    run(again, STARTED_MS)
    again.finish()
    assert again.world.pulses.edges == 0


def test_pulses_of_the_test_mode_are_not_kept(overloaded):
    simulation, memory = overloaded
    simulation.meter.pulse_task.follow(2)
    simulation.meter.power_fail()
    again = simulation_of("L1=0A", memory)
    run(again, STARTED_MS)
    again.finish()
    assert again.world.pulses.edges == 0
