"""The meter's settings, checked once, when they are made."""

import struct

from micropython import const

from meter.errors import ConfigError

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

PACKED = const(99)

# X5: energies that are registered, bits in the order of the ledger: A+ A- QI QII QIII QIV.
A_PLUS_ONLY = const(0b000001)
A_PLUS_A_MINUS = const(0b000011)
A_PLUS_R1 = const(0b000101)
ALL_ENERGIES = const(0b111111)

# name, form when packed, default, lowest and highest, or what is accepted
_NUMBERS = (
    ("booking", "B", 0, (0, 2)),
    ("systems", "B", 0, (0, 3)),
    ("creep_mw", "I", 2300, (1, 100_000)),
    ("pulses_per_kwh", "H", 1000, (1, 10_000)),
    ("pulse_ms", "B", 30, (0, 0, 30, 80)),
    ("led_when_idle", "B", 0, (0, 1)),
    ("decimals", "B", 0, (0, 1)),
    ("energies", "B", ALL_ENERGIES, (0, 0, A_PLUS_ONLY, A_PLUS_A_MINUS, A_PLUS_R1, ALL_ENERGIES)),
    ("period_min", "B", 15, (0, 0, 5, 15, 30, 60)),
    ("tariffs", "B", 8, (0, 0, 1, 2, 4, 8)),
    ("tariff_source", "B", 1, (0, 3)),
    ("fallback_tariff", "B", 1, (1, 8)),
    ("gmt_code", "B", 1, (0, 23)),
    ("summer_time", "B", 1, (0, 1)),
    ("target_day", "B", 1, (0, 28)),
    ("interval", "B", 1, (0, 24)),
    ("peak_tariff", "B", 0, (0, 2)),
    ("pulse_unit", "B", 0, (0, 3)),
    ("pulse_milli", "I", 1000, (1, 1_000_000)),
    ("pulse_count", "H", 1, (1, 10_000)),
    ("threshold_w", "I", 0, (0, 999_999)),
    ("clock_limit_s", "B", 9, (1, 60)),
    ("has_clock", "B", 1, (0, 1)),
    ("sign_on", "B", 0, (0, 1)),
    ("module_baud", "B", 5, (0, 9)),
    ("order", "Q", 6_610_181_007, (0, 78_364_164_095)),
    ("country", "H", 10, (0, 999)),
    ("config_1", "I", 11000002, (0, 99_999_999)),
    ("config_2", "I", 1011, (0, 99_999_999)),
    ("config_3", "I", 1000, (0, 99_999_999)),
    ("config_4", "I", 100, (0, 99_999_999)),
    ("config_5", "H", 0, (0, 999)),
)
_FORM = "<16s3s16s" + "".join([row[1] for row in _NUMBERS])


class Settings:
    """What distinguishes one meter from another; ConfigError names the first setting refused.

    All are given by name; codes are those of the data sheet, see meter/codes.

    serial:           1..16 digits, shown and read out, also the address on the optical port
    manufacturer:     three letters, upper case
    type_code:        1..16 printable characters of the mode A identification, without "/" and "!"
    booking:          booking.INDIVIDUAL or VECTOR, THREE_WIRE for the Aron connection (X1)
    systems:          that are connected: 1 for 1 x 230 V, 2 for 2 x 230/400 V; 0: all there are
    creep_mw:         mW per phase, 1..100_000; default 0.5 * 20 mA * 230 V (X2, X3)
    pulses_per_kwh:   1..10_000
    pulse_ms:         30 or 80 (I)
    led_when_idle:    1: LED on without consumption (B)
    decimals:         0 or 1, kWh digits behind the point (A)
    energies:         bits of what is registered (X5)
    period_min:       integration period of load profile and demand: 5, 15, 30, 60 min (E)
    tariffs:          1, 2, 4, 8 (X7)
    tariff_source:    tariff_source.SINGLE, PLAN, INPUTS or COMMAND
    fallback_tariff:  1..tariffs, while the source says nothing
    gmt_code:         0..23 (LL)
    summer_time:      0 none, 1 EU (PPP)
    target_day, interval:  of billing, 0..28 and 0..24 (GG, HH)
    peak_tariff:      0 overall, 1, 2: in which tariff peaks count (K)
    pulse_unit:       0 none, 1 kWh, 2 m3, 3 L (NN); `pulse_count` pulses are `pulse_milli`
                      thousandths of it
    threshold_w:      mean power that is counted when exceeded, W; 0 none
    clock_limit_s:    largest step that only adjusts the clock, 1..60 s
    has_clock:        0: without a real-time clock nothing goes by it (X6, CCC)
    sign_on:          of the optical port: 0 mode A, 1 mode E, which proposes 9600 baud
    module_baud:      0 300, 1 600, 2 1200, 3 2400, 4 4800, 5 9600, 6 19,200, 7 38,400, 8 57,600,
                      9 115,200 baud
    order, country:   X1..X7 as a number to the base 36, X8 X9 X10
    config_1..5:      digits of the configurations, without dashes
    """

    serial: str
    manufacturer: str
    type_code: str
    booking: int
    systems: int
    creep_mw: int
    pulses_per_kwh: int
    pulse_ms: int
    led_when_idle: int
    decimals: int
    energies: int
    period_min: int
    tariffs: int
    tariff_source: int
    fallback_tariff: int
    gmt_code: int
    summer_time: int
    target_day: int
    interval: int
    peak_tariff: int
    pulse_unit: int
    pulse_milli: int
    pulse_count: int
    threshold_w: int
    clock_limit_s: int
    has_clock: int
    sign_on: int
    module_baud: int
    order: int
    country: int
    config_1: int
    config_2: int
    config_3: int
    config_4: int
    config_5: int

    def __init__(
        self,
        *,
        serial: str = "00000000",
        manufacturer: str = "KAM",
        type_code: str = "68431BJ4B3010",
        **numbers: int,
    ) -> None:
        _check("serial", serial, 1 <= len(serial) <= 16 and _is_digits(serial), "1..16 digits")
        _check("manufacturer", manufacturer, _is_code(manufacturer), "three letters A..Z")
        _check(
            "type_code",
            type_code,
            _is_printable(type_code),
            "1..16 printable characters, no / or !",
        )
        self.serial = serial
        self.manufacturer = manufacturer
        self.type_code = type_code
        for name, _, default, accepted in _NUMBERS:
            value = int(numbers.pop(name, default))
            if len(accepted) > 2:
                _check(name, value, value in accepted[2:], "one of {}".format(accepted[2:]))
            else:
                low, high = accepted
                _check(name, value, low <= value <= high, "{}..{}".format(low, high))
            setattr(self, name, value)
        for name in numbers:
            raise ConfigError("settings", name, ", ".join([row[0] for row in _NUMBERS]))
        accepted_text = "1..{}, the tariffs of this meter".format(self.tariffs)
        good = self.fallback_tariff <= self.tariffs
        _check("fallback_tariff", self.fallback_tariff, good, accepted_text)

    @property
    def channels(self) -> int:
        """Channels of the load profile: 1 A+, 2 A+ A-, 4 A+ A- R+ R-."""
        if self.energies in (A_PLUS_ONLY, A_PLUS_R1):
            return 1
        return 2 if self.energies == A_PLUS_A_MINUS else 4

    @property
    def has_breaker(self) -> bool:
        """True if the order number says so: X6 B to G, X4 D or E."""
        x6, x4 = self.order // 36 % 36, self.order // 36**3 % 36
        return 11 <= x6 <= 16 or x4 in (13, 14)

    @property
    def has_battery(self) -> bool:
        """True if the order number says so: X6 2, 4, 5, B, D or E."""
        return self.order // 36 % 36 in (2, 4, 5, 11, 13, 14)

    @property
    def configurations(self) -> "Sequence[int]":
        """Configurations 1..5."""
        return self.config_1, self.config_2, self.config_3, self.config_4, self.config_5

    def pack(self) -> bytes:
        """Return PACKED bytes."""
        texts = [text.encode() for text in (self.serial, self.manufacturer, self.type_code)]
        return struct.pack(_FORM, *texts, *[getattr(self, row[0]) for row in _NUMBERS])


def unpack(packed: bytes) -> Settings:
    """Return the settings that pack() gave; ConfigError if the bytes are none."""
    _check("settings", len(packed), len(packed) == PACKED, "99 bytes")
    fields = struct.unpack(_FORM, packed)
    texts = [_text(field) for field in fields[:3]]
    numbers = {row[0]: number for row, number in zip(_NUMBERS, fields[3:])}  # noqa: B905
    return Settings(serial=texts[0], manufacturer=texts[1], type_code=texts[2], **numbers)


def _text(field: bytes) -> str:
    return bytes([byte for byte in field if byte]).decode()


def _check(field: str, value: object, is_good: bool, accepted: str) -> None:
    if not is_good:
        raise ConfigError(field, value, accepted)


def _is_digits(text: str) -> bool:
    return all("0" <= c <= "9" for c in text)


def _is_code(text: str) -> bool:
    return len(text) == 3 and all("A" <= c <= "Z" for c in text)


def _is_printable(text: str) -> bool:
    return 1 <= len(text) <= 16 and all(" " <= c <= "~" and c not in "/!" for c in text)
