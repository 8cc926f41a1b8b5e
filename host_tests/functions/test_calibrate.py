"""The calibration on the store: replaced with the seal open, logged, in force with a restart."""

from binascii import crc32

import pytest

from boards.virtual.chips.chip_24xx import PowerCut
from boards.virtual.load import Load
from boards.virtual.world import EEPROM_BYTES, World
from meter.config import Settings
from meter.errors import ConfigError
from meter.metrology.calibration import Calibration, RangeCalibration, SystemCalibration
from meter.registers import events
from meter.requests import WRITE_CALIBRATION
from meterctl.bench.simulation import Simulation


def simulation_on(memory, load="L1=10A,L2=10A,L3=10A"):
    world = World(Load.parse(load), waveform=False, noise=0, memory=memory)
    return Simulation(world, Settings())


def steps(simulation, n=60):
    for _ in range(n):
        simulation.step(200)


def double(calibration):
    """Return one of twice the current gain."""
    systems = [
        SystemCalibration(
            one.u_gain_nv,
            [RangeCalibration(2 * part.i_gain_pa, part.delay_ns) for part in one.ranges],
        )
        for one in calibration.systems
    ]
    return Calibration(systems)


@pytest.fixture
def meter():
    simulation = simulation_on(bytearray(b"\xff" * EEPROM_BYTES))
    steps(simulation, 80)
    return simulation


def test_with_the_seal_open_a_record_is_kept_logged_and_in_force_with_a_restart(meter):
    old = meter.meter._parts.calibration
    record = double(old).pack()
    meter.world.seal.closed = False
    assert meter.meter.request(WRITE_CALIBRATION, record) == 0
    (_, new_code, new), (_, old_code, before) = (meter.meter.events.newest(k) for k in (0, 1))
    assert (old_code, new_code) == (events.PARAMETER_OLD, events.PARAMETER_NEW)
    assert (before & 0xFFFFFFFF, new & 0xFFFFFFFF) == (crc32(old.pack()), crc32(record))
    again = simulation_on(bytearray(meter.world.eeprom.memory))
    assert again.meter._parts.calibration.pack() == record
    steps(again, 20)
    i_ma = [simulation.meter.quantities.i_ma[0] for simulation in (meter, again)]
    assert i_ma[1] == pytest.approx(2 * i_ma[0], rel=0.01)


def test_with_the_seal_closed_nothing_is_changed(meter):
    with pytest.raises(ConfigError, match="seal open"):
        meter.meter.request(WRITE_CALIBRATION, double(meter.meter._parts.calibration).pack())
    again = simulation_on(bytearray(meter.world.eeprom.memory))
    assert again.meter._parts.calibration.pack() == meter.meter._parts.calibration.pack()


def broken(record):
    return record[:-1] + bytes([record[-1] ^ 1])


def one_system(calibration):
    return Calibration(calibration.systems[:1]).pack()


def test_a_broken_record_or_one_for_another_board_is_refused_by_name(meter):
    meter.world.seal.closed = False
    now = meter.meter._parts.calibration
    for record in (b"", broken(now.pack()), one_system(now), 7):
        with pytest.raises(ConfigError, match="calibration"):
            meter.meter.request(WRITE_CALIBRATION, record)
    assert meter.meter.events.newest(0)[1] != events.PARAMETER_NEW


@pytest.mark.parametrize("done", [0, 1, 60, 127])
def test_a_cut_while_it_is_written_leaves_the_old_one(meter, done):
    meter.world.seal.closed = False
    old = meter.meter._parts.calibration
    meter.meter.request(WRITE_CALIBRATION, double(old).pack())
    chip = meter.world.eeprom

    def tear(before, new, _done):
        return new[:done] + before[done:]

    chip.tear, write = tear, chip._program

    def program(first, before, new):
        chip.bytes_to_cut = done
        write(first, before, new)

    chip._program = program
    with pytest.raises(PowerCut):
        meter.meter.request(WRITE_CALIBRATION, old.pack())
    again = simulation_on(bytearray(chip.memory))
    assert again.meter._parts.calibration.pack() == double(old).pack()


def test_a_store_that_does_not_answer_leaves_the_boards_own():
    world = World(Load.parse("L1=1A,L2=1A,L3=1A"), waveform=False)
    world.eeprom.dead = True
    simulation = Simulation(world, Settings())
    steps(simulation, 10)
    assert simulation.meter.quantities.i_ma[0] == pytest.approx(1000, rel=0.02)
