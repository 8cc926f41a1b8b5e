"""The meter's settings, checked once, when they are made."""

from meter.errors import ConfigError
from meter.ledger.booking import INDIVIDUAL, VECTOR


class Settings:
    """What distinguishes one meter from another; ConfigError names the first setting refused.

    serial:           1..16 digits, shown and read out, also the address on the optical port
    manufacturer:     three letters, upper case
    type_code:        1..16 printable characters of the mode A identification, without "/" and "!"
    booking:          INDIVIDUAL or VECTOR (the three-wire connection needs VECTOR)
    creep_mw:         mW per phase, 1..100_000; default 0.5 * 20 mA * 230 V (class B, 5(105) A)
    pulses_per_kwh:   1..10_000 (data sheet: 1000)
    pulse_ms:         30 or 80 (data sheet, configuration 2 I)
    led_when_idle:    True: LED on without consumption (data sheet, configuration 1 B = 2)
    decimals:         0 or 1, kWh digits behind the point (data sheet, configuration 1 A)
    """

    def __init__(  # noqa: PLR0913  a record of settings, given by name
        self,
        *,
        serial: str = "00000000",
        manufacturer: str = "KAM",
        type_code: str = "68431BJ4B3010",
        booking: int = INDIVIDUAL,
        creep_mw: int = 2300,
        pulses_per_kwh: int = 1000,
        pulse_ms: int = 30,
        led_when_idle: bool = False,
        decimals: int = 0,
    ) -> None:
        _check("serial", serial, 1 <= len(serial) <= 16 and _is_digits(serial), "1..16 digits")
        _check("manufacturer", manufacturer, _is_code(manufacturer), "three letters A..Z")
        _check(
            "type_code",
            type_code,
            _is_printable(type_code),
            "1..16 printable characters, no / or !",
        )
        _check("booking", booking, booking in (INDIVIDUAL, VECTOR), "INDIVIDUAL or VECTOR")
        _check("creep_mw", creep_mw, 1 <= creep_mw <= 100_000, "1..100000 mW")
        _check("pulses_per_kwh", pulses_per_kwh, 1 <= pulses_per_kwh <= 10_000, "1..10000")
        _check("pulse_ms", pulse_ms, pulse_ms in (30, 80), "30 or 80")
        _check("decimals", decimals, decimals in (0, 1), "0 or 1")
        self.serial = serial
        self.manufacturer = manufacturer
        self.type_code = type_code
        self.booking = booking
        self.creep_mw = creep_mw
        self.pulses_per_kwh = pulses_per_kwh
        self.pulse_ms = pulse_ms
        self.led_when_idle = bool(led_when_idle)
        self.decimals = decimals


def _check(field: str, value: object, is_good: bool, accepted: str) -> None:
    if not is_good:
        raise ConfigError(field, value, accepted)


def _is_digits(text: str) -> bool:
    return all("0" <= c <= "9" for c in text)


def _is_code(text: str) -> bool:
    return len(text) == 3 and all("A" <= c <= "Z" for c in text)


def _is_printable(text: str) -> bool:
    return 1 <= len(text) <= 16 and all(" " <= c <= "~" and c not in "/!" for c in text)
