"""Flashing: only what changed is sent, and whatever goes wrong, the old firmware still starts."""

import time

import pytest
from mpremote.transport import TransportError

from host_tests.flash.board import Board
from meterctl import build, cli, flash

MACHINE = build.TARGETS["nucleo_3ph"].machine
OLD = {"main.mpy": b"old main", "meter/a.mpy": b"same", "meter/views/gone.mpy": b"unused"}
NEW = {"main.mpy": b"new main", "meter/a.mpy": b"same", "meter/views/lcd.mpy": b"x" * 3000}


@pytest.fixture
def board(tmp_path):
    return Board(tmp_path, MACHINE)


def running(board):
    """Return the files of the firmware that the board would start now."""
    files = board.files()
    slot = files["/slot"].decode()
    return {name.removeprefix(slot + "/"): d for name, d in files.items() if name.startswith(slot)}


def test_an_empty_board_gets_everything_and_starts_it(board):
    assert flash.install(board, "nucleo_3ph", OLD) == len(OLD)
    assert {k: v for k, v in running(board).items() if k in OLD} == OLD
    assert board.files()["/main.py"] == build.START.read_bytes()


def test_only_what_changed_is_sent(board):
    flash.install(board, "nucleo_3ph", OLD)
    board.sent.clear()
    assert flash.install(board, "nucleo_3ph", NEW) == 2
    assert board.sent.count("/main.py") == 0
    assert running(board) == NEW
    assert flash.install(board, "nucleo_3ph", NEW) == 0  # copied within the board
    assert running(board) == NEW


def test_files_of_an_older_firmware_are_removed_from_the_slot(board):
    for files in (OLD, NEW, NEW):
        flash.install(board, "nucleo_3ph", files)
    assert not any("gone" in name for name in board.files())


def test_a_cable_pulled_at_any_write_leaves_the_old_firmware_starting(tmp_path):
    for writes in range(8):
        root = tmp_path / str(writes)
        root.mkdir()
        board = Board(root, MACHINE)
        flash.install(board, "nucleo_3ph", OLD)
        board.writes_left = writes
        try:
            flash.install(board, "nucleo_3ph", NEW)
        except TransportError:
            assert running(board) == OLD
        else:
            assert running(board) == NEW
        board.writes_left = None
        flash.install(board, "nucleo_3ph", NEW)
        assert running(board) == NEW


@pytest.mark.parametrize("says", ["OSError: [Errno {}] {}", "OSError: {}"])
def test_a_full_filesystem_says_so_and_leaves_the_old_firmware(board, says):
    flash.install(board, "nucleo_3ph", OLD)
    board.says = says
    board.capacity = sum(len(data) for data in board.files().values()) + 1500
    with pytest.raises(flash.FlashError, match="full"):
        flash.install(board, "nucleo_3ph", NEW)
    assert running(board) == OLD


def test_a_wrong_board_is_refused_untouched(tmp_path):
    board = Board(tmp_path, "Raspberry Pi Pico with RP2040")
    with pytest.raises(flash.FlashError, match="Raspberry"):
        flash.install(board, "nucleo_3ph", NEW)
    assert board.files() == {}


def test_an_old_micropython_is_refused_untouched(tmp_path):
    board = Board(tmp_path, MACHINE, version=(1, 27, 0))
    with pytest.raises(flash.FlashError, match=r"1\.27 is too old"):
        flash.install(board, "nucleo_3ph", NEW)
    assert board.files() == {}


def test_a_file_that_reads_back_differently_is_not_switched_to(board, monkeypatch):
    flash.install(board, "nucleo_3ph", OLD)
    write = flash._write

    def garble(transport, path, data):
        write(transport, path, data[:-1] + b"?" if path.endswith("lcd.mpy") else data)

    monkeypatch.setattr(flash, "_write", garble)
    with pytest.raises(flash.FlashError, match=r"meter/views/lcd\.mpy"):
        flash.install(board, "nucleo_3ph", NEW)
    assert running(board) == OLD


def test_the_clock_is_set_to_utc(board):
    flash.install(board, "nucleo_3ph", OLD)
    flash.set_clock(board)
    assert abs(board.clock_s + 946_684_800 - time.time()) <= 2


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["nucleo_3ph", "/dev/nowhere"], 1, ("/dev/nowhere", "no board")),
        (["nucleo_3ph", "socket://127.0.0.1:9"], 1, ("socket://127.0.0.1:9", "no board")),
        (["nucleo_3ph", "127.0.0.1:9"], 1, ("127.0.0.1:9: no board", "socket://127")),
        (["pico_9ph", "/dev/nowhere"], 2, ("pico_9ph", "nucleo_3ph")),
        (["nucleo_3ph"], 2, ("PORT",)),
    ],
)
def test_a_wrong_call_is_one_line(arguments, status, words, capsys):
    assert cli.run(["flash", *arguments]) == status
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert all(word in lines[0] for word in words)
