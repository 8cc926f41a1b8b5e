"""Commands at a board's USB port: their scripts run here, on a virtual meter."""

import builtins
import contextlib
import io
import json
import sys
import types

import pytest

from boards.virtual.load import Load
from boards.virtual.world import World
from host_tests.configure.conftest import START_S
from meter.config import Settings
from meter.metrology import calibration
from meterctl import calibrate, flash
from meterctl.bench.simulation import Simulation


class Board:
    """A transport whose far end is this interpreter.

    simulation:  what main.build() made the last time
    resets:      how often the board was reset
    """

    def __init__(self, monkeypatch):
        self.resets = 0
        self.memory = None
        monkeypatch.setattr(sys, "path", list(sys.path))  # the start adds its slot
        self.seal_is_closed = True
        main = types.ModuleType("main")
        main.build = self._build
        machine = types.ModuleType("machine")
        machine.reset = self._reset
        monkeypatch.setitem(sys.modules, "main", main)
        monkeypatch.setitem(sys.modules, "machine", machine)
        monkeypatch.setattr(flash, "connect", self._connect)
        opened = builtins.open
        monkeypatch.setattr(
            builtins,
            "open",
            lambda name, *rest, **more: (
                io.StringIO() if name == "/slot" else opened(name, *rest, **more)
            ),
        )

    def _connect(self, port):
        if port != "/dev/ttyBOARD":
            raise flash.FlashError(f"{port}: no board answers there (no such port)")
        self._names = {}
        return self

    def _build(self):
        world = World(Load.parse("L1=1A"), waveform=False, start_s=START_S, memory=self.memory)
        self.memory = world.eeprom.memory
        world.seal.closed = self.seal_is_closed
        self.simulation = simulation = Simulation(world, Settings())
        parts = simulation.meter._parts
        parts.watchdog = types.SimpleNamespace(
            sleep=lambda: world.advance_to(world.clock.now_ns() + 100_000_000),
            elapsed_ms=lambda: 100,
            feed=lambda: None,
        )
        return simulation.meter, parts

    def _reset(self):
        self.resets += 1

    def exec_raw(self, script, timeout):
        assert timeout
        out = io.StringIO()
        try:
            with contextlib.redirect_stdout(out):
                exec(script, self._names)
        except Exception as error:  # noqa: BLE001  as a board prints it
            return b"", f"Traceback\n{type(error).__name__}: {error}\n".encode()
        return out.getvalue().encode(), b""

    def exec_raw_no_follow(self, script):
        exec(script, self._names)

    def close(self):
        pass


@pytest.fixture
def board(monkeypatch):
    return Board(monkeypatch)


PLACE = "board:/dev/ttyBOARD"


def test_a_board_is_configured_and_starts_anew(board, run):
    assert run("configure", "write", PLACE, "threshold_w=4321") == (0, "", "")
    assert board.resets == 1
    status, out, _ = run("configure", "read", PLACE, "--json")
    assert (status, json.loads(out)["threshold_w"]) == (0, 4321)
    assert run("configure", "list", PLACE, "battery", "1.8.0")[0] == 0
    _, out, _ = run("configure", "list", PLACE, "battery")
    assert out == "1.8.0        A+\n"
    assert run("configure", "load", PLACE, "basis=2", "limit=16000")[0] == 0
    _, out, _ = run("configure", "load", PLACE)
    assert dict(line.split() for line in out.splitlines())["limit"] == "16000"


def test_a_boards_seal_counts(board, run, tmp_path):
    rows, new = tmp_path / "rows.csv", tmp_path / "new.cal"
    rows.write_text(",".join(calibrate.COLUMNS) + "\n1,1,50,230,100,0,230,102,0\n")
    status, _, err = run("calibrate", rows, new, "--send", PLACE)
    assert (status, err.count("\n")) == (2, 1)
    assert "with the seal open" in err
    board.seal_is_closed = False
    assert run("calibrate", rows, new, "--send", PLACE)[0] == 0
    run("configure", "read", PLACE)  # another start
    found = board.simulation.meter._parts.calibration.pack()
    assert found == new.read_bytes()
    assert calibration.unpack(found).systems[0].ranges[0].i_gain_pa > 0


def test_no_board_and_a_board_without_firmware_are_one_line(board, run, monkeypatch):
    status, _, err = run("configure", "read", "board:/dev/ttyNONE")
    assert (status, err.count("\n")) == (1, 1)
    monkeypatch.delitem(sys.modules, "main")
    status, _, err = run("configure", "read", PLACE)
    assert (status, err.count("\n")) == (1, 1)
    assert "/dev/ttyBOARD: ModuleNotFoundError" in err or "AttributeError" in err
