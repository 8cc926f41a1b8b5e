"""Settings of breaker, smart disconnect, limiter, prepayment and alarms: numbers with names.

They are stored apart from the meter's other settings and may be changed while it runs, through the
module area only.
"""

import struct

from micropython import const

from meter.control.curve import Curve
from meter.control.disconnector import MODES
from meter.errors import ConfigError
from meter.registers.table import KEYS

# Basis of the automatic disconnection; one excludes the others.
NONE = const(0)
POWER = const(1)
CURRENT = const(2)
PREPAYMENT = const(3)

_U32 = const(0xFFFFFFFF)
_I31 = const(0x3FFFFFFF)

# name, form when packed, default, lowest, highest
_NUMBERS = (
    ("mode", "B", 4, 0, MODES - 1),
    ("basis", "B", NONE, NONE, PREPAYMENT),
    ("limit", "I", 65_000, 1, 1_000_000),
    ("k1", "H", 200, 1, 1000),
    ("k2", "H", 150, 1, 1000),
    ("k3", "H", 110, 1, 1000),
    ("t1", "H", 10, 0, 65_535),
    ("t2", "H", 60, 0, 65_535),
    ("t3", "H", 600, 0, 65_535),
    ("reconnect_s", "H", 60, 0, 65_535),
    ("short_ma", "I", 150_000, 1, 10_000_000),
    ("warning_wh", "I", 10_000, 0, _I31),
    ("key", "B", 0, 0, KEYS - 1),
    ("normal", "I", 0, 0, _I31),
    ("emergency", "I", 0, 0, _I31),
    ("min_over_s", "I", 60, 0, _I31),
    ("min_under_s", "I", 60, 0, _I31),
    ("profile_id", "H", 0, 0, 0xFFFF),
    ("activation_s", "I", 0, 0, _U32),
    ("duration_s", "I", 0, 0, _U32),
    ("group_1", "H", 0, 0, 0xFFFF),
    ("group_2", "H", 0, 0, 0xFFFF),
    ("group_3", "H", 0, 0, 0xFFFF),
    ("group_4", "H", 0, 0, 0xFFFF),
    ("over_action", "B", 1, 0, 2),
    ("under_action", "B", 2, 0, 2),
    ("alarm_filter", "I", _U32, 0, _U32),
    ("nominal_mv", "I", 230_000, 50_000, 400_000),
)
LIMITER = (  # what the limiter has of them
    "key",
    "normal",
    "emergency",
    "min_over_s",
    "min_under_s",
    "profile_id",
    "activation_s",
    "duration_s",
    "over_action",
    "under_action",
)
_FORM = "<" + "".join([row[1] for row in _NUMBERS])
PACKED = const(73)


class ControlSettings:
    """Numbers by name; ConfigError names the first that is refused.

    mode:        of the disconnect control, 0..6
    basis:       NONE, POWER, CURRENT or PREPAYMENT
    limit:       Pd in W or Id in mA, which the three steps of curve.Curve refer to
    k1, k2, k3:  percent; t1, t2, t3: s
    reconnect_s: after a smart disconnection, until the breaker may close again
    short_ma:    Ik, rms of any phase above which the breaker never opens
    warning_wh:  credit at which prepayment warns
    key .. under_action:  see limiter.Limiter; group 0 is none
    alarm_filter:  bits of the alarm register that may be set
    nominal_mv:  Un of the voltage quality
    """

    mode: int
    basis: int
    limit: int
    reconnect_s: int
    short_ma: int
    warning_wh: int
    alarm_filter: int
    nominal_mv: int

    def __init__(self, **numbers: int) -> None:
        for name, _, default, low, high in _NUMBERS:
            value = numbers.pop(name, default)
            if not low <= value <= high:
                raise ConfigError(name, value, "{}..{}".format(low, high))
            setattr(self, name, value)
        for name in numbers:
            raise ConfigError("control", name, ", ".join([row[0] for row in _NUMBERS]))
        self.curve()

    def curve(self) -> Curve:
        """Return the Curve that they say."""
        return Curve(self.limit, self._three("k"), self._three("t"))

    def _three(self, letter: str) -> "tuple[int, ...]":
        return tuple([getattr(self, letter + digit) for digit in "123"])

    def groups(self) -> "tuple[int, ...]":
        """Return the limiter's group ids."""
        found = [getattr(self, "group_" + digit) for digit in "1234"]
        return tuple([group for group in found if group])

    def changed(self, text: str) -> "ControlSettings":
        """Return the settings with what `text` says: "mode=5,limit=32000"."""
        numbers = {row[0]: getattr(self, row[0]) for row in _NUMBERS}
        for item in text.split(","):
            name, _, value = item.partition("=")
            if name not in numbers or not value or not all("0" <= c <= "9" for c in value):
                raise ConfigError("control", item, "name=number of " + ", ".join(numbers))
            numbers[name] = int(value)
        return ControlSettings(**numbers)

    def text(self) -> str:
        """Return all of them as changed() takes them, 450 characters at most."""
        return ",".join(["{}={}".format(row[0], getattr(self, row[0])) for row in _NUMBERS])

    def pack(self) -> bytes:
        """Return PACKED bytes."""
        return struct.pack(_FORM, *[getattr(self, row[0]) for row in _NUMBERS])


def unpack(packed: bytes) -> ControlSettings:
    """Return the settings that pack() gave; ConfigError if the bytes are none."""
    if len(packed) != PACKED:
        raise ConfigError("control", len(packed), "{} bytes".format(PACKED))
    numbers = struct.unpack(_FORM, packed)
    return ControlSettings(**{row[0]: n for row, n in zip(_NUMBERS, numbers)})  # noqa: B905
