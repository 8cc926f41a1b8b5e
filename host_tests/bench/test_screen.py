"""The screen fits its terminal, shows what the meter shows, and obeys its keys."""

import io
import os
import pty
import re
import select
import subprocess
import sys
import time

import pytest
from rich.console import Console

from meterctl.bench.screen import Screen


def draw(bench, width=80, height=24, color_system=None, has_keys=False):
    console = Console(
        file=io.StringIO(),
        width=width,
        height=height,
        color_system=color_system,
        force_terminal=True,
    )
    screen = Screen(bench.simulation, bench.line, console)
    screen._keys = 0 if has_keys else None
    console.print(screen.picture(1.0))
    return console.file.getvalue().rstrip("\n").split("\n")


@pytest.mark.parametrize("systems", [1, 2, 3])
def test_everything_fits_into_80_by_24(new_bench, systems):
    bench = new_bench(load="L1=1A", systems=systems, waveform=True)
    bench.step(3000)
    lines = draw(bench)
    assert len(lines) <= 24
    assert max(len(line) for line in lines) <= 80
    text = "\n".join(lines)
    assert re.search(rf"L{systems} +2(29\.9|30\.0)", text)
    assert "1.8.0" in text
    assert "8.8.0" in text
    assert "50.000 Hz" in text
    assert f"port {bench.end.address[1]}" in text


@pytest.mark.parametrize(("width", "height"), [(120, 40), (81, 25), (200, 60)])
def test_a_larger_terminal_is_not_overrun(new_bench, width, height):
    lines = draw(new_bench(), width, height)
    assert len(lines) <= height
    assert max(len(line) for line in lines) <= width


def test_a_low_terminal_goes_without_the_glass(new_bench):
    assert len(draw(new_bench(), height=12)) <= 12


def test_the_character_display_is_on_the_screen(new_bench):
    bench = new_bench()
    bench.step(6000)
    assert bench.world.lcd.text()[1].strip() == "0000000    kWh"
    assert "0000000    kWh" in "\n".join(draw(bench))


def test_the_glass_shows_the_same_value_as_the_character_display(new_bench):
    bench = new_bench()
    bench.step(6000)
    picture = bench.world.picture()
    zero = 0x3F
    assert picture[:8] == bytes([0] + [zero] * 7)


def test_a_connected_client_is_on_the_screen(new_bench):
    bench = new_bench()
    port = bench.connect().getsockname()[1]
    assert f"127.0.0.1:{port}" in "\n".join(draw(bench))


def test_the_keys_are_never_cut_off_whoever_is_connected(new_bench):
    bench = new_bench()
    bench.connect()
    bench.line.ends = bench.line.ends * 3
    lines = [re.sub("\x1b[^m]*m", "", line) for line in draw(bench, has_keys=True)]
    assert [line for line in lines if "b button l long x longer s seal m mains q quit" in line]
    assert max(map(len, lines)) <= 80


def read_until(master, pattern, timeout_s=20):
    """Return what the terminal shows until `pattern` is in it; fail after `timeout_s`."""
    shown = b""
    end_s = time.monotonic() + timeout_s
    while not re.search(pattern, shown):
        assert select.select([master], [], [], end_s - time.monotonic())[0], shown[-2000:]
        shown += os.read(master, 65536)
    return shown


def test_on_a_terminal_it_draws_takes_keys_and_leaves_the_terminal_as_it_was():
    master, slave = pty.openpty()
    ports = ["--optical", "off", "--module", "off"]
    command = [sys.executable, "-m", "meterctl.cli", "bench", *ports]
    environment = dict(os.environ, TERM="xterm-256color", COLUMNS="80", LINES="24")
    before = subprocess.run(["stty", "-g"], stdin=slave, capture_output=True, check=True).stdout
    with subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment
    ) as process:
        shown = read_until(master, rb"quit")
        assert b"\x1b[?1049h" in shown  # the alternate screen
        os.write(master, b"l")
        read_until(master, rb"98\.1\.0")
        os.write(master, b"m")
        time.sleep(0.5)
        os.write(master, b"b")  # the battery list, from its first item on
        read_until(master, rb"1\.8\.0[^q]*A\+")
        os.write(master, b"q")
        shown = read_until(master, rb"overruns\r\n")
        assert process.wait(timeout=10) == 0
    assert b"\x1b[?1049l" in shown
    after = subprocess.run(["stty", "-g"], stdin=slave, capture_output=True, check=True).stdout
    assert before == after
    os.close(master)
    os.close(slave)
