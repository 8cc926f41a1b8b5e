"""The meter of pico_3ph under real MicroPython, with the converters' models on emulated pins."""

import asyncio

import pytest

from boards.pico_3ph import calibration, emulation
from boards.virtual.front_end import Frames24
from boards.virtual.load import Load
from boards.virtual.world import World
from meter.metrology.quantities import Quantities
from meterctl import emulator
from meterctl.emulate import measure, say

LOAD = "L1=10A@0.5ind,L2=5A,L3=-2A"
DURATION_MS = 1000


def load():
    return Load.parse(LOAD, "", "230", "50", 3)


def on_the_bench(sets):
    """Return U, I, P, Q and S of the last whole window of the same codes."""
    world = World(load())
    world.sampler.advance(sets * Frames24.SET_NS)
    found = Quantities(calibration.default())
    while (window := world.source.poll()) is not None:
        found.update(window)
    return [
        [values[k] / 1000 for values in (found.u_mv, found.i_ma, found.p_mw, found.q_mvar)]
        for k in range(3)
    ]


async def on_the_board(specification):
    def surround(rp2040):
        return emulation.Surroundings(rp2040, load())

    say("boot and install")
    async with emulator.Emulator(specification, "pico_3ph", surround, say) as board:
        return await measure(board, DURATION_MS, "pico_3ph")


def check(result):
    """Compare what the board found with the bench, and see that no frame was lost."""
    sets = round(result["simulated_s"] * 1e9) // Frames24.SET_NS
    phases = [[each[key] for key in ("u_v", "i_a", "p_w", "q_var")] for each in result["phases"]]
    assert phases == on_the_bench(sets)
    assert result["bad_frames"] == [0, 0, 0]
    assert result["overruns"] == 0


@pytest.mark.emulated
def test_the_emulated_board_measures_to_the_last_unit_what_the_bench_does_and_loses_no_frame():
    try:
        specification = emulator.find_image()
    except emulator.NoImageError as error:
        pytest.skip(str(error))
    check(asyncio.run(on_the_board(specification)))
