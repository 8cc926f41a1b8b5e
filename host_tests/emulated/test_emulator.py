"""How an emulated board comes to grief: with one line, at once, whatever waits for it.

Its firmware here is one instruction, a branch to itself, so no MicroPython is needed.
"""

import asyncio
import os
import signal
import socket
import struct
from contextlib import closing

import pytest
from click.testing import CliRunner

from boards.virtual.chips import ChipMisuse
from meterctl import build, emulate, emulator

_FLASH = 0x10000000
_BRANCH_TO_ITSELF = b"\xfe\xe7"
_GRIEF_NS = 2_000_000
_LIMIT_S = 0.02


class Failing:
    """Surroundings with a part that finds fault with the firmware after 2 ms."""

    def __init__(self, rp2040, *_, **__):
        rp2040.clock.create_alarm(self._fail).schedule(_GRIEF_NS)

    def _fail(self):
        raise ChipMisuse("24xx: write past the end of a page")


@pytest.fixture
def image(tmp_path, monkeypatch):
    """Return the path of an image; what would be installed on it is there already."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(build, "build", lambda board: {})
    path = tmp_path / "image.uf2"
    payload = (_BRANCH_TO_ITSELF * 128).ljust(476, b"\0")
    header = struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0, _FLASH, 256, 0, 1, 0)
    path.write_bytes(header + payload + struct.pack("<I", 0x0AB16F30))
    return path


@pytest.fixture
def specification(image, monkeypatch):
    """Return a board that counts as started once it runs."""

    async def start(device, _):
        device.simulator.bind_loop()
        device.mcu.core.pc = _FLASH
        device.simulator.start_execution()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    monkeypatch.setattr(emulator.MicroPythonDevice, "astart", start)
    found = emulator.find_image(str(image))
    board = emulator.Emulator(found, "pico_1ph", lambda _: None)
    board._kept.write_bytes(bytes(board._device.mcu.flash[: 2 << 20]))
    return found


def run(specification, surround, wait):
    async def main():
        async with emulator.Emulator(specification, "pico_1ph", surround) as board:
            return await wait(board)

    return asyncio.run(main())


def listen(port):
    """Read what the board says, for ever."""
    host, number = port.removeprefix("socket://").split(":")
    with closing(socket.create_connection((host, int(number)))) as line:
        while True:
            line.recv(1)


def test_a_part_that_fails_at_the_start_ends_the_command_with_one_line(image, monkeypatch, capfd):
    monkeypatch.setattr("boards.pico_1ph.emulation.Surroundings", Failing)
    result = CliRunner().invoke(emulate.emulate, ["--image", str(image)])
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        "Error: the emulated board does not start: 24xx: write past the end of a page"
    )
    assert "Traceback" not in result.stderr + capfd.readouterr().err


def test_a_part_that_fails_later_ends_what_waits_for_the_board(specification, capfd):
    with pytest.raises(emulator.EmulatorError, match="stopped: 24xx: write past the end"):
        run(specification, Failing, lambda board: board.call(60, listen, board.port))
    assert not capfd.readouterr().err


def test_a_board_that_is_never_done_is_given_up(specification):
    with pytest.raises(emulator.EmulatorError, match=r"is not done after 0\.02 s"):
        run(specification, bool, lambda board: board.call(_LIMIT_S, listen, board.port))


def test_waiting_for_what_never_comes_is_given_up(specification):
    with pytest.raises(emulator.EmulatorError, match=r"is not done after 0\.02 s"):
        run(specification, bool, lambda board: board.run_until(bool, _LIMIT_S))


def test_a_watchdog_that_is_not_fed_ends_it(specification):
    def surround(rp2040):
        rp2040.watchdog.write_uint32(0x04, 1000)  # LOAD, us at twice the rate (RP2040-E1)
        rp2040.watchdog.write_uint32(0x00, 1 << 30)  # CTRL: ENABLE

    with pytest.raises(emulator.EmulatorError, match="watchdog was not fed"):
        run(specification, surround, lambda board: board.run_until(bool, _LIMIT_S))


def test_what_a_function_says_of_the_board_is_one_line(specification):
    def refuse():
        raise OSError("Traceback (most recent call last):\nMemoryError: no room\n")

    with pytest.raises(emulator.EmulatorError, match="the meter on the board: MemoryError: no"):
        run(specification, bool, lambda board: board.call(_LIMIT_S, refuse))


def test_a_signal_to_end_ends_it(specification):
    async def wait(board):
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGTERM)
        await board.run_until(bool, 60)

    with pytest.raises(SystemExit) as ended:
        run(specification, bool, wait)
    assert ended.value.code == 128 + signal.SIGTERM
