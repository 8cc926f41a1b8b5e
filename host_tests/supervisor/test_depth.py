"""How many calls of the meter lie on top of each other: a Pico has 8,192 bytes of stack.

A call takes some 250 of them, measured on the emulated board; what else there is, and why it must
stay below, is told in docs/design.md, "Stack".
"""

import sys
from pathlib import Path

from gurux_dlms.enums import DataType, ObjectType

from boards.virtual.load import Load
from boards.virtual.world import World
from host_tests.dlms.clients import MANAGER, READER, Gurux
from meter.config import Settings
from meterctl.bench.simulation import Simulation
from meterctl.build import ROOT

DEEPEST = 26
START_S = 846_802_680  # 2026-10-31T22:58Z, two minutes before the end of the month
STEP_MS = 20
PATIENCE = 500  # steps
PROFILE = "1.0.99.1.0.255"
CLOCK = "0.0.1.0.0.255"
BREAKER = "0.0.96.3.10.255"
FIRMWARE = str(ROOT / "firmware")


class Depth:
    """Counts the calls of firmware that lie on top of each other.

    chain:  of the deepest: (file, function), the first call first
    """

    def __init__(self):
        self.chain = []
        self._depth = 0
        self._before = None

    def __enter__(self):
        self._before = sys.getprofile()
        sys.setprofile(self._count)
        return self

    def __exit__(self, *_):
        sys.setprofile(self._before)

    def _count(self, frame, event, _):
        if event not in {"call", "return"} or not frame.f_code.co_filename.startswith(FIRMWARE):
            return
        if event == "return":
            self._depth = max(0, self._depth - 1)
            return
        self._depth += 1
        if self._depth > len(self.chain):
            self.chain = []
            while frame is not None:
                code = frame.f_code
                if code.co_filename.startswith(FIRMWARE):
                    self.chain.insert(0, (Path(code.co_filename).name, code.co_name))
                frame = frame.f_back


class Line:
    """The far end of a UART of the simulated meter, which runs while it is waited for."""

    def __init__(self, simulation, uart):
        self._simulation = simulation
        self._uart = uart
        self._heard = b""

    def send(self, data):
        self._heard = b""
        self._uart.receive(bytes(data))

    def receive(self):
        for _ in range(PATIENCE):
            self._simulation.step(STEP_MS)
            heard = self._heard = self._heard + self._uart.transmitted()
            if len(heard) > 2 and len(heard) == ((heard[1] & 7) << 8 | heard[2]) + 2:
                return heard
        raise TimeoutError


def simulation():
    world = World(Load.parse("L1=10A,L2=5A@0.8cap"), waveform=False, start_s=START_S)
    return Simulation(world, Settings(serial="12345678"))


def text(chain):
    return "\n".join(f"{file}: {function}" for file, function in chain)


def test_a_start_the_end_of_a_month_and_a_failure_of_the_supply_stay_within_the_stack():
    with Depth() as depth:
        run = simulation()
        for _ in range(300):
            run.step(1000)
        run.meter.power_fail()
        run.step(1000)
    assert len(depth.chain) <= DEEPEST, text(depth.chain)


def test_sessions_on_both_ports_stay_within_the_stack():
    run = simulation()
    for _ in range(100):
        run.step(1000)
    with Depth() as depth:
        for uart in (run.world.optical, run.world.module):
            reader = Gurux(Line(run, uart), READER)
            profile = reader.find(ObjectType.PROFILE_GENERIC, PROFILE)
            reader.read(profile, 3)
            reader.read(profile, 2)
            reader.release()
        manager = Gurux(Line(run, run.world.module), MANAGER, counter=1_000)
        clock = manager.find(ObjectType.CLOCK, CLOCK)
        manager.read(clock, 2)
        manager.write(clock, 2)
        manager.invoke(manager.find(ObjectType.DISCONNECT_CONTROL, BREAKER), 1, 0, DataType.INT8)
        manager.release()
    assert len(depth.chain) <= DEEPEST, text(depth.chain)
