"""Whole runs of the bench, from the command line to the JSON."""

import json
import signal
import subprocess
import sys
from datetime import datetime, timezone

import pytest

from meter.registers import events
from meter.requests import CONNECT, DISCONNECT
from meterctl import cli, meters
from meterctl.bench.state import State

TOTALS = [f"{c}.8.0" for c in range(1, 9)]
COMMAND = [sys.executable, "-m", "meterctl.cli", "bench"]


def run(capsys, *arguments):
    given = ["bench", "--headless", "--optical", "off", "--module", "off", "--speed", "0"]
    given += ["--json", *arguments]
    assert cli.run(given) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_the_last_line_is_one_json_object_with_everything_asked_for(capsys):
    result = run(capsys, "--seconds", "2")
    assert result["simulated_s"] == 2.0
    for kind in ("registers", "true", "exact"):
        assert list(result[kind])[:8] == TOTALS
        assert set(result[kind]) == set(result["registers"])
    assert result["overruns"] == 0
    assert len(result["phases"]) == 3
    assert set(result["phases"][0]) >= {"u_v", "i_a", "p_w", "q_var", "pf", "f_hz"}
    assert result["speed_factor"] > 0
    assert result["restored"] is False


@pytest.mark.parametrize("systems", ["1", "2", "3"])
@pytest.mark.parametrize("front_end", ["waveform", "sums"])
def test_what_is_booked_is_what_was_delivered(capsys, systems, front_end):
    result = run(capsys, "--seconds", "3.21", "--systems", systems, "--front-end", front_end)
    assert result["simulated_s"] == 3.21
    assert len(result["phases"]) == int(systems)
    for code, true in result["true"].items():
        assert result["exact"][code] == pytest.approx(true, rel=0.002, abs=1e-5)
        assert 0 <= result["exact"][code] - result["registers"][code] < 0.1


@pytest.mark.parametrize("connection", ["vector", "aron"])
def test_the_vector_sum_of_the_default_load_is_what_was_delivered(capsys, connection):
    result = run(capsys, "--seconds", "3.21", "--connection", connection)
    assert result["exact"]["2.8.0"] == result["true"]["2.8.0"] == 0
    for code in ("1.8.0", "3.8.0"):
        assert result["exact"][code] == pytest.approx(result["true"][code], rel=0.002)
    assert (result["exact"]["21.8.0"] == 0) == (connection == "aron")


def test_what_is_connected_wrong_is_among_the_events(capsys):
    result = run(capsys, "--seconds", "20", "--wiring", "L3=reversed")
    assert [events.PHASE_REVERSAL, 3] in result["events"]


def test_pulses_are_the_whole_watt_hours_of_import(capsys):
    result = run(capsys, "--seconds", "600", "--front-end", "sums", "--load", "L1=50A,L2=-3A")
    assert result["pulses"] == int(result["registers"]["1.8.0"])
    assert result["pulses_waiting"] == 0
    assert result["pulses"] > 1900


@pytest.mark.parametrize("pulse", ["1", "3"])
def test_pulses_beyond_what_can_be_told_apart_queue_and_are_all_given(capsys, pulse):
    load = ["--load", "L1=160A,L2=160A,L3=160A", "--config2", f"000-01-01-{pulse}"]
    result = run(capsys, "--seconds", "300", "--front-end", "sums", *load)
    # 30.7 Hz; 35 ms apart at the least, 85 ms with long pulses
    assert result["registers"]["1.8.0"] > 300 / 0.035
    assert result["pulses"] == int(result["registers"]["1.8.0"])
    assert result["pulses_waiting"] == 0


def test_the_same_seed_gives_the_same_result(capsys):
    first, second, other = (
        run(capsys, "--seconds", "1", "--seed", seed)["exact"] for seed in ("7", "7", "8")
    )
    assert first == second != other


def test_registers_go_on_where_they_were(capsys, tmp_path):
    given = ("--front-end", "sums", "--seconds", "100", "--state", str(tmp_path / "new"))
    first, second = run(capsys, *given), run(capsys, *given)
    assert not first["restored"]
    assert second["restored"]
    for code, value in first["registers"].items():
        assert second["exact_at_start"][code] == pytest.approx(value, abs=0.1)
        assert second["registers"][code] == pytest.approx(2 * value, abs=0.2)


def test_the_clock_chip_runs_on_while_the_bench_does_not(capsys, tmp_path):
    run(capsys, "--seconds", "1", "--state", str(tmp_path), "--start", "2030-01-01T00:00:00Z")
    lead_s = int((tmp_path / "clock").read_text())
    now_s = (
        datetime.now(timezone.utc) - datetime(2000, 1, 1, tzinfo=timezone.utc)
    ).total_seconds()
    begin_s = (datetime(2030, 1, 1) - datetime(2000, 1, 1)).total_seconds()  # noqa: DTZ001
    assert abs(now_s + lead_s - begin_s) < 60


@pytest.mark.parametrize("front_end", ["sums", "waveform"])
def test_a_breaker_that_was_opened_lies_open_in_the_next_run(capsys, tmp_path, front_end):
    given = ["--seconds", "4", "--state", str(tmp_path), "--front-end", front_end]
    run(capsys, *given)
    who = {"seal_open": False}
    with meters.open_meter(str(tmp_path), True, who) as meter:
        meter._simulation.meter.request(DISCONNECT)
        meter._run()
    assert (tmp_path / "breaker").read_text() == "open\n"
    before = run(capsys, *given)["registers"]
    assert run(capsys, *given)["registers"] == before
    with meters.open_meter(str(tmp_path), True, who) as meter:
        found = meter._simulation.meter
        assert not found.breaker.is_connected()
        log = found.events
        codes = [log.newest(age)[1] for age in range(min(log.total, log.depth))]
        assert events.BREAKER_FAILED not in codes
        found.request(CONNECT)
        meter._run()
    assert (tmp_path / "breaker").read_text() == "closed\n"
    assert run(capsys, *given)["registers"]["1.8.0"] > before["1.8.0"]


def test_a_breaker_that_is_neither_open_nor_closed_is_one_line(capsys, tmp_path):
    run(capsys, "--seconds", "1", "--state", str(tmp_path))
    (tmp_path / "breaker").write_text("ajar\n")
    ports = ["--optical", "off", "--module", "off"]
    assert cli.run(["bench", "--headless", *ports, "--state", str(tmp_path)]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "breaker: 'ajar', accepted: open or closed" in err


def test_a_state_directory_has_one_bench_at_a_time(capsys, tmp_path):
    state = State(tmp_path)
    ports = ["--optical", "off", "--module", "off"]
    assert cli.run(["bench", "--headless", *ports, "--state", str(tmp_path)]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "another bench" in err
    state.close()
    assert run(capsys, "--seconds", "1", "--state", str(tmp_path))["simulated_s"] == 1


def test_without_json_the_result_is_text(capsys):
    given = ["bench", "--optical", "off", "--module", "off", "--speed", "0", "--seconds", "1"]
    assert cli.run(given) == 0
    out, err = capsys.readouterr()
    assert "1.8.0" in out
    assert "headless" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_in_order(number):
    ports = ["--optical", "127.0.0.1:0", "--module", "127.0.0.1:0"]
    command = [*COMMAND, "--headless", *ports, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr.readline().startswith(b"optical port: tcp 127.0.0.1:")
        assert process.stderr.readline().startswith(b"module port: tcp 127.0.0.1:")
        assert process.stderr.readline().startswith(b"the meter runs")
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (0, b"")
    assert json.loads(out.splitlines()[-1])["overruns"] == 0


def test_a_reader_that_leaves_is_no_traceback():
    command = [*COMMAND, "--headless", "--optical", "off", "--module", "off"]
    command += ["--seconds", "0.5", "--speed", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 1
    assert b"Traceback" not in err
