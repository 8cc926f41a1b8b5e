"""The HDLC setups of the ports, as the configuration keeps them behind the keys."""

import struct

from micropython import const

from meter.errors import ConfigError
from meter.requests import WRITE_LINES, WRITE_SETTINGS
from meter.views.dlms.axdr import OTHER, Refused
from meter.views.dlms.catalogue import HDLC, LOCAL_PORT

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.views.dlms.association import Association
    from meter.views.dlms.axdr import Reader
    from meter.views.dlms.hdlc import Link

PACKED = const(20)  # both ports

_FORM = "<HHHHH"
_PORT = const(10)
# attributes 5..9 of class 23: name, as long as nothing was written, least, most
_NUMBERS = (
    ("information to the client", 1024, 32, 1024),
    ("information to the meter", 512, 32, 512),
    ("inter-octet time-out, ms", 25, 20, 6_000),
    ("inactivity time-out, s", 120, 10, 3_600),
    ("device address", 17, 16, 16_381),
)
_FIRST = const(5)
_LAST = const(9)
_OFFERED = const(5)  # code of the 9600 baud that mode E proposes


class Lines:
    """Setups of the optical port (0) and the module port (1).

    packed:  PACKED bytes, b"" for the defaults; ConfigError if they are none
    """

    def __init__(self, packed: bytes = b"") -> None:
        if not packed:
            packed = struct.pack(_FORM, *[row[1] for row in _NUMBERS]) * 2
        _check("lines", len(packed), len(packed) == PACKED, "{} bytes".format(PACKED))
        self.packed = packed
        for port in range(2):
            for attribute in range(_FIRST, _LAST + 1):
                _check_number(attribute, self.number(port, attribute))

    def number(self, port: int, attribute: int) -> int:
        """Return attribute 5 to 9 of the setup of a port."""
        found: int = struct.unpack_from(_FORM, self.packed, _PORT * port)[attribute - _FIRST]
        return found

    def changed(self, port: int, attribute: int, number: int) -> bytes:
        """Return the setups, packed, with another number; ConfigError if it is out of range."""
        _check_number(attribute, number)
        packed = bytearray(self.packed)
        struct.pack_into("<H", packed, _PORT * port + 2 * (attribute - _FIRST), number)
        return bytes(packed)

    def apply(self, link: "Link", port: int) -> None:
        """Let the setup be in force on a link that nobody uses."""
        sizes = link.sizes
        sizes.send_max, sizes.take_max, link.inter_octet_ms, link.inactivity_s, link.address = (
            struct.unpack_from(_FORM, self.packed, _PORT * port)
        )


def written(
    association: "Association", class_id: int, attribute: int, value: "Reader"
) -> "tuple[int, bytes]":
    """Return the request, kind and value, that writes an attribute; Refused with the reason.

    The speed of the module port and the sign-on of the optical one are settings of the meter.
    """
    form = "H" if class_id == HDLC and attribute >= _FIRST else "e"
    number = value.integer(form)
    value.finish()
    port = association.port
    if form == "H":
        try:
            return WRITE_LINES, association.lines.changed(port, attribute, number)
        except ConfigError:
            raise Refused(OTHER) from None
    if class_id == LOCAL_PORT and number in (0, _OFFERED):  # 0: mode A, which proposes nothing
        return WRITE_SETTINGS, b"sign_on=1" if number else b"sign_on=0"
    if class_id == LOCAL_PORT or port == 0:  # HDLC on the optical port has one speed
        raise Refused(OTHER)
    return WRITE_SETTINGS, "module_baud={}".format(number).encode()


def _check_number(attribute: int, number: int) -> None:
    name, _, least, most = _NUMBERS[attribute - _FIRST]
    _check(name, number, least <= number <= most, "{}..{}".format(least, most))


def _check(field: str, value: int, is_good: bool, accepted: str) -> None:
    if not is_good:
        raise ConfigError(field, value, accepted)
