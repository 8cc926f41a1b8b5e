"""One association: who is there and what was agreed.

The three clients are public (16, no authentication), reading (17, password) and management (1, HLS
mechanism 5 with GMAC, always ciphered). Nothing is served before the association stands; of HLS
nothing but pass 3. What is refused leaves no association behind.
"""

from micropython import const

from meter.views.dlms import acse
from meter.views.dlms.axdr import Malformed
from meter.views.dlms.catalogue import MANAGER, PUBLIC, READER
from meter.views.dlms.ciphering import HEAD, OVERHEAD, TAG, TITLE, Ciphering
from meter.views.dlms.keys import are_equal
from meter.views.dlms.profiles import Search

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.views.dlms.device import Device
    from meter.views.dlms.hdlc import Link
    from meter.views.dlms.lockout import Lockouts

PDU = const(637)  # the longest answer: with the LLC header five information fields of 128
REQUEST = const(512)  # the longest request

# States.
CLOSED = const(0)
PENDING = const(1)  # HLS: the client has still to prove itself
OPEN = const(2)

# client SAP, its bit, its mechanism, its application context
_CLIENTS = (
    (16, PUBLIC, acse.NO_MECHANISM, acse.PLAIN),
    (17, READER, 1, acse.PLAIN),
    (1, MANAGER, 5, acse.CIPHERED),
)
SAPS = (16, 17, 1)

# Conformance (bit 0 is the rightmost of the 24).
SELECTIVE_ACCESS = const(2)
MULTIPLE = const(9)
ACTION_BLOCKS = const(10)
SET_BLOCKS = const(11)
GET_BLOCKS = const(12)
_OFFERED = 0x001E1D  # GET, SET, ACTION, selective access, lists, blocks of all three
_GENERAL_PROTECTION = 0x400000

_LEAST_PDU = const(12)
_LEAST_CIPHERED_PDU = OVERHEAD + 25  # pass 4 of HLS

# Exceptions.
NOT_ASSOCIATED = b"\xd8\x01\x01"
UNKNOWN_SERVICE = b"\xd8\x01\x02"
TEMPORARILY_NOT = b"\xd8\x01\x03"


class Association:
    """The association of one port.

    device:    device.Device
    lockouts:  lockout.Lockouts

    state, client (bit), sap:  who is there
    conformance, max_pdu:      what was agreed
    ciphering:  ciphering.Ciphering
    search:     profiles.Search
    lines:     lines.Lines, setups of the ports
    link, port, speed:  hdlc.Link below it, 0 for the optical port, 1 for the module's, and the
                  code of its speed, once they are known
    """

    def __init__(self, device: "Device", lockouts: "Lockouts") -> None:
        self._device = device
        self._lockouts = lockouts
        self.ciphering = Ciphering(device)
        self.search = Search()
        self.link: Link | None = None
        self.lines = device.lines
        self.port = 0
        self.speed = 0
        self.state = CLOSED
        self.sap = 0
        self.client = 0
        self.conformance = 0
        self.max_pdu = PDU
        self._row = 0
        self._client_challenge = b""
        self._server_challenge = b""

    def open(self, sap: int) -> bool:
        """Let client `sap` begin; False if there is no such client."""
        self.close()
        if sap not in SAPS:
            return False
        self._row = SAPS.index(sap)
        self.sap, self.client, _, _ = _CLIENTS[self._row]
        return True

    def close(self) -> None:
        """End whatever stands."""
        self.state = CLOSED
        self.max_pdu = PDU
        self.ciphering.reset()

    def step(self, elapsed_ms: int) -> None:
        """Let time pass.  Hot."""
        self._lockouts.step(elapsed_ms)

    def allows(self, bit: int) -> bool:
        """Return whether a bit of the conformance was agreed."""
        return self.conformance >> bit & 1 == 1

    def room(self) -> int:
        """Return how many bytes a plain answer may have."""
        return self.max_pdu - (OVERHEAD if self.ciphering.wrapped else 0)

    def request(self, buf: bytearray, n: int, answer: bytearray) -> int:
        """Answer an AARQ; return the length of the answer."""
        row = _CLIENTS[self._row]
        diagnostic, information = acse.NO_REASON, b""
        if self.state != CLOSED:
            self.close()
        else:
            try:
                asked = acse.Request(buf, n)
                diagnostic = _mismatch(asked, row[2], row[3])
                if not diagnostic:
                    diagnostic = acse.AUTHENTICATION_FAILED
                    if self._knows_secret(asked, buf):
                        diagnostic = acse.NO_REASON
                        information = self._agree(asked, buf)
            except Malformed:
                pass
        if information[:1] != b"\x08":
            return acse.response(answer, row[3], False, diagnostic, b"", 0, b"", information)
        if self.client != MANAGER:
            self.state = OPEN
            return acse.response(answer, row[3], True, 0, b"", 0, b"", information)
        self._client_challenge = asked.secret
        self._server_challenge = self._device.random(16)
        self.state = PENDING
        sealed = self.ciphering.seal(information)
        return acse.response(
            answer,
            row[3],
            True,
            acse.AUTHENTICATION_REQUIRED,
            self._device.security.title,
            row[2],
            self._server_challenge,
            b"\x28" + bytes((len(sealed),)) + sealed,
        )

    def _knows_secret(self, asked: acse.Request, buf: bytearray) -> bool:
        """Check password, or tag and counter of a ciphered initiate request, and decipher it."""
        if self.client == PUBLIC:
            return True
        if not self._lockouts.is_open(self._row):
            return False
        if self.client == READER:
            is_good = are_equal(self._device.security.keys.password, asked.secret)
            if is_good:
                self._lockouts.succeeded(self._row)
        else:
            at, end = asked.initiate_at, asked.initiate_end
            is_good = (
                len(asked.title) == TITLE
                and 8 <= len(asked.secret) <= 64
                and end - at > 2
                and buf[at] == 0x21
                and buf[at + 1] == end - at - 2
                and self.ciphering.begin(asked.title, buf, at + 2, end)
            )
        if not is_good:
            self._failed()
        return is_good

    def _failed(self) -> None:
        self._lockouts.failed(self._row)
        self._device.writing.login_failed(self.sap)

    def _agree(self, asked: acse.Request, buf: bytearray) -> bytes:
        """Return the initiate response, or the error that there is."""
        offered, least, at, end = _OFFERED, _LEAST_PDU, asked.initiate_at, asked.initiate_end
        if self.client == MANAGER:
            offered, least = _OFFERED | _GENERAL_PROTECTION, _LEAST_CIPHERED_PDU
            at += 2 + HEAD
            end -= TAG
        initiate = acse.Initiate(buf, at, end)
        error = initiate.error(offered, least)
        if error:
            return acse.initiate_error(error)
        self.conformance = initiate.conformance & offered
        self.max_pdu = min(initiate.max_pdu or PDU, PDU)
        self.ciphering.use_dedicated(initiate.dedicated_key)
        return acse.initiate_response(self.conformance, REQUEST)

    def release(self, answer: bytearray) -> int:
        """Answer an RLRQ, whatever it carries."""
        if self.state == CLOSED:
            return put(answer, NOT_ASSOCIATED)
        self.close()
        return put(answer, b"\x63\x03\x80\x01\x00")

    def prove(self, token: bytes) -> bytes:
        """Take pass 3 of HLS, f(StoC); return pass 4, f(CtoS), or b"" if it is wrong.

        A wrong one ends the association.
        """
        if not self.ciphering.is_token(token, self._server_challenge):
            self._failed()
            self.state = CLOSED
            return b""
        self._lockouts.succeeded(self._row)
        self.state = OPEN
        return self.ciphering.token(self._client_challenge)

    def unwrap(self, buf: bytearray, n: int) -> "tuple[int, int] | bytes":
        """Return (first, end) of the plain APDU in `buf`, deciphered in place, or an exception.

        Plain APDUs of the management client are refused, and ciphered ones of the others.
        """
        self.ciphering.wrapped = 0
        is_ciphered = buf[0] >= 0xC8
        if self.state == CLOSED or is_ciphered != (self.client == MANAGER):
            return NOT_ASSOCIATED
        return self.ciphering.unwrap(buf, n) if is_ciphered else (0, n)

    def wrap(self, answer: bytearray, n: int) -> int:
        """Cipher the answer if its request was; exceptions stay plain.  Return its length."""
        if not self.ciphering.wrapped or answer[0] == 0xD8:
            return n
        return self.ciphering.wrap(answer, n)


def _mismatch(asked: acse.Request, mechanism: int, context: int) -> int:
    """Return the diagnostic where an AARQ asks for something else than its client has to."""
    if asked.context != context:
        return acse.CONTEXT_UNKNOWN
    if asked.mechanism == mechanism:
        return 0
    if asked.mechanism not in (acse.NO_MECHANISM, 0):
        return acse.MECHANISM_UNKNOWN
    return 0 if mechanism == acse.NO_MECHANISM else acse.MECHANISM_REQUIRED


def put(answer: bytearray, data: bytes) -> int:
    """Write `data` as the answer; return its length."""
    answer[: len(data)] = data
    return len(data)
