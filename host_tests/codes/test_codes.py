"""A meter's codes: what they say in numbers, which do not go together, and that they are kept."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host_tests.codes.data_sheet import ANY_DIGITS, TABLE, listed
from meter.codes import codes, fields
from meter.codes.codes import DEFAULTS, Codes
from meter.errors import ConfigError

BASIS = "684-31BJ413010"  # no real-time clock
NO_CLOCK = {"order": BASIS, "config2": "000-00-00-1", "config4": "000-000-00"}
NO_TARIFF = "684-31BJ4B1010"


def order(field, value):
    values = fields.parse(fields.ORDER, DEFAULTS[fields.ORDER])
    values[field] = value
    return fields.join(fields.ORDER, values)


def test_without_codes_a_meter_is_the_default():
    assert tuple(Codes().text(code) for code in range(fields.CODES)) == DEFAULTS


def test_the_codes_of_a_meter_are_those_given():
    given = {"order": "684-31BJ4B3010", "config1": "2-2-000-00-2"}
    made = Codes(**given)
    assert (made.text(fields.ORDER), made.text(1)) == tuple(given.values())
    assert (made.value("A"), made.number("E")) == ("2", 2)


def test_a_code_of_another_name_is_refused():
    with pytest.raises(ConfigError, match="code: 'config6' refused, accepted: order, config1"):
        Codes(config6="000")


@pytest.mark.parametrize(
    ("value", "energies"),
    [
        ("1", ("A+",)),
        ("2", ("A+", "A-")),
        ("4", ("A+", "A-", "R+", "R-")),
        ("5", ("A+", "R1")),
    ],
)
def test_energy_type_x5(value, energies):
    made = Codes(order=order("X5", value))
    assert made.energies == energies
    made.check_energies("load profile", energies)


@pytest.mark.parametrize(
    ("value", "reference_a", "maximum_a"),
    [("1", 5, 105), ("4", 5, 65), ("6", 10, 60), ("7", 10, 85), ("8", 5, 85)],
)
def test_current_x2(value, reference_a, maximum_a):
    made = Codes(order=order("X2", value))
    assert (made.reference_ma, made.maximum_ma) == (reference_a * 1000, maximum_a * 1000)


@pytest.mark.parametrize(
    ("current", "accuracy", "starting_ma"),
    [("1", "A", 25), ("1", "B", 20), ("6", "A", 50), ("6", "B", 40)],
)
def test_class_x3_and_current_x2_give_the_starting_current(current, accuracy, starting_ma):
    assert Codes(order=f"684-3{current}{accuracy}J4B3010").starting_ma == starting_ma


@pytest.mark.parametrize(("value", "tariffs"), [("1", 1), ("2", 2), ("3", 8), ("4", 4)])
def test_tariff_x7(value, tariffs):
    assert Codes(order=order("X7", value)).tariffs == tariffs


@pytest.mark.parametrize(("value", "is_aron"), [("2", True), ("3", False)])
def test_phases_x1(value, is_aron):
    assert Codes(order=order("X1", value)).has_two_elements == is_aron


@pytest.mark.parametrize(("value", "decimals"), [("1", 0), ("2", 1)])
def test_decimals_in_display_a(value, decimals):
    assert Codes(config1=f"{value}-1-000-00-2").decimals == decimals


@pytest.mark.parametrize(("value", "is_on"), [("1", False), ("2", True)])
def test_led_configuration_b(value, is_on):
    assert Codes(config1=f"1-{value}-000-00-2").led_when_idle == is_on


@pytest.mark.parametrize(("value", "minutes"), [("1", 5), ("2", 15), ("3", 30), ("4", 60)])
def test_integration_period_e(value, minutes):
    assert Codes(config1=f"1-1-000-00-{value}").period_min == minutes


@pytest.mark.parametrize(("value", "pulse_ms"), [("1", 30), ("3", 80)])
def test_pulses_i(value, pulse_ms):
    assert Codes(config2=f"000-01-01-{value}").pulse_ms == pulse_ms


@pytest.mark.parametrize("option", sorted(listed("X6")))
def test_every_hardware_option_but_the_basis_has_a_clock(option):
    given = NO_CLOCK | {"order": order("X6", option)}
    made = Codes(**given)
    assert made.has_clock == (option != "1")
    assert made.has_breaker == (option in "BCDEFG")


def test_the_generations_with_disconnect_have_a_breaker():
    breakers = {x4: Codes(order=f"684-31B{x4}423010").has_breaker for x4 in listed("X4")}
    assert breakers == {"B": False, "C": False, "D": True, "E": True, "J": False}


NONSENSE = [
    (
        "HH: '01' refused, accepted: 00 without a real-time clock (X6 1)",
        NO_CLOCK | {"config2": "000-01-01-1"},
    ),
    (
        "OOO: '007' refused, accepted: 000 without a real-time clock (X6 1)",
        NO_CLOCK | {"config4": "007-000-00"},
    ),
    (
        "PPP: '001' refused, accepted: 000 without a real-time clock (X6 1)",
        NO_CLOCK | {"config4": "000-001-00"},
    ),
    (
        "OOO: '007' refused, accepted: 000 on a meter without tariffs (X7 1)",
        {"order": NO_TARIFF, "config4": "007-001-00"},
    ),
    (
        "K: '2' refused, accepted: 0 on a meter without tariffs (X7 1)",
        {"order": NO_TARIFF, "config3": "00-2-01-0-00"},
    ),
    (
        "CCC: '018' refused, accepted: no tariff module on a meter without tariffs (X7 1)",
        {"order": NO_TARIFF, "config1": "1-1-018-00-2"},
    ),
    (
        "RRR: '310' refused, accepted: 000 without a radio (X4 J, X6 B)",
        {"config5": "310"},
    ),
    (
        "RRR: '349' refused, accepted: 000 or one of RF S, the radio fitted (X6 4)",
        {"order": "684-31BJ443010", "config5": "349"},
    ),
    (
        "RRR: '310' refused, accepted: 000 or one of RF K, the radio fitted (X6 5)",
        {"order": "684-31BJ453010", "config5": "310"},
    ),
]


@pytest.mark.parametrize(("message", "given"), NONSENSE, ids=[row[0] for row in NONSENSE])
def test_a_combination_that_makes_no_sense_is_refused_with_the_reason(message, given):
    with pytest.raises(ConfigError) as error:
        Codes(**given)
    assert str(error.value) == message


SENSE = [
    NO_CLOCK,
    NO_CLOCK | {"config2": "000-00-01-1"},
    NO_CLOCK | {"config1": "1-1-039-00-2", "config2": "000-01-01-1", "config4": "007-001-00"},
    {"config4": "007-001-00"},
    {"order": NO_TARIFF},
    {"config1": "1-1-018-00-2", "config3": "00-2-01-0-00"},
    {"order": "684-31BJ443010", "config5": "310"},
    {"order": "684-31BJ4G3010", "config5": "349"},
    {"order": "684-31BC423010", "config5": "349"},
    {"config1": "1-1-043-00-2", "config5": "310"},
]


@pytest.mark.parametrize("given", SENSE, ids=str)
def test_a_combination_that_makes_sense_is_accepted(given):
    Codes(**given)


@pytest.mark.parametrize(
    ("option", "frequency"), [*((x6, "322") for x6 in "46DF"), *((x6, "328") for x6 in "57EG")]
)
def test_a_frequency_rrr_of_the_radio_fitted_is_accepted_and_of_the_other_refused(
    option, frequency
):
    other = "328" if frequency == "322" else "322"
    Codes(order=order("X6", option), config5=frequency)
    with pytest.raises(ConfigError, match=f"RRR: '{other}' refused"):
        Codes(order=order("X6", option), config5=other)


def test_a_profile_of_energies_that_the_meter_lacks_is_refused():
    made = Codes(order="684-31BJ1B3010")
    with pytest.raises(ConfigError) as error:
        made.check_energies("load profile", ("A+", "R+"))
    assert str(error.value) == "load profile: 'R+' refused, accepted: A+, what X5 1 registers"


def values_of(field):
    if field in ANY_DIGITS:
        width = ANY_DIGITS[field]
        return st.integers(0, 10**width - 1).map(lambda number: f"{number:0{width}}")
    return st.sampled_from(sorted(listed(field)))


def any_codes():
    names = [name for code in range(fields.CODES) for name, _ in fields.fields(code)]
    return st.fixed_dictionaries({name: values_of(name) for name in names})


@given(any_codes())
@settings(max_examples=300, print_blob=True)
def test_packed_codes_come_back_as_they_were(values):
    try:
        made = Codes(**{fields.NAMES[code]: fields.join(code, values) for code in range(6)})
    except ConfigError as error:
        assert error.field in {"HH", "OOO", "PPP", "K", "CCC", "RRR"}  # noqa: PT017  none alone
        return
    packed = made.pack()
    again = codes.unpack(packed)
    assert len(packed) == codes.PACKED <= 40
    assert [again.text(code) for code in range(6)] == [made.text(code) for code in range(6)]
    assert all(again.value(name) == value for name, value in values.items())


@given(st.binary(min_size=32, max_size=32) | st.binary(max_size=40))
@settings(max_examples=300, print_blob=True)
def test_any_bytes_are_codes_or_refused(packed):
    try:
        assert codes.unpack(packed).pack() == packed
    except ConfigError:
        pass


@given(st.integers(0, 31), st.integers(0, 255))
def test_a_changed_byte_is_another_meter_or_refused(at, value):
    packed = bytearray(Codes().pack())
    packed[at] = value
    try:
        assert codes.unpack(bytes(packed)).pack() == packed
    except ConfigError:
        pass


def test_the_table_names_every_row_once():
    assert len({row[:2] for row in TABLE}) == len(TABLE)


@pytest.mark.parametrize("order", ["684-31BJ411010", "684-21AB111010", "684-31BJ413010"])
def test_an_order_number_without_a_clock_needs_no_other_code(order):
    made = Codes(order=order)
    assert [made.value(field) for field in ("GG", "HH", "PPP")] == ["00", "00", "000"]
    assert Codes(order=order, config1="1-1-039-00-2").value("HH") == "01"  # a clock on the module
