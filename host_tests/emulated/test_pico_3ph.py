"""The meter of pico_3ph under real MicroPython, with the converters' models on emulated pins."""

import pytest

from boards.pico_3ph import calibration
from boards.virtual.front_end import Frames24
from boards.virtual.load import Load
from boards.virtual.world import World
from meter.metrology.quantities import Quantities

pytestmark = pytest.mark.emulated

_LOAD = ("L1=60A@0.5ind,L2=45A,L3=-2A", "", "230", "50", 3)
_SECONDS = 10


def on_the_bench(sets):
    """Return U, I, P, Q and S of the last whole window of the same codes."""
    world = World(Load.parse(*_LOAD))
    world.sampler.advance(sets * Frames24.SET_NS)
    found = Quantities(calibration.default())
    while (window := world.source.poll()) is not None:
        found.update(window)
    return [
        [values[k] / 1000 for values in (found.u_mv, found.i_ma, found.p_mw, found.q_mvar)]
        for k in range(3)
    ]


@pytest.fixture(scope="module")
def run(run_meter):
    return run_meter("pico_3ph", Load.parse(*_LOAD), _SECONDS)


def test_no_frame_is_lost_under_load_and_read_out(run):
    assert run.result["simulated_s"] >= _SECONDS
    assert run.result["bad_frames"] == [0, 0, 0]
    assert run.result["overruns"] == 0


def test_energy_equals_the_definition_on_the_same_codes(run):
    assert run.result["equals_definition"]


def test_the_last_window_is_what_the_bench_finds(run):
    sets = round(run.result["simulated_s"] * 1e9) // Frames24.SET_NS
    keys = ("u_v", "i_a", "p_w", "q_var")
    phases = [[each[key] for key in keys] for each in run.result["phases"]]
    assert phases == on_the_bench(sets)


def test_budgets_hold(run):
    names = ("cycles_per_set", "check_cycles_per_set", "cpu_share", "heap_free", "first_window_ms",
             "worst_step_ms")  # fmt: skip
    print({name: run.result[name] for name in names})
    assert run.result["cycles_per_set"] + run.result["check_cycles_per_set"] <= 600
    assert run.result["cpu_share"] <= 0.15
    assert run.result["heap_free"] >= 60_000
    assert run.result["first_window_ms"] <= 3000


def test_pulses_come_evenly(run):
    assert run.result["pulses"] >= 45
    assert run.result["pulse_jitter_ms"] <= 1


def test_the_read_out_goes_on_without_a_gap(run):
    assert run.read_out().startswith(b"/KAM ")
    assert run.longest_gap_ms() < 100


def test_registers_are_stored_while_it_measures(run):
    assert sum(run.world.eeprom.page_writes) > 0


def test_nothing_failed_beside_it(run):
    assert run.result["view_failures"] == 0
    assert run.result["store_failures"] == 0
