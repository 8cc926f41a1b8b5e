"""Prepayment: how far the total of A+ may still run.

What is kept is not a balance that is counted down but the count of A+ at which the credit ends.
So nothing is stored as energy flows, and after a power cut the credit is as right as the register
of A+ is: a cut can neither give energy away nor take it twice.

Rules of the register A14 (Kamstrup 162M/382M technical description 5512-1040, page 42): it counts
the total, whatever the tariff; the breaker opens on working days only; 0 .. 9,999,999 kWh.
"""

import struct

from micropython import const

from meter.errors import ConfigError
from meter.units import CWH_PER_WH

PACKED = const(13)
TOKEN_BYTES = const(8)  # number of the top-up and Wh, 32 bits each

# What a step has brought.
NOTHING = const(0)
WARNING = const(1)
TRIP = const(2)

_FORM = "<IIIB"
_LARGEST_WH = 9_999_999_000
_LAST_NUMBER = const(0xFFFFFFFF)


class Prepayment:
    """One credit.

    end_cwh:   count of A+ at which it ends; what was used beyond it is owed
    number:    of the last top-up that was taken: each must be higher than the one before
    has_tripped, has_warned:  it did so once for this credit
    """

    def __init__(self) -> None:
        self.end_cwh = 0
        self.number = 0
        self.has_tripped = True  # nothing to disconnect for before the first credit
        self.has_warned = True

    def remaining_cwh(self, count_cwh: int) -> int:
        """Return what may still be used at count `count_cwh` of A+, 0 if nothing."""
        return max(0, self.end_cwh - count_cwh)

    def top_up(self, number: int, wh: int, count_cwh: int) -> None:
        """Add a credit of `wh`; ConfigError refuses one that was taken before.

        number: 1 .. 2**32-1, higher than that of every top-up before
        wh:     1 .. 9_999_999_000; what is owed is taken off
        """
        good = self.number < number <= _LAST_NUMBER
        _check("top-up number", number, good, "above {}".format(self.number))
        owed_from = self.end_cwh or count_cwh  # the very first credit starts here
        end_cwh = owed_from + wh * CWH_PER_WH
        good = wh > 0 and end_cwh - count_cwh <= _LARGEST_WH * CWH_PER_WH
        _check("top-up", wh, good, "1 Wh up to a credit of 9999999 kWh")
        self.end_cwh = end_cwh
        self.number = number
        if end_cwh > count_cwh:
            self.has_tripped = self.has_warned = False

    def step(self, count_cwh: int, warning_cwh: int, is_working_day: bool) -> int:
        """Look at the count of A+; return NOTHING, WARNING or TRIP, the latter two once."""
        if self.end_cwh <= count_cwh:
            if is_working_day and not self.has_tripped:
                self.has_tripped = self.has_warned = True
                return TRIP
        elif self.end_cwh - count_cwh <= warning_cwh and not self.has_warned:
            self.has_warned = True
            return WARNING
        return NOTHING

    def clear(self) -> None:
        """Forget the credit, as when the function is turned off; not which top-ups were taken."""
        self.end_cwh = 0
        self.has_tripped = self.has_warned = True

    def pack_into(self, record: bytearray, at: int) -> None:
        """Write PACKED bytes from `at`."""
        low, high = self.end_cwh & 0xFFFFFFFF, self.end_cwh >> 32
        flags = self.has_tripped | self.has_warned << 1 | 4
        struct.pack_into(_FORM, record, at, low, high, self.number, flags)

    def restore(self, record: bytearray, at: int) -> None:
        """Take what pack_into() wrote; zeros are no credit."""
        low, high, self.number, flags = struct.unpack_from(_FORM, record, at)
        self.end_cwh = low | high << 32
        if flags:
            self.has_tripped, self.has_warned = bool(flags & 1), bool(flags & 2)


def _check(field: str, value: int, is_good: bool, accepted: str) -> None:
    if not is_good:
        raise ConfigError(field, value, accepted)
