"""Pulses of another meter: which count, how much each is worth, and that none gets lost."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meter.errors import ConfigError
from meter.registers import pulse_input
from meter.registers.pulse_input import PACKED, WRAP_MILLI, Debounce, PulseInput


def closings(debounce, contact, step_ms=5):
    return sum(debounce.step(is_closed, step_ms) for is_closed in contact)


def test_a_pulse_at_rest_for_long_enough_counts_once():
    assert closings(Debounce(20), [0] * 10 + [1] * 5 + [0] * 10) == 1


def test_a_pulse_shorter_than_the_rest_does_not_count():
    assert closings(Debounce(20), [0] * 10 + [1] * 4 + [0] * 10) == 0


def test_a_contact_that_bounces_counts_once():
    bouncing = [1, 0, 1, 1, 0, 1]
    assert closings(Debounce(20), [0] * 9 + bouncing + [1] * 9 + bouncing + [0] * 9) == 1


def test_a_pause_shorter_than_the_rest_does_not_part_two_pulses():
    assert closings(Debounce(20), [0] * 9 + [1] * 9 + [0] * 4 + [1] * 9 + [0] * 9) == 1


def test_ten_thousand_clean_pulses_are_ten_thousand():
    assert closings(Debounce(20), ([0] * 6 + [1] * 6) * 10_000) == 10_000


def test_a_contact_closed_at_the_start_counts_when_it_is_believed():
    debounce = Debounce(20)
    assert closings(debounce, [1] * 9) == 1
    assert debounce.is_closed


@pytest.mark.parametrize("rest_ms", [0, 1001])
def test_a_debounce_out_of_range_is_refused_by_name(rest_ms):
    with pytest.raises(ConfigError, match=f"debounce: {rest_ms} refused, accepted: 1..1000 ms"):
        Debounce(rest_ms)


@pytest.mark.parametrize(
    ("unit", "code"),
    [("None", 0), ("kWh", 1), ("m3", 2), ("L", 3)],
    ids=["NN 00 None", "NN 01 kWh", "NN 02 m3", "NN 03 L"],
)
def test_unit_nn(unit, code):
    units = {
        "None": pulse_input.UNIT_NONE,
        "kWh": pulse_input.UNIT_KWH,
        "m3": pulse_input.UNIT_M3,
        "L": pulse_input.UNIT_LITRE,
    }
    counter = PulseInput(code)
    counter.add(3)
    assert (counter.unit, units[unit], counter.total_milli) == (code, code, 3000)


@given(
    st.integers(1, 1_000_000), st.integers(1, 10_000), st.lists(st.integers(0, 5000), max_size=40)
)
def test_the_counter_is_the_pulses_times_their_value_to_the_last_one(milli, pulses, batches):
    counter = PulseInput(2, milli, pulses)
    record = bytearray(PACKED + 1)
    for n in batches:
        counter.add(n)
        counter.pack_into(record, 1)
        counter = PulseInput(2, milli, pulses)
        counter.restore(record, 1)
    assert counter.total_milli == int(Fraction(sum(batches) * milli, pulses)) % WRAP_MILLI


def test_the_counter_wraps_with_the_display():
    counter = PulseInput(1)
    counter.preset(WRAP_MILLI - 1000)
    counter.add(2)
    assert counter.total_milli == 1000


def test_a_rest_of_another_scale_is_dropped():
    counter = PulseInput(1, 1, 10_000)
    counter.add(9_999)
    record = bytearray(PACKED)
    counter.pack_into(record, 0)
    again = PulseInput(1, 1, 100)
    again.restore(record, 0)
    again.add(1)
    assert again.total_milli == 0


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("NN: 4 refused, accepted: 0 none, 1 kWh, 2 m3, 3 L", (4,)),
        ("pulse value: 0 refused", (0, 0)),
        ("pulse value: 1000001 refused", (0, 1_000_001)),
        ("pulses: 0 refused, accepted: 1..10000", (0, 1, 0)),
        ("pulses: 10001 refused", (0, 1, 10_001)),
    ],
)
def test_a_bad_scale_is_refused_by_name(message, arguments):
    with pytest.raises(ConfigError, match=message):
        PulseInput(*arguments)


@pytest.mark.parametrize("total_milli", [-1, WRAP_MILLI])
def test_a_preset_out_of_range_is_refused_and_changes_nothing(total_milli):
    counter = PulseInput(1)
    counter.add(5)
    with pytest.raises(ConfigError, match="pulse counter"):
        counter.preset(total_milli)
    assert counter.total_milli == 5000
