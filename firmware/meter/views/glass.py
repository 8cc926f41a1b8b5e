"""A display frame as segments of the drawn glass, or as characters on four lines of twenty.

The glass hangs on an HT1622: 32 segment lines by 8 common lines.  Its picture is a bytearray of
32, one byte per segment line, bit c for common line c; bit n of the glass is thus bit n & 7 of
byte n >> 3.  A digit takes one segment line: commons 0..6 are its bars a..g, common 7 the point
behind it.  Everything else is a *symbol*, one bit each.

         aaa        segment lines  0..7   value, left to right
        f   b                      8..14  identification
         ggg                      15..    symbols, in the order of SYMBOLS
        e   c
         ddd  o
"""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.views.display import Frame

RAM = const(32)
VALUE = const(0)  # first segment line of the value field
VALUE_DIGITS = const(8)
IDENTIFICATION = const(8)
IDENTIFICATION_DIGITS = const(7)
POINT = const(0x80)

_FIRST_SYMBOL = const(120)
UNITS = ("kWh", "kvarh", "kVAh", "kW", "kvar", "kVA", "V", "A", "Hz", "h")
_PHASES = ("L1", "L2", "L3")
_QUADRANTS = ("QI", "QII", "QIII", "QIV")
_STATUS = ("error",)
_TARIFFS = ("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8")
_PULSE_UNITS = ("m3", "L")
_CONTROL = ("breaker", "tamper")  # it is open; a cover is off, or there is a magnetic field
SYMBOLS = UNITS + _PHASES + _QUADRANTS + _TARIFFS + _STATUS + _PULSE_UNITS + _CONTROL

_CHARACTERS = "0123456789-FCLPEABDGJNORY"
_BARS = (
    b"\x3f\x06\x5b\x4f\x66\x6d\x7d\x07\x7f\x6f\x40\x71"
    b"\x39\x38\x73\x79\x77\x7c\x5e\x3d\x1e\x54\x5c\x50\x6e"
)

COLUMNS = const(20)
LINES = const(4)


def bit(symbol: str) -> int:
    """Return the bit of the glass that shows `symbol`, one of SYMBOLS."""
    return _FIRST_SYMBOL + SYMBOLS.index(symbol)


def segments(frame: "Frame", ram: bytearray) -> None:
    """Write the picture of `frame` to `ram`, 32 bytes.  Warm."""
    if frame.is_test:
        for line in range(RAM):
            ram[line] = 0xFF
        return
    for line in range(RAM):
        ram[line] = 0
    value = frame.value
    _put(value, ram, VALUE, VALUE_DIGITS, VALUE_DIGITS - _digits(value))
    _put(frame.identification, ram, IDENTIFICATION, IDENTIFICATION_DIGITS, 0)
    _light_symbols(frame, ram)


def _light_symbols(frame: "Frame", ram: bytearray) -> None:
    if frame.unit:
        _light(ram, frame.unit)
    for k in range(3):
        if frame.phases[k]:
            _light(ram, _PHASES[k])
    if frame.quadrant:
        _light(ram, _QUADRANTS[frame.quadrant - 1])
    if frame.tariff:
        _light(ram, _TARIFFS[frame.tariff - 1])
    if frame.has_error:
        _light(ram, "error")
    if frame.is_disconnected:
        _light(ram, "breaker")
    if frame.has_tamper:
        _light(ram, "tamper")


def _light(ram: bytearray, symbol: str) -> None:
    number = bit(symbol)
    ram[number >> 3] |= 1 << (number & 7)


def _digits(text: str) -> int:
    """Return how many digits `text` takes on the glass, where a point takes none."""
    return len(text) - text.count(".")


def _put(text: str, ram: bytearray, first: int, digits: int, at: int) -> None:
    """Write `text` from digit `at` of a field on; what falls off the field's ends is not shown."""
    for character in text:
        if character == ".":
            if 0 < at <= digits:
                ram[first + at - 1] |= POINT
        else:
            if 0 <= at < digits and character != " ":
                ram[first + at] = _BARS[_CHARACTERS.index(character)]
            at += 1


def characters(frame: "Frame", lines: bytearray) -> None:
    """Write `frame` as four lines of twenty ASCII characters to `lines`, 80 bytes.  Warm.

    1.8.0             A+     identification, value in words
       0036886       kWh     value, unit
    L1 L2 L3   QI     T1     phases, quadrant, tariff
    ERROR TAMPER      OPEN   error register not zero; cover or magnet; the breaker is open
    """
    fill = 0xFF if frame.is_test else 0x20  # FFh is the full block of both HD44780 fonts
    for at in range(COLUMNS * LINES):
        lines[at] = fill
    if frame.is_test:
        return
    _left(lines, 0, frame.identification)
    _right(lines, 20, frame.text)
    _right(lines, 33, frame.value)
    _right(lines, 40, frame.unit)
    for k in range(3):
        if frame.phases[k]:
            _left(lines, 40 + 3 * k, _PHASES[k])
    if frame.quadrant:
        _left(lines, 51, _QUADRANTS[frame.quadrant - 1])
    if frame.tariff:
        _right(lines, 60, _TARIFFS[frame.tariff - 1])
    if frame.has_error:
        _left(lines, 60, "ERROR")
    if frame.has_tamper:
        _left(lines, 66, "TAMPER")
    if frame.is_disconnected:
        _right(lines, 80, "OPEN")


def _left(lines: bytearray, at: int, text: str) -> None:
    lines[at : at + len(text)] = text.encode()


def _right(lines: bytearray, end: int, text: str) -> None:
    _left(lines, end - len(text), text)
