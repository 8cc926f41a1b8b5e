"""`meterctl clock`: against this computer, against the mains, and the trim that cures a drift."""

import json

import pytest

from boards.virtual.load import Load
from boards.virtual.world import World
from host_tests.configure.conftest import START_S
from meterctl import clock
from meterctl.cosem.session import Session

STAMP = bytes.fromhex("07EA0B1802 0C22380 0FFC400".replace(" ", ""))  # 12:34:56, UTC + 60 min
SHOWN_S = 1_795_520_096  # 2026-11-24T11:34:56Z
UNIX_2000_S = 946_684_800


class Meter:
    """Answers with what it was given, one value after the other."""

    def __init__(self, *values):
        self._values = list(values)

    def get(self, *_target):
        return self._values.pop(0)


def at(*instants):
    """Return a reference that shows these instants in turn."""
    left = [(instant, instant) for instant in instants]
    return lambda: left.pop(0)


def test_a_stamp_is_utc_by_its_deviation():
    assert clock.seconds(STAMP, "there") == SHOWN_S


def test_a_reading_bounds_the_offset_to_two_seconds_and_what_it_took():
    found, when = clock.measure(Meter(STAMP), "there", at(SHOWN_S + 0.5, SHOWN_S + 0.75), 1)
    assert found == (-0.75, 1.5)
    assert when == SHOWN_S + 0.75


def test_several_readings_narrow_it():
    assert clock.narrowed([(-0.5, 1.5), (-0.1, 1.9), (-0.9, 1.1)]) == (-0.1, 1.1)


def test_the_mains_is_a_clock_of_its_frequency():
    mains = clock.Mains(Meter([500, 2], [1000, 2]), "there", 50)
    assert mains() == (10, 10.25)
    assert mains() == (20, 20.25)


def test_mains_that_was_away_is_no_clock():
    mains = clock.Mains(Meter([500, 2], [1000, 3]), "there", 50)
    mains()
    with pytest.raises(clock.click.ClickException, match="not there all the time"):
        mains()


def test_drift_is_the_change_of_the_offset_by_the_time_with_its_uncertainty_and_trim():
    found = clock.drift(((-1.0, 1.0), 0), ((0.0, 2.0), 86_400), old_trim=4)
    assert found["drift_ppm"] == pytest.approx(11.574, abs=0.001)
    assert found["drift_known_ppm"] == pytest.approx(23.148, abs=0.001)
    assert found["trim"] == 100  # 0.12 ppm a step


def test_a_meter_is_compared_with_this_computer(new_bench, run, monkeypatch):
    bench = new_bench()

    def simulated():
        now_s = bench.world.rtc.seconds() + UNIX_2000_S
        return now_s - 100, now_s - 99  # the chip's fraction of a second is not known

    monkeypatch.setattr(clock, "host", simulated)
    status, out, err = run("clock", bench.module, "--reads", 10)
    assert (status, err) == (0, "")
    offset, known = float(out.split()[1]), float(out.split()[-2])
    assert offset == pytest.approx(100, abs=known)
    assert known <= 1.5


def test_drift_against_the_mains_is_found_and_its_trim_set(new_bench, run, monkeypatch):
    world = World(
        Load.parse("L1=1A"), waveform=False, start_s=START_S, clock_error_ppb=5_000_000
    )
    bench = new_bench(world)
    bench.skip(5)
    monkeypatch.setattr(clock.time, "sleep", lambda _s: bench.skip(7200))
    given = ["--mains", 50, "--over", 1, "--reads", 30, "--trim", "--json"]
    status, out, err = run("clock", bench.optical, *given)
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert found["drift_known_ppm"] < 2_000
    assert found["drift_ppm"] == pytest.approx(5_000, abs=found["drift_known_ppm"])
    assert (found["old_trim"], found["trim"]) == (0, 127)
    assert bench.meter.clock.trim() == 127


def test_an_invalid_clock_is_said(new_bench, run):
    bench = new_bench()
    bench.world.rtc.remove_battery()
    bench.skip(120)
    status, _, err = run("clock", bench.module)
    assert (status, err.count("\n")) == (1, 1)
    assert "its clock is not valid" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["/tmp"], "HOST:PORT or a serial device"),
        (["127.0.0.1:1", "--trim"], "--trim takes --over"),
        (["127.0.0.1:1", "--mains", "10"], "--mains"),
    ],
)
def test_what_makes_no_sense_is_refused(run, arguments, words):
    status, _, err = run("clock", *arguments)
    assert (status, err.count("\n")) == (2, 1)
    assert words in err


def test_a_trim_that_the_chip_cannot_take_is_refused(new_bench):
    from meterctl.cosem import session
    from meterctl.cosem.line import Line

    keys = bytes(range(16)), bytes(range(0xD0, 0xE0))
    with Line(new_bench(has_clock=0).module) as line, Session(line, 1, keys=keys) as manager:
        with pytest.raises(session.Refused) as found:
            manager.set(1, "0.0.96.61.3.255", 2, session.integer(5))
        assert found.value.code == session.OTHER
        with pytest.raises(session.Refused) as found:
            manager.get(1, "0.0.96.61.3.255", 2)
        assert found.value.code == 1
