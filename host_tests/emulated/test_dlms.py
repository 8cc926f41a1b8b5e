"""A load profile read over the module port of an emulated Pico at 9600 baud, plain and ciphered.

The client is gurux_dlms, which answers as soon as it has heard, so what the line waits for is the
meter.  40 entries; DLMS_ENTRIES=1000 reads as many, which takes the emulator an hour or more.
"""

import asyncio
import os
import time

import pytest
from gurux_dlms.enums import ObjectType

from boards import pico
from boards.pico_1ph.emulation import Surroundings
from boards.virtual.load import Load
from boards.virtual.world import World
from host_tests.dlms.clients import MANAGER, PUBLIC, READER, Gurux
from meter.config import Settings
from meterctl import emulate, emulator
from meterctl.bench.simulation import Simulation

pytestmark = pytest.mark.emulated

ENTRIES = int(os.environ.get("DLMS_ENTRIES", "40"))
START_S = 846_244_800
PROFILE, COUNTER = "1.0.99.1.0.255", "0.0.43.1.0.255"
_START_LIMIT_S = 60
_READ_LIMIT_S = 60 + ENTRIES
_CHARACTER_NS = 10_000_000_000 // 9600
_PATIENCE_S = 600  # of the wall clock, for a frame


def memory_with_profile():
    """Return the EEPROM of a meter of this kind that has ENTRIES intervals behind it."""
    world = World(Load.parse("L1=10A"), waveform=False, start_s=START_S)
    meter = Simulation(world, Settings()).meter
    keeper, total = meter.keeper, meter.ledger.total
    while keeper._step():
        pass
    for k in range(ENTRIES + 1):
        keeper.profile.tick(START_S - (ENTRIES - k) * 900, total, 0)
        while keeper.profile.step(2):
            pass
        total.counts_cwh[0] += 1_000 + k
    assert keeper.profile.log.total >= ENTRIES
    return bytearray(world.eeprom.memory)


class Line:
    """The far end of the module port; counts how long it waits for the meter."""

    def __init__(self, emulated, loop):
        self._emulated = emulated
        self._uart = emulated.surroundings.module
        self._loop = loop
        self._asked_ns = 0
        self.waited_ns = []

    def send(self, data):
        done = asyncio.run_coroutine_threadsafe(self._send(bytes(data)), self._loop)
        done.result(timeout=_PATIENCE_S)

    async def _send(self, data):
        self._uart.sent.clear()
        self._asked_ns = self._emulated.now_ns + len(data) * _CHARACTER_NS
        self._uart.receive(data)

    def receive(self):
        """Return the next frame."""
        until = time.monotonic() + _PATIENCE_S
        while not self._is_whole():
            assert time.monotonic() < until, "the meter is silent"
            time.sleep(0.005)
        first_ns = self._uart.sent[0][1] - _CHARACTER_NS
        self.waited_ns.append(first_ns - self._asked_ns)
        return bytes(octet for octet, _ in self._uart.sent)

    def _is_whole(self):
        octets = [octet for octet, _ in list(self._uart.sent)]
        return len(octets) > 2 and len(octets) == ((octets[1] & 7) << 8 | octets[2]) + 2


def read_profile(emulated, loop, sap):
    """Return (rows, share of the time that the line waited for the meter, waits in ms)."""
    line = Line(emulated, loop)
    counter = 1
    if sap == MANAGER:
        public = Gurux(line, PUBLIC)
        counter = public.raw(public.find(ObjectType.DATA, COUNTER), 2) + 1
        public.release()
    client = Gurux(line, sap, counter=counter)
    profile = client.find(ObjectType.PROFILE_GENERIC, PROFILE)
    client.read(profile, 3)
    line.waited_ns.clear()
    began_ns = emulated.now_ns
    rows = client.read(profile, 2)
    share = sum(line.waited_ns) / (emulated.now_ns - began_ns)
    client.release()
    return rows, share, [wait_ns / 1e6 for wait_ns in line.waited_ns]


@pytest.fixture(scope="module")
def read(specification):
    """Return what read_profile() does for the reading client and for the management client."""
    load = Load.parse("L1=10A", "", "230", "50", 1)
    memory = memory_with_profile()

    async def session():
        def surround(rp2040):
            rp2040.gpio[pico.SUPPLY].set_input_value(True)
            return Surroundings(rp2040, load, memory=memory, start_s=START_S + 60)

        async with emulator.Emulator(specification, "pico_1ph", surround, emulate.say) as emulated:
            adc = emulated.surroundings.adc
            await emulated.reset()
            await emulated.run_until(lambda: adc.converted > 0, _START_LIMIT_S)
            now_ns = emulated.now_ns  # closings and logs are looked up in the first moments
            await emulated.run_until(lambda: emulated.now_ns > now_ns + 2e9, _START_LIMIT_S)
            loop = asyncio.get_running_loop()
            return [
                await emulated.call(_READ_LIMIT_S, read_profile, emulated, loop, sap)
                for sap in (READER, MANAGER)
            ]

    return asyncio.run(session())


@pytest.mark.parametrize("which", [0, 1], ids=["plain", "ciphered"])
def test_every_entry_is_read(read, which):
    rows, _, _ = read[which]
    assert len(rows) >= ENTRIES
    assert [row[2] for row in rows[1:ENTRIES]] == [1_000 + k for k in range(1, ENTRIES)]


@pytest.mark.parametrize("which", [0, 1], ids=["plain", "ciphered"])
def test_the_line_waits_for_the_meter_a_tenth_of_the_time_at_most(read, which):
    _, share, waits_ms = read[which]
    print(f"{100 * share:.1f} %, {len(waits_ms)} frames, longest {max(waits_ms):.0f} ms")
    assert share <= 0.10
