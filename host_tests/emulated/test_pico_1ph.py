"""The whole meter on an emulated Raspberry Pi Pico, under real MicroPython, read by mode A."""

import pytest

from boards.virtual.load import Load

pytestmark = pytest.mark.emulated

_SECONDS = 5


@pytest.fixture(scope="module")
def run(run_meter):
    return run_meter("pico_1ph", Load.parse("L1=45A@0.5ind", "", "230", "50", 1), _SECONDS)


def test_no_sample_is_lost_under_load_and_read_out(run):
    assert run.result["simulated_s"] >= _SECONDS
    assert run.result["overruns"] == 0


def test_energy_equals_the_definition_on_the_same_codes(run):
    assert run.result["equals_definition"]


def test_budgets_hold(run):
    names = ("cycles_per_set", "cpu_share", "heap_free", "first_window_ms", "worst_step_ms")
    print({name: run.result[name] for name in names})
    assert run.result["cycles_per_set"] <= 200
    assert run.result["cpu_share"] <= 0.15
    assert run.result["heap_free"] >= 60_000
    assert run.result["first_window_ms"] <= 3000


def test_pulses_come_evenly(run):
    assert run.result["pulses"] >= 5
    assert run.result["pulse_jitter_ms"] <= 1


def test_the_read_out_goes_on_without_a_gap(run):
    assert run.read_out().startswith(b"/KAM ")
    assert run.longest_gap_ms() < 100


def test_registers_are_stored_while_it_measures(run):
    assert sum(run.world.eeprom.page_writes) > 0


def test_nothing_failed_beside_it(run):
    assert run.result["view_failures"] == 0
    assert run.result["store_failures"] == 0
