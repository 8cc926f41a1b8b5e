"""Objects of prepayment: account, credit, charge and token gateway (classes 111, 112, 113, 115).

The meter has one credit, an amount of A+.  Amounts are units of 10 Wh: 9,999,999 kWh, the largest
credit, has to fit 31 bits.  A token is what requests.ADD_CREDIT takes: number of the top-up and
Wh, 32 bits each, least significant byte first; it is no STS token.
"""

from micropython import const

from meter.control.prepayment import TOKEN_BYTES
from meter.control.settings import PREPAYMENT
from meter.registers import table
from meter.views.dlms import times
from meter.views.dlms.axdr import OTHER, Refused
from meter.views.dlms.catalogue import ACCOUNT, CHARGE, CREDIT
from meter.views.dlms.items import Items

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.control.load_control import LoadControl
    from meter.views.dlms.axdr import Encoder, Reader
    from meter.views.dlms.items import Found

_CREDIT = b"\x00\x00\x13\x0a\x00\xff"
_CHARGE = b"\x00\x00\x13\x14\x00\xff"
_ENERGY = b"\x01\x00\x01\x08\x00\xff"

_CWH = const(1_000)  # of a unit
_WH = const(10)
_LARGEST = const(0x7FFFFFFF)

# Bits of the credit's status, the first one leftmost.
_IN_CREDIT = const(0x80)
_LOW = const(0x40)
_OUT = const(0x02)

_EXECUTED = const(3)  # status of a token
_FAILED = const(7)
_CLOSE = const(2)  # method of the account


class Prepaid:
    """Reads them and takes tokens.

    control:  control.load_control.LoadControl
    """

    def __init__(self, control: "LoadControl") -> None:
        self._control = control
        self._token = b""  # the last one since the start
        self._status = 0

    def read(self, class_id: int, attribute: int) -> "Found":
        """Return an attribute."""
        if class_id == ACCOUNT:
            return self._account(attribute)
        if class_id == CREDIT:
            return self._credit(attribute)
        return self._charge(attribute) if class_id == CHARGE else self._gateway(attribute)

    def token(self, value: "Reader") -> bytes:
        """Return the token in a request."""
        self._token = b""
        token = value.octets()
        value.finish()
        if len(token) != TOKEN_BYTES:
            self._status = _FAILED
            raise Refused(OTHER)
        self._token = token
        self._status = _FAILED  # until taken() is called
        return token

    def taken(self) -> None:
        """Take note that the last token has become credit."""
        self._status = _EXECUTED

    def top_up(self, value: "Reader") -> bytes:
        """Return the token that adds what a request says, in units: the next number's."""
        units = value.integer("i")
        value.finish()
        if units <= 0 or units > _LARGEST // _WH:
            raise Refused(OTHER)
        number = self._control.prepayment.number + 1
        return (number & 0xFFFFFFFF).to_bytes(4, "little") + (units * _WH).to_bytes(4, "little")

    def change(self, value: "Reader") -> bytes:
        """Return what the settings become: threshold of the warning."""
        units = value.integer("i")
        value.finish()
        if not 0 <= units <= _LARGEST // _WH:
            raise Refused(OTHER)
        return "warning_wh={}".format(units * _WH).encode()

    def basis(self, method: int, value: "Reader") -> bytes:
        """Return what the settings become when the account is activated (1) or closed (2)."""
        value.integer("b")
        value.finish()
        if method == _CLOSE and not self._is_active:
            raise Refused(OTHER)
        return "basis={}".format(PREPAYMENT if method != _CLOSE else 0).encode()

    @property
    def _is_active(self) -> bool:
        return self._control.settings.basis == PREPAYMENT

    def _left(self) -> int:
        """Return what is left of the credit, negative if more was used."""
        if not self._is_active or not self._control.prepayment.end_cwh:
            return 0
        cwh = self._control.prepayment.end_cwh - self._control.count_cwh()
        return max(-_LARGEST, cwh // _CWH)

    def _warning(self) -> int:
        return self._control.settings.warning_wh // _WH

    def _account(self, attribute: int) -> "Found":  # noqa: PLR0911  one for each shape
        if attribute == 2:  # payment mode: credit, prepayment; status: new, active
            return "s2ee", 1 + self._is_active, 1 + self._is_active
        if 9 <= attribute <= 12:
            return self._references(attribute)
        if attribute in (13, 14):
            return "o", times.NOWHERE
        if attribute == 15:  # of consumption
            return "s3rbe", b"\x0c\x02Wh", 1, 1
        if attribute in (3, 18):
            return "B" if attribute == 3 else "H", 0
        left = self._left()
        if attribute == 4:
            status = _OUT if left <= 0 else _IN_CREDIT
            if 0 < left <= self._warning():
                status |= _LOW
            return "r", bytes((4, 8, status))
        amounts = max(0, left), max(0, -left), 0, 0
        if attribute <= 8:
            return "i", amounts[attribute - 5]
        return "i", self._warning() if attribute == 16 else 0

    def _references(self, attribute: int) -> Items:
        """Return which credit, charge and gateway belong together."""
        if attribute in (9, 10):
            return Items(1, lambda out, _: out.put("o", _CREDIT if attribute == 9 else _CHARGE))
        if attribute == 11:
            return Items(1, lambda out, _: out.put("s3oor", _CREDIT, _CHARGE, b"\x04\x03\x80"))
        return Items(1, lambda out, _: out.put("s2oB", _CREDIT, 100))

    def _credit(self, attribute: int) -> "Found":
        left = max(0, self._left())
        if attribute == 7:
            return "r", b"\x04\x05\xa0"  # shown, and a token is needed
        if attribute == 11:
            return "o", times.NOWHERE
        if attribute in (3, 4, 8):  # token credit, of the first priority; exhausted, in use
            status = (4 if not left else 3) if self._is_active else 0
            return ("e", 0) if attribute == 3 else ("B", 1) if attribute == 4 else ("e", status)
        return "i", left if attribute == 2 else self._warning() if attribute == 5 else 0

    def _charge(self, attribute: int) -> "Found":
        if attribute in (5, 6):
            return "s3s2bbs3Hobr", 1, 0, table.REGISTER, _ENERGY, 2, _UNIT_CHARGE
        if attribute in (7, 10):
            return "o", times.NOWHERE
        if attribute == 9:
            return "r", b"\x04\x02\x40"  # collected continuously
        if attribute in (3, 4):  # by consumption, of the first priority
            return ("e", 0) if attribute == 3 else ("B", 1)
        if attribute in (8, 13):
            return ("I", 0) if attribute == 8 else ("H", 10_000)
        return "i", self._control.count_cwh() // _CWH & _LARGEST if attribute == 2 else 0

    def _gateway(self, attribute: int) -> "Found":
        if attribute == 2:
            return "o", self._token
        if attribute == 3:
            return "o", times.NOWHERE
        if attribute == 4:
            return Items(0, _nothing)
        if attribute == 5:
            return "e", 0  # remote
        return "s2er", self._status, b"\x04\x00"


# A table of one charge: a unit of credit for a unit of A+.
_UNIT_CHARGE = b"\x01\x01\x02\x02\x09\x00\x10\x00\x01"


def _nothing(_: "Encoder", __: int) -> None:
    """Encode no item."""
