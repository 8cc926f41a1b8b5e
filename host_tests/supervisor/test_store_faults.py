"""The EEPROM's bus fails in every way it can: the meter counts, says so, and catches up."""

import errno
import random

import pytest

from boards.virtual.chips.i2c_bus import I2CBus
from boards.virtual.load import Load
from boards.virtual.world import EEPROM, World
from meter.config import Settings
from meter.registers import events
from meterctl.bench.simulation import Simulation

LOAD = "L1=40A,L2=20A@0.5ind,L3=-30A"


class Faulty(I2CBus):
    """Spoils transfers to the EEPROM, one in `every` from `begins` to `ends`."""

    rng, kind, every, begins, ends = random.Random(0), None, 3, 0, 1 << 60
    spoilt = transfers = 0

    def _spoils(self, addr):
        self.transfers += addr in (EEPROM, EEPROM | 4)
        is_due = self.begins <= self.transfers < self.ends and self.rng.randrange(self.every) == 0
        if addr not in (EEPROM, EEPROM | 4) or not is_due:
            return False
        self.spoilt += 1
        return True

    def writevto(self, addr, vector, stop=True):
        if self.kind in ("nack", "few") and len(vector) > 1 and self._spoils(addr):
            data = b"".join(bytes(part) for part in vector)
            n = self.rng.randrange(2, len(data))
            sent = super().writevto(addr, (data[:n],), stop)
            if self.kind == "few":
                return sent
            raise OSError(errno.EIO, "no acknowledge")
        return super().writevto(addr, vector, stop)

    def readfrom_into(self, addr, buf, stop=True):
        super().readfrom_into(addr, buf, stop)
        if self.kind in ("short", "noise") and self._spoils(addr):
            n = self.rng.randrange(len(buf))
            if self.kind == "short":
                buf[n:] = bytes(len(buf) - n)
                raise OSError(errno.EIO, "short read")
            buf[n] ^= 1 << self.rng.randrange(8)

    def _start(self, address, read):
        if self.kind == "stuck" and self._spoils(address):
            raise OSError(errno.ETIMEDOUT, "bus held low")
        if self.kind == "absent" and self._spoils(address):
            raise OSError(errno.EIO, "no acknowledge")
        super()._start(address, read)


def meter_with(kind, every, memory, seed=7):
    world = World(Load.parse(LOAD), waveform=False, memory=memory, start_s=800_000_000)
    world.i2c.__class__ = Faulty
    world.i2c.kind, world.i2c.every, world.i2c.rng = kind, every, random.Random(seed)
    return Simulation(world, Settings())


def run(simulation, seconds):
    for _ in range(seconds * 10):
        simulation.step(100)


@pytest.mark.parametrize("every", [1, 4])
@pytest.mark.parametrize("kind", ["nack", "few", "short", "stuck", "absent"])
def test_a_failing_bus_is_counted_logged_and_caught_up_and_never_takes_energy(kind, every):
    memory = bytearray(b"\xff" * (1 << 17))
    simulation = meter_with(None, every, memory)
    run(simulation, 12)
    bus, meter = simulation.world.i2c, simulation.meter
    before = simulation.registers()["1.8.0"]
    bus.kind = kind
    run(simulation, 20)
    assert bus.spoilt > 5
    assert meter.keeper.failures > 3
    assert meter.overruns == 0
    logged = [meter.events.newest(age) for age in range(meter.events.total)]
    errors = {detail for _, code, detail in logged if code == events.NV_MEMORY_ERROR}
    assert errors
    assert errors <= {errno.EIO, errno.ETIMEDOUT, 0}
    bus.kind = None
    run(simulation, 5)
    counted = simulation.registers()
    assert counted["1.8.0"] > before + 50
    again = meter_with(None, 1, bytearray(memory)).registers()  # a cut without warning
    for code, energy in counted.items():
        assert energy - 10 <= again[code] <= energy
    simulation.finish()
    assert simulation.exact()["1.8.0"] == pytest.approx(simulation.true_registers()["1.8.0"],
                                                        rel=1e-4)


@pytest.mark.parametrize("kind", ["short", "stuck", "absent", "noise"])
def test_a_failing_bus_at_the_start_takes_nothing_back(kind):
    memory = bytearray(b"\xff" * (1 << 17))
    first = meter_with(None, 1, memory)
    run(first, 12)
    first.finish()
    stored = first.registers()
    again = meter_with(kind, 5, memory)
    run(again, 15)
    again.world.i2c.kind = None
    run(again, 5)
    again.finish()
    assert again.meter.keeper.registers.restored
    assert again.world.i2c.spoilt > 5
    for code, energy in again.registers().items():
        assert energy >= stored[code]
    assert again.registers()["1.8.0"] == pytest.approx(
        stored["1.8.0"] + again.true_registers()["1.8.0"], rel=1e-3)


def test_noise_on_the_bus_is_seen_when_a_page_is_read_back():
    simulation = meter_with(None, 2, bytearray(b"\xff" * (1 << 17)))
    run(simulation, 12)
    simulation.world.i2c.kind = "noise"
    run(simulation, 20)
    assert simulation.meter.keeper.registers._totals.ring.bad_pages > 3
    assert simulation.meter.overruns == 0
