"""One converter of three fails: the whole meter is right in the others and says so."""

import pytest

from boards.pico_3ph import calibration
from boards.virtual.board import build
from boards.virtual.front_end import Frames24
from boards.virtual.load import Load
from boards.virtual.world import World
from meter.config import Settings
from meter.metrology import faults
from meter.metrology.acquisition import Acquisition
from meter.registers import events
from meter.supervisor import Meter
from ports.cpython import kernel

P_W = (2300, 1150, -460)
STEP_FRAMES = 40  # 10 ms


class Rig:
    """A meter on the virtual board, with three converters' frames in place of its source."""

    def __init__(self, bench):
        self.world = World(Load.parse("L1=10A,L2=5A,L3=-2A", "", "230", "50", 3))
        front_end = Frames24(self.world.mains, noise=0)

        def codes(system, n):
            number, offset = divmod(n, Frames24.BLOCK_SETS)
            first = (offset * 3 + system) * 2
            return front_end.block(number)[first : first + 2]

        self.bench = bench(codes=codes, size=1024)
        self.bench.sampler._interval = 400  # registers are read back ten times a second
        parts = build(self.world)
        parts.calibration = calibration.default()
        parts.source = Acquisition(self.bench.sampler, kernel)
        parts.faults = self.bench.sampler
        self.meter = Meter(parts, Settings())
        self.before = self.meter.events.total

    def run(self, milliseconds):
        for _ in range(milliseconds // 10):
            self.bench.port.advance(STEP_FRAMES)
            self.world.clock.advance_ns(10_000_000)
            self.meter.step(10)

    def told(self):
        """Return the details of the converters' events, oldest first."""
        found = [
            self.meter.events.newest(age) for age in range(self.meter.events.total - self.before)
        ]
        return [each[2] for each in reversed(found) if each[1] == events.MEASUREMENT_ERROR]

    def check(self, measuring):
        """See that these systems are right to 0.1 %, the others 0, and the frequency is right."""
        found = self.meter.quantities
        for k in range(3):
            p_mw = P_W[k] * 1000 if k in measuring else 0
            assert found.p_mw[k] == pytest.approx(p_mw, rel=1e-3)
            assert found.u_mv[k] == pytest.approx(230_000 if k in measuring else 0, rel=1e-3)
        assert found.f_mhz == pytest.approx(50_000, abs=10)


@pytest.fixture
def rig(bench):
    rig = Rig(bench)
    rig.run(500)
    rig.check({0, 1, 2})
    assert rig.told() == []
    return rig


@pytest.mark.parametrize("k", [0, 2])
def test_one_that_is_unplugged_and_plugged_in_again(rig, k):
    rig.bench.chips[k].unplug()
    rig.run(600)
    rig.check({0, 1, 2} - {k})
    assert faults.LOST - 1 - k in rig.told()
    rig.bench.chips[k].plug()
    rig.run(800)
    assert rig.told()[-1] == faults.BACK - 1 - k
    rig.check({0, 1, 2})


def test_one_that_answers_garbage_for_a_while(rig):
    rig.bench.chips[1].corrupt = 1_000_000
    rig.run(600)
    rig.check({0, 2})
    assert rig.told()[-1] == faults.LOST - 2
    rig.bench.chips[1].corrupt = 0
    rig.run(800)
    assert rig.told()[-1] == faults.BACK - 2
    rig.check({0, 1, 2})


def test_one_that_resets_itself(rig):
    rig.bench.chips[0].brown_out()
    rig.run(1000)
    assert faults.LOST - 1 in rig.told()
    assert rig.told()[-1] == faults.BACK - 1
    rig.check({0, 1, 2})


def test_one_whose_register_changes(rig):
    rig.bench.chips[2].registers[0x04] = 0
    rig.run(2000)
    assert faults.LOST - 3 in rig.told()
    assert rig.told()[-1] == faults.BACK - 3
    rig.check({0, 1, 2})


@pytest.mark.parametrize("level", [0, 1])
def test_one_whose_data_ready_line_is_stuck(rig, level):
    rig.bench.chips[0].stuck_drdy = level
    rig.run(800)
    rig.check({0, 1, 2})
    assert faults.UNREADY - 1 in rig.told()
    assert rig.bench.sampler.overruns == 1
