"""Frames as segments and as characters; golden pictures, to be read by eye."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meter.registers import obis, table
from meter.views import glass
from meter.views.display import Frame
from meterctl import glass_text


def frame_of(**fields):
    frame = Frame()
    frame.is_test = False
    for name, value in fields.items():
        setattr(frame, name, value)
    return frame


ENERGY = {
    "value": "036886.8",
    "identification": "1.8.0",
    "unit": "kWh",
    "text": "A+",
    "tariff": 1,
    "quadrant": 4,
    "phases": bytearray((1, 0, 1)),
}


def picture(**fields):
    ram = bytearray(b"\xa5" * glass.RAM)  # what stood there before must go
    glass.segments(frame_of(**fields), ram)
    return ram


def lit(ram):
    return {symbol for symbol in glass.SYMBOLS if glass_text.is_on(ram, symbol)}


def test_no_symbol_shares_its_bit():
    bits = [glass.bit(symbol) for symbol in glass.SYMBOLS]
    assert len(set(bits)) == len(bits)
    assert min(bits) == 8 * (glass.VALUE_DIGITS + glass.IDENTIFICATION_DIGITS)
    assert max(bits) < 8 * glass.RAM


def test_an_energy_lights_its_digits_and_symbols():
    ram = picture(**ENERGY)
    assert ram[:8].hex(" ") == "00 3f 4f 7d 7f 7f fd 7f"  # _ 0 3 6 8 8 6. 8
    assert ram[8:15].hex(" ") == "86 ff 3f 00 00 00 00"  # 1. 8. 0
    assert lit(ram) == {"kWh", "T1", "QIV", "L1", "L3"}


def test_the_seven_segments_make_the_usual_digits():
    ram = picture(value="01234567")
    assert ram[:8].hex(" ") == "3f 06 5b 4f 66 6d 7d 07"
    ram = picture(value="89-FCLPE")
    assert ram[:8].hex(" ") == "7f 6f 40 71 39 38 73 79"


def test_the_value_stands_at_the_right_and_the_identification_at_the_left():
    ram = picture(value="-0.25", identification="F.F")
    assert ram[:8].hex(" ") == "00 00 00 00 40 bf 5b 6d"
    assert ram[8:15].hex(" ") == "f1 71 00 00 00 00 00"


def test_of_a_serial_number_of_more_than_eight_digits_the_last_eight_are_shown():
    assert picture(value="1234567801234567")[:15] == picture(value="01234567")[:15]


def test_the_segment_test_lights_every_bit():
    frame = frame_of(is_test=True)
    ram = bytearray(glass.RAM)
    lines = bytearray(80)
    glass.segments(frame, ram)
    glass.characters(frame, lines)
    assert ram == b"\xff" * glass.RAM
    assert lines == b"\xff" * 80


@pytest.mark.parametrize(
    ("fields", "symbols"),
    [
        ({}, set()),
        ({"tariff": 8}, {"T8"}),
        ({"quadrant": 2}, {"QII"}),
        ({"has_error": True}, {"error"}),
        ({"phases": bytearray((0, 1, 0))}, {"L2"}),
    ],
)
def test_a_field_lights_its_symbol_and_nothing_else(fields, symbols):
    assert lit(picture(**fields)) == symbols


def test_the_glass_has_a_word_for_every_unit_that_the_display_shows():
    units = {table.unit_text(key) for key in table.keys(table.LCD, 3)}
    for unit in units - {""}:
        assert lit(picture(unit=unit)) == {unit}


@given(st.text("0123456789.-FCLPEABDGJ ", max_size=12), st.text("0123456789.F", max_size=10))
def test_any_text_stays_inside_its_field(value, identification):
    ram = picture(value=value, identification=identification)
    assert ram[15:] == bytes(glass.RAM - 15)


def text_of(**fields):
    lines = bytearray(80)
    glass.characters(frame_of(**fields), lines)
    return [lines[at : at + 20].decode("ascii") for at in range(0, 80, 20)]


def test_a_character_display_has_four_lines_of_twenty():
    assert text_of(**ENERGY) == [
        "1.8.0             A+",
        "     036886.8    kWh",
        "L1    L3   QIV    T1",
        "                    ",
    ]
    assert text_of(
        value="0119899",
        identification="96.8.0",
        unit="h",
        text="Operating time",
        quadrant=3,
        phases=bytearray((1, 1, 1)),
        has_error=True,
    ) == [
        "96.8.0Operating time",
        "      0119899      h",
        "L1 L2 L3   QIII     ",
        "ERROR               ",
    ]


def test_every_value_of_the_table_fits_its_lines():
    for key in table.keys(table.LCD, 3):
        code = obis.short(table.code(key))
        assert len(code) + len(table.text(key)) <= 20
        assert len(table.value_text(key, 0, 1)) <= 13


def test_the_terminal_draws_the_same_picture():
    assert glass_text.plain(picture(**ENERGY)) == GOLDEN.split("\n")


def test_the_coloured_drawing_has_the_size_it_says():
    drawing = glass_text.draw(picture(is_test=True)).plain.splitlines()
    assert [len(line) for line in drawing] == [glass_text.WIDTH] * glass_text.HEIGHT


GOLDEN = """\

     █   █▀█   █▀█                             L1    L3
     █   █▀█   █ █                                          ────┼────
     ▀ ▀ ▀▀▀ ▀ ▀▀▀                                                QIV

          ▄▀▀▀▄   ▀▀▀▄  ▄▀▀▀   ▄▀▀▀▄  ▄▀▀▀▄  ▄▀▀▀   ▄▀▀▀▄   kWh
          █   █      █  █      █   █  █   █  █      █   █
          ▄   ▄   ▀▀▀▄  ▄▀▀▀▄  ▄▀▀▀▄  ▄▀▀▀▄  ▄▀▀▀▄  ▄▀▀▀▄
          █   █      █  █   █  █   █  █   █  █   █  █   █
           ▀▀▀    ▀▀▀    ▀▀▀    ▀▀▀    ▀▀▀    ▀▀▀ ▀  ▀▀▀

   T1
"""
