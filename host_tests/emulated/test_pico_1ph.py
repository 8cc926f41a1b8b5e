"""The whole meter on an emulated Raspberry Pi Pico, under real MicroPython, read by mode A.

Needs a MicroPython image ($METER_UF2, or one in rp2040py's cache); skipped by name without one.
"""

import asyncio
import sys
from itertools import pairwise

import pytest

from boards.pico_1ph.emulation import Surroundings
from meterctl import emulate, emulator
from meterctl.bench import options as accept

pytestmark = pytest.mark.emulated

_SECONDS = 5
_REQUEST = b"/?!\r\n"
_LOAD = {"load": "L1=45A@0.5ind", "voltage": "230", "frequency": "50", "harmonics": ""}


def with_parity(data):
    """Return 7-bit characters as the line carries them: bit 7 makes the parity even."""
    return bytes(byte | (byte.bit_count() & 1) << 7 for byte in data)


@pytest.fixture(scope="module")
def specification():
    try:
        return emulator.find_image()
    except emulator.NoImageError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def run(specification):
    """Return the result of a run under load and what the optical port sent meanwhile."""
    load = accept.parse_load({**_LOAD, "systems": 1})
    interval = sys.getswitchinterval()
    sys.setswitchinterval(emulate.SWITCH_S)

    async def measure():
        def surround(rp2040):
            return Surroundings(rp2040, load, start_s=800_000_000)

        emulate.say("boot and install")
        async with emulator.Emulator(specification, "pico_1ph", surround, emulate.say) as emulated:
            world = emulated.surroundings
            measuring = asyncio.create_task(emulate.measure(emulated, _SECONDS * 1000))
            while world.adc.converted == 0 and not measuring.done():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            world.optical.receive(with_parity(_REQUEST))
            return await measuring, list(world.optical.sent), world

    try:
        yield asyncio.run(measure())
    finally:
        sys.setswitchinterval(interval)


def test_no_sample_is_lost_under_load_and_read_out(run):
    result, _, _ = run
    assert result["simulated_s"] >= _SECONDS
    assert result["overruns"] == 0


def test_energy_equals_the_definition_on_the_same_codes(run):
    assert run[0]["equals_definition"]


def test_budgets_hold(run):
    result, _, _ = run
    names = ("cycles_per_set", "cpu_share", "heap_free", "first_window_ms", "worst_step_ms")
    print({name: result[name] for name in names})
    assert result["cycles_per_set"] <= 200
    assert result["cpu_share"] <= 0.15
    assert result["heap_free"] >= 60_000
    assert result["first_window_ms"] <= 3000


def test_pulses_come_evenly(run):
    assert run[0]["pulses"] >= 5
    assert run[0]["pulse_jitter_ms"] <= 1


def test_the_read_out_goes_on_without_a_gap(run):
    _, sent, _ = run
    text = bytes(byte & 0x7F for byte, _ in sent)
    assert text.startswith(b"/KAM ")
    assert all(byte.bit_count() % 2 == 0 for byte, _ in sent)
    instants_ms = [at_ns / 1e6 for _, at_ns in sent]
    gaps = [after - before for before, after in pairwise(instants_ms)]
    assert max(gaps) < 100


def test_registers_are_stored_while_it_measures(run):
    _, _, world = run
    assert sum(world.eeprom.page_writes) > 0


def test_nothing_failed_beside_it(run):
    result, _, _ = run
    assert result["view_failures"] == 0
    assert result["store_failures"] == 0
