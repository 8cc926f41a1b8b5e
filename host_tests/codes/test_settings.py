"""Settings from codes and back, and what of them lies behind the seal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meter import config
from meter.codes import settings as of_codes
from meter.codes.codes import DEFAULTS, Codes
from meter.config import Settings
from meter.errors import ConfigError

NUMBERS = {row[0]: row for row in config._NUMBERS}
OTHER_METER = {
    "order": "684-21AJ121010",
    "config1": "2-2-000-00-4",
    "config2": "123-15-07-3",
    "config3": "00-0-14-0-02",
}


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({}, "type_code", "68431BJ4B3010"),
        ({}, "creep_mw", 2300),
        ({"order": "684-31AJ4B3010"}, "creep_mw", 2875),  # X3 A: 25 mA
        ({"order": "684-36BJ4B3010"}, "creep_mw", 4600),  # X2 6: 0.5-10(60) A
        ({"order": "684-21BJ4B3010"}, "booking", 2),  # X1 2: three-wire
        ({"order": "684-31BJ1B3010"}, "energies", config.A_PLUS_ONLY),
        ({"order": "684-31BJ2B3010"}, "energies", config.A_PLUS_A_MINUS),
        ({"order": "684-31BJ4B3010"}, "energies", config.ALL_ENERGIES),
        ({"order": "684-31BJ5B3010"}, "energies", config.A_PLUS_R1),
        ({"order": "684-31BJ4B1010"}, "tariffs", 1),
        ({"order": "684-31BJ4B2010"}, "tariffs", 2),
        ({"order": "684-31BJ4B3010"}, "tariffs", 8),
        ({"order": "684-31BJ4B4010"}, "tariffs", 4),
        ({"order": "684-31BJ4B1010"}, "tariff_source", 0),
        ({"config1": "1-1-008-00-2"}, "tariff_source", 2),
        ({"config1": "1-1-018-00-2"}, "tariff_source", 2),
        ({"config1": "1-1-000-00-2"}, "tariff_source", 1),
        ({"config1": "2-1-000-00-2"}, "decimals", 1),
        ({"config1": "1-2-000-00-2"}, "led_when_idle", 1),
        ({"config1": "1-1-000-00-1"}, "period_min", 5),
        ({"config1": "1-1-000-00-2"}, "period_min", 15),
        ({"config1": "1-1-000-00-3"}, "period_min", 30),
        ({"config1": "1-1-000-00-4"}, "period_min", 60),
        ({"config2": "000-28-24-3"}, "target_day", 28),
        ({"config2": "000-28-24-3"}, "interval", 24),
        ({"config2": "000-28-24-3"}, "pulse_ms", 80),
        ({"config3": "00-2-23-0-03"}, "peak_tariff", 2),
        ({"config3": "00-2-23-0-03"}, "gmt_code", 23),
        ({"config3": "00-2-23-0-03"}, "pulse_unit", 3),
        ({"config4": "000-000-00"}, "summer_time", 0),
        ({"config3": "00-2-23-0-03"}, "config_3", 223_003),
    ],
)
def test_a_field_of_the_codes_becomes_the_setting_it_stands_for(given, name, value):
    assert getattr(of_codes.settings_of(Codes(**given)), name) == value


def test_the_settings_without_codes_are_those_of_the_default_codes():
    made = of_codes.settings_of(Codes())
    assert made.pack() == Settings().pack()


@pytest.mark.parametrize("given", [{}, OTHER_METER, {"config5": "310", "order": "684-31BC442090"}])
def test_the_codes_are_found_again_in_the_settings(given):
    codes = Codes(**given)
    assert of_codes.codes_of(of_codes.settings_of(codes)).pack() == codes.pack()


@given(st.data())
def test_settings_survive_packing(data):
    numbers = {}
    for name, _, _, accepted in config._NUMBERS:
        if len(accepted) > 2:
            numbers[name] = data.draw(st.sampled_from(accepted[2:]))
        else:
            numbers[name] = data.draw(st.integers(*accepted))
    numbers["fallback_tariff"] = min(numbers["fallback_tariff"], numbers["tariffs"])
    settings = Settings(serial="14410000", manufacturer="ABC", type_code="a b", **numbers)
    packed = settings.pack()
    assert len(packed) == config.PACKED
    again = config.unpack(packed)
    assert vars(again) == vars(settings)


@pytest.mark.parametrize("name", list(NUMBERS))
def test_a_number_that_is_not_accepted_is_refused_by_its_name(name):
    accepted = NUMBERS[name][3]
    bad = 7 if len(accepted) > 2 else accepted[1] + 1
    with pytest.raises(ConfigError, match=f"{name}: {bad} refused, accepted: "):
        Settings(**{name: bad})


def test_a_setting_that_does_not_exist_is_refused():
    with pytest.raises(ConfigError, match="'colour' refused"):
        Settings(colour=1)


def test_a_fallback_tariff_that_the_meter_does_not_have_is_refused():
    with pytest.raises(ConfigError, match="fallback_tariff: 3 refused"):
        Settings(tariffs=2, fallback_tariff=3)


def test_bytes_that_are_no_settings_are_refused():
    with pytest.raises(ConfigError, match="99 bytes"):
        config.unpack(b"\x00" * 98)


def test_a_text_changes_what_it_names_and_nothing_else():
    old = of_codes.settings_of(Codes(), "123", pulse_milli=10)
    new = of_codes.changed(old, "config2=000-15-02-1;threshold_w=5000;pulse_count=3")
    assert (new.target_day, new.interval, new.threshold_w, new.pulse_count) == (15, 2, 5000, 3)
    assert (new.serial, new.pulse_milli, new.order) == ("123", 10, old.order)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("config2=000-29-02-1", "GG: '29' refused"),
        ("config9=1", "'config9=1' refused"),
        ("threshold_w=-1", "refused, accepted: NAME=VALUE"),
        ("threshold_w=", "refused, accepted: NAME=VALUE"),
        ("order=684-31BJ4B1010;config3=00-1-01-0-00", "on a meter without tariffs"),
        ("serial=12x", "serial: '12x' refused"),
        ("", "refused"),
    ],
)
def test_a_text_that_makes_no_sense_is_refused_with_its_reason(text, reason):
    with pytest.raises(ConfigError, match=reason):
        of_codes.changed(of_codes.settings_of(Codes()), text)


@pytest.mark.parametrize(
    "text", ["order=684-31AJ4B3010", "config1=2-1-000-00-2", "config1=1-2-000-00-2", "serial=1"]
)
def test_what_lies_behind_the_seal_needs_it_open(text):
    old = of_codes.settings_of(Codes())
    new = of_codes.changed(old, text)
    with pytest.raises(ConfigError, match="with the seal open only"):
        of_codes.check_seal(old, new, is_seal_open=False)
    assert of_codes.check_seal(old, new, is_seal_open=True)


def test_period_billing_time_and_pulse_input_need_no_seal():
    old = of_codes.settings_of(Codes())
    text = "config1=1-1-000-00-4;config2=000-15-02-1;config3=00-1-02-0-02;pulse_milli=10"
    assert not of_codes.check_seal(old, of_codes.changed(old, text), is_seal_open=False)


def test_the_default_codes_are_the_ones_listed():
    assert of_codes.codes_of(Settings()).text(0) == DEFAULTS[0]


def test_the_three_wire_connection_comes_and_goes_with_x1_and_forces_the_vector_sum():
    four_wire = of_codes.changed(Settings(), "booking=1;systems=2")
    assert (four_wire.booking, four_wire.systems) == (1, 2)
    three_wire = of_codes.changed(four_wire, "order=684-21BJ4B3010;booking=1")
    assert three_wire.booking == 2
    assert of_codes.changed(three_wire, "order=684-31BJ4B3010").booking == 0
    with pytest.raises(ConfigError, match=r"booking.*X1"):
        of_codes.changed(four_wire, "booking=2")


@pytest.mark.parametrize(
    ("order", "has_breaker"),
    [
        ("684-31BJ4B3010", True),
        ("684-31BJ4G3010", True),
        ("684-31BJ423010", False),
        ("684-31BJ471010", False),
        ("684-31BB411010", False),
        ("684-31BD421010", True),
        ("684-31BE421010", True),
    ],
)
def test_the_order_number_says_whether_there_is_a_breaker(order, has_breaker):
    codes = Codes(order=order, config2="000-00-00-1", config4="000-000-00")
    assert codes.has_breaker is has_breaker
    assert of_codes.settings_of(codes).has_breaker is has_breaker
