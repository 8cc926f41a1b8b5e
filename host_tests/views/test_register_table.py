"""The register table is complete, unambiguous, and every view can show what it is named for."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meter.calendar import civil
from meter.registers import digits, obis, table

VIEWS = (table.LCD, table.MODEA, table.DLMS)
ALL_KEYS = [key for key in range(table.KEYS) if table.views(key)]


def test_every_row_is_shown_by_some_view():
    assert all(table.views(key) or table.views(key + 1) for key in range(0, table.KEYS, 4))
    assert len(table.ROWS) * 4 == table.KEYS


def test_every_named_key_is_the_row_it_names():
    expected = {
        "SERIAL_NUMBER": "0.0.0",
        "ACTIVE_IMPORT": "1.8.0",
        "ACTIVE_EXPORT": "2.8.0",
        "REACTIVE_IMPORT": "3.8.0",
        "REACTIVE_EXPORT": "4.8.0",
        "REACTIVE_QI": "5.8.0",
        "REACTIVE_QII": "6.8.0",
        "REACTIVE_QIII": "7.8.0",
        "REACTIVE_QIV": "8.8.0",
        "OPERATING_TIME": "96.8.0",
        "ERRORS": "F.F",
        "ACTIVE_POWER_IMPORT": "1.7.0",
        "ACTIVE_POWER_EXPORT": "2.7.0",
        "REACTIVE_POWER_IMPORT": "3.7.0",
        "REACTIVE_POWER_EXPORT": "4.7.0",
        "ACTIVE_POWER": "16.7.0",
        "APPARENT_POWER": "9.7.0",
        "POWER_FACTOR": "13.7.0",
        "VOLTAGE": "12.7.0",
        "CURRENT": "11.7.0",
        "FREQUENCY": "14.7.0",
        "TARIFF": "96.14.0",
        "FIRMWARE": "0.2.0",
        "ACTIVE_IMPORT_T1": "1.8.1",
        "ACTIVE_IMPORT_T5": "1.8.5",
        "REACTIVE_IMPORT_T1": "3.8.1",
        "REACTIVE_IMPORT_T5": "3.8.5",
        "MAX_DEMAND": "1.6.0",
        "MAX_DEMAND_DATE": "1.6.0",
        "MAX_DEMAND_HOUR": "1.6.0",
        "ACCUMULATED_DEMAND": "1.2.0",
        "LAST_DEMAND": "1.5.0",
        "THRESHOLD": "1.31.0",
        "EXCEEDINGS": "1.32.0",
        "BILLING_PERIODS": "0.1.0",
        "BILLING_DATE": "0.1.2",
        "BILLING_HOUR": "0.1.2",
        "PULSE_INPUT": "82.8.0",
        "DATE": "0.9.2",
        "TIME": "0.9.1",
        "ORDER_NUMBER": "96.60.10",
        "CONFIGURATION": "96.60.1",
        "CONFIGURATION_5": "96.60.5",
        "STATUS": "96.5.0",
        "CHECKSUM": "0.2.8",
        "U_ANGLE": "81.7.0",
        "CREDIT": "PAY",
        "ALARMS": "97.98.0",
        "FAILURES": "96.7.0",
        "DIPS": "12.32.0",
        "SWELLS": "12.36.0",
        "MEAN_VOLTAGE": "12.24.0",
        "LOWEST_VOLTAGE": "12.23.0",
        "HIGHEST_VOLTAGE": "12.26.0",
        "THD_U": "12.7.124",
        "THD_I": "11.7.124",
        "UNBALANCE": "96.72.0",
        "WEEK": "96.71.0",
        "WEEK_MEANS": "96.71.4",
        "WEEK_FREQUENCIES": "96.71.8",
        "HEAP_LOW": "96.74.0",
        "ACTIVE_EXPORT_T1": "2.8.1",
        "ACTIVE_EXPORT_T5": "2.8.5",
        "REACTIVE_EXPORT_T1": "4.8.1",
    }
    found = {name: obis.short(table.code(getattr(table, name))) for name in expected}
    assert found == expected
    assert len(expected) == len(table.ROWS)


def test_no_code_names_two_values():
    one_unit = [key for key in ALL_KEYS if key & 3 == 0 or table.row(key).by != table.BY_UNIT]
    codes = [table.code(key) for key in one_unit if table.views(key) & table.DLMS]
    assert len(set(codes)) == len(codes)
    shorts = [obis.short(code) for code in codes]
    assert len(set(shorts)) == len(shorts)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (table.ACTIVE_IMPORT + 1, "21.8.0"),
        (table.ACTIVE_IMPORT + 3, "61.8.0"),
        (table.REACTIVE_QIV + 2, "48.8.0"),
        (table.VOLTAGE + 1, "32.7.0"),
        (table.VOLTAGE + 3, "72.7.0"),
        (table.CURRENT + 2, "51.7.0"),
        (table.ACTIVE_POWER + 1, "36.7.0"),
        (table.POWER_FACTOR + 3, "73.7.0"),
    ],
)
def test_a_phase_stands_20_40_60_above_the_sum(key, code):
    assert obis.short(table.code(key)) == code


def test_logical_names_are_six_bytes_with_channel_0_and_billing_255():
    assert obis.logical_name(table.code(table.ACTIVE_IMPORT)) == bytes((1, 0, 1, 8, 0, 255))
    assert obis.logical_name(table.code(table.SERIAL_NUMBER)) == bytes((0, 0, 96, 1, 0, 255))
    assert obis.logical_name(table.code(table.CURRENT + 3)) == bytes((1, 0, 71, 7, 0, 255))
    for key in ALL_KEYS:  # what the meter is stands in group A 0, what it measures in 1
        a, _, c, _, _, _ = obis.logical_name(table.code(key))
        assert a == (0 if c >= 96 else 1)


@pytest.mark.parametrize("systems", [1, 2, 3])
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_lists_no_phase_that_is_not_measured(view, systems):
    keys = table.keys(view, systems)
    by_phase = [key for key in keys if table.row(key).by == table.BY_PHASE]
    assert max(key & 3 for key in by_phase) == systems
    assert set(keys) <= set(table.keys(view, 3))


def test_classes_and_units_are_the_numbers_of_cosem():
    seen = {(table.row(key).cosem_class, table.unit(key)) for key in ALL_KEYS}
    units = (5, 8, 13, 19, 27, 28, 29, 30, 32, 33, 35, 44, 56, 255)
    assert seen == {(1, 255), (4, 27)} | {(3, unit) for unit in units}


def test_only_what_is_measured_exists_for_each_phase():
    rows = [key for key in ALL_KEYS if key & 3 and table.row(key).by == table.BY_PHASE]
    with_phases = {key & ~3 for key in rows}
    measured = set(range(table.ACTIVE_POWER_IMPORT, table.FREQUENCY, 4))
    quality = set(range(table.DIPS, table.UNBALANCE, 4))
    energies = set(range(table.ACTIVE_IMPORT, table.OPERATING_TIME, 4))
    assert with_phases == measured | quality | energies


def test_all_that_is_kept_is_readable_by_dlms():
    for key in ALL_KEYS:
        is_stamp = table.row(key).form in (digits.DATE, digits.HOUR)  # of a value that has one
        is_own_object = key == table.ALARMS  # for DLMS no row: what is written to it is cleared
        if table.row(key).keep != table.NOTHING and not is_stamp and not is_own_object:
            assert table.views(key) & table.DLMS


@given(st.sampled_from(ALL_KEYS), st.integers(-(2**40), 2**40), st.integers(0, 1))
def test_every_value_has_a_text_that_fits_its_field(key, value, energy_decimals):
    form = table.row(key).form
    if digits.is_filled(form) or form >= digits.FIGURE:
        value = abs(value)  # what counts is never negative
    limits = {digits.VERSION: 10**6, digits.NUMBER: 10**8, digits.HEX: 2**32}
    limits |= dict.fromkeys((digits.DATE, digits.CLOCK, digits.HOUR), civil.LAST_S + 1)
    value %= limits.get(form, 2**41) if value >= 0 else 2**41
    text = table.value_text(key, value, energy_decimals)
    letters = {digits.HEX: "ABCDEF", digits.LETTERS: string.ascii_uppercase}
    assert set(text) <= set("0123456789.-" + letters.get(form, ""))
    if form != digits.VERSION:
        assert len(text.replace(".", "").removeprefix("-")) <= 8


@pytest.mark.parametrize(
    ("key", "value", "decimals", "text"),
    [
        (table.ACTIVE_IMPORT, 0, 0, "0000000"),
        (table.ACTIVE_IMPORT, 9_999, 0, "0000000"),  # 999.9 Wh are no kWh yet
        (table.ACTIVE_IMPORT, 10_000, 0, "0000001"),
        (table.ACTIVE_IMPORT, 10_999, 1, "000001.0"),
        (table.ACTIVE_IMPORT, 99_999_999_999, 0, "9999999"),
        (table.ACTIVE_IMPORT, 100_000_000_000, 0, "0000000"),
        (table.ACTIVE_IMPORT, 10_000_000_000, 1, "000000.0"),
        (table.ACTIVE_POWER, 1_499, 0, "0.001"),
        (table.ACTIVE_POWER, 1_500, 0, "0.002"),
        (table.ACTIVE_POWER, -1_500, 0, "-0.002"),
        (table.ACTIVE_POWER, -499, 0, "0.000"),
        (table.ACTIVE_POWER, 99_999_499, 0, "99.999"),
        (table.ACTIVE_POWER, 99_999_500, 0, "-----"),
        (table.VOLTAGE + 1, 230_050, 0, "230.1"),
        (table.CURRENT + 1, 20, 0, "0.02"),
        (table.CURRENT + 1, 105_000, 0, "105.00"),
        (table.POWER_FACTOR, -1_000, 0, "-1.000"),
        (table.FREQUENCY, 49_995, 0, "50.00"),
        (table.OPERATING_TIME, 42, 0, "0000042"),
        (table.SERIAL_NUMBER, 1234, 0, "00001234"),
        (table.SERIAL_NUMBER, 1234567890123456, 0, "1234567890123456"),
        (table.ERRORS, 0x81, 0, "10000001"),
        (table.TARIFF, 8, 0, "8"),
        (table.FIRMWARE, 10203, 0, "1.2.3"),
        (table.ACTIVE_IMPORT_T5 + 3, 12_345_678, 1, "001234.5"),
        (table.MAX_DEMAND + 2, 12_346, 0, "12.346"),
        (table.MAX_DEMAND_DATE, 848_835_000, 0, "26.11.24"),
        (table.MAX_DEMAND_HOUR, 848_835_000, 0, "11.30"),
        (table.MAX_DEMAND_DATE, 0, 0, "--.--.--"),
        (table.MAX_DEMAND_HOUR, 0, 0, "--.--"),
        (table.ACCUMULATED_DEMAND, 1_234_567, 0, "1234.567"),
        (table.PULSE_INPUT + 1, 123_999, 0, "0000123"),
        (table.TIME, 848_838_896, 0, "12.34.56"),
        (table.ORDER_NUMBER, int("31BJ4B3", 36), 0, "31BJ4B3"),
        (table.CONFIGURATION + 1, 1011, 0, "00001011"),
        (table.CHECKSUM, 0x0BADCAFE, 0, "0BADCAFE"),
    ],
)
def test_numbers_are_cut_rounded_and_filled_by_their_form(key, value, decimals, text):
    assert table.value_text(key, value, decimals) == text


def test_the_verification_resolution_shows_a_tenth_of_a_watt_hour():
    assert digits.text(368_868_759, -1, digits.TEST) == "886.8759"


@pytest.mark.parametrize(
    ("key", "value", "scaled"),
    [
        (table.ACTIVE_IMPORT, 129_999, 12_999),  # Wh
        (table.VOLTAGE + 1, 230_050, 2_301),  # 0.1 V
        (table.CURRENT + 1, 4_705, 471),  # 0.01 A
        (table.ACTIVE_POWER, -1_500, -2),  # W
        (table.POWER_FACTOR, 987, 987),
        (table.OPERATING_TIME, 42, 42),
        (table.SERIAL_NUMBER, 14410000, 14410000),
        (table.TARIFF, 8, 8),
        (table.ERRORS, 5, 5),
        (table.FIRMWARE, 10203, 10203),
        (table.FREQUENCY, 50_012, 5_001),  # 0.01 Hz
    ],
)
def test_cosem_values_are_in_units_of_ten_to_the_scaler(key, value, scaled):
    assert table.scaled(key, value) == scaled


@pytest.mark.parametrize(
    ("key", "unit", "text"),
    [
        (table.ACTIVE_IMPORT, "kWh", "A+"),
        (table.REACTIVE_QII + 3, "kvarh", "R QII L3"),
        (table.APPARENT_POWER, "kVA", "S"),
        (table.VOLTAGE + 2, "V", "U L2"),
        (table.POWER_FACTOR, "", "PF"),
        (table.OPERATING_TIME, "h", "Operating time"),
        (table.ACTIVE_IMPORT_T5, "kWh", "A+ T5"),
        (table.MAX_DEMAND, "kW", "P+max"),
        (table.MAX_DEMAND_DATE + 2, "", "P+max T2 date"),
        (table.PULSE_INPUT, "", "Pulse input"),
        (table.PULSE_INPUT + 1, "kWh", "Pulse input"),
        (table.PULSE_INPUT + 2, "m3", "Pulse input"),
        (table.PULSE_INPUT + 3, "L", "Pulse input"),
        (table.CONFIGURATION + 3, "", "Config 4"),
    ],
)
def test_units_and_names_are_those_of_the_field(key, unit, text):
    assert (table.unit_text(key), table.text(key)) == (unit, text)


def test_a_key_beyond_the_table_is_an_error():
    with pytest.raises(IndexError):
        table.row(table.KEYS)
