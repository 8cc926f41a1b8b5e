"""The fields of the codes, and what the data sheet lists for each.

What the values mean in words stands in tools/meterctl/codes.py, for a board has no use for it.
"""

from micropython import const

from meter.errors import ConfigError

ORDER = const(0)  # index of a code; configuration n is n
CODES = const(6)
NAMES = ("order", "config1", "config2", "config3", "config4", "config5")

# Per code its fields in order; per field what is listed, a-z being all from a to z.  DD, FFF and
# OOO are given out by the manufacturer, so any digits are accepted there.
_FIELDS = (
    (
        "X1=2,3 X2=1,4,6-8 X3=A,B X4=B-E,J X5=1,2,4,5 X6=1-7,B-G X7=1-4 "
        "X8X9X10=010,025,031,040,045,049,050,055,059,061,063-065,067,070,080,084,090"
    ),
    "A=1,2 B=1,2 CCC=000,001,003,005,008,018,021,039,040,043,052,053,055,064 DD=00-99 E=1-4",
    "FFF=000-999 GG=00-28 HH=00-24 I=1,3",
    "JJ=00 K=0-2 LL=00-23 M=0 NN=00-03",
    "OOO=000-999 PPP=000,001 QQ=00",
    "RRR=000,310-312,319-322,328,330,339,340,349",
)
_PREFIX = "684-"


def fields(code: int) -> "list[tuple[str, str]]":
    """Return (name, what is listed) of each field of a code, ORDER or 1..5."""
    return [(spec.split("=")[0], spec.split("=")[1]) for spec in _FIELDS[code].split(" ")]


def width(listed: str) -> int:
    """Return how many characters a field has."""
    return len(listed.replace("-", ",").split(",", 1)[0])


def form(code: int) -> str:
    """Return how a code is written: "684-X1X2X3...", "A-B-CCC-DD-E"."""
    names = [name for name, _ in fields(code)]
    return _PREFIX + "".join(names) if code == ORDER else "-".join(names)


def parse(code: int, text: str) -> "dict[str, str]":
    """Return {field: value} of a code; ConfigError names the field that is not as listed."""
    widths = [width(listed) for _, listed in fields(code)]
    if not _fits(code, text, widths):
        raise ConfigError(NAMES[code], text, form(code))
    body = text[len(_PREFIX) :] if code == ORDER else text.replace("-", "")
    found = {}
    at = 0
    for name, listed in fields(code):
        value = body[at : at + width(listed)]
        if not _is_listed(value, listed):
            raise ConfigError(name, value, listed)
        found[name] = value
        at += len(value)
    return found


def recognise(text: str) -> int:
    """Return which code `text` has the form of, ORDER or 1..5; ConfigError if none."""
    for code in range(CODES):
        if _fits(code, text, [width(listed) for _, listed in fields(code)]):
            return code
    raise ConfigError("code", text, ", ".join([form(code) for code in range(CODES)]))


def join(code: int, values: "dict[str, str]") -> str:
    """Return a code as it is written, the inverse of parse()."""
    parts = [values[name] for name, _ in fields(code)]
    return _PREFIX + "".join(parts) if code == ORDER else "-".join(parts)


def _fits(code: int, text: str, widths: "list[int]") -> bool:
    if code == ORDER:
        body = text[len(_PREFIX) :]
        return text.startswith(_PREFIX) and len(body) == sum(widths) and "-" not in body
    return [len(part) for part in text.split("-")] == widths


def _is_listed(value: str, listed: str) -> bool:
    if len(value) > 1 and not all("0" <= c <= "9" for c in value):
        return False
    spans = listed.split(",")
    return any(span[: len(value)] <= value <= span[-len(value) :] for span in spans)
