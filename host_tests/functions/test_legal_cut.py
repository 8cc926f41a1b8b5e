"""A legal change and its entry in the log are stored together, wherever the power goes."""

import pytest

from boards.virtual.chips.chip_24xx import PowerCut
from boards.virtual.load import Load
from boards.virtual.world import EEPROM_BYTES, World
from host_tests.functions.test_calibrate import double
from meter.config import Settings
from meter.registers import events
from meter.requests import WRITE_CALIBRATION, WRITE_SETTINGS
from meterctl.bench.simulation import Simulation

START_S = 800_000_000
BYTES_APART = 61


def simulation_on(memory):
    world = World(Load.parse("L1=10A"), waveform=False, noise=0, memory=memory, start_s=START_S)
    return Simulation(world, Settings())


def run(simulation, n):
    for _ in range(n):
        simulation.step(200)


def legal_log(simulation):
    book = simulation.meter.keeper.book
    found = [book.read(events.LEGAL, k) for k in range(*book.stored(events.LEGAL))]
    return [event for event in found if event is not None]


@pytest.fixture(scope="module")
def memory():
    simulation = simulation_on(bytearray(b"\xff" * EEPROM_BYTES))
    run(simulation, 80)
    return bytes(simulation.world.eeprom.memory)


def cut_after(memory, n, kind, value, then):
    """Make the change, with the power gone after `n` bytes of it; return what the chip holds."""
    simulation = simulation_on(bytearray(memory))
    run(simulation, 20)
    simulation.world.seal.closed = False
    simulation.world.eeprom.bytes_to_cut = n
    try:
        simulation.meter.request(kind, value)
        run(simulation, then)
    except PowerCut:
        return bytearray(simulation.world.eeprom.memory), True
    return bytearray(simulation.world.eeprom.memory), False


@pytest.mark.parametrize("what", ["settings", "calibration"])
def test_after_a_cut_at_any_byte_what_is_in_force_is_what_the_log_says(memory, what):
    kind, value = WRITE_SETTINGS, b"order=684-31BJ2B3010"
    if what == "calibration":
        kind, value = WRITE_CALIBRATION, double(simulation_on(
            bytearray(memory)).meter._parts.calibration).pack()
    cuts = stored = 0
    n = 0
    while True:
        cells, is_cut = cut_after(memory, n, kind, value, then=3)
        if not is_cut:
            break
        cuts += 1
        again = simulation_on(cells)
        run(again, 48)  # too short for any event but a legal one
        stored += check(again, what, value)
        once_more = simulation_on(bytearray(again.world.eeprom.memory))
        run(once_more, 48)
        check(once_more, what, value)
        n += BYTES_APART
    print("cuts", cuts, "of them with the change in force", stored)
    assert cuts > 8
    assert 0 < stored < cuts


def check(simulation, what, value):
    """Return whether the change is in force; the log has it once if so, and never if not."""
    if what == "settings":
        is_changed = simulation.meter.settings.energies == 3  # A+ and A- only
    else:
        is_changed = simulation.meter._parts.calibration.pack() == value
    codes = [code for _, code, _ in legal_log(simulation)]
    expected = [events.PARAMETER_OLD, events.PARAMETER_NEW] if is_changed else []
    assert codes == expected
    return is_changed
