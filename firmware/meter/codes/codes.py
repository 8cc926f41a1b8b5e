"""The codes of one meter: checked together, packed, and what they mean in numbers."""

from micropython import const

from meter.codes import combinations, fields
from meter.errors import ConfigError

PACKED = const(32)

DEFAULTS = (
    "684-31BJ4B3010",
    "1-1-000-00-2",
    "000-01-01-1",
    "00-0-01-0-00",
    "000-001-00",
    "000",
)

# Of a meter without a clock: what goes by one is controlled externally, or there is none.
_WITHOUT_CLOCK = {"config2": "000-00-00-1", "config4": "000-000-00"}

_ENERGIES = {"1": "A+", "2": "A+ A-", "4": "A+ A- R+ R-", "5": "A+ R1"}
_REFERENCE_A = {"1": 5, "4": 5, "6": 10, "7": 10, "8": 5}  # X2: 0.25-5(105) A and so on
_MAXIMUM_A = {"1": 105, "4": 65, "6": 60, "7": 85, "8": 85}
_TARIFFS = {"1": 1, "2": 2, "3": 8, "4": 4}
_PERIODS_MIN = {"1": 5, "2": 15, "3": 30, "4": 60}
_PULSES_MS = {"1": 30, "3": 80}


class Codes:
    """Order number and configurations 1-5; ConfigError names the field, its value and the reason.

    Each is written as on the type label; one that is not given is that of DEFAULTS, or without a
    clock what needs none.
    """

    def __init__(self, **given: str) -> None:
        for name in given:
            if name not in fields.NAMES:
                raise ConfigError("code", name, ", ".join(fields.NAMES))
        self._values: dict[str, str] = {}
        for code in range(fields.CODES):
            text = given.get(fields.NAMES[code], DEFAULTS[code])
            self._values.update(fields.parse(code, text))
        if not self.has_clock:
            for name, text in _WITHOUT_CLOCK.items():
                if name not in given:
                    self._values.update(fields.parse(fields.NAMES.index(name), text))
        combinations.check(self._values)

    def value(self, field: str) -> str:
        """Return a field by its name as it is written: "HH" is "01"."""
        return self._values[field]

    def number(self, field: str) -> int:
        """Return a field of digits as a number."""
        return int(self._values[field])

    def text(self, code: int) -> str:
        """Return a code as it is written, fields.ORDER or 1..5."""
        return fields.join(code, self._values)

    def pack(self) -> bytes:
        """Return PACKED bytes: per field one, two little-endian for three digits."""
        packed = bytearray()
        for code in range(fields.CODES):
            for name, _ in fields.fields(code):
                value = self._values[name]
                number = ord(value) if len(value) == 1 else int(value)
                packed.append(number & 0xFF)
                if len(value) == 3:
                    packed.append(number >> 8)
        return bytes(packed)

    @property
    def energies(self) -> "tuple[str, ...]":
        """Energy types that the meter registers, of "A+", "A-", "R+", "R-", "R1" (X5)."""
        return tuple(_ENERGIES[self.value("X5")].split(" "))

    @property
    def has_two_elements(self) -> bool:
        """True for three-wire (Aron) connection, 3x230 V (X1)."""
        return self.value("X1") == "2"

    @property
    def reference_ma(self) -> int:
        """Reference current, mA (X2)."""
        return _REFERENCE_A[self.value("X2")] * 1000

    @property
    def maximum_ma(self) -> int:
        """Maximum current, mA (X2)."""
        return _MAXIMUM_A[self.value("X2")] * 1000

    @property
    def starting_ma(self) -> int:
        """Starting current, mA: EN 50470-3, 0.05 (class A) or 0.04 of a tenth of the reference."""
        return self.reference_ma * (5 if self.value("X3") == "A" else 4) // 1000

    @property
    def tariffs(self) -> int:
        """How many tariffs there are, 1, 2, 4 or 8 (X7)."""
        return _TARIFFS[self.value("X7")]

    @property
    def has_clock(self) -> bool:
        """True with a real-time clock (X6, CCC)."""
        return combinations.has_clock(self._values)

    @property
    def has_breaker(self) -> bool:
        """True with a breaker (X4, X6)."""
        return combinations.has_breaker(self._values)

    @property
    def decimals(self) -> int:
        """Decimals of an energy on the display, 0 or 1 (A)."""
        return self.number("A") - 1

    @property
    def led_when_idle(self) -> bool:
        """True if the LED is on without consumption (B)."""
        return self.value("B") == "2"

    @property
    def period_min(self) -> int:
        """Integration period, 5, 15, 30 or 60 min (E)."""
        return _PERIODS_MIN[self.value("E")]

    @property
    def pulse_ms(self) -> int:
        """Length of a pulse, 30 or 80 ms (I)."""
        return _PULSES_MS[self.value("I")]

    def check_energies(self, field: str, wanted: "tuple[str, ...]") -> None:
        """Raise ConfigError if `field`, such as the load profile, wants an energy not measured."""
        for energy in wanted:
            if energy not in self.energies:
                accepted = "{}, what X5 {} registers".format(
                    " ".join(self.energies), self.value("X5")
                )
                raise ConfigError(field, energy, accepted)


def unpack(packed: bytes) -> Codes:
    """Return the codes that pack() gave; ConfigError if the bytes are none."""
    if len(packed) != PACKED:
        raise ConfigError("codes", len(packed), "32 bytes")
    given = {}
    at = 0
    for code in range(fields.CODES):
        values = {}
        for name, listed in fields.fields(code):
            width = fields.width(listed)
            number = packed[at]
            at += 1
            if width == 3:
                number |= packed[at] << 8
                at += 1
            values[name] = chr(number) if width == 1 else "{:0{}d}".format(number, width)
        given[fields.NAMES[code]] = fields.join(code, values)
    return Codes(**given)
