"""Events: what happened, when.  The newest are in RAM; the book keeps them on the store.

Event numbers are the public ones of the Dutch and IDIS meters (DSMR/SMR event table, OSGP), so
that a reading system knows them; 49..59 and 250 are this meter's own.
"""

from array import array

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Protocol

    class Book(Protocol):
        """Keeper of events, see journal.event_book.EventBook."""

        def note(self, log: int, at_s: int, code: int, detail: int) -> None:
            """Take an event for `log`."""


POWER_DOWN = const(1)
POWER_UP = const(2)  # detail: 0, or WITHOUT_RESTART
CLOCK_UPDATED = const(3)  # also daylight saving
CLOCK_OLD = const(4)  # the time before it was set
CLOCK_NEW = const(5)
CLOCK_INVALID = const(6)
BATTERY_REPLACE = const(7)
BATTERY_LOW = const(8)
TARIFF_ACTIVATED = const(9)
ERRORS_CLEARED = const(10)
ALARMS_CLEARED = const(11)
PROGRAM_ERROR = const(12)
RAM_ERROR = const(13)
NV_MEMORY_ERROR = const(14)
VIEW_RESTARTED = const(15)  # "watchdog"
# Detail: losses of samples so far, SILENT, OVERRANGE, OVERRANGE_U, a fault of metrology/faults.py.
MEASUREMENT_ERROR = const(16)
TERMINAL_COVER_REMOVED = const(40)
TERMINAL_COVER_CLOSED = const(41)
FIELD_ON = const(42)
FIELD_OFF = const(43)
COVER_REMOVED = const(44)
COVER_CLOSED = const(45)
LOGIN_FAILED = const(46)
PARAMETER_OLD = const(47)  # of a legal parameter; detail: its old value
KEY_EXCHANGED = const(48)
PARAMETER_NEW = const(49)  # the new value; follows 47
DEFAULT_KEYS = const(50)  # keys or password are those of the lab
PROFILE_ERASED = const(51)  # or the period was changed; detail: the period, minutes
BREAKER_RESTORED = const(52)  # does again what it should
RELEASED = const(53)  # for reconnection by the button
CREDIT_LOW = const(54)  # detail: what is left, Wh
CREDIT_USED = const(55)
CREDIT_ADDED = const(56)  # detail: Wh
CURRENT_WITHOUT_VOLTAGE = const(57)  # detail: the phase, with how long it was, see watch.py
MODULE_REMOVED = const(58)  # the cover of the module area
MODULE_CLOSED = const(59)
DISCONNECTED_MANUALLY = const(60)
CONNECTED_MANUALLY = const(61)
DISCONNECTED_REMOTELY = const(62)
CONNECTED_REMOTELY = const(63)
DISCONNECTED_LOCALLY = const(64)
LIMITER_EXCEEDED = const(65)
LIMITER_OK = const(66)
LIMITER_CHANGED = const(67)
BREAKER_FAILED = const(68)
CONNECTED_LOCALLY = const(69)
UNDERVOLTAGE = const(76)  # L1; L2 and L3 follow, as with the next three
OVERVOLTAGE = const(79)
VOLTAGE_MISSING = const(82)
VOLTAGE_NORMAL = const(85)
PHASE_REVERSAL = const(88)
NEUTRAL_MISSING = const(89)
PHASE_ASYMMETRY = const(90)
CURRENT_REVERSAL = const(91)
BAD_VOLTAGE = const(92)
EVENTS_LOST = const(250)  # detail: how many did not fit the queue
LOG_CLEARED = const(255)

# Logs, in the order of journal.store_map.EVENT_LOGS.
STATUS = const(0)
VOLTAGE = const(1)
CLOCK = const(2)
DISCONNECT = const(3)
LEGAL = const(4)
POWER = const(5)
PERIOD = const(6)
LOGS = const(7)
DEPTHS = (200, 200, 78, 78, 20, 39, 10)

_LOG_OF = (  # first code, last code, log
    (POWER_DOWN, POWER_UP, POWER),
    (CLOCK_UPDATED, CLOCK_INVALID, CLOCK),
    (PARAMETER_OLD, PARAMETER_OLD, LEGAL),
    (PARAMETER_NEW, PARAMETER_NEW, LEGAL),
    (PROFILE_ERASED, PROFILE_ERASED, PERIOD),
    (BREAKER_RESTORED, CREDIT_ADDED, DISCONNECT),
    (DISCONNECTED_MANUALLY, CONNECTED_LOCALLY, DISCONNECT),
    (UNDERVOLTAGE, BAD_VOLTAGE + 2, VOLTAGE),
)

_ALL_ALARMS = const(0xFFFFFFFF)
WITHOUT_RESTART = const(1)  # the supply came back before the processor stopped
SILENT = const(-2)  # detail of MEASUREMENT_ERROR: no window came in time
OVERRANGE = const(-1)  # a current beyond the least sensitive range
OVERRANGE_U = const(-3)  # a voltage at the end of its scale

ERROR_BITS = {MEASUREMENT_ERROR: 1, NV_MEMORY_ERROR: 2, VIEW_RESTARTED: 4, CLOCK_INVALID: 8}
ERROR_BITS[BREAKER_FAILED] = 16
ERROR_BITS[DEFAULT_KEYS] = 32
ERROR_BITS[PROGRAM_ERROR] = 64
ERROR_BITS[RAM_ERROR] = 128

# Alarms: the bit that an event sets, for its first code and each that follows.  This meter's own
# order; a reading system learns it from docs/control.md.
_ALARM_OF = (  # first code, last code, bit of the first
    (POWER_UP, POWER_UP, 0),
    (CLOCK_UPDATED, CLOCK_UPDATED, 1),
    (CLOCK_NEW, CLOCK_INVALID, 1),
    (BATTERY_REPLACE, BATTERY_LOW, 3),
    (PROGRAM_ERROR, MEASUREMENT_ERROR, 5),
    (TERMINAL_COVER_REMOVED, TERMINAL_COVER_REMOVED, 10),
    (FIELD_ON, FIELD_ON, 11),
    (COVER_REMOVED, COVER_REMOVED, 12),
    (LOGIN_FAILED, PARAMETER_OLD, 13),
    (LIMITER_EXCEEDED, LIMITER_EXCEEDED, 15),
    (BREAKER_FAILED, BREAKER_FAILED, 16),
    (CREDIT_LOW, CREDIT_USED, 17),
    (MODULE_REMOVED, MODULE_REMOVED, 19),
    (CURRENT_WITHOUT_VOLTAGE, CURRENT_WITHOUT_VOLTAGE, 20),
    (PHASE_REVERSAL, CURRENT_REVERSAL, 21),
    (UNDERVOLTAGE, UNDERVOLTAGE + 2, 25),
    (VOLTAGE_MISSING, VOLTAGE_MISSING + 2, 28),
)


def log_of(code: int) -> int:
    """Return the log that event `code` belongs to, STATUS if to none in particular."""
    for first, last, log in _LOG_OF:
        if first <= code <= last:
            return log
    return STATUS


def alarm_of(code: int) -> int:
    """Return the alarm that event `code` raises, as a bit in its place; 0 if none."""
    for first, last, bit in _ALARM_OF:
        if first <= code <= last:
            return 1 << bit + code - first
    return 0


class EventLog:
    """The newest `depth` events in RAM; older ones are overwritten there.

    book:   where every event is kept, see Book

    total:   events ever logged, so `total - depth` tells how many are gone
    alarms:  what was raised and not cleared since, see alarm_of
    alarm_filter:  which alarms may be raised
    """

    def __init__(self, depth: int, book: "Book") -> None:
        self.depth = depth
        self.total = 0
        self.errors = 0  # bits of ERROR_BITS that were ever set since the start
        self.alarms = 0
        self.alarm_filter = _ALL_ALARMS
        self._book = book
        self._at_s = array("I", [0] * depth)
        self._code = array("B", [0] * depth)
        self._detail = array("i", [0] * depth)

    def log(self, at_s: int, code: int, detail: int) -> None:
        """Note event `code` at UTC second `at_s`; detail: a number the code explains, 32 bits."""
        slot = self.total % self.depth
        self._at_s[slot] = at_s
        self._code[slot] = code
        self._detail[slot] = detail
        self.total += 1
        self.errors |= ERROR_BITS.get(code, 0)
        self.alarms |= alarm_of(code) & self.alarm_filter
        self._book.note(log_of(code), at_s, code, detail)

    def newest(self, age: int) -> "tuple[int, int, int]":
        """Return (at_s, code, detail) of the event `age` events ago; IndexError if gone."""
        kept = min(self.total, self.depth)
        if not 0 <= age < kept:
            raise IndexError("event {}: accepted: 0..{}".format(age, kept - 1))
        slot = (self.total - 1 - age) % self.depth
        return self._at_s[slot], self._code[slot], self._detail[slot]
