"""`meterctl configure` and `meterctl clock`, against a bench and against a plain server."""

import json
import socket
import threading
from functools import reduce
from operator import xor

import pytest

from meterctl import cli, clock, read_out

ANSWER = (
    b"/KAM 68431BJ4B3010\r\n\x020.0.0(14410000)\r\n1.8.0(0000001*kWh)\r\n"
    b"1.6.0(1.000*kW)(2611241130)\r\n0.9.2(26.11.24)\r\n0.9.1(12.34.56)\r\n"
    b"96.60.10(31BJ4B3)\r\n96.60.11(0000010)\r\n96.60.1(11000002)\r\n96.60.2(00001011)\r\n"
    b"96.60.3(00001000)\r\n96.60.4(00000100)\r\n96.60.5(00000000)\r\n!\r\n\x03"
)
SHOWN_S = 1_795_523_696  # 2026-11-24 12:34:56


def with_check(answer):
    block = answer[answer.index(b"\x02") + 1 :]
    return answer + bytes((reduce(xor, block),))


@pytest.fixture
def meter_at():
    """Serve `answer` to every request, on a port of its own; return HOST:PORT."""
    servers = []

    def start(answer):
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def serve():
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    assert client.recv(64) == b"/?!\r\n"
                    for at in range(0, len(answer), 40):
                        client.sendall(answer[at : at + 40])

        threading.Thread(target=serve, daemon=True).start()
        return "127.0.0.1:%d" % server.getsockname()[1]

    yield start
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def run(capsys, *arguments):
    """Return (status, stdout, stderr) of a command."""
    status = cli.run([*map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.fixture
def state(tmp_path, capsys):
    """A bench's state directory with a meter of its own codes."""
    folder = tmp_path / "state"
    given = ["--seconds", "3", "--speed", "0", "--front-end", "sums", "--headless", "--json"]
    given += ["--optical", "off", "--module", "off", "--state", folder]
    codes = ["--order", "684-31BJ4B4010", "--config1", "2-2-000-00-4", "--serial", "14410000"]
    status, out, _ = run(capsys, "bench", *given, *codes)
    assert status == 0
    assert json.loads(out)["readings"]["96.60.1"] == "22000004"
    return folder


def test_the_codes_a_meter_was_made_from_are_in_its_state(state, capsys):
    status, out, _ = run(capsys, "configure", "read", state)
    assert status == 0
    assert "684-31BJ4B4010" in out
    assert "2-2-000-00-4" in out
    assert "14410000" in out


def test_what_is_written_is_read_again_and_measured_by(state, capsys):
    changes = ["config2=000-15-07-3", "threshold_w=5000"]
    assert run(capsys, "configure", "write", state, *changes)[0] == 0
    _, out, _ = run(capsys, "configure", "read", state, "--json")
    found = json.loads(out)
    assert (found["config2"], found["threshold_w"]) == ("000-15-07-3", 5000)
    assert (found["order"], found["serial"]) == ("684-31BJ4B4010", "14410000")


def test_the_seal_is_needed_for_what_lies_behind_it(state, capsys):
    change = "order=684-31BJ2B4010"
    status, _, err = run(capsys, "configure", "write", state, change)
    assert (status, err.count("\n")) == (2, 1)
    assert "with the seal open only" in err
    assert run(capsys, "configure", "write", state, change, "--seal-open")[0] == 0
    _, out, _ = run(capsys, "configure", "read", state, "--json")
    assert json.loads(out)["order"] == "684-31BJ2B4010"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("config2=000-29-01-1", "GG: '29' refused"),
        ("colour=red", "'colour=red' refused"),
        ("config1=1-1-000-00-5", "E: '5' refused"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_in_one_line(state, capsys, change, words):
    status, _, err = run(capsys, "configure", "write", state, change)
    assert (status, err.count("\n")) == (2, 1)
    assert words in err


def test_codes_are_read_from_an_optical_port(meter_at, capsys):
    status, out, _ = run(capsys, "configure", "read", meter_at(with_check(ANSWER)), "--json")
    assert status == 0
    assert json.loads(out) == {
        "order": "684-31BJ4B3010",
        "config1": "1-1-000-00-2",
        "config2": "000-01-01-1",
        "config3": "00-0-01-0-00",
        "config4": "000-001-00",
        "config5": "000",
        "serial": "14410000",
    }


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (ANSWER + b"\x00", "block check is wrong"),
        (ANSWER[:50], "hung up after 50 bytes"),
        (with_check(ANSWER.replace(b"96.60.1(", b"96.61.1(")), "no codes in the read-out"),
    ],
)
def test_a_bad_answer_is_one_line(meter_at, capsys, answer, words):
    status, _, err = run(capsys, "configure", "read", meter_at(answer))
    assert (status, err.count("\n")) == (1, 1)
    assert words in err


@pytest.mark.parametrize("place", ["127.0.0.1:", "127.0.0.1:70000", ":80"])
def test_a_bad_address_says_what_is_accepted(capsys, place):
    status, _, err = run(capsys, "configure", "read", place)
    assert status == 2
    assert "HOST:PORT" in err


# Clock


def test_a_read_out_bounds_the_offset_to_two_seconds(meter_at, monkeypatch):
    monkeypatch.setattr(read_out.time, "time", lambda: SHOWN_S + 0.5)
    place = read_out.address(meter_at(with_check(ANSWER)))
    assert clock.measure(place, 1, utc_offset=0) == (-0.5, 1.5)
    assert clock.measure(place, 1, utc_offset=60) == (-3600.5, -3598.5)


def test_several_read_outs_narrow_it():
    assert clock.narrowed([(-0.5, 1.5), (-0.1, 1.9), (-0.9, 1.1)]) == (-0.1, 1.1)


def test_drift_is_the_change_of_the_offset_by_the_time_with_its_uncertainty_and_trim():
    found = clock.drift((-1.0, 1.0), (0.0, 2.0), 86_400)
    assert found["drift_ppm"] == pytest.approx(11.574, abs=0.001)
    assert found["drift_known_ppm"] == pytest.approx(23.148, abs=0.001)
    assert found["trim"] == 96  # 0.12 ppm a step


def test_the_command_says_offset_and_drift(meter_at, capsys):
    place = meter_at(with_check(ANSWER))
    status, out, _ = run(capsys, "clock", place, "--utc-offset", 0, "--reads", 1, "--over", 0.2)
    assert status == 0
    assert out.startswith("offset ")
    assert " ppm, known to " in out
    assert "aging trim" in out


def test_a_clock_that_is_not_valid_is_said(meter_at, capsys):
    answer = with_check(ANSWER.replace(b"26.11.24", b"--.--.--"))
    status, _, err = run(capsys, "clock", meter_at(answer))
    assert (status, "its clock is not valid" in err) == (1, True)
