"""Settings from the codes: what each field of the data sheet makes the meter do.

Imported only where codes are given or changed; a running meter has the settings and not the codes.
"""

from micropython import const

from meter.codes import fields
from meter.codes.codes import Codes
from meter.config import A_PLUS_A_MINUS, A_PLUS_ONLY, A_PLUS_R1, ALL_ENERGIES, Settings
from meter.errors import ConfigError, SealError

# Of ledger.booking.
_INDIVIDUAL = const(0)
_THREE_WIRE = const(2)

# Sources of calendar.tariff_source, chosen by X7 and CCC.
_SINGLE = const(0)
_PLAN = const(1)
_INPUTS = const(2)
_TARIFF_MODULES = ("008", "018")

_NOMINAL_V = const(230)
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ENERGIES = {"1": A_PLUS_ONLY, "2": A_PLUS_A_MINUS, "4": ALL_ENERGIES, "5": A_PLUS_R1}
_CODE_FIELDS = {
    "gmt_code": "LL",
    "summer_time": "PPP",
    "target_day": "GG",
    "interval": "HH",
    "peak_tariff": "K",
    "pulse_unit": "NN",
}
# Settings that no code says.
OTHERS = (
    "booking",
    "systems",
    "pulse_milli",
    "pulse_count",
    "threshold_w",
    "clock_limit_s",
    "fallback_tariff",
    "sign_on",
    "module_baud",
)
# What lies behind the verification seal: the order number, and the fields "locked" on the sheet.
LEGAL = (
    "order",
    "country",
    "type_code",
    "serial",
    "manufacturer",
    "booking",
    "systems",
    "creep_mw",
    "pulses_per_kwh",
    "energies",
    "tariffs",
    "decimals",
    "led_when_idle",
    "has_clock",
)


def settings_of(
    codes: Codes, serial: str = "00000000", manufacturer: str = "KAM", **others: int
) -> Settings:
    """Return the settings of a meter with these codes.

    others:  settings that no code says, by name: pulse_milli, pulse_count, threshold_w, ...
    """
    numbers = {name: codes.number(field) for name, field in _CODE_FIELDS.items()}
    for code in range(1, fields.CODES):
        digits = codes.text(code).replace("-", "")
        numbers["config_{}".format(code)] = int(digits)
    order = codes.text(fields.ORDER)
    numbers.update(others)
    numbers["booking"] = _booking(codes, others.get("booking", _INDIVIDUAL))
    return Settings(
        serial=serial,
        manufacturer=manufacturer,
        type_code=order.replace("-", ""),
        creep_mw=codes.starting_ma * _NOMINAL_V // 2,
        pulse_ms=codes.pulse_ms,
        led_when_idle=1 if codes.led_when_idle else 0,
        decimals=codes.decimals,
        energies=_ENERGIES[codes.value("X5")],
        period_min=codes.period_min,
        tariffs=codes.tariffs,
        tariff_source=_source(codes),
        has_clock=1 if codes.has_clock else 0,
        order=int(order[4:11], 36),
        country=codes.number("X8X9X10"),
        **numbers,
    )


def _booking(codes: Codes, booking: int) -> int:
    """Return `booking`, but THREE_WIRE if X1 says so; ConfigError if X1 says that it cannot be."""
    if codes.has_two_elements:
        return _THREE_WIRE
    if booking == _THREE_WIRE:
        raise ConfigError("booking", booking, "0 or 1: by X1 the meter has four wires")
    return booking


def codes_of(settings: Settings) -> Codes:
    """Return the codes that `settings` were made of."""
    number = settings.order
    order = ""
    for _ in range(7):
        order = _LETTERS[number % 36] + order
        number //= 36
    given = {fields.NAMES[fields.ORDER]: "684-{}{:03d}".format(order, settings.country)}
    for code in range(1, fields.CODES):
        digits = "{:08d}".format(settings.configurations[code - 1])
        if code == fields.CODES - 1:
            digits = digits[5:]
        parts = []
        for _, listed in fields.fields(code):
            parts.append(digits[: fields.width(listed)])
            digits = digits[fields.width(listed) :]
        given[fields.NAMES[code]] = "-".join(parts)
    return Codes(**given)


def changed(settings: Settings, text: str) -> Settings:
    """Return `settings` with what `text` says: "config2=000-15-01-1;threshold_w=5000".

    Codes by their names in fields.NAMES, "serial", and what no code says by its name in Settings.
    ConfigError names what is wrong; `settings` stay as they are.
    """
    codes = codes_of(settings)
    given = {name: codes.text(code) for code, name in enumerate(fields.NAMES)}
    others = {name: getattr(settings, name) for name in OTHERS}
    others["booking"] &= 1  # whether it is THREE_WIRE is said by X1
    serial = settings.serial
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if name in given:
            given[name] = value
        elif name == "serial":
            serial = value
        elif name in others and value and all("0" <= c <= "9" for c in value):
            others[name] = int(value)
        else:
            accepted = "NAME=VALUE with NAME {}".format(", ".join(list(given) + list(others)))
            raise ConfigError("settings", part, accepted + ", serial")
    return settings_of(Codes(**given), serial, settings.manufacturer, **others)


def check_seal(old: Settings, new: Settings, is_seal_open: bool) -> bool:
    """Return whether `new` differs in what only an open seal allows; else SealError."""
    is_legal = False
    for name in LEGAL:
        if getattr(old, name) != getattr(new, name):
            if not is_seal_open:
                raise SealError(name, getattr(new, name), "a change with the seal open only")
            is_legal = True
    return is_legal


def _source(codes: Codes) -> int:
    if codes.tariffs == 1:
        return _SINGLE
    return _INPUTS if codes.value("CCC") in _TARIFF_MODULES else _PLAN
