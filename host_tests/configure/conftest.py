"""A bench that runs in a thread, for commands that talk to its ports."""

import threading

import pytest

from boards.virtual.load import Load
from boards.virtual.world import World
from meter.config import Settings
from meterctl import cli
from meterctl.bench.simulation import Simulation
from meterctl.ports import Line, Lines
from meterctl.ports.pty import PtyEnd
from meterctl.ports.tcp import TcpEnd

STEP_MS = 20
SPEED = 20  # times real time at the most: 2 min without a word, which end a session, are 6 s
START_S = 846_244_800  # 2026-10-25T12:00:00Z


class Bench:
    """A meter with its module port on TCP and its optical port on a pseudo-terminal.

    module, optical:  PLACEs
    skip(seconds):    let simulated time pass at once
    """

    def __init__(self, world=None, **settings):
        world = world or World(Load.parse("L1=10A,L2=5A"), waveform=False, start_s=START_S)
        self.simulation = Simulation(world, Settings(serial="12345678", **settings))
        self.world = world
        tcp, pty = TcpEnd("127.0.0.1", 0), PtyEnd()
        self.module = "{}:{}".format(*tcp.address)
        self.optical = pty.place
        self._lines = Lines(Line(world.module, [tcp]), Line(world.optical, [pty]))
        self._ends = tcp, pty
        self._skip_s = 0
        self._skipped = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def meter(self):
        return self.simulation.meter

    def skip(self, seconds):
        self._skipped.clear()
        self._skip_s = seconds
        assert self._skipped.wait(60)

    def close(self):
        self._over.set()
        self._thread.join()
        for end in self._ends:
            end.close()

    def _run(self):
        while not self._over.wait(STEP_MS / 1000 / SPEED):
            self.simulation.step(STEP_MS)
            self._lines.exchange()
            if self._skip_s:
                for _ in range(self._skip_s):
                    self.simulation.step(1000)
                self._skip_s = 0
                self._skipped.set()


@pytest.fixture
def new_bench():
    """Make benches that end with the test."""
    benches = []

    def make(*given, **settings):
        benches.append(Bench(*given, **settings))
        return benches[-1]

    yield make
    for bench in benches:
        bench.close()


@pytest.fixture
def run(capsys):
    """Run a command; return (status, stdout, stderr)."""

    def made(*arguments):
        status = cli.run([*map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return made
