"""Requests and functions: what may change the meter, when, and in which order things run."""

import pytest

from boards.virtual.load import Load
from boards.virtual.world import World
from meter import requests
from meter.calendar import clock
from meter.config import Settings
from meter.errors import ConfigError
from meter.functions.function import Function
from meter.registers import events
from meterctl.bench.simulation import Simulation


@pytest.fixture
def simulation():
    world = World(Load.parse("L1=10A"), waveform=False, start_s=800_000_000)
    return Simulation(world, Settings())


def run(simulation, ms, step_ms=100):
    for _ in range(ms // step_ms):
        simulation.step(step_ms)


def logged(meter):
    return [meter.events.newest(age) for age in range(meter.events.total)]


def install(meter, *functions):
    """Have `meter` run `functions` instead of its own."""
    meter.functions.__init__(functions, meter._function_failed)


class Asking:
    """A view that sets the clock in its first step."""

    def __init__(self, meter):
        self.meter = meter
        self.answers = []

    def step(self, elapsed_ms):
        if not self.answers:
            now_s = self.meter.clock.now_s()
            self.answers.append(self.meter.requests.submit(requests.SET_CLOCK, now_s + 3_600))


class Recording(Function):
    def __init__(self, name, calls):
        self.name = name
        self.calls = calls

    def window(self, duration_ns):
        self.calls.append((self.name, "window", duration_ns))

    def second(self, now_s):
        self.calls.append((self.name, "second", now_s))

    def clock_changed(self, change, before_s, now_s):
        self.calls.append((self.name, "clock", change, before_s, now_s))


def test_a_view_is_answered_at_once_and_the_clock_has_been_set(simulation):
    meter = simulation.meter
    view = meter._views[0].task = Asking(meter)
    simulation.step(20)
    assert view.answers == [clock.SET]
    assert meter.clock.now_s() == 800_003_600
    assert simulation.world.rtc.seconds() == 800_003_600
    codes = [(at_s, code) for at_s, code, _ in logged(meter)[:2]]
    assert codes == [(800_003_600, events.CLOCK_NEW), (800_000_000, events.CLOCK_OLD)]


def test_a_small_step_is_logged_with_its_size_and_does_not_set_the_clock(simulation):
    meter = simulation.meter
    assert meter.request(requests.SET_CLOCK, meter.clock.now_s() - 9) == clock.ADJUSTED
    assert logged(meter)[0] == (799_999_991, events.CLOCK_UPDATED, -9)


def test_a_request_in_the_middle_of_a_window_is_a_bug(simulation):
    with pytest.raises(RuntimeError, match="middle of a window"):
        simulation.meter.requests.submit(requests.SET_CLOCK, 0)


@pytest.mark.parametrize("value", [-1, 3_155_760_000, b"\x00"])
def test_a_refused_request_says_why_and_changes_nothing(simulation, value):
    with pytest.raises(ConfigError, match=r"clock: .* accepted: "):
        simulation.meter.request(requests.SET_CLOCK, value)
    assert simulation.world.rtc.seconds() == 800_000_000


def test_a_kind_that_this_meter_does_not_have_is_refused():
    asked = requests.Requests()
    asked.is_open = True
    assert not asked.serves(requests.CONNECT)
    with pytest.raises(ConfigError, match="accepted: what this meter has"):
        asked.submit(requests.CONNECT)


def test_functions_run_in_their_order_and_seconds_before_the_windows_that_follow(simulation):
    meter = simulation.meter
    run(simulation, 2_000)
    calls = []
    install(meter, Recording("first", calls), Recording("second", calls))
    run(simulation, 1_000, step_ms=1_000)
    now_s = meter.clock.now_s()
    assert calls[:2] == [("first", "second", now_s), ("second", "second", now_s)]
    assert [call[:2] for call in calls[2:4]] == [("first", "window"), ("second", "window")]


def test_functions_hear_of_a_clock_that_was_set(simulation):
    meter = simulation.meter
    calls = []
    install(meter, Recording("it", calls))
    meter.request(requests.SET_CLOCK, 800_086_400)
    assert calls == [("it", "clock", clock.SET, 800_000_000, 800_086_400)]


class Broken(Function):
    def __init__(self):
        self.calls = 0

    def step(self, elapsed_ms):
        self.calls += 1
        raise ValueError("a function with a bug")


def test_a_function_that_raises_is_logged_rests_a_minute_and_stops_nothing(simulation):
    run(simulation, 30_000)  # until the store has been looked at, which takes bus time
    meter = simulation.meter
    broken = Broken()
    calls = []
    install(meter, broken, Recording("next", calls))
    run(simulation, 59_000)
    assert (broken.calls, meter.function_failures) == (1, 1)
    assert (events.PROGRAM_ERROR, 0) in [event[1:] for event in logged(meter)]
    run(simulation, 2_000)
    assert broken.calls == 2
    assert len([call for call in calls if call[1] == "second"]) >= 60
    assert simulation.registers()["1.8.0"] > 30


def test_the_seal_is_what_its_contact_says_and_whole_without_one(simulation):
    meter = simulation.meter
    assert not meter.is_seal_open()
    simulation.world.seal.closed = False
    assert meter.is_seal_open()
    meter._parts.seal = None
    assert not meter.is_seal_open()
