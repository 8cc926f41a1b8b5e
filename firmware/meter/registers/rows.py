"""The rows of the register table; what they mean, and their keys, stands in table.py."""

from collections import namedtuple

from micropython import const

from meter.registers import digits

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
EXTENDED_REGISTER = const(4)
UNIT_DEGREE = const(8)
UNIT_M3 = const(13)
UNIT_LITRE = const(19)
UNIT_H = const(5)
UNIT_W = const(27)
UNIT_VA = const(28)
UNIT_VAR = const(29)
UNIT_WH = const(30)
UNIT_VARH = const(32)
UNIT_A = const(33)
UNIT_V = const(35)
UNIT_HZ = const(44)
UNIT_PERCENT = const(56)
UNIT_NONE = const(255)

# What the two low bits of a key count.
BY_PHASE = const(0)
BY_GROUP_E = const(1)
BY_UNIT = const(2)

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
        "phase_views",  # that show each of the others; 0: there is none
        "text",  # {} is group E; or one for each, with | between them
        "by",  # what the others are
        "last",  # the highest of them
    ),
)

_ALL = const(7)  # LCD | MODEA | DLMS
_TEXT = const(3)  # LCD | MODEA: for DLMS it is part of another object
_LIST = const(5)  # LCD | DLMS: may be put on a display list, but is not worth 300-baud seconds


def _energy(c: int, unit: int, text: str) -> Row:
    return Row(
        (1, c, 8, 0), REGISTER, -1, 0, unit, digits.ENERGY, JOURNAL, _ALL, _LIST, text, BY_PHASE, 3
    )


def _tariffs(c: int, first: int, unit: int, text: str) -> Row:
    code = (1, c, 8, first)
    return Row(
        code, REGISTER, -1, 0, unit, digits.ENERGY, JOURNAL, _ALL, _ALL, text, BY_GROUP_E, 3
    )


def _power(c: int, unit: int, views: int, text: str) -> Row:
    return _phases((1, c, 7, 0), 0, unit, digits.POWER, views, _LIST, text)


def _phases(  # noqa: PLR0913, PLR0917  a row of a table
    code: "tuple[int, int, int, int]",
    scaler: int,
    unit: int,
    form: int,
    views: int,
    phase_views: int,
    text: str,
) -> Row:
    return Row(
        code, REGISTER, -3, scaler, unit, form, NOTHING, views, phase_views, text, BY_PHASE, 3
    )


def _measured(code: "tuple[int, int, int, int]", text: str) -> Row:
    """Return a voltage of ten minutes, per phase."""
    return _phases(code, -1, UNIT_V, digits.VOLTS, 0, _LIST, text)


def _counts(code: "tuple[int, int, int, int]", text: str) -> Row:
    """Return counters, per phase."""
    form = digits.COUNT
    return Row(code, DATA, 0, 0, UNIT_NONE, form, JOURNAL, 0, _LIST, text, BY_PHASE, 3)


def _percent(code: "tuple[int, int, int, int]", scaler: int, text: str, views: int) -> Row:
    """Return a percentage: the sum if it has `views`, or else one per phase."""
    others = DLMS - views
    form = digits.PERCENT
    return Row(
        code, REGISTER, scaler, scaler, UNIT_PERCENT, form, NOTHING, views, others, text,
        BY_PHASE, 3,
    )  # fmt: skip


def _demand(d: int, form: int, views: int, text: str) -> Row:
    kind = EXTENDED_REGISTER if form == digits.POWER else DATA
    unit = UNIT_W if form == digits.POWER else UNIT_NONE
    return Row((1, 1, d, 0), kind, 0, 0, unit, form, JOURNAL, views, views, text, BY_GROUP_E, 2)


def _one(  # noqa: PLR0913, PLR0917  a row of a table
    code: "tuple[int, int, int, int]",
    cosem_class: int,
    unit: int,
    form: int,
    keep: int,
    views: int,
    text: str,
    last: int = 0,
) -> Row:
    others = views if last else 0
    return Row(code, cosem_class, 0, 0, unit, form, keep, views, others, text, BY_GROUP_E, last)


ROWS = (
    _one((0, 96, 1, 0), DATA, UNIT_NONE, digits.NUMBER, SETTINGS, _ALL, "Serial number"),
    _energy(1, UNIT_WH, "A+"),
    _energy(2, UNIT_WH, "A-"),
    _energy(3, UNIT_VARH, "R+"),
    _energy(4, UNIT_VARH, "R-"),
    _energy(5, UNIT_VARH, "R QI"),
    _energy(6, UNIT_VARH, "R QII"),
    _energy(7, UNIT_VARH, "R QIII"),
    _energy(8, UNIT_VARH, "R QIV"),
    _one((0, 96, 8, 0), REGISTER, UNIT_H, digits.COUNT, JOURNAL, _ALL, "Operating time"),
    _one((0, 97, 97, 0), DATA, UNIT_NONE, digits.BITS, NOTHING, _ALL, "Error register"),
    _power(1, UNIT_W, _ALL, "P+"),
    _power(2, UNIT_W, _ALL, "P-"),
    _power(3, UNIT_VAR, _ALL, "Q+"),
    _power(4, UNIT_VAR, _ALL, "Q-"),
    _power(16, UNIT_W, _LIST, "P"),
    _power(9, UNIT_VA, _LIST, "S"),
    _phases((1, 13, 7, 0), -3, UNIT_NONE, digits.FACTOR, _LIST, _LIST, "PF"),
    _phases((1, 12, 7, 0), -1, UNIT_V, digits.VOLTS, 0, _ALL, "U"),
    _phases((1, 11, 7, 0), -2, UNIT_A, digits.AMPERES, 0, _ALL, "I"),
    _phases((1, 14, 7, 0), -2, UNIT_HZ, digits.HERTZ, _ALL, 0, "f"),
    _one((0, 96, 14, 0), DATA, UNIT_NONE, digits.FIGURE, NOTHING, _LIST, "Tariff"),
    _one((1, 0, 2, 0), DATA, UNIT_NONE, digits.VERSION, BUILD, _ALL, "Firmware"),
    _tariffs(1, 1, UNIT_WH, "A+ T{}"),
    _tariffs(1, 5, UNIT_WH, "A+ T{}"),
    _tariffs(3, 1, UNIT_VARH, "R+ T{}"),
    _tariffs(3, 5, UNIT_VARH, "R+ T{}"),
    _demand(6, digits.POWER, _ALL, "P+max T{}"),
    _demand(6, digits.DATE, LCD, "P+max T{} date"),
    _demand(6, digits.HOUR, LCD, "P+max T{} hour"),
    _one((1, 1, 2, 0), REGISTER, UNIT_W, digits.SUM_OF_POWERS, JOURNAL, _ALL, "P+max sum"),
    _one((1, 1, 5, 0), REGISTER, UNIT_W, digits.POWER, NOTHING, _LIST, "P+ last period"),
    _one((1, 1, 31, 0), REGISTER, UNIT_W, digits.POWER, SETTINGS, _LIST, "P+ threshold"),
    _one((1, 1, 32, 0), DATA, UNIT_NONE, digits.COUNT, JOURNAL, _ALL, "P+ exceedings"),
    _one((1, 0, 1, 0), DATA, UNIT_NONE, digits.COUNT, JOURNAL, _ALL, "Billing periods"),
    _one((1, 0, 1, 2), DATA, UNIT_NONE, digits.DATE, JOURNAL, LCD, "Billing date"),
    _one((1, 0, 1, 2), DATA, UNIT_NONE, digits.HOUR, JOURNAL, LCD, "Billing hour"),
    Row(
        (1, 82, 8, 0),
        REGISTER,
        -3,
        -3,
        UNIT_NONE,
        digits.COUNT,
        JOURNAL,
        _ALL,
        _ALL,
        "Pulse input",
        BY_UNIT,
        3,
    ),
    _one((1, 0, 9, 2), DATA, UNIT_NONE, digits.DATE, NOTHING, _TEXT, "Date"),
    _one((1, 0, 9, 1), DATA, UNIT_NONE, digits.CLOCK, NOTHING, _TEXT, "Time"),
    _one((0, 96, 60, 10), DATA, UNIT_NONE, digits.LETTERS, SETTINGS, _ALL, "Order number", 1),
    _one((0, 96, 60, 1), DATA, UNIT_NONE, digits.NUMBER, SETTINGS, _ALL, "Config {}", 3),
    _one((0, 96, 60, 5), DATA, UNIT_NONE, digits.NUMBER, SETTINGS, _ALL, "Config {}"),
    _one((0, 96, 5, 0), DATA, UNIT_NONE, digits.BITS, NOTHING, _ALL, "Status"),
    _one((1, 0, 2, 8), DATA, UNIT_NONE, digits.HEX, BUILD, _ALL, "Legal checksum"),
    Row(
        (1, 81, 7, 0),
        REGISTER,
        -3,
        -1,
        UNIT_DEGREE,
        digits.VOLTS,
        NOTHING,
        0,
        DLMS,
        "U angle {}",
        BY_GROUP_E,
        2,
    ),
    Row(
        (0, 96, 73, 0),
        REGISTER,
        -1,
        0,
        UNIT_WH,
        digits.ENERGY,
        JOURNAL,
        _LIST,
        0,
        "Credit",
        BY_GROUP_E,
        0,
    ),
    _one((0, 97, 98, 0), DATA, UNIT_NONE, digits.HEX, JOURNAL, LCD, "Alarms"),
    _one((0, 96, 7, 0), DATA, UNIT_NONE, digits.COUNT, JOURNAL, _LIST, "U failures {}", 3),
    _counts((1, 12, 32, 0), "U dips"),
    _counts((1, 12, 36, 0), "U swells"),
    _measured((1, 12, 24, 0), "U 10 min"),
    _measured((1, 12, 23, 0), "U low"),
    _measured((1, 12, 26, 0), "U high"),
    _percent((1, 12, 7, 124), -2, "U THD", 0),
    _percent((1, 11, 7, 124), -2, "I THD", 0),
    _percent((0, 96, 72, 0), -1, "U unbalance", DLMS),
    _one((0, 96, 71, 0), DATA, UNIT_NONE, digits.COUNT, JOURNAL, DLMS, "Week {}", 3),
    _one((0, 96, 71, 4), DATA, UNIT_NONE, digits.COUNT, JOURNAL, DLMS, "Week {}", 3),
    _one((0, 96, 71, 8), DATA, UNIT_NONE, digits.COUNT, JOURNAL, DLMS, "Week {}", 2),
    _one((0, 96, 74, 0), DATA, UNIT_NONE, digits.COUNT, NOTHING, _LIST, "Least heap|Stack", 1),
    _tariffs(2, 1, UNIT_WH, "A- T{}"),
    _tariffs(2, 5, UNIT_WH, "A- T{}"),
    _tariffs(4, 1, UNIT_VARH, "R- T{}"),
)
