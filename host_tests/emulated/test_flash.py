"""`meterctl flash` against a board: an emulated Raspberry Pi Pico under real MicroPython."""

import asyncio
import time

import pytest

from boards.pico_1ph.emulation import Surroundings
from meterctl import cli, emulate, emulator
from meterctl.bench import options as accept

pytestmark = pytest.mark.emulated

_FLASH_S = 900  # emulated
_UNIX_2000 = 946_684_800
_SLOW_S = 60  # the board's time goes on slower than the computer's
_LOAD = {"load": "L1=10A", "voltage": "230", "frequency": "50", "harmonics": ""}


def test_the_command_flashes_an_emulated_board_sends_nothing_twice_and_sets_its_clock(
    specification, capsys
):
    load = accept.parse_load({**_LOAD, "systems": 1})

    async def flash():
        def surround(rp2040):
            return Surroundings(rp2040, load, start_s=800_000_000)

        async with emulator.Emulator(specification, "pico_1ph", surround, emulate.say) as emulated:
            arguments = ["flash", "pico_1ph", emulated.port]
            status = await emulated.call(_FLASH_S, cli.run, arguments)
            return status, emulated.surroundings.rtc

    status, clock = asyncio.run(flash())
    out = capsys.readouterr().out
    assert status == 0
    assert " 0 copied, verified" in out
    assert abs(clock.seconds() + _UNIX_2000 - time.time()) < _SLOW_S
