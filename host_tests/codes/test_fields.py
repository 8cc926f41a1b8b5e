"""Every row of the data sheet's tables is accepted, and nothing beside them."""

from itertools import product
from string import ascii_uppercase, digits

import pytest

from host_tests.codes.data_sheet import ANY_DIGITS, TABLE, listed
from meter.codes import fields
from meter.codes.codes import DEFAULTS
from meter.errors import ConfigError

CODE_OF = {name: code for code in range(fields.CODES) for name, _ in fields.fields(code)}


def with_field(field, value):
    """The default code that holds `field`, with this value in it."""
    code = CODE_OF[field]
    values = fields.parse(code, DEFAULTS[code])
    values[field] = value
    return code, fields.join(code, values)


@pytest.mark.parametrize(
    ("field", "value"), [row[:2] for row in TABLE], ids=[f"{f} {v} {w}" for f, v, w in TABLE]
)
def test_what_the_data_sheet_lists_is_accepted(field, value):
    code, text = with_field(field, value)
    assert fields.recognise(text) == code
    assert fields.parse(code, text)[field] == value
    assert fields.join(code, fields.parse(code, text)) == text


@pytest.mark.parametrize("field", sorted({row[0] for row in TABLE}))
def test_what_the_data_sheet_does_not_list_is_refused_by_name(field):
    known = listed(field)
    width = len(next(iter(known)))
    characters = [digits + ascii_uppercase + "a#", digits + "A ", digits + "A"][width - 1]
    refused = 0
    for letters in product(characters, repeat=width):
        value = "".join(letters)
        if value in known:
            continue
        code, text = with_field(field, value)
        with pytest.raises(ConfigError) as error:
            fields.parse(code, text)
        assert str(error.value).startswith(f"{field}: {value!r} refused, accepted: ")
        assert error.value.field == field
        refused += 1
    assert refused == len(characters) ** width - len(known)


@pytest.mark.parametrize(("field", "width"), ANY_DIGITS.items(), ids=list(ANY_DIGITS))
def test_any_digits_are_accepted_where_the_manufacturer_gives_out_the_codes(field, width):
    for number in range(10**width):
        code, text = with_field(field, f"{number:0{width}}")
        assert fields.parse(code, text)[field] == f"{number:0{width}}"
    code, text = with_field(field, "1A1"[:width])
    with pytest.raises(ConfigError, match=f"{field}: '1A"):
        fields.parse(code, text)


def test_every_field_of_every_code_is_in_the_data_sheet():
    assert set(CODE_OF) == {row[0] for row in TABLE} | set(ANY_DIGITS)


FORMS = (
    "684-X1X2X3X4X5X6X7X8X9X10",
    "A-B-CCC-DD-E",
    "FFF-GG-HH-I",
    "JJ-K-LL-M-NN",
    "OOO-PPP-QQ",
    "RRR",
)


@pytest.mark.parametrize("code", range(6), ids=FORMS)
def test_another_form_is_refused_with_the_right_one(code):
    good = DEFAULTS[code]
    assert fields.form(code) == FORMS[code]
    for bad in ("", good[:-1], good + "0", good + "-", "-" + good, good.replace("-", "") + "-"):
        with pytest.raises(ConfigError) as error:
            fields.parse(code, bad)
        refusal = f"{bad!r} refused, accepted: {FORMS[code]}"
        assert str(error.value) == f"{fields.NAMES[code]}: {refusal}"


@pytest.mark.parametrize("text", ["", "68", "684-31BJ4B301", "685-31BJ4B3010", "1-1", "12-1-1"])
def test_what_has_no_codes_form_is_told_all_of_them(text):
    with pytest.raises(ConfigError) as error:
        fields.recognise(text)
    assert str(error.value) == f"code: {text!r} refused, accepted: {', '.join(FORMS)}"
