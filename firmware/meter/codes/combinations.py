"""Combinations of codes that make no sense, each with its reason."""

from meter.errors import ConfigError

_NO_RTC = "1"  # X6; every other option has a battery or a supercap behind the clock
_EXTERNAL_RTC = "039"  # the PLC module brings one
_TARIFF_MODULES = ("008", "018")
_RADIO_MODULES = ("043", "052", "053", "064")
_RADIO_GENERATIONS = "CE"  # X4: radio on the main board, of either make
_RADIO_S = "46DF"  # X6
_RADIO_K = "57EG"
_FREQUENCIES_K = ("319", "328", "339", "349")

# What a code that is not given stands for.
_ABSENT = {"CCC": "000", "GG": "00", "HH": "00", "K": "0", "OOO": "000", "PPP": "000"}


def has_clock(values: "dict[str, str]") -> bool:
    """Return whether the meter has a real-time clock of its own or on its module."""
    return values["X6"] != _NO_RTC or values.get("CCC") == _EXTERNAL_RTC


def has_breaker(values: "dict[str, str]") -> bool:
    """Return whether the meter can disconnect."""
    return values["X4"] in "DE" or values["X6"] in "BCDEFG"


def check(given: "dict[str, str]") -> None:
    """Raise ConfigError for the first combination that makes no sense.

    given:  {field: value} of codes that are right each by itself; without the order number there
            is nothing to compare with
    """
    if "X6" not in given:
        return
    values = dict(_ABSENT)
    values.update(given)
    if not has_clock(values):
        reason = "without a real-time clock (X6 1)"
        if values["GG"] != "00":
            _only("HH", values, "00", reason)
        _only("OOO", values, "000", reason)
        _only("PPP", values, "000", reason)
    if values["X7"] == "1":
        reason = "on a meter without tariffs (X7 1)"
        _only("OOO", values, "000", reason)
        _only("K", values, "0", reason)
        if values["CCC"] in _TARIFF_MODULES:
            raise ConfigError("CCC", values["CCC"], "no tariff module " + reason)
    _check_radio(values)


def _check_radio(values: "dict[str, str]") -> None:
    if values["CCC"] in _RADIO_MODULES or values["X4"] in _RADIO_GENERATIONS:
        return
    option = values["X6"]
    frequency = values.get("RRR", "000")
    if option not in _RADIO_S + _RADIO_K:
        _only("RRR", values, "000", "without a radio (X4 {}, X6 {})".format(values["X4"], option))
    elif frequency != "000" and (option in _RADIO_K) != (frequency in _FREQUENCIES_K):
        make = "K" if option in _RADIO_K else "S"
        accepted = "000 or one of RF {}, the radio fitted (X6 {})".format(make, option)
        raise ConfigError("RRR", frequency, accepted)


def _only(field: str, values: "dict[str, str]", accepted: str, reason: str) -> None:
    value = values.get(field, accepted)
    if value != accepted:
        raise ConfigError(field, value, accepted + " " + reason)
