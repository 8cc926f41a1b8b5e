"""Pulse input: another meter's pulses, debounced, scaled and counted in its own unit."""

import struct

from micropython import const

from meter.errors import ConfigError

UNIT_NONE = const(0)  # NN of the data sheet, configuration 3
UNIT_KWH = const(1)
UNIT_M3 = const(2)
UNIT_LITRE = const(3)
PACKED = const(7)

WRAP_MILLI = 10_000_000_000  # seven digits before the point
_UNITS = const(4)
_LARGEST_STEP_MILLI = const(1_000_000)
_LARGEST_PULSES = const(10_000)


class Debounce:
    """A contact that is believed when it has rested for a while.

    rest_ms:  1..1000 ms without change; pulse and pause must both be longer

    is_closed:  the contact as it is believed
    """

    def __init__(self, rest_ms: int) -> None:
        _check("debounce", rest_ms, 1 <= rest_ms <= 1000, "1..1000 ms")
        self._rest_ms = rest_ms
        self._was_closed = False
        self._still_ms = 0
        self.is_closed = False

    def step(self, is_closed: bool, elapsed_ms: int) -> bool:
        """Take the contact `elapsed_ms` after the last call; return True once it has closed.

        To be called at least twice within a pulse and within a pause.
        """
        if is_closed != self._was_closed:
            self._was_closed = is_closed
            self._still_ms = 0
            return False
        self._still_ms += elapsed_ms
        if is_closed == self.is_closed or self._still_ms < self._rest_ms:
            return False
        self.is_closed = is_closed
        return is_closed


class PulseInput:
    """A counter of scaled pulses: `pulses` of them are `milli` thousandths of the unit, exactly.

    unit:    NN, UNIT_NONE .. UNIT_LITRE
    milli:   1..1_000_000 thousandths of the unit
    pulses:  1..10_000

    total_milli:  0 .. WRAP_MILLI - 1, thousandths of the unit
    """

    def __init__(self, unit: int = UNIT_NONE, milli: int = 1000, pulses: int = 1) -> None:
        _check("NN", unit, 0 <= unit < _UNITS, "0 none, 1 kWh, 2 m3, 3 L")
        good = 1 <= milli <= _LARGEST_STEP_MILLI
        _check("pulse value", milli, good, "1..1000000 thousandths")
        _check("pulses", pulses, 1 <= pulses <= _LARGEST_PULSES, "1..10000")
        self.unit = unit
        self._milli = milli
        self._pulses = pulses
        self._rest = 0  # of the division by _pulses
        self.total_milli = 0

    def add(self, n: int) -> None:
        """Count `n` pulses, 0..1_000_000."""
        whole, self._rest = divmod(self._rest + n * self._milli, self._pulses)
        self.total_milli = (self.total_milli + whole) % WRAP_MILLI

    def preset(self, total_milli: int) -> None:
        """Set the counter to what the other meter shows, 0 .. WRAP_MILLI - 1."""
        good = 0 <= total_milli < WRAP_MILLI
        _check("pulse counter", total_milli, good, "0..9999999999 thousandths")
        self.total_milli = total_milli
        self._rest = 0

    def pack_into(self, record: bytearray, at: int) -> None:
        """Write the counter: PACKED bytes from `at`."""
        low, high = self.total_milli & 0xFFFFFFFF, self.total_milli >> 32
        struct.pack_into("<IBH", record, at, low, high, self._rest)

    def restore(self, record: bytearray, at: int) -> None:
        """Take what pack_into() wrote; a rest is dropped if the scale has changed since."""
        low, high, rest = struct.unpack_from("<IBH", record, at)
        self.total_milli = (low | high << 32) % WRAP_MILLI
        self._rest = rest if rest < self._pulses else 0


def _check(field: str, value: int, is_good: bool, accepted: str) -> None:
    if not is_good:
        raise ConfigError(field, value, accepted)
