"""Attributes that are fields of the configurations: writing one is a change of the settings."""

from micropython import const

from meter.requests import WRITE_SETTINGS

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.config import Settings

# configuration, place of the field in it (codes.fields)
GG = (2, 1)
HH = (2, 2)
LL = (3, 2)
PPP = (4, 1)

# Digits of the fields of configuration 2, 3 and 4.
_WIDTHS = ((3, 2, 2, 1), (2, 1, 2, 1, 2), (3, 3, 2))
_FIRST = const(2)


def change(settings: "Settings", *fields: "tuple[tuple[int, int], int]") -> "tuple[int, bytes]":
    """Return the request, kind and value, that gives fields of one configuration other numbers."""
    configuration = fields[0][0][0]
    text = "{:08d}".format(settings.configurations[configuration - 1])
    parts = []
    for width in _WIDTHS[configuration - _FIRST]:
        parts.append(text[:width])
        text = text[width:]
    for (_, place), number in fields:
        width = len(parts[place])
        parts[place] = ("000" + str(number))[-width:]
    return WRITE_SETTINGS, "config{}={}".format(configuration, "-".join(parts)).encode()
