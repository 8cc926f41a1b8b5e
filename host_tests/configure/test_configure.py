"""`meterctl configure`: a bench's directory, a running meter at its ports, a board."""

import json

import pytest

from meter.registers import lists, table


@pytest.fixture
def state(tmp_path, run):
    """A bench's state directory with a meter of its own codes."""
    folder = tmp_path / "state"
    given = ["--seconds", "3", "--speed", "0", "--front-end", "sums", "--headless", "--json"]
    given += ["--optical", "off", "--module", "off", "--state", folder]
    codes = ["--order", "684-31BJ4B4010", "--config1", "2-2-000-00-4", "--serial", "14410000"]
    status, out, _ = run("bench", *given, *codes)
    assert status == 0
    assert json.loads(out)["readings"]["96.60.1"] == "22000004"
    return folder


def test_the_codes_a_meter_was_made_from_are_in_its_state(state, run):
    status, out, _ = run("configure", "read", state)
    assert status == 0
    assert "684-31BJ4B4010" in out
    assert "2-2-000-00-4" in out
    assert "14410000" in out


def test_what_is_written_is_read_again_and_measured_by(state, run):
    changes = ["config2=000-15-07-3", "threshold_w=5000"]
    assert run("configure", "write", state, *changes)[0] == 0
    _, out, _ = run("configure", "read", state, "--json")
    found = json.loads(out)
    assert (found["config2"], found["threshold_w"]) == ("000-15-07-3", 5000)
    assert (found["order"], found["serial"]) == ("684-31BJ4B4010", "14410000")


def test_a_meter_is_found_with_socket_before_its_place_and_without(new_bench, run):
    bench = new_bench()
    for place in (bench.module, "socket://" + bench.module):
        status, out, err = run("configure", "read", place, "--json")
        assert (status, err) == (0, "")
        assert json.loads(out)["serial"] == "12345678"
    assert run("clock", "socket://" + bench.module, "--reads", "1")[0] == 0


def test_the_seal_is_needed_for_what_lies_behind_it(state, run):
    change = "order=684-31BJ2B4010"
    status, _, err = run("configure", "write", state, change)
    assert (status, err.count("\n")) == (2, 1)
    assert "with the seal open only" in err
    assert run("configure", "write", state, change, "--seal-open")[0] == 0
    _, out, _ = run("configure", "read", state, "--json")
    assert json.loads(out)["order"] == "684-31BJ2B4010"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("config2=000-29-01-1", "GG: '29' refused"),
        ("colour=red", "'colour=red' refused"),
        ("config1=1-1-000-00-5", "E: '5' refused"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_in_one_line(state, run, change, words):
    status, _, err = run("configure", "write", state, change)
    assert (status, err.count("\n")) == (2, 1)
    assert words in err


def test_lists_are_kept_in_the_state(state, run):
    codes = ["1.8.0", "14.7.0", "F.F"]
    assert run("configure", "list", state, "read-out", *codes)[0] == 0
    _, out, _ = run("configure", "list", state, "read-out")
    assert [line.split()[0] for line in out.splitlines()] == ["1.8.0", "F.F", "14.7.0"]


@pytest.mark.parametrize("place", ["/", "/nowhere/at/all"])
def test_a_directory_without_a_meter_is_refused_and_nothing_is_made_there(run, place):
    status, _, err = run("configure", "read", place)
    assert (status, err.count("\n")) == (2, 1)
    assert "no meter's state there" in err


# A meter that runs


@pytest.mark.parametrize("port", ["module", "optical"])
def test_a_running_meter_is_read_and_changed_at_either_port(new_bench, run, port):
    bench = new_bench()
    place = getattr(bench, port)
    status, out, err = run("configure", "read", place, "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert (found["order"], found["serial"], found["threshold_w"]) == (
        "684-31BJ4B3010", "12345678", 0,
    )  # fmt: skip
    before = bench.meter
    assert run("configure", "write", place, "threshold_w=5000", "config2=000-15-01-1")[0] == 0
    while bench.meter is before:
        pass
    _, out, _ = run("configure", "read", place, "--json")
    found = json.loads(out)
    assert (found["threshold_w"], found["config2"]) == (5000, "000-15-01-1")


def test_a_closed_seal_is_said_and_an_open_one_lets_it_through(new_bench, run):
    bench = new_bench()
    change = "order=684-31BJ2B3010"
    status, _, err = run("configure", "write", bench.module, change)
    assert (status, err.count("\n")) == (2, 1)
    assert "the seal is closed" in err
    bench.world.seal.closed = False
    assert run("configure", "write", bench.module, change) == (0, "", "")


def test_lists_of_a_running_meter_are_shown_and_written(new_bench, run):
    bench = new_bench()
    codes = ["1.8.0/test", "1.6.0", "1.6.0/date", "1.6.0/hour", "82.8.0"]
    status, out, _ = run("configure", "list", bench.module, "automatic", *codes)
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == codes
    assert bench.meter.lists.items[lists.AUTOMATIC] == [
        table.ACTIVE_IMPORT + lists.TEST_RESOLUTION,
        table.MAX_DEMAND,
        table.MAX_DEMAND_DATE,
        table.MAX_DEMAND_HOUR,
        table.PULSE_INPUT,
    ]
    assert run("configure", "list", bench.module, "automatic")[1] == out


@pytest.mark.parametrize(
    ("which", "codes", "words"),
    [
        ("automatic", ["1.8"], "'1.8' refused, accepted: a code of the automatic list"),
        ("read-out", ["1.8.0/test"], "'1.8.0/test' refused"),
        ("manual", ["1.8.0"], "the meter takes no such value"),
        ("manual", ["1.8.0"], "in the manual list all legal readings"),
        ("battery", ["1.8.0"] * 9, "9 codes refused, accepted: 8 of battery"),
        ("read-out", ["1.8.8", "22.8.0"], "'22.8.0' refused"),
    ],
)
def test_a_list_that_cannot_be_is_refused_in_a_line(new_bench, run, which, codes, words):
    bench = new_bench()
    before = bench.meter.lists.items
    status, _, err = run("configure", "list", bench.module, which, *codes)
    assert (status, err.count("\n")) == (2, 1)
    assert words in err
    assert bench.meter.lists.items is before


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--password", "87654321"], 1, "does not let this client in"),
        (["--ek", "12"], 2, "--ek and --ak take 32 hexadecimal digits"),
        (["--ek", "x" * 32], 2, "--ek and --ak take 32 hexadecimal digits"),
    ],
)
def test_wrong_secrets_are_said(new_bench, run, arguments, status, words):
    bench = new_bench()
    found, _, err = run("configure", "read", bench.module, *arguments)
    assert (found, err.count("\n")) == (status, 1)
    assert words in err


def test_a_wrong_key_is_said(new_bench, run):
    bench = new_bench()
    status, _, err = run("configure", "write", bench.module, "threshold_w=1", "--ek", "00" * 16)
    assert (status, err.count("\n")) == (1, 1)
    assert "does not let this client in" in err


@pytest.mark.parametrize("place", ["127.0.0.1:", "127.0.0.1:70000", ":80", "127.0.0.1:x"])
def test_a_bad_address_says_what_is_accepted(run, place):
    status, _, err = run("configure", "read", place)
    assert (status, err.count("\n")) == (2, 1)
    assert "HOST:PORT" in err


@pytest.mark.parametrize("place", ["127.0.0.1:1", "/dev/no-such-line"])
def test_a_place_where_nobody_is_is_one_line(run, place):
    status, _, err = run("configure", "read", place)
    assert (status, err.count("\n")) == (1, 1)
    assert place in err


def test_the_load_of_a_running_meter_is_set_through_its_module_port_only(new_bench, run):
    bench = new_bench()
    status, out, err = run("configure", "load", bench.optical)
    assert (status, err) == (0, "")
    assert dict(line.split() for line in out.splitlines())["basis"] == "0"
    changes = ["basis=2", "limit=16000", "short_ma=90000"]
    status, _, err = run("configure", "load", bench.optical, *changes)
    assert (status, err.count("\n")) == (2, 1)
    assert "accepted: through the module port" in err
    assert bench.meter.load_control.settings.basis == 0
    status, out, _ = run("configure", "load", bench.module, *changes)
    assert status == 0
    assert run("configure", "load", bench.module)[1] == out
    found = bench.meter.load_control.settings
    assert (found.basis, found.limit, found.short_ma) == (2, 16_000, 90_000)


@pytest.mark.parametrize("change", ["basis=4", "base=2", "basis", "k1=1", "limit=-1", ""])
def test_settings_of_the_load_that_make_no_sense_are_one_line(state, run, change):
    status, _, err = run("configure", "load", state, change)
    assert (status, err.count("\n")) == (2, 1)
    assert "accepted: " in err


def test_the_load_is_set_in_a_directory_too(state, run):
    assert run("configure", "load", state, "mode=6,t1=7")[0] == 0
    found = dict(line.split() for line in run("configure", "load", state)[1].splitlines())
    assert (found["mode"], found["t1"]) == ("6", "7")
