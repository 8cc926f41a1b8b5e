"""A wrong argument of the bench is refused in one line that names it and what is accepted."""

import socket

import pytest

from meterctl import cli

WRONG = [
    ("--seconds -1", "--seconds", "from 0.001"),
    ("--seconds 0", "--seconds", "from 0.001"),
    ("--seconds nan", "--seconds", "from 0.001"),
    ("--seconds 10s", "--seconds", "from 0.001"),
    ("--seconds", "--seconds", "from 0.001"),
    ("--seconds --json", "--seconds", "from 0.001"),
    ("--speed -1", "--speed", "from 0"),
    ("--speed inf", "--speed", "from 0"),
    ("--speed fast", "--speed", "from 0"),
    ("--load L4=1A", "--load", "L1 L2 L3"),
    ("--load L1=1", "--load", "L1=10A@0.5ind"),
    ("--load L1=1A@0.5", "--load", "ind or cap"),
    ("--load L1=1A,L1=2A", "--load", "once"),
    ("--load L2=1A --systems 1", "--load", "L1"),
    ("--load L1=1A\nL2=1A", "--load", "L1=10A@0.5ind"),
    ("--voltage 1000", "--voltage", "0..300"),
    ("--voltage nan", "--voltage", "0..300"),
    ("--frequency 40", "--frequency", "45..66"),
    ("--harmonics 5:10", "--harmonics", "5:10%/40%"),
    ("--harmonics 1:10%/40%", "--harmonics", "2..25"),
    ("--noise -1", "--noise", "from 0"),
    ("--seed 1.5", "--seed", "whole number"),
    ("--seed 4294967296", "--seed", "4294967295"),
    ("--systems 0", "--systems", "from 1 to 3"),
    ("--systems 4", "--systems", "from 1 to 3"),
    ("--connection star", "--connection", "four-wire or vector or aron"),
    ("--order 684-21BJ4B3010 --connection vector", "--connection", "aron only, by X1"),
    ("--order 684-31BJ4B3010 --connection aron", "--connection", "all but aron, by X1"),
    ("--order 684-21BJ4B3010 --load L1=1A", "--load", "L12=10A@0.5ind"),
    ("--connection aron --load L1=1A", "--load", "L12=10A@0.5ind"),
    ("--connection aron --systems 2", "--connection", "3 systems"),
    ("--wiring L4=off", "--wiring", "off, dead or reversed"),
    ("--front-end adc", "--front-end", "waveform or sums"),
    ("--start yesterday", "--start", "2026-03-28T12:00:00Z"),
    ("--start 1999-12-31T23:59:59Z", "--start", "2000 to 2099"),
    ("--start 2099-12-31T23:59:00Z --seconds 61", "--start", "before 2100"),
    ("--state", "--state", "directory"),
    ("--state=", "--state", "directory"),
    ("--state /dev/null", "--state", "directory"),
    ("--optical 6205", "--optical", "HOST:PORT"),
    ("--optical localhost:65536", "--optical", "0 to 65535"),
    ("--module 4059", "--module", "HOST:PORT"),
    ("--module on", "--module", "off"),
    ("--pty=yes", "--pty", "no value"),
    ("--json=1", "--json", "no value"),
    ("--duration 3", "--duration", "--seconds"),
    ("10", "10", "--seconds"),
]


def bench(*arguments):
    return cli.run(["bench", "--headless", "--module", "off", *arguments])


@pytest.mark.parametrize(("arguments", "name", "accepted"), WRONG)
def test_a_wrong_argument_is_refused_in_one_line(capsys, arguments, name, accepted):
    assert bench(*arguments.split(" ")) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert name in err
    assert accepted in err


def test_an_unknown_command_is_refused_with_the_known_ones(capsys):
    assert cli.run(["bank"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "'bank'" in err
    assert "bench" in err


@pytest.mark.parametrize("name", ["optical", "module"])
def test_a_port_in_use_is_a_failure_before_anything_starts(capsys, name):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        given = ["--optical", "off", f"--{name}", f"127.0.0.1:{port}", "--seconds", "1"]
        assert bench(*given) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert f"--{name} 127.0.0.1:{port}: Address already in use" in err


def test_a_state_directory_that_cannot_be_made_is_a_failure(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert bench("--optical", "off", "--state", str(tmp_path / "file" / "state")) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_an_eeprom_of_another_size_is_left_alone(capsys, tmp_path):
    (tmp_path / "eeprom.bin").write_bytes(b"short")
    assert bench("--optical", "off", "--state", str(tmp_path), "--seconds", "1") == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "5 bytes, accepted: 131072" in err
    assert (tmp_path / "eeprom.bin").read_bytes() == b"short"


def test_a_clock_file_that_is_none_is_a_failure(capsys, tmp_path):
    (tmp_path / "clock").write_bytes(b"\xff\x00")
    assert bench("--optical", "off", "--state", str(tmp_path), "--seconds", "1") == 1
    assert "accepted: whole seconds" in capsys.readouterr().err


def test_help_tells_of_every_option_and_of_every_command(capsys):
    assert bench("--help") == 0
    text = capsys.readouterr().out
    for name in ("seconds", "speed", "load", "voltage", "frequency", "harmonics", "noise", "seed"):
        assert f"--{name}" in text
    for name in ("systems", "front-end", "start", "state", "optical", "module", "pty", "json"):
        assert f"--{name}" in text
    assert cli.run(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in cli.COMMANDS)
