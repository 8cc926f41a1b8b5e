"""The whole meter at the sums front end."""

import pytest

from boards.virtual.load import Load
from boards.virtual.world import World
from meter.config import Settings
from meter.requests import WRITE_CONTROL
from meterctl.bench.simulation import Simulation

MONDAY_S = 800_323_200  # 2025-05-12 00:00 UTC


class Meter:
    """A meter that runs; `run` in simulated seconds, steps of 100 ms."""

    def __init__(self, load="L1=10A,L2=20A,L3=5A", memory=None, start_s=MONDAY_S, cover=True):
        self.memory = memory if memory is not None else bytearray(b"\xff" * (1 << 17))
        self.world = World(Load.parse(load), waveform=False, memory=self.memory, start_s=start_s)
        self.world.cover.closed = cover
        self.simulation = Simulation(self.world, Settings())
        self.meter = self.simulation.meter
        self.run(3)

    def run(self, seconds, step_ms=100):
        end_ns = self.simulation.now_ns + seconds * 1_000_000_000
        while self.simulation.now_ns < end_ns:  # the chips on the bus take time of their own
            self.simulation.step(step_ms)

    def cut(self, seconds=1):
        """Cut the power without warning; the program starts on what is stored."""
        self.world.advance_to(self.world.clock.now_ns() + seconds * 1_000_000_000)
        stepped_ms = self.world.clock.now_ns() // 1_000_000
        self.simulation = Simulation(self.world, Settings())
        self.simulation._stepped_ms = stepped_ms
        self.meter = self.simulation.meter

    def configure(self, text):
        self.meter.request(WRITE_CONTROL, text.encode())

    def logged(self, *codes):
        """Return (code, detail) of the events in RAM, oldest first; those of `codes` only."""
        events = self.meter.events
        found = [events.newest(age)[1:] for age in range(min(events.total, events.depth))]
        return [event for event in reversed(found) if not codes or event[0] in codes]


@pytest.fixture
def running():
    return Meter()
