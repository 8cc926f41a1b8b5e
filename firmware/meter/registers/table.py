"""The register table: everything this meter knows, one row per quantity, and nothing twice.

Display, mode A, DLMS and the register list of the README are driven by it.  A row may stand for up
to four values, so a *key* is the row's own key plus 0..3: of most rows 0 is the sum and 1..3 are
L1..L3; of others it counts group E on, as from tariff to tariff.  Keys are small ints below KEYS,
fit to index an array.  Which of them a meter has depends on its settings: values.Values.keys().

The table does not hold values.  A reader does: `values.value(key)` is the value as an int, in the
unit of the row times ten to the row's `exponent` (energy -1: 0.1 Wh; U, I, P, f -3: mV mA mW mHz).
"""

from micropython import const

from meter.ledger.tariffs import A_NEGATIVE, R_NEGATIVE, A, R
from meter.registers import digits, obis
from meter.registers.rows import (  # noqa: F401  names of the table
    BUILD,
    BY_GROUP_E,
    BY_PHASE,
    BY_UNIT,
    DATA,
    DLMS,
    EXTENDED_REGISTER,
    JOURNAL,
    LCD,
    MODEA,
    NOTHING,
    REGISTER,
    ROWS,
    SETTINGS,
    UNIT_A,
    UNIT_DEGREE,
    UNIT_H,
    UNIT_HZ,
    UNIT_LITRE,
    UNIT_M3,
    UNIT_NONE,
    UNIT_PERCENT,
    UNIT_V,
    UNIT_VA,
    UNIT_VAR,
    UNIT_VARH,
    UNIT_W,
    UNIT_WH,
)

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Protocol

    from meter.registers.rows import Row

    class Values(Protocol):
        """Whoever knows the present values."""

        def value(self, key: int) -> int:
            """Return the value of `key`."""

        def keys(self, view: int) -> tuple[int, ...]:
            """Return the keys that `view` shows on this meter."""


_UNITS = {
    UNIT_H: "h",
    UNIT_W: "W",
    UNIT_VA: "VA",
    UNIT_VAR: "var",
    UNIT_WH: "Wh",
    UNIT_VARH: "varh",
}
_UNITS.update({UNIT_M3: "m3", UNIT_LITRE: "L", UNIT_DEGREE: "deg"})
_UNITS.update({UNIT_A: "A", UNIT_V: "V", UNIT_HZ: "Hz", UNIT_NONE: "", UNIT_PERCENT: "%"})

_PULSE_UNITS = (UNIT_NONE, UNIT_WH, UNIT_M3, UNIT_LITRE)

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
ACTIVE_IMPORT_T1 = const(92)  # + 0..3: T1..T4
ACTIVE_IMPORT_T5 = const(96)  # + 0..3: T5..T8
REACTIVE_IMPORT_T1 = const(100)
REACTIVE_IMPORT_T5 = const(104)
MAX_DEMAND = const(108)  # + 0 overall, + 1 tariff 1, + 2 tariff 2, as the next two
MAX_DEMAND_DATE = const(112)
MAX_DEMAND_HOUR = const(116)
ACCUMULATED_DEMAND = const(120)
LAST_DEMAND = const(124)
THRESHOLD = const(128)
EXCEEDINGS = const(132)
BILLING_PERIODS = const(136)
BILLING_DATE = const(140)
BILLING_HOUR = const(144)
PULSE_INPUT = const(148)  # + its unit, NN: a meter has one of them
DATE = const(152)
TIME = const(156)
ORDER_NUMBER = const(160)  # + 0: X1..X7, + 1: X8 X9 X10
CONFIGURATION = const(164)  # + 0..3: configuration 1..4
CONFIGURATION_5 = const(168)
STATUS = const(172)
CHECKSUM = const(176)
U_ANGLE = const(180)  # + 1, 2: how far L2, L3 lie behind L1
CREDIT = const(184)  # of prepayment: what is left
ALARMS = const(188)
FAILURES = const(192)  # of the voltage: + 0 interruptions of all phases, + 1..3: L1..L3
DIPS = const(196)  # + 1..3, as all of the voltage
SWELLS = const(200)
MEAN_VOLTAGE = const(204)  # of the last ten minutes
LOWEST_VOLTAGE = const(208)  # of these means, in the week that runs
HIGHEST_VOLTAGE = const(212)
THD_U = const(216)
THD_I = const(220)
UNBALANCE = const(224)
WEEK = const(228)  # + 0 what the last one failed in, + 1 what this one has, + 2, 3: of its counts
WEEK_MEANS = const(232)  # the next four counts of quality.week
WEEK_FREQUENCIES = const(236)  # and the last three
HEAP_LOW = const(240)  # least free heap, bytes
STACK_HIGH = const(241)  # deepest stack
ACTIVE_EXPORT_T1 = const(244)
ACTIVE_EXPORT_T5 = const(248)
REACTIVE_EXPORT_T1 = const(252)
KEYS = const(256)  # no more: a key is a byte

_BY_TARIFF = {
    ACTIVE_IMPORT_T1: A,
    ACTIVE_IMPORT_T5: A,
    REACTIVE_IMPORT_T1: R,
    REACTIVE_IMPORT_T5: R,
    ACTIVE_EXPORT_T1: A_NEGATIVE,
    ACTIVE_EXPORT_T5: A_NEGATIVE,
    REACTIVE_EXPORT_T1: R_NEGATIVE,
}


def row(key: int) -> "Row":
    """Return the row of `key`; IndexError where there is none."""
    return ROWS[key >> 2]


def views(key: int) -> int:
    """Return the views that show `key`: LCD, MODEA, DLMS or-ed; 0 for a key without value."""
    found = row(key)
    others: int = found.phase_views if key & 3 <= found.last else 0
    sole: int = found.views
    return others if key & 3 else sole


def keys(view: int, systems: int) -> "tuple[int, ...]":
    """Return the keys that `view` can show on a meter of 1..3 measuring systems, in order."""
    return tuple(
        key
        for key in range(KEYS)
        if views(key) & view and (row(key).by != BY_PHASE or key & 3 <= systems)
    )


def code(key: int) -> "tuple[int, int, int, int]":
    """Return the OBIS code of `key`."""
    found = row(key)
    a, c, d, e = found.obis
    if found.by == BY_PHASE:
        return obis.of_phase(found.obis, key & 3)
    return (a, c, d, e + (key & 3 if found.by == BY_GROUP_E else 0))


def text(key: int) -> str:
    """Return the name of `key` in words: "A+", "U L2", "A+ T3"."""
    name: str = row(key).text
    if "|" in name:
        return name.split("|")[key & 3]
    if row(key).by == BY_PHASE:
        return f"{name} L{key & 3}" if key & 3 else name
    group_e = code(key)[3]
    return name.format(group_e) if group_e else name.replace(" T{}", "").replace(" {}", "")


def tariff_energy(key: int) -> int:
    """Return which energy of ledger.tariffs `key` is, in the tariff of its group E, or -1."""
    return _BY_TARIFF.get(key & ~3, -1)


def stamp_key(key: int) -> int:
    """Return the key of the instant that belongs to `key`, or -1."""
    return key + 4 if key & ~3 in (MAX_DEMAND, BILLING_PERIODS) else -1


def unit(key: int) -> int:
    """Return the COSEM unit of `key`."""
    found: int = _PULSE_UNITS[key & 3] if row(key).by == BY_UNIT else row(key).unit
    return found


def scaler(key: int) -> int:
    """Return the scaler of the COSEM attribute of `key`."""
    is_kilo = row(key).by == BY_UNIT and unit(key) == UNIT_WH  # counted in thousandths of a kWh
    found: int = row(key).scaler
    return found + 3 if is_kilo else found


def unit_text(key: int) -> str:
    """Return the unit in which `key` is shown: "kWh", "V", or "" if it has none."""
    kilo = digits.is_kilo(row(key).form) or scaler(key) != row(key).scaler
    return ("k" if kilo else "") + _UNITS[unit(key)]


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
