"""The glass as a terminal drawing: HT1622 picture in, half-block characters out.

A terminal cell holds two square pixels, one above the other, so seven-segment digits are drawn on
pixels and the symbols are written as words between them.
"""

from itertools import groupby
from operator import itemgetter

from rich.text import Text

from meter.views import glass

WIDTH = 78
HEIGHT = 13  # of the drawing, in cells

# What a pixel or a word is: no segment there, one that is off, one that is on.
_NOTHING, _OFF, _ON = range(3)
_PAPER, _GHOST, _INK = "#c3cdb4", "#b3bda4", "#1b231b"
_COLOURS = (_PAPER, _GHOST, _INK)

# Pixels of the bars a..g and the point, as (x, y) ranges of a digit: ((x from, to), (y from, to)).
_LARGE = (
    ((1, 4), (0, 1)),
    ((4, 5), (1, 4)),
    ((4, 5), (5, 8)),
    ((1, 4), (8, 9)),
    ((0, 1), (5, 8)),
    ((0, 1), (1, 4)),
    ((1, 4), (4, 5)),
    ((5, 6), (8, 9)),
)
_SMALL = (
    ((0, 3), (0, 1)),
    ((2, 3), (0, 3)),
    ((2, 3), (2, 5)),
    ((0, 3), (4, 5)),
    ((0, 1), (2, 5)),
    ((0, 1), (0, 3)),
    ((0, 3), (2, 3)),
    ((4, 5), (4, 5)),
)
_VALUE_AT, _VALUE_PITCH = (3, 10), 7  # pixels
_IDENTIFICATION_AT, _IDENTIFICATION_PITCH = (3, 2), 6

# Where each symbol's word stands: column, row.
_WORDS = {
    "L1": (47, 1, "L1"),
    "L2": (50, 1, "L2"),
    "L3": (53, 1, "L3"),
    "QII": (61, 1, "QII"),
    "QI": (66, 1, "QI"),
    "QIII": (60, 3, "QIII"),
    "QIV": (66, 3, "QIV"),
    "kWh": (60, 5, "kWh"),
    "kvarh": (65, 5, "kvarh"),
    "kVAh": (72, 5, "kVAh"),
    "kW": (60, 7, "kW"),
    "kvar": (65, 7, "kvar"),
    "kVA": (72, 7, "kVA"),
    "V": (60, 9, "V"),
    "A": (63, 9, "A"),
    "Hz": (66, 9, "Hz"),
    "h": (76, 9, "h"),
    "m3": (69, 9, "m3"),
    "L": (73, 9, "L"),
    "error": (60, 11, "! error"),
    "breaker": (68, 11, "off"),
    "tamper": (72, 11, "tamper"),
} | {f"T{n}": (3 + 7 * (n - 1), 11, f"T{n}") for n in range(1, 9)}
_AXES = (60, 2, "────┼────")
_QUADRANTS = ("QI", "QII", "QIII", "QIV")


def draw(ram: bytes) -> Text:
    """Return the glass with picture `ram` (32 bytes, see meter.views.glass), in colour."""
    drawing = Text(no_wrap=True)
    for row in _cells(ram):
        for (ink, paper), run in groupby(row, itemgetter(1, 2)):
            text = "".join(character for character, _, _ in run)
            drawing.append(text, f"{_COLOURS[ink]} on {_COLOURS[paper]}")
        drawing.append("\n")
    drawing.rstrip()
    return drawing


def plain(ram: bytes) -> list[str]:
    """Return the same without colour: what is off is blank."""
    return ["".join(map(_without_colour, row)).rstrip() for row in _cells(ram)]


def _without_colour(cell: tuple[str, int, int]) -> str:
    character, ink, paper = cell
    if character == "▀":
        return " ▄▀█"[2 * (ink == _ON) + (paper == _ON)]
    return character if ink == _ON else " "


def _cells(ram: bytes) -> list[list[tuple[str, int, int]]]:
    """Return rows of (character, what it is drawn with, what it is drawn on)."""
    pixels = [[_NOTHING] * WIDTH for _ in range(2 * HEIGHT)]
    for digit in range(glass.VALUE_DIGITS):
        x, y = _VALUE_AT
        _digit(pixels, _LARGE, x + _VALUE_PITCH * digit, y, ram[glass.VALUE + digit])
    for digit in range(glass.IDENTIFICATION_DIGITS):
        x, y = _IDENTIFICATION_AT
        line = ram[glass.IDENTIFICATION + digit]
        _digit(pixels, _SMALL, x + _IDENTIFICATION_PITCH * digit, y, line)
    rows = [
        [("▀", *column) for column in zip(upper, lower, strict=True)]
        for upper, lower in zip(pixels[::2], pixels[1::2], strict=True)
    ]
    _word(rows, *_AXES, _ON if any(is_on(ram, symbol) for symbol in _QUADRANTS) else _OFF)
    for symbol, place in _WORDS.items():
        _word(rows, *place, _ON if is_on(ram, symbol) else _OFF)
    return rows


def is_on(ram: bytes, symbol: str) -> bool:
    """Tell whether `symbol`, one of glass.SYMBOLS, is on in the picture."""
    bit = glass.bit(symbol)
    return bool(ram[bit >> 3] >> (bit & 7) & 1)


def _digit(pixels: list[list[int]], shape: tuple, x: int, y: int, bars: int) -> None:
    for bar, (columns, lines) in enumerate(shape):
        state = _ON if bars >> bar & 1 else _OFF
        for line in range(*lines):
            for column in range(*columns):
                spot = pixels[y + line]
                spot[x + column] = max(spot[x + column], state)


def _word(rows: list, column: int, row: int, word: str, state: int) -> None:
    for offset, character in enumerate(word):
        rows[row][column + offset] = (character, state, _NOTHING)
