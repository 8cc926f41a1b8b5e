"""Numbers as digits: the forms of the data sheet's value field, also used by mode A.

A form says how many digits stand before and after the point, in which unit, and whether the number
is a counter.  A counter keeps its leading zeros, is cut off rather than rounded, and rolls over;
anything else is rounded half away from zero and shown as dashes when it does not fit.
"""

from micropython import const

from meter.calendar import civil

ENERGY = const(0)  # 7.0 or 6.1 kWh by configuration (data sheet, code A)
TEST = const(1)  # 3.4 kWh: the verification resolution, 0.1 Wh
COUNT = const(2)  # 7.0
NUMBER = const(3)  # 8.0, a name: all its digits, even when they are more
POWER = const(4)  # 2.3 kW
VOLTS = const(5)  # 3.1
AMPERES = const(6)  # 3.2
HERTZ = const(7)  # 2.2
FACTOR = const(8)  # 1.3
FIGURE = const(9)  # 1.0
SUM_OF_POWERS = const(10)  # 5.3 kW
BITS = const(11)  # eight binary digits, bit 0 rightmost
VERSION = const(12)  # 10203 is 1.2.3
DATE = const(13)  # YY.MM.DD of local seconds since 2000, dashes for 0
CLOCK = const(14)  # HH.MM.SS of the same
HOUR = const(15)  # HH.MM
HEX = const(16)  # eight digits
LETTERS = const(17)  # seven digits to the base 36: the order number
PERCENT = const(18)  # 3.2

_COUNTERS = const(4)  # forms below this one are counters

# (digits before the point, digits after it, exponent of the unit: 3 is kilo) of the numeric forms
_FORMS = (
    (7, 0, 3),
    (3, 4, 3),
    (7, 0, 0),
    (8, 0, 0),
    (2, 3, 3),
    (3, 1, 0),
    (3, 2, 0),
    (2, 2, 0),
    (1, 3, 0),
    (1, 0, 0),
    (5, 3, 3),
)
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def is_kilo(form: int) -> bool:
    """Tell whether numbers of this form are shown in thousands of their unit."""
    return form < len(_FORMS) and _FORMS[form][2] == 3


def is_filled(form: int) -> bool:
    """Tell whether numbers of this form are counters: leading zeros, cut off, rolling over."""
    return form < _COUNTERS


def shift(value: int, power: int, cut: bool) -> int:
    """Return `value` x 10**`power`, cut off towards zero or rounded half away from zero."""
    if power >= 0:
        return value * _power_of_ten(power)
    divisor = _power_of_ten(-power)
    magnitude = (abs(value) + (0 if cut else divisor // 2)) // divisor
    return magnitude if value >= 0 else -magnitude


def text(value: int, exponent: int, form: int, energy_decimals: int = 0) -> str:
    """Return the digits of `value` x 10**`exponent`, with point and sign.

    energy_decimals:  0 or 1, moves the point of the ENERGY form
    """
    if form == PERCENT:
        form = AMPERES
    if form >= BITS:
        return _special(value, form)
    whole, decimals, kilo = _FORMS[form]
    if form == ENERGY:
        whole -= energy_decimals
        decimals = energy_decimals
    counter = is_filled(form)
    number = shift(value, exponent - kilo + decimals, counter)
    magnitude = abs(number)
    limit = _power_of_ten(whole + decimals)
    if counter:
        magnitude = magnitude if form == NUMBER else magnitude % limit
    elif magnitude >= limit:
        return "-" * (whole + decimals)
    scale = _power_of_ten(decimals)
    before = "%0*d" % (whole if counter else 1, magnitude // scale)
    after = ".%0*d" % (decimals, magnitude % scale) if decimals else ""
    return ("-" if number < 0 else "") + before + after


def _special(value: int, form: int) -> str:
    if form == BITS:
        return f"{value & 0xFF:08b}"
    if form == VERSION:
        return f"{value // 10000}.{value // 100 % 100}.{value % 100}"
    if form == HEX:
        return f"{value:08X}"
    return _letters(value) if form == LETTERS else _moment(value, form)


def stamp(local_s: int) -> str:
    """Return YYMMDDhhmm of local seconds since 2000, as mode A writes an instant."""
    return (_moment(local_s, DATE) + _moment(local_s, HOUR)).replace(".", "")


def _letters(value: int) -> str:
    found = ""
    for _ in range(7):
        found = _LETTERS[value % 36] + found
        value //= 36
    return found


def _moment(local_s: int, form: int) -> str:
    if local_s == 0:
        return "--.--" if form == HOUR else "--.--.--"
    if form == DATE:
        year, month, day = civil.date(local_s // civil.DAY_S)
        return f"{year % 100:02d}.{month:02d}.{day:02d}"
    minutes = local_s % civil.DAY_S // 60
    found = f"{minutes // 60:02d}.{minutes % 60:02d}"
    return found if form == HOUR else f"{found}.{local_s % 60:02d}"


def _power_of_ten(exponent: int) -> int:
    ten: int = 10**exponent  # an int, for the exponent is never negative
    return ten
