"""Event log: what happened, when, in a ring of fixed depth that is made once.

Event numbers are the public ones of the Dutch and IDIS meters (DSMR/SMR event table, OSGP), so
that a reading system knows them.
"""

from array import array

from micropython import const

POWER_UP = const(2)
CLOCK_INVALID = const(6)
NV_MEMORY_ERROR = const(14)
MEASUREMENT_ERROR = const(16)
VIEW_RESTARTED = const(15)

ERROR_BITS = {MEASUREMENT_ERROR: 1, NV_MEMORY_ERROR: 2, VIEW_RESTARTED: 4, CLOCK_INVALID: 8}


class EventLog:
    """The newest `depth` events; older ones are overwritten.

    total:  events ever logged, so `total - depth` tells how many are gone
    """

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.total = 0
        self.errors = 0  # bits of ERROR_BITS that were ever set since the start
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

    def newest(self, age: int) -> "tuple[int, int, int]":
        """Return (at_s, code, detail) of the event `age` events ago; IndexError if gone."""
        kept = min(self.total, self.depth)
        if not 0 <= age < kept:
            raise IndexError("event {}: accepted: 0..{}".format(age, kept - 1))
        slot = (self.total - 1 - age) % self.depth
        return self._at_s[slot], self._code[slot], self._detail[slot]
