"""The power cut at every write while the whole meter switches: moved as told, and logged once."""

import pytest

from boards.virtual.load import Load
from boards.virtual.world import World
from host_tests.control.conftest import MONDAY_S, Meter
from meter.config import Settings
from meter.control.disconnector import CONNECTED, DISCONNECTED
from meter.registers import events
from meter.requests import CONNECT, DISCONNECT
from meterctl.bench.simulation import Simulation

CODES = (events.DISCONNECTED_REMOTELY, events.CONNECTED_REMOTELY)
PAGE = 128


class Memory(bytearray):
    """Cells of which every write is told before it is done."""

    told = None

    def __setitem__(self, at, data):
        if self.told is not None:
            self.told(at, data)
        super().__setitem__(at, data)


def logged(meter):
    """Return the switchings on the store and in RAM, oldest first, as (code, detail)."""
    book = meter.keeper.book
    found = [book.read(events.DISCONNECT, n) for n in range(*book.stored(events.DISCONNECT))]
    return [entry[1:] for entry in found if entry is not None and entry[1] in CODES]


def cuts_of(running, request):
    """Return (cells, whether the relay is closed) at every write from `request` on, also torn."""
    found = []
    memory, relay = running.memory, running.world.relay

    def note(at, data):
        found.append((bytes(memory), relay.is_closed_now))
        torn = bytearray(memory)
        torn[at.start : at.start + len(data) // 2] = data[: len(data) // 2]
        found.append((bytes(torn), relay.is_closed_now))

    memory.told = note
    running.meter.request(request)
    running.run(4)
    memory.told = None
    found.append((bytes(memory), relay.is_closed_now))
    return found


def start(cells, is_closed, seconds=16):
    """Return a meter that runs on what a cut has left."""
    world = World(
        Load.parse("L1=10A"), waveform=False, memory=bytearray(cells), start_s=MONDAY_S + 3600
    )
    world.relay.is_closed_now = is_closed
    simulation = Simulation(world, Settings())
    for _ in range(2 * seconds):
        simulation.step(500)
    return world, simulation.meter


@pytest.fixture(scope="module")
def switched():
    """Return the cuts of an opening and of the closing after it."""
    running = Meter(memory=Memory(b"\xff" * (1 << 17)))
    running.run(15)
    opening = cuts_of(running, DISCONNECT)
    running.run(10)
    return opening, cuts_of(running, CONNECT)


@pytest.mark.parametrize("connects", [False, True])
def test_a_cut_at_any_write_of_a_switching_leaves_it_done_or_not_begun_and_logged_once(
    switched, connects
):
    cuts = switched[connects]
    assert len(cuts) > 6
    before, after = (DISCONNECTED, CONNECTED) if connects else (CONNECTED, DISCONNECTED)
    reached = []
    for cells, is_closed in cuts:
        world, meter = start(cells, is_closed)
        state = meter.breaker.state
        assert not meter.breaker.is_moving
        assert world.relay.is_closed_now == (state == CONNECTED)
        codes = [code for code, _ in logged(meter)]
        was = [CODES[0]] if connects else []
        assert codes == (was if state == before else [*was, CODES[connects]]), len(reached)
        reached.append(state)
    first = reached.index(after)  # from then on it is intended
    assert 0 < first < len(reached) // 2
    assert set(reached[first:]) == {after}
