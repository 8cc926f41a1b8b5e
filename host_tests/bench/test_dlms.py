"""Sessions of two independent DLMS clients through sockets and pseudo-terminals, HDLC and line."""

import datetime as dt
import os
import select
import socket
import tty

import pytest
import structlog
from dlms_cosem.hdlc.state import NEED_DATA
from dlms_cosem.io import HdlcTransport
from dlms_cosem.parsers import AssociationObjectListParser
from gurux_dlms import GXDateTime
from gurux_dlms.enums import DataType, ObjectType
from gurux_dlms.secure import GXDLMSSecureClient

from boards.virtual.load import Load
from boards.virtual.world import World
from host_tests.dlms.clients import (
    MANAGER,
    MASTER,
    PUBLIC,
    READER,
    Gurux,
    attribute_of,
    cosem_client,
)
from meter.config import Settings
from meterctl.bench.simulation import Simulation
from meterctl.ports import Line
from meterctl.ports.pty import PtyEnd
from meterctl.ports.tcp import TcpEnd

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))

FLAG = b"\x7e"
STEP_MS = 20
PATIENCE_MS = 20_000
START_S = 846_244_800
FASTEST = 9  # 115,200 baud


class Bench:
    """A meter with a client on its module or optical port; its time passes while one waits."""

    def __init__(self, port="module", kind="tcp"):
        world = World(Load.parse("L1=10A,L2=5A"), waveform=False, start_s=START_S)
        self.simulation = Simulation(world, Settings(module_baud=FASTEST))
        self.meter = self.simulation.meter
        end = TcpEnd("127.0.0.1", 0) if kind == "tcp" else PtyEnd()
        self.line = Line(getattr(world, port), [end])
        if kind == "tcp":
            self.client = socket.create_connection(end.address)
            self.fd = self.client.fileno()
        else:
            self.client = None
            self.fd = os.open(end.place.split()[-1], os.O_RDWR | os.O_NOCTTY)
            tty.setraw(self.fd)
        self.step()

    def step(self):
        self.simulation.step(STEP_MS)
        self.line.exchange()

    def run(self, ms):
        for _ in range(0, ms, STEP_MS):
            self.step()

    def send(self, data):
        os.write(self.fd, bytes(data))

    def receive(self):
        """Let time pass until something comes."""
        for _ in range(0, PATIENCE_MS, STEP_MS):
            self.step()
            if select.select([self.fd], [], [], 0)[0]:
                return os.read(self.fd, 4096)
        raise TimeoutError

    def close(self):
        if self.client is None:
            os.close(self.fd)
        else:
            self.client.close()
        self.line.close()


@pytest.fixture
def new_bench():
    benches = []

    def make(*where):
        benches.append(Bench(*where))
        return benches[-1]

    yield make
    for bench in benches:
        bench.close()


class Io:
    """dlms_cosem's view of a bench."""

    def __init__(self, bench):
        self._bench = bench
        self._heard = b""

    def connect(self):
        pass

    def disconnect(self):
        pass

    def send(self, data):
        self._bench.send(data)

    def recv_until(self, end):
        while end not in self._heard:
            self._heard += self._bench.receive()
        found, _, self._heard = self._heard.partition(end)
        return found + end


class Transport(HdlcTransport):
    """dlms_cosem's HDLC; it tries every 7E for a frame's end, here before it waits for another."""

    def next_event(self):
        link = self.hdlc_connection
        while True:
            event = link.next_event()
            if event is not NEED_DATA:
                return event
            if FLAG not in link.buffer[link.buffer_search_position :]:
                link.receive_data(self.io.recv_until(FLAG))


@pytest.mark.parametrize("kind", ["tcp", "pty"])
@pytest.mark.parametrize("port", ["module", "optical"])
def test_gurux_associates_at_every_level_and_reads(new_bench, port, kind):
    bench = new_bench(port, kind)
    for sap in (PUBLIC, READER, MANAGER):
        client = Gurux(bench, sap)
        clock = client.find(ObjectType.CLOCK, "0.0.1.0.0.255")
        assert client.raw(clock, 2)[:4] == bytes((0x07, 0xEA, 10, 25))
        if sap != PUBLIC:
            energy = client.find(ObjectType.REGISTER, "1.0.1.8.0.255")
            assert client.read(energy, 2) >= 0
        client.release()
        bench.run(1_000)


def test_gurux_reads_the_whole_object_list_with_the_smallest_frames_and_apdus(new_bench):
    bench = new_bench()
    client = Gurux(bench, READER, frame=32, pdu=64)
    objects = client.objects()
    assert len(objects) > 140
    for target in objects[::12]:
        for attribute in range(target.getAttributeCount(), 0, -1):
            if (target.objectType, attribute) != (15, 7):
                client.read(target, attribute)
    client.release()


@pytest.mark.parametrize("frame", [64, 128, 512])
def test_gurux_reads_with_other_frames(new_bench, frame):
    client = Gurux(new_bench(), PUBLIC, frame=frame)
    assert len(client.objects()) == 16
    client.release()


@pytest.mark.parametrize("server", [1, GXDLMSSecureClient.getServerAddress(1, 17, 2),
                                    GXDLMSSecureClient.getServerAddress(1, 17, 4)])  # fmt: skip
def test_gurux_reaches_the_meter_by_addresses_of_one_two_and_four_bytes(new_bench, server):
    client = Gurux(new_bench(), PUBLIC, server=server)
    assert client.raw(client.find(ObjectType.DATA, "0.0.42.0.0.255"), 2) == b"KAM00000000"
    client.release()


@pytest.mark.parametrize(("sap", "kind"), [(PUBLIC, "tcp"), (READER, "pty"), (MANAGER, "tcp")])
def test_dlms_cosem_reads_the_object_list(new_bench, sap, kind):
    transport = Transport(
        client_logical_address=sap, server_logical_address=1, io=Io(new_bench("module", kind))
    )
    client = cosem_client(transport, sap)
    with client.session():
        data = client.get(attribute_of(15, "0.0.40.0.0.255", 2))
    assert len(AssociationObjectListParser.parse_bytes(data)) >= 16


def test_the_manager_sets_the_clock_moves_the_breaker_and_changes_keys(new_bench):
    bench = new_bench()
    bench.run(3_000)
    client = Gurux(bench, MANAGER)
    clock = client.find(ObjectType.CLOCK, "0.0.1.0.0.255")
    clock.time = GXDateTime(dt.datetime(2026, 11, 1, 9, 0, tzinfo=dt.timezone.utc))
    client.write(clock, 2)
    assert abs(bench.meter.clock.now_s() - 846_838_800) <= 1  # 2026-11-01T09:00Z
    breaker = client.find(ObjectType.DISCONNECT_CONTROL, "0.0.96.3.10.255")
    assert client.read(breaker, 3) == 1
    client.invoke(breaker, 1, 0, DataType.INT8)
    bench.run(3_000)
    assert client.read(breaker, 2) is False
    assert client.read(breaker, 3) == 0
    client.invoke(breaker, 2, 0, DataType.INT8)
    bench.run(3_000)
    assert client.read(breaker, 3) in (1, 2)
    setup = client.find(ObjectType.SECURITY_SETUP, "0.0.43.0.0.255")
    new = bytes(range(0x20, 0x30))
    wrapped = bytes(GXDLMSSecureClient.encrypt(MASTER, new))
    item = b"\x01\x01\x02\x02\x16\x00\x09\x18" + wrapped
    client.exchange(client.client.method(setup, 2, item, DataType.ARRAY))
    client.release()
    bench.run(1_000)
    again = Gurux(bench, MANAGER, keys=(new, bytes(range(0xD0, 0xE0))))
    assert again.read(breaker, 4) in range(7)
    again.release()


def test_both_ports_are_read_at_once(new_bench):
    bench = new_bench("module")
    optical = TcpEnd("127.0.0.1", 0)
    line = Line(bench.simulation.world.optical, [optical])
    other = socket.create_connection(optical.address)
    other.setblocking(False)
    first = Gurux(bench, READER)
    step = bench.step

    def step_both():
        step()
        line.exchange()

    bench.step = step_both

    class Optical:
        send = staticmethod(other.sendall)

        @staticmethod
        def receive():
            for _ in range(0, PATIENCE_MS, STEP_MS):
                bench.step()
                try:
                    return other.recv(4096)
                except BlockingIOError:
                    continue
            raise TimeoutError

    second = Gurux(Optical, PUBLIC)
    name = first.find(ObjectType.DATA, "0.0.42.0.0.255")
    for _ in range(3):
        assert first.raw(name, 2) == second.raw(name, 2)
    second.release()
    first.release()
    other.close()
    line.close()


def test_a_client_that_died_comes_back_at_once(new_bench):
    bench = new_bench()
    Gurux(bench, READER)
    client = Gurux(bench, READER)
    assert client.raw(client.find(ObjectType.DATA, "0.0.42.0.0.255"), 2) == b"KAM00000000"
    client.release()


def test_a_hundred_readings_cost_no_window(new_bench):
    bench = new_bench()
    client = Gurux(bench, READER)
    profile = client.find(ObjectType.PROFILE_GENERIC, "1.0.99.1.0.255")
    for _ in range(100):
        client.raw(profile, 3)
    assert bench.meter.overruns == 0
    assert bench.meter.view_failures == 0
