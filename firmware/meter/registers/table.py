"""The register table: everything this meter knows, one row per quantity, and nothing twice.

Display, mode A, DLMS and the register list of the README are driven by it.  A quantity may exist
for the sum of the phases and for each phase, so a *key* is the row's own key plus the phase: 0 is
the sum, 1..3 are L1..L3.  Keys are small ints below `KEYS`, fit to index an array.

The table does not hold values.  A reader does: `values.value(key)` is the value as an int, in the
unit of the row times ten to the row's `exponent` (energy -1: 0.1 Wh; U, I, P, f -3: mV mA mW mHz).
"""

from collections import namedtuple

from micropython import const

from meter.registers import digits, obis

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Protocol

    class Values(Protocol):
        """Whoever knows the present values."""

        def value(self, key: int) -> int:
            """Return the value of `key`."""


# Views: where a value is shown.
LCD = const(1)
MODEA = const(2)
DLMS = const(4)

# Keep: what stores a value over a power failure.
NOTHING = const(0)  # measured anew
JOURNAL = const(1)  # written at every change
SETTINGS = const(2)  # written when configured
BUILD = const(3)  # part of the program

# COSEM interface classes and unit codes (IEC 62056-6-2).
DATA = const(1)
REGISTER = const(3)
UNIT_H = const(5)
UNIT_W = const(27)
UNIT_VA = const(28)
UNIT_VAR = const(29)
UNIT_WH = const(30)
UNIT_VARH = const(32)
UNIT_A = const(33)
UNIT_V = const(35)
UNIT_HZ = const(44)
UNIT_NONE = const(255)

_UNITS = {
    UNIT_H: "h",
    UNIT_W: "W",
    UNIT_VA: "VA",
    UNIT_VAR: "var",
    UNIT_WH: "Wh",
    UNIT_VARH: "varh",
}
_UNITS.update({UNIT_A: "A", UNIT_V: "V", UNIT_HZ: "Hz", UNIT_NONE: ""})

# Keys.  The eight energies follow each other in the order of the ledger.
SERIAL_NUMBER = const(0)
ACTIVE_IMPORT = const(4)
ACTIVE_EXPORT = const(8)
REACTIVE_IMPORT = const(12)
REACTIVE_EXPORT = const(16)
REACTIVE_QI = const(20)
REACTIVE_QII = const(24)
REACTIVE_QIII = const(28)
REACTIVE_QIV = const(32)
OPERATING_TIME = const(36)
ERRORS = const(40)
ACTIVE_POWER_IMPORT = const(44)
ACTIVE_POWER_EXPORT = const(48)
REACTIVE_POWER_IMPORT = const(52)
REACTIVE_POWER_EXPORT = const(56)
ACTIVE_POWER = const(60)
APPARENT_POWER = const(64)
POWER_FACTOR = const(68)
VOLTAGE = const(72)
CURRENT = const(76)
FREQUENCY = const(80)
TARIFF = const(84)
FIRMWARE = const(88)
KEYS = const(92)

Row = namedtuple(  # noqa: PYI024  the board has no typing.NamedTuple
    "Row",
    (
        "obis",  # (A, C, D, E)
        "cosem_class",
        "exponent",  # of the reader's int
        "scaler",  # of the COSEM attribute; the same value, coarser
        "unit",  # COSEM unit code, of both
        "form",  # digits on display and in mode A: digits.py
        "keep",
        "views",  # that show the sum (or the only value); 0: there is no sum
        "phase_views",  # that show each phase; 0: there is none
        "text",
    ),
)

_ALL = const(7)  # LCD | MODEA | DLMS
_LIST = const(5)  # LCD | DLMS: may be put on a display list, but is not worth 300-baud seconds


def _energy(c: int, unit: int, text: str) -> Row:
    return Row((1, c, 8, 0), REGISTER, -1, 0, unit, digits.ENERGY, JOURNAL, _ALL, _LIST, text)


def _power(c: int, unit: int, views: int, text: str) -> Row:
    return Row((1, c, 7, 0), REGISTER, -3, 0, unit, digits.POWER, NOTHING, views, _LIST, text)


ROWS = (
    Row((0, 96, 1, 0), DATA, 0, 0, UNIT_NONE, digits.NUMBER, SETTINGS, _ALL, 0, "Serial number"),
    _energy(1, UNIT_WH, "A+"),
    _energy(2, UNIT_WH, "A-"),
    _energy(3, UNIT_VARH, "R+"),
    _energy(4, UNIT_VARH, "R-"),
    _energy(5, UNIT_VARH, "R QI"),
    _energy(6, UNIT_VARH, "R QII"),
    _energy(7, UNIT_VARH, "R QIII"),
    _energy(8, UNIT_VARH, "R QIV"),
    Row((0, 96, 8, 0), REGISTER, 0, 0, UNIT_H, digits.COUNT, JOURNAL, _ALL, 0, "Operating time"),
    Row((0, 97, 97, 0), DATA, 0, 0, UNIT_NONE, digits.BITS, NOTHING, _ALL, 0, "Error register"),
    _power(1, UNIT_W, _ALL, "P+"),
    _power(2, UNIT_W, _ALL, "P-"),
    _power(3, UNIT_VAR, _ALL, "Q+"),
    _power(4, UNIT_VAR, _ALL, "Q-"),
    _power(16, UNIT_W, _LIST, "P"),
    _power(9, UNIT_VA, _LIST, "S"),
    Row((1, 13, 7, 0), REGISTER, -3, -3, UNIT_NONE, digits.FACTOR, NOTHING, _LIST, _LIST, "PF"),
    Row((1, 12, 7, 0), REGISTER, -3, -1, UNIT_V, digits.VOLTS, NOTHING, 0, _ALL, "U"),
    Row((1, 11, 7, 0), REGISTER, -3, -2, UNIT_A, digits.AMPERES, NOTHING, 0, _ALL, "I"),
    Row((1, 14, 7, 0), REGISTER, -3, -2, UNIT_HZ, digits.HERTZ, NOTHING, _ALL, 0, "f"),
    Row((0, 96, 14, 0), DATA, 0, 0, UNIT_NONE, digits.FIGURE, NOTHING, _LIST, 0, "Tariff"),
    Row((1, 0, 2, 0), DATA, 0, 0, UNIT_NONE, digits.VERSION, BUILD, _LIST, 0, "Firmware"),
)


def row(key: int) -> Row:
    """Return the row of `key`; IndexError where there is none."""
    return ROWS[key >> 2]


def views(key: int) -> int:
    """Return the views that show `key`: LCD, MODEA, DLMS or-ed; 0 for a key without value."""
    found: int = row(key).phase_views if key & 3 else row(key).views
    return found


def keys(view: int, systems: int) -> "tuple[int, ...]":
    """Return the keys that `view` shows on a meter of 1..3 measuring systems, in table order."""
    return tuple(key for key in range(KEYS) if key & 3 <= systems and views(key) & view)


def code(key: int) -> "tuple[int, int, int, int]":
    """Return the OBIS code of `key`."""
    return obis.of_phase(row(key).obis, key & 3)


def text(key: int) -> str:
    """Return the name of `key` in words: "A+", "U L2"."""
    name: str = row(key).text
    return f"{name} L{key & 3}" if key & 3 else name


def unit_text(key: int) -> str:
    """Return the unit in which `key` is shown: "kWh", "V", or "" if it has none."""
    return ("k" if digits.is_kilo(row(key).form) else "") + _UNITS[row(key).unit]


def value_text(key: int, value: int, energy_decimals: int) -> str:
    """Return `value` as the display and mode A show it, in `unit_text(key)`.

    value:            as the reader gives it
    energy_decimals:  of energies in kWh, 0 or 1: formats 7.0 and 6.1, data sheet code A
    """
    return digits.text(value, row(key).exponent, row(key).form, energy_decimals)


def scaled(key: int, value: int) -> int:
    """Return the reader's `value` as the COSEM attribute, in units of ten to the row's scaler.

    Energy is cut off, as a register is; what is measured is rounded half away from zero.
    """
    return digits.shift(
        value, row(key).exponent - row(key).scaler, digits.is_filled(row(key).form)
    )
