"""`meterctl codes`: what the order number and the configurations 1-5 mean.

The words are those of the data sheet of the Kamstrup 382J; the meter itself knows only which codes
are listed (meter.codes).
"""

import json

import click
from rich.console import Console
from rich.table import Table

from meter.codes import combinations, fields
from meter.errors import ConfigError

NAMES = (
    "Order number",
    "Configuration 1",
    "Configuration 2",
    "Configuration 3",
    "Configuration 4",
    "Configuration 5",
)

_ANY_DIGITS = "by agreement with the manufacturer; any digits are accepted"
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _intervals():
    meanings = {"00": "none, external controlled", "01": "monthly"}
    names = {2: "every second month", 3: "every third month", 6: "half-yearly", 12: "yearly"}
    for months, name in names.items():
        for month in _MONTHS[:months]:
            meanings[f"{len(meanings):02}"] = f"{name}, {month}"
    return meanings


def _hours():
    places = {0: " (London)", 1: " (DK, DE, FR, ES)", 2: " (FIN)"}
    hours = [*range(13), *range(-11, 0)]
    return {
        f"{code:02}": f"GMT{hour:+d} h{places.get(hour, '')}" for code, hour in enumerate(hours)
    }


# field: (what it is, {value: meaning}); no table where any digits are accepted
FIELDS = {
    "X1": ("Phases", {"2": "3x230 V", "3": "3x230/400 V"}),
    "X2": (
        "Current",
        {
            "1": "0.25-5(105) A, 35 mm2",
            "4": "0.25-5(65) A",
            "6": "0.5-10(60) A",
            "7": "0.5-10(85) A",
            "8": "0.25-5(85) A",
        },
    ),
    "X3": ("Class", {"A": "class A", "B": "class B"}),
    "X4": (
        "Generation",
        {
            "B": "basis",
            "C": "communication",
            "D": "disconnect",
            "E": "communication and disconnect",
            "J": "DLMS and load profile",
        },
    ),
    "X5": ("Energy type", {"1": "A+", "2": "A+/A-", "4": "A+/A-/R+/R-", "5": "A+/R1"}),
    "X6": (
        "Hardware option",
        {
            "1": "basis",
            "2": "RTC (battery)",
            "3": "RTC (supercap)",
            "4": "RF S, battery",
            "5": "RF K, battery",
            "6": "RF S, supercap",
            "7": "RF K, supercap",
            "B": "breaker, battery, supercap",
            "C": "breaker, supercap",
            "D": "breaker, RF Senea, supercap, battery",
            "E": "breaker, RF Kamstrup, supercap, battery",
            "F": "breaker, RF Senea, supercap",
            "G": "breaker, RF Kamstrup, supercap",
        },
    ),
    "X7": (
        "Tariff",
        {"1": "no tariff", "2": "2 tariffs", "3": "configurable", "4": "4 tariffs"},
    ),
    "X8X9X10": (
        "Country code",
        {
            "010": "DK",
            "025": "RUS",
            "031": "ES",
            "040": "NO",
            "045": "LV",
            "049": "LIT",
            "050": "GB",
            "055": "A",
            "059": "CH-I",
            "061": "EST",
            "063": "CH-D",
            "064": "PL",
            "065": "CH-F",
            "067": "ISL",
            "070": "DE",
            "080": "NL",
            "084": "FIN",
            "090": "SE",
        },
    ),
    "A": ("Decimals in display", {"1": "7.0", "2": "6.1"}),
    "B": (
        "LED configuration",
        {"1": "LED off without consumption", "2": "LED on without consumption"},
    ),
    "CCC": (
        "Module",
        {
            "000": "no module",
            "001": "S0 supply module, SK",
            "003": "data/pulse module, RK",
            "005": "M-Bus module, MK",
            "008": "tariff module, 4 tariffs, 230 V, WK",
            "018": "tariff module, 4 tariffs, 230 V, CS, PK",
            "021": "S0 pulse module",
            "039": "PLC module, router, external RTC",
            "040": "IP101i, TCP/IP module",
            "043": "radio module, high power",
            "052": "radio module, router, S",
            "053": "GSM6i, GSM6i/RF, GSM7i",
            "055": "S input/output",
            "064": "wireless M-Bus",
        },
    ),
    "DD": ("Input/output configuration", None),
    "E": ("Integration period", {"1": "5 min", "2": "15 min", "3": "30 min", "4": "60 min"}),
    "FFF": ("Display configuration", None),
    "GG": (
        "Target date",
        {"00": "external controlled"}
        | {f"{day:02}": f"day {day} of the month" for day in range(1, 29)},
    ),
    "HH": ("Debiting logging interval", _intervals()),
    "I": ("Pulse length", {"1": "30 ms", "3": "80 ms"}),
    "JJ": ("Disconnect setup", {"00": "none"}),
    "K": (
        "Peak power",
        {
            "0": "peak power standard",
            "1": "peak power for tariff 1",
            "2": "peak power for tariff 2",
        },
    ),
    "LL": ("GMT", _hours()),
    "M": ("Available", {"0": "none"}),
    "NN": ("Unit of the pulse input", {"00": "none", "01": "kWh", "02": "m3", "03": "L"}),
    "OOO": ("Tariff control table", None),
    "PPP": ("Summer/normal time table", {"000": "none", "001": "EU"}),
    "QQ": ("Protocol", {"00": "none"}),
    "RRR": (
        "Frequency, transmitting power",
        {"000": "none"}
        | {f"{number}": f"EU {number} RF S" for number in (310, 311, 312)}
        | {"319": "EU 319 RF K"}
        | {f"{number}": f"SE {number} RF S" for number in (320, 321, 322)}
        | {"328": "SE 328 RF K", "330": "NO 330 RF S", "339": "NO 339 RF K"}
        | {"340": "DK 340 RF S", "349": "DK 349 RF K"},
    ),
}


_SHOWN = "kept, shown and read out; nothing else here goes by it"

# field: what the firmware does with it
EFFECTS = {
    "X1": "four wires, or three with two elements (Aron)",
    "X2": "its reference current, with X3: from where energy is counted",
    "X3": "with X2: from where energy is counted",
    "X4": "D and E use the breaker that the board has",
    "X5": "the energies that are registered, shown and in the load profile; with X7, by tariff",
    "X6": "1 uses no clock; 2, 4, 5, B, D and E show the battery list without mains; B to G use "
          "the breaker that the board has",
    "X7": "how many tariffs, 3: 8; of A+ and R+, with X5 2 of A+ and A-, with X5 4 and up to 4 "
          "tariffs of A+, R+, A- and R-",
    "X8X9X10": _SHOWN,
    "A": "digits of energies on display and in mode A",
    "B": "LED between pulses",
    "CCC": "008 and 018 switch tariffs by inputs, 039 brings a clock; the others are shown only",
    "DD": _SHOWN,
    "E": "interval of load profile and demand",
    "FFF": "kept, shown and read out: the data sheet lists no values; the lists themselves: "
           "meterctl configure list",
    "GG": "when billing periods end",
    "HH": "when billing periods end",
    "I": "length of the pulses of LED and S0",
    "JJ": "00 only; the load switch is set over DLMS",
    "K": "in which tariff maxima count",
    "LL": "local standard time",
    "M": "0 only",
    "NN": "unit of the pulse input",
    "OOO": "kept, shown and read out: the data sheet lists no values; time table and special days "
           "themselves come over DLMS "
           "(activity calendar)",
    "PPP": "summer time",
    "QQ": "00 only",
    "RRR": _SHOWN + ": there is no radio",
}


class Refused(click.ClickException):
    """A code or a combination that no meter has."""

    exit_code = 2


@click.group()
def codes():
    """The order number 684-... and the configurations 1-5."""


@codes.command()
@click.argument("texts", metavar="CODE...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def explain(texts, as_json):
    """Explain each field of the CODEs, and refuse what no meter has.

    Each is told by its form: 684-X1...X10, A-B-CCC-DD-E, FFF-GG-HH-I, JJ-K-LL-M-NN, OOO-PPP-QQ,
    RRR.  Given together, they must also fit together.
    """
    try:
        explained = explain_all(texts)
    except ConfigError as error:
        raise Refused(str(error)) from None
    if as_json:
        click.echo(json.dumps({"codes": explained}))
        return
    console = Console(highlight=False)
    for code in explained:
        table = Table(title=f"{code['name']} {code['code']}", title_justify="left", box=None)
        for heading in ("field", "value", "what", "meaning, and what the meter does with it"):
            table.add_column(heading, overflow="fold")
        for field in code["fields"]:
            meaning = f"{field['meaning']}\n[dim]{field['effect']}[/dim]"
            table.add_row(field["field"], field["value"], field["title"], meaning)
        console.print(table)


def explain_all(texts):
    """Return per code {name, code, fields: [{field, value, title, meaning, effect}]}.

    Raises ConfigError naming the field, its value and what is accepted.
    """
    found = {}
    explained = []
    for text in texts:
        code = fields.recognise(text)
        values = fields.parse(code, text)
        twice = next((name for name in values if name in found), None)
        if twice is not None:
            raise ConfigError(NAMES[code], text, "each code once")
        found.update(values)
        rows = [_explain(name, value) for name, value in values.items()]
        explained.append({"name": NAMES[code], "code": text, "fields": rows})
    combinations.check(found)
    return explained


def _explain(field, value):
    title, meanings = FIELDS[field]
    meaning = _ANY_DIGITS if meanings is None else meanings[value]
    return {"field": field, "value": value, "title": title, "meaning": meaning,
            "effect": EFFECTS[field]}
