"""The three display lists of the data sheet, automatic, manual, without mains, and the read-out's.

An item is a key of the register table; on the display TEST_RESOLUTION may be added.  History is
browsed and no item, so it cannot be on the automatic list.  The read-out list says which lines
mode A sends, in the order of the table: at 300 baud each of them costs some 0.7 s.
"""

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
READ_OUT = const(3)
MOST = (16, 30, 8, 255)  # items of each list
# Lengths of the display lists, their keys one after the other, a bit for each that is set where it
# has the resolution of the test, and a bit for each key of the table that is read out.
PACKED = const(96)

_NAMES = ("automatic list", "manual list", "battery list", "read-out list")
_KEYS_AT = const(3)
_TESTS_AT = const(57)
_READ_OUT_AT = const(64)
_DISPLAYS = const(3)
_STACK_IN_VERSION_2 = const(244)

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
    table.ACTIVE_EXPORT_T1,
    table.ACTIVE_EXPORT_T1 + 1,
    table.ACTIVE_EXPORT_T1 + 2,
    table.ACTIVE_EXPORT_T1 + 3,
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
# As the original family answers, beside what identifies the program: some 11 s at 300 baud.
_LINES = (
    table.SERIAL_NUMBER,
    table.OPERATING_TIME,
    table.ERRORS,
    table.FIRMWARE,
    table.ACTIVE_IMPORT_T1,
    table.ACTIVE_IMPORT_T1 + 1,
    table.ACTIVE_IMPORT_T1 + 2,
    table.ACTIVE_IMPORT_T1 + 3,
    table.MAX_DEMAND,
    table.PULSE_INPUT,
    table.PULSE_INPUT + 1,
    table.PULSE_INPUT + 2,
    table.PULSE_INPUT + 3,
    table.CHECKSUM,
    table.ACTIVE_EXPORT_T1,
    table.ACTIVE_EXPORT_T1 + 1,
    table.ACTIVE_EXPORT_T1 + 2,
    table.ACTIVE_EXPORT_T1 + 3,
)
_DEFAULTS = (_ENERGIES + _POWERS, _ENERGIES + _OTHERS, _WITHOUT_MAINS, _ENERGIES + _LINES)
# What the manual list always has: the total energies that the meter registers, its program.
_PROGRAM = (table.REACTIVE_QI, table.FIRMWARE, table.CHECKSUM)
_LEGAL = _ENERGIES + _PROGRAM


class Lists:
    """The lists of a meter, at first the usual ones of its kind.

    values:  reader of the register table

    items:   automatic, manual and battery list, and the lines of mode A
    """

    def __init__(self, values: "Values") -> None:
        self._values = values
        self._lines = values.keys(table.MODEA)
        keys = values.keys(table.LCD)
        # Where R+ is registered, its quadrants are no legal readings of their own.
        self._legal = [key for key in _LEGAL if key in keys]
        if table.REACTIVE_IMPORT in keys:
            self._legal.remove(table.REACTIVE_QI)
        self.items: Sequence[Sequence[int]] = [
            self._usual(which, keys)[: MOST[which]] for which in range(len(MOST))
        ]

    def _usual(self, which: int, keys: "Sequence[int]") -> "list[int]":
        if which == READ_OUT:
            return [key for key in self._lines if key in _DEFAULTS[READ_OUT]]
        left_out = set(_LEGAL) - set(self._legal)
        return [key for key in _DEFAULTS[which] if key in keys and key not in left_out]

    def put_first(self, key: int) -> None:
        """Have automatic and manual list begin with `key`, where there is room for it.  Hot."""
        for which in (AUTOMATIC, MANUAL):
            items = self.items[which]
            if key not in items and len(items) < MOST[which]:
                found = list(self.items)
                found[which] = [key] + list(items)  # noqa: RUF005  the board does not unpack
                self.items = found

    def leave_out(self, key: int) -> None:
        """Take `key` off all lists, but for the last item of the automatic list."""
        found = [[item for item in one if item != key] for one in self.items]
        self.items = [found[k] or self.items[k] for k in range(len(found))]

    def replace(self, items: "Sequence[Sequence[int]]") -> None:
        """Put other lists in force; ConfigError, with the old ones in force, as of check()."""
        self.check(items)
        self.items = items

    def check(self, items: "Sequence[Sequence[int]]") -> None:
        """Raise ConfigError, which names what is wrong, unless this meter can have `items`.

        The automatic list holds 1..16 items, the manual one up to 30 with all legal readings among
        them, the battery list 0..8; the read-out list holds any lines of mode A, at least one.
        """
        keys = self._values.keys(table.LCD)
        for which, name in enumerate(_NAMES):
            least = 0 if which == BATTERY else 1
            good = least <= len(items[which]) <= MOST[which]
            _check(name, len(items[which]), good, "{}..{} items".format(least, MOST[which]))
            for item in items[which]:
                if which == READ_OUT:
                    _check(name, item, item in self._lines, "lines that this meter can read out")
                    continue
                key = item & ~TEST_RESOLUTION
                good = key in keys and (item == key or _is_energy(key))
                _check(name, item, good, "what this meter's display can show")
        for key in self._legal:
            good = key in items[MANUAL]
            _check(_NAMES[MANUAL], "without " + table.text(key), good, "all legal readings")

    def pack(self) -> bytes:
        """Return PACKED bytes."""
        return pack(self.items)


def pack(items: "Sequence[Sequence[int]]") -> bytes:
    """Return `items`, which Lists.check() has let pass, as PACKED bytes."""
    packed = bytearray(PACKED)
    at = 0
    for which in range(_DISPLAYS):
        packed[which] = len(items[which])
        for item in items[which]:
            packed[_KEYS_AT + at] = item & 0xFF
            if item & TEST_RESOLUTION:
                packed[_TESTS_AT + (at >> 3)] |= 1 << (at & 7)
            at += 1
    for key in items[READ_OUT]:
        packed[_READ_OUT_AT + (key >> 3)] |= 1 << (key & 7)
    return bytes(packed)


def unpack(packed: bytes) -> "list[list[int]]":
    """Return the lists that pack() gave, checked for no more than their size."""
    _check("display lists", len(packed), len(packed) == PACKED, "96 bytes")
    _check(
        "display lists", sum(packed[:3]), sum(packed[:3]) <= _TESTS_AT - _KEYS_AT, "0..54 items"
    )
    lists = []
    at = 0
    for which in range(_DISPLAYS):
        found = []
        for _ in range(packed[which]):
            is_test = packed[_TESTS_AT + (at >> 3)] >> (at & 7) & 1
            found.append(packed[_KEYS_AT + at] + (TEST_RESOLUTION if is_test else 0))
            at += 1
        lists.append(found)
    read_out = packed[_READ_OUT_AT:]
    lists.append([key for key in range(8 * len(read_out)) if read_out[key >> 3] >> (key & 7) & 1])
    return lists


def from_version_2(packed: bytes) -> bytes:
    """Return the bytes of pack() that were stored when the stack's depth had a row of its own."""
    moved = bytearray(packed)
    for at in range(_KEYS_AT, _TESTS_AT):
        if moved[at] == _STACK_IN_VERSION_2:
            moved[at] = table.STACK_HIGH
    return bytes(moved)


def _is_energy(key: int) -> bool:
    exponent: int = table.row(key).exponent
    return exponent == -1


def _check(field: str, value: object, is_good: bool, accepted: str) -> None:
    if not is_good:
        raise ConfigError(field, value, accepted)
