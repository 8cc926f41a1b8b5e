"""Clients that nobody here wrote, at both ports of the bench, over TCP and a pseudo-terminal."""

import os
import re
import socket
import tty
from pathlib import Path

import pytest
from dlms_cosem.io import HdlcTransport
from gurux_dlms.enums import ObjectType

from boards.virtual.load import Load
from boards.virtual.world import World
from host_tests.dlms.clients import MANAGER, PUBLIC, READER, Gurux, attribute_of, cosem_client
from meter.config import Settings
from meterctl.bench.simulation import Simulation
from meterctl.ports import Line, Lines
from meterctl.ports.pty import PtyEnd
from meterctl.ports.tcp import TcpEnd

STEP_MS = 20
PATIENCE_MS = 5_000
CLOCK = "0.0.1.0.0.255"
ENERGY = "1.0.1.8.0.255"
COUNTER = "0.0.43.1.0.255"


class Bench:
    """A meter, a socket and a pseudo-terminal at each port; time moves while one waits."""

    def __init__(self, **settings):
        world = World(Load.parse("L1=10A,L2=5A,L3=-2A"), waveform=False, start_s=846_244_800)
        self.simulation = Simulation(world, Settings(serial="12345678", **settings))
        self.ends = {
            (port, kind): end()
            for port in ("optical", "module")
            for kind, end in (("tcp", lambda: TcpEnd("127.0.0.1", 0)), ("pty", PtyEnd))
        }
        self.lines = Lines(
            *(
                Line(uart, [self.ends[port, kind] for kind in ("tcp", "pty")])
                for port, uart in (("optical", world.optical), ("module", world.module))
            )
        )
        self.sides = []

    def step(self):
        self.simulation.step(STEP_MS)
        self.lines.exchange()

    def run(self, ms):
        for _ in range(ms // STEP_MS):
            self.step()

    def plug(self, port, kind):
        """Return a Side at `port`."""
        end = self.ends[port, kind]
        if kind == "tcp":
            near = socket.create_connection(end.address)
            near.setblocking(False)
            side = Side(self, near.fileno(), near.close)
        else:
            number = os.open(end.place, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
            tty.setraw(number)
            side = Side(self, number, lambda: os.close(number))
        self.sides.append(side)
        self.run(100)
        return side

    def close(self):
        for side in self.sides:
            side.unplug()
        for end in self.ends.values():
            end.close()


class Side:
    """A client's end of a line: what gurux and dlms_cosem need of one."""

    def __init__(self, bench, number, close):
        self._bench = bench
        self._number = number
        self.unplug = close
        self.last = b""  # frame
        self.largest = 0  # longest frame

    # gurux

    def send(self, data):
        os.write(self._number, bytes(data))

    def receive(self):
        """Return what comes, once something has come and then nothing for two steps."""
        found, quiet = b"", 0
        for _ in range(PATIENCE_MS // STEP_MS):
            self._bench.step()
            try:
                piece = os.read(self._number, 4096)
            except BlockingIOError:
                piece = b""
            found += piece
            quiet = 0 if piece else quiet + 1
            if found and quiet == 2:
                self.last = found
                self.largest = max(self.largest, len(found))
                return found
        raise TimeoutError("the meter says nothing")

    def receive_now(self):
        """Return what has come so far."""
        found = b""
        while True:
            try:
                found += os.read(self._number, 4096)
            except BlockingIOError:
                return found

    # dlms_cosem

    def connect(self):
        self._waiting = b""

    def disconnect(self):
        pass

    def recv_until(self, end):
        """Return one frame, cut by its length."""
        if not self._waiting:
            self._waiting = self.receive()
        length = 2 + (int.from_bytes(self._waiting[1:3], "big") & 0x7FF)
        found, self._waiting = self._waiting[:length], self._waiting[length:]
        assert found.endswith(end)
        return found


@pytest.fixture
def new_bench():
    """Make benches that are closed after the test."""
    benches = []

    def make(**settings):
        benches.append(Bench(**settings))
        benches[-1].run(2_000)
        return benches[-1]

    yield make
    for bench in benches:
        bench.close()


def a_session(bench, side, sap, **options):
    """Read energy and clock as gurux; return (energy, largest frame)."""
    counter = bench.simulation.meter.keeper.invocation
    client = Gurux(side, sap, counter=used(counter) + 1, **options)
    clock = client.raw(client.find(ObjectType.CLOCK, CLOCK), 2)
    assert clock
    energy = None
    if sap != PUBLIC:
        energy = client.raw(client.find(ObjectType.REGISTER, ENERGY), 2)
    client.release()
    return energy


def used(kept):
    """Return the ceiling of the clients' counter as it is stored."""
    return int.from_bytes(kept.data[:4], "little")


@pytest.mark.parametrize("kind", ["tcp", "pty"])
@pytest.mark.parametrize("port", ["optical", "module"])
def test_gurux_reads_with_every_level_of_security(new_bench, port, kind):
    bench = new_bench()
    side = bench.plug(port, kind)
    for sap in (PUBLIC, READER, MANAGER):
        energy = a_session(bench, side, sap)
        assert energy is None or energy > 0


@pytest.mark.parametrize("kind", ["tcp", "pty"])
def test_dlms_cosem_reads_with_every_level_of_security(new_bench, kind):
    bench = new_bench()
    side = bench.plug("module", kind)
    for sap in (PUBLIC, READER, MANAGER):
        while not a_session_of_dlms_cosem(bench, side, sap):
            bench.run(1_000)


def a_session_of_dlms_cosem(bench, side, sap):
    """Read the clock; False if dlms_cosem stumbled: it takes a flag inside a frame for its end."""
    transport = HdlcTransport(
        client_logical_address=sap, server_logical_address=1, io=side, timeout=1
    )
    counter = used(bench.simulation.meter.keeper.invocation) + 1
    client = cosem_client(transport, sap, counter=counter)
    side.last = b""
    try:
        with client.session() as session:
            assert session.get(attribute_of(8, CLOCK, 2))
    except TimeoutError:
        assert b"\x7e" in side.last[1:-1]
        return False
    return True


@pytest.mark.parametrize("frame", [32, 64, 128, 512, 1024])
@pytest.mark.parametrize("sap", [READER, MANAGER])
def test_frames_keep_to_the_size_that_was_asked_for(new_bench, frame, sap):
    bench = new_bench()
    side = bench.plug("module", "tcp")
    counter = used(bench.simulation.meter.keeper.invocation) + 1
    # gurux cannot ask for the next block in two frames: with general ciphering 32 are too few.
    client = Gurux(side, sap, counter=counter, frame=frame, protect=False)
    side.largest = 0
    association = client.find(ObjectType.ASSOCIATION_LOGICAL_NAME, "0.0.40.0.0.255")
    assert len(client.raw(association, 2)) > 50  # objects
    assert frame / 2 < side.largest <= frame + 12
    client.release()


@pytest.mark.parametrize("server", [1, 1 << 7 | 17, 1 << 14 | 17])
def test_gurux_addresses_the_meter_in_one_two_and_four_octets(new_bench, server):
    bench = new_bench()
    assert a_session(bench, bench.plug("module", "tcp"), READER, server=server) > 0


def test_both_ports_have_an_association_of_their_own_at_once(new_bench):
    bench = new_bench()
    optical = Gurux(bench.plug("optical", "tcp"), READER)
    module = Gurux(bench.plug("module", "tcp"), MANAGER, counter=1)
    for _ in range(3):
        energies = [
            client.raw(client.find(ObjectType.REGISTER, ENERGY), 2) for client in (optical, module)
        ]
        assert energies[0] > 0
        assert abs(energies[0] - energies[1]) < 100
    optical.release()
    assert module.raw(module.find(ObjectType.CLOCK, CLOCK), 2)
    module.release()


def test_a_read_out_and_a_session_follow_each_other_on_the_optical_port(new_bench):
    bench = new_bench()
    side = bench.plug("optical", "tcp")
    for _ in range(2):
        a_session(bench, side, READER)
        bench.run(1_000)
        side.send(b"/?!\r\n")
        bench.run(60_000)
        assert side.receive_now().startswith(b"/KAM 6843")


def test_mode_e_leads_to_a_session(new_bench):
    bench = new_bench(sign_on=1)
    side = bench.plug("optical", "pty")
    side.send(b"/?!\r\n")
    bench.run(2_000)
    assert side.receive_now() == b"/KAM5\\268431BJ4B3010\r\n"
    side.send(b"\x06252\r\n")
    bench.run(2_000)
    assert side.receive_now() == b"\x06252\r\n"
    assert a_session(bench, side, READER) > 0


@pytest.mark.parametrize(("code", "baud"), [(0, 300), (5, 9600), (9, 115_200)])
def test_the_module_ports_speed_is_a_setting(new_bench, code, baud):
    bench = new_bench(module_baud=code)
    assert bench.simulation.world.module.character_ns == 10_000_000_000 // baud
    assert a_session(bench, bench.plug("module", "tcp"), READER) > 0


def test_the_session_in_the_document_is_what_the_meter_says(new_bench):
    text = (Path(__file__).parents[2] / "docs" / "protocols.md").read_text()
    said = text[text.index("### A session, frame by frame") :]
    said = said[: said.index("\n## ")]
    turns = re.findall(r"    (client|meter) .*\n((?: {12}(?:[0-9A-F]{2} ?)+\n)+)", said)
    assert [who for who, _ in turns] == ["client", "meter"] * 5
    side = new_bench().plug("module", "tcp")
    for k in range(0, len(turns), 2):
        side.send(bytes.fromhex(turns[k][1]))
        assert side.receive() == bytes.fromhex(turns[k + 1][1])
