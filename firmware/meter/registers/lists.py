"""The three display lists of the data sheet: automatic, manual, and without mains.

An item is a key of the register table, TEST_RESOLUTION added or not.  History is browsed and no
item, so it cannot be on the automatic list.
"""

import struct

from micropython import const

from meter.errors import ConfigError
from meter.registers import table

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter.registers.table import Values

TEST_RESOLUTION = const(256)  # added to the key of an energy: shown in 3.4 kWh, for verification

AUTOMATIC = const(0)
MANUAL = const(1)
BATTERY = const(2)
MOST = (16, 30, 8)  # items of each list
PACKED = const(111)

_NAMES = ("automatic list", "manual list", "battery list")
_FORM = "<3B54H"
_ITEMS = const(54)

_ENERGIES = (
    table.ACTIVE_IMPORT,
    table.ACTIVE_EXPORT,
    table.REACTIVE_IMPORT,
    table.REACTIVE_EXPORT,
)
_POWERS = (
    table.ACTIVE_POWER_IMPORT,
    table.ACTIVE_POWER_EXPORT,
    table.VOLTAGE + 1,
    table.CURRENT + 1,
    table.VOLTAGE + 2,
    table.CURRENT + 2,
    table.VOLTAGE + 3,
    table.CURRENT + 3,
)
_OTHERS = (
    table.ACTIVE_IMPORT_T1,
    table.ACTIVE_IMPORT_T1 + 1,
    table.ACTIVE_IMPORT_T1 + 2,
    table.ACTIVE_IMPORT_T1 + 3,
    table.MAX_DEMAND,
    table.MAX_DEMAND_DATE,
    table.MAX_DEMAND_HOUR,
    table.ACCUMULATED_DEMAND,
    table.BILLING_PERIODS,
    table.BILLING_DATE,
    table.PULSE_INPUT,
    table.PULSE_INPUT + 1,
    table.PULSE_INPUT + 2,
    table.PULSE_INPUT + 3,
    table.OPERATING_TIME,
    table.DATE,
    table.TIME,
    table.ERRORS,
    table.STATUS,
    table.SERIAL_NUMBER,
    table.FIRMWARE,
    table.CHECKSUM,
    table.ORDER_NUMBER,
    table.CONFIGURATION,
    table.CONFIGURATION + 1,
    table.CONFIGURATION + 2,
    table.CONFIGURATION + 3,
    table.CONFIGURATION_5,
    table.REACTIVE_QI,
)
_WITHOUT_MAINS = (
    table.ACTIVE_IMPORT,
    table.ACTIVE_EXPORT,
    table.ACTIVE_IMPORT_T1,
    table.ACTIVE_IMPORT_T1 + 1,
    table.OPERATING_TIME,
    table.DATE,
    table.TIME,
    table.ERRORS,
)
_DEFAULTS = (_ENERGIES + _POWERS, _ENERGIES + _OTHERS, _WITHOUT_MAINS)
# What the manual list always has: the total energies that the meter registers, its program.
_PROGRAM = (table.REACTIVE_QI, table.FIRMWARE, table.CHECKSUM)
_LEGAL = _ENERGIES + _PROGRAM


class Lists:
    """The lists of a meter, at first the usual ones of its kind.

    values:  reader of the register table

    items:   automatic, manual and battery list
    """

    def __init__(self, values: "Values") -> None:
        self._keys = keys = values.keys(table.LCD)
        # Where R+ is registered, its quadrants are no legal readings of their own.
        self._legal = [key for key in _LEGAL if key in keys]
        if table.REACTIVE_IMPORT in keys:
            self._legal.remove(table.REACTIVE_QI)
        self.items: Sequence[Sequence[int]] = [
            self._present(_DEFAULTS[which])[: MOST[which]] for which in range(len(MOST))
        ]

    def _present(self, items: "Sequence[int]") -> "list[int]":
        left_out = set(_LEGAL) - set(self._legal)
        return [key for key in items if key in self._keys and key not in left_out]

    def replace(self, items: "Sequence[Sequence[int]]") -> None:
        """Put other lists in force; ConfigError, with the old ones in force, names what is wrong.

        The automatic list holds 1..16 items, the manual one up to 30 with all legal readings among
        them, the battery list 0..8.
        """
        for which, name in enumerate(_NAMES):
            least = 0 if which == BATTERY else 1
            good = least <= len(items[which]) <= MOST[which]
            _check(name, len(items[which]), good, "{}..{} items".format(least, MOST[which]))
            for item in items[which]:
                key = item & ~TEST_RESOLUTION
                good = key in self._keys and (item == key or _is_energy(key))
                _check(name, item, good, "what this meter's display can show")
        for key in self._legal:
            good = key in items[MANUAL]
            _check(_NAMES[MANUAL], "without " + table.text(key), good, "all legal readings")
        self.items = items

    def pack(self) -> bytes:
        """Return PACKED bytes: the lengths of the lists, then their items as u16."""
        flat = [item for one in self.items for item in one]
        flat += [0] * (_ITEMS - len(flat))
        return struct.pack(_FORM, *[len(one) for one in self.items], *flat)


def unpack(packed: bytes) -> "list[list[int]]":
    """Return the lists that pack() gave, unchecked but for their size."""
    _check("display lists", len(packed), len(packed) == PACKED, "111 bytes")
    fields = struct.unpack(_FORM, packed)
    lists = []
    first = 3
    for length in fields[:3]:
        lists.append(list(fields[first : first + length]))
        first += length
    return lists


def _is_energy(key: int) -> bool:
    exponent: int = table.row(key).exponent
    return exponent == -1


def _check(field: str, value: object, is_good: bool, accepted: str) -> None:
    if not is_good:
        raise ConfigError(field, value, accepted)
