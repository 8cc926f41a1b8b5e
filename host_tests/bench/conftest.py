"""A bench in this process: simulated time moves only when the test says so."""

import socket

import pytest

from boards.virtual.load import Load
from boards.virtual.world import World
from meter.config import Settings
from meterctl.bench.simulation import Simulation
from meterctl.ports import Line
from meterctl.ports.tcp import TcpEnd

LOAD = "L1=10A@0.5ind,L2=5A@0.8cap,L3=-2A"
STEP_MS = 20


class Bench:
    """A meter on the virtual board with its optical port on a socket."""

    def __init__(self, load=LOAD, systems=3, waveform=False, memory=None, duration_ms=None):
        world = World(Load.parse(load, systems=systems), waveform=waveform, memory=memory)
        self.simulation = Simulation(world, Settings(), duration_ms)
        self.world = world
        self.end = TcpEnd("127.0.0.1", 0)
        self.line = Line(world.optical, [self.end])
        self.clients = []

    def connect(self):
        """Return a socket that is connected to the optical port."""
        client = socket.create_connection(self.end.address)
        client.setblocking(False)
        self.clients.append(client)
        self.step()
        return client

    def step(self, duration_ms=STEP_MS):
        """Let simulated time pass as the bench's loop does."""
        for _ in range(0, duration_ms, STEP_MS):
            self.simulation.step(STEP_MS)
            self.line.exchange()

    def listen(self, client, duration_ms):
        """Return [(ms since the call, bytes)] of what `client` receives while the time passes."""
        heard = []
        began_ns = self.simulation.now_ns
        for _ in range(0, duration_ms, STEP_MS):
            self.step()
            if data := received(client):
                heard.append(((self.simulation.now_ns - began_ns) / 1e6, data))
        return heard

    def close(self):
        """Close every socket."""
        for client in self.clients:
            client.close()
        self.line.close()


def received(client):
    """Return what has arrived at a non-blocking socket, None if the other side hung up."""
    try:
        return client.recv(4096) or None
    except BlockingIOError:
        return b""


@pytest.fixture
def new_bench():
    """Make benches that are closed after the test."""
    benches = []

    def make(**options):
        benches.append(Bench(**options))
        return benches[-1]

    yield make
    for bench in benches:
        bench.close()
