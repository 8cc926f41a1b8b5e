"""Clock, pulse input, energy types and settings on the whole meter."""

import pytest

from host_tests.functions.rig import WINTER, Rig, codes, utc_s
from meter import requests
from meter.calendar import civil
from meter.codes.codes import Codes
from meter.codes.settings import settings_of
from meter.errors import ConfigError
from meter.journal import profile
from meter.registers import events, table

# Clock


def test_a_clock_set_over_a_boundary_closes_the_interval_early_and_makes_no_maximum():
    rig = Rig(start_s=WINTER + 100)
    rig.run_until(WINTER + 1_200, 1_000)
    rig.set_clock(WINTER + 3_000)
    rig.run_until(WINTER + 3_600, 50_000)
    rig.settle()
    statuses = {end_s: status for end_s, status, _ in rig.profile()}
    assert statuses[WINTER + 1_800] & profile.CLOCK_ADJUSTED
    assert rig.meter.values.value(table.MAX_DEMAND) == 0
    log = rig.meter.events
    codes_ = [log.newest(k)[:2] for k in range(log.total)]
    assert (WINTER + 1_200, events.CLOCK_OLD) in codes_


def test_a_small_step_lets_interval_and_maximum_be():
    rig = Rig(start_s=WINTER)
    rig.run_until(WINTER + 1_200, 1_000)
    rig.set_clock(WINTER + 1_205)
    rig.run_until(WINTER + 1_810, 1_000)
    rig.settle()
    assert not any(status & profile.CLOCK_ADJUSTED for _, status, _ in rig.profile())
    assert rig.meter.values.value(table.MAX_DEMAND) == pytest.approx(1_000, abs=1)


def test_without_a_clock_nothing_goes_by_one():
    settings = codes(
        order="684-31BJ411010", config2="000-00-00-1", config4="000-000-00", config3="00-0-00-0-00"
    )
    rig = Rig(settings, WINTER)
    rig.run(3_600, 1_000, step_s=10)
    assert not rig.meter.clock.is_valid()
    assert rig.import_cwh() == 100_000
    with pytest.raises(ConfigError, match="this meter has no clock"):
        rig.set_clock(WINTER)


# Pulse input


def pulse(rig, n):
    for _ in range(n):
        for closed in (True, False):
            rig.pulses.closed = closed
            rig._step_ms(50, 0, 0)
            rig._step_ms(50, 0, 0)


def test_pulses_are_scaled_and_survive_a_cut_with_a_warning_to_the_last():
    rig = Rig(settings_of(Codes(config3="00-0-01-0-02"), pulse_milli=10), WINTER)
    pulse(rig, 25)
    rig.run(2)
    assert rig.meter.values.value(table.PULSE_INPUT + 2) == 250
    rig.cut(3_600, has_warning=True)
    pulse(rig, 1)
    assert rig.meter.values.value(table.PULSE_INPUT + 2) == 260


def test_a_cut_without_warning_costs_the_pulses_of_five_minutes_at_most():
    rig = Rig(settings_of(Codes(), pulse_milli=1_000), WINTER)
    pulse(rig, 20)
    rig.run(310)
    pulse(rig, 3)
    rig.run(2)
    rig.cut()
    assert 20_000 <= rig.meter.values.value(table.PULSE_INPUT) <= 23_000


def test_the_pulse_counter_takes_over_what_the_other_meter_shows():
    rig = Rig(start_s=WINTER)
    rig.request(requests.PRESET_PULSES, 123_456)
    assert rig.meter.values.value(table.PULSE_INPUT) == 123_456
    with pytest.raises(ConfigError, match="pulse counter"):
        rig.request(requests.PRESET_PULSES, -1)


def test_the_pulse_input_stands_in_the_billing_entry():
    rig = Rig(start_s=WINTER)
    pulse(rig, 7)
    rig.run(2)
    rig.request(requests.CLOSE_BILLING)
    rig.settle()
    assert rig.closings()[0].pulse_input == 7_000


# Energy types


@pytest.mark.parametrize(
    ("energy_type", "registered"), [("1", {0}), ("2", {0, 1}), ("5", {0, 2}), ("4", set(range(6)))]
)
def test_only_the_energies_of_x5_are_registered(energy_type, registered):
    rig = Rig(codes(order=f"684-31BJ{energy_type}B3010"), WINTER)
    for watts, vars_ in ((1_000, 1_000), (-1_000, 1_000), (-1_000, -1_000), (1_000, -1_000)):
        rig.run(360, watts, vars_, step_s=60)
    counts = rig.meter.ledger.total.counts_cwh
    assert {kind for kind in range(6) if counts[kind]} == registered


# Settings


def test_a_meter_keeps_the_codes_it_was_made_with():
    rig = Rig(codes(config1="2-1-000-00-4", config2="000-15-07-3"), WINTER)
    rig.born = codes()
    rig.cut()
    assert rig.meter.settings.period_min == 60
    assert rig.meter.values.value(table.CONFIGURATION + 1) == 15_073
    assert rig.parts.pulse_output.pulse_ms == 80


def test_a_change_without_the_seal_comes_into_force_and_loses_no_energy():
    rig = Rig(start_s=WINTER)
    rig.run(1_000, 1_000)
    text = b"config1=1-1-000-00-1;config2=000-25-01-1"
    rig.request(requests.WRITE_SETTINGS, text)
    rig.run(10, 1_000)
    assert (rig.meter.settings.period_min, rig.meter.settings.target_day) == (5, 25)
    rig.run_until(WINTER + civil.DAY_S + 60, 1_000, step_s=60)
    rig.settle()
    lost = rig.delivered_pj // 36_000_000_000_000 - rig.import_cwh()
    assert lost <= 1
    assert [record.at_s for record in rig.closings()] == [WINTER + civil.DAY_S]
    codes_ = [rig.meter.keeper.book.read(events.PERIOD, 0)[1]]
    assert codes_ == [events.PROFILE_ERASED]


def test_a_new_target_date_closes_no_period_backwards():
    rig = Rig(codes(config2="000-01-01-1"), utc_s(2026, 11, 20))
    rig.run(3_600, step_s=60)
    rig.request(requests.WRITE_SETTINGS, b"config2=000-15-01-1")
    rig.run(3_600, step_s=60)
    assert rig.meter.settings.target_day == 15
    assert rig.closings() == []


def test_a_legal_change_needs_the_seal_open_and_is_logged_with_old_and_new():
    rig = Rig(start_s=WINTER)
    with pytest.raises(ConfigError, match="with the seal open only"):
        rig.request(requests.WRITE_SETTINGS, b"order=684-31BJ2B3010")
    rig.seal.closed = False
    rig.request(requests.WRITE_SETTINGS, b"order=684-31BJ2B3010")
    rig.run(10)
    assert rig.meter.settings.energies == 3
    rig.settle()
    book = rig.meter.keeper.book
    logged = [book.read(events.LEGAL, k)[1:] for k in range(2)]
    assert logged == [(events.PARAMETER_OLD, 0x3F0800), (events.PARAMETER_NEW, 0x030800)]


def test_a_setting_that_makes_no_sense_changes_nothing():
    rig = Rig(start_s=WINTER)
    before = bytes(rig.store.cells)
    with pytest.raises(ConfigError, match="GG: '31' refused"):
        rig.request(requests.WRITE_SETTINGS, b"config2=000-31-01-1")
    assert bytes(rig.store.cells) == before


def test_a_store_deaf_at_the_start_gives_its_settings_later():
    rig = Rig(codes(config1="1-1-000-00-4"), WINTER)
    rig.run(3_600, 1_000, step_s=60)
    rig.settle()
    entries = len(rig.profile())
    rig.born = codes()
    energy = rig.import_cwh()
    rig.build(is_deaf=True)
    rig.run(5, 3_600)
    assert rig.meter.settings.period_min == 15
    assert rig.meter.keeper.failures > 3
    rig.store.deaf = False
    rig.run(60, 0)
    assert rig.meter.settings.period_min == 60
    assert len(rig.profile()) >= entries >= 1
    assert energy + 495 <= rig.import_cwh() <= energy + 500
