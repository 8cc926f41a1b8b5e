"""Association control: the AARQ read field by field, and the AARE that answers it (ISO 8650, BER).

Only fields that decide something are kept; others are passed over by their length, which must fit
the one around it.
"""

from micropython import const

from meter.views.dlms.axdr import Malformed, Reader

AARQ = const(0x60)
AARE = const(0x61)
RLRQ = const(0x62)
RLRE = const(0x63)

# Diagnostics of a refusal (result-source-diagnostic, acse-service-user).
NO_REASON = const(1)
CONTEXT_UNKNOWN = const(2)
MECHANISM_UNKNOWN = const(0x0B)
MECHANISM_REQUIRED = const(0x0C)
AUTHENTICATION_FAILED = const(0x0D)
AUTHENTICATION_REQUIRED = const(0x0E)  # accepted, pass 3 and 4 are to come

# Initiate errors, in the confirmed-service-error that goes with NO_REASON.
VERSION_TOO_LOW = const(1)
CONFORMANCE_EMPTY = const(2)
PDU_TOO_SHORT = const(3)

NO_MECHANISM = const(-1)
UNKNOWN = const(-2)

PLAIN = const(1)  # application contexts, logical names
CIPHERED = const(3)

_CONTEXT = b"\x60\x85\x74\x05\x08\x01"  # the last arc says which
_MECHANISM = b"\x60\x85\x74\x05\x08\x02"
_VERSION = const(6)
_DEDICATED_KEY = const(16)


class Request:
    """An AARQ.

    context:    PLAIN, CIPHERED, UNKNOWN
    mechanism:  its number, NO_MECHANISM, UNKNOWN
    title:      of the client, b"" if there is none
    secret:     password or challenge, b"" if there is none
    initiate_at, initiate_end:  where the initiate request stands, 0, 0 if there is none
    """

    def __init__(self, buf: bytearray, n: int) -> None:
        self.context = UNKNOWN
        self.mechanism = NO_MECHANISM
        self.title = b""
        self.secret = b""
        self.initiate_at = self.initiate_end = 0
        whole = Reader(buf, 1, n)
        if whole.length() != n - whole.at:
            raise Malformed
        while whole.at < n:
            tag = whole.byte()
            size = whole.length()
            at = whole.skip(size)
            self._field(tag, Reader(buf, at, at + size))
        if not self.initiate_at:
            raise Malformed

    def _field(self, tag: int, field: Reader) -> None:
        if tag == 0xA1:
            self.context = _arc(_inner(field, 6), _CONTEXT)
        elif tag == 0xA6:
            self.title = _inner(field, 4)
        elif tag == 0x8B:
            self.mechanism = _arc(field.take(field.end - field.at), _MECHANISM)
        elif tag == 0xAC:
            self.secret = _inner(field, 0x80)
        elif tag == 0xBE:
            if field.byte() != 4 or field.length() != field.end - field.at:
                raise Malformed
            self.initiate_at, self.initiate_end = field.at, field.end


class Initiate:
    """An initiate request in the clear.

    dedicated_key:  16 bytes, or b""
    version:        of DLMS
    conformance:    24 bits
    max_pdu:        bytes the client takes, 0 if it sets no limit
    """

    def __init__(self, buf: bytearray, at: int, end: int) -> None:
        reader = Reader(buf, at, end)
        if reader.byte() != 1:
            raise Malformed
        self.dedicated_key = b""
        if reader.byte():
            self.dedicated_key = reader.take(reader.length())
            if len(self.dedicated_key) != _DEDICATED_KEY:
                raise Malformed
        if reader.byte():  # response-allowed, when it is not left to its default
            reader.byte()
        if reader.byte():  # quality of service
            reader.byte()
        self.version = reader.byte()
        if reader.byte() != 0x5F:
            raise Malformed
        if reader.byte() == 0x1F:  # older clients leave the second byte of the tag out
            reader.byte()
        if reader.byte() != 0:
            raise Malformed
        self.conformance = reader.number(3)
        self.max_pdu = reader.number(2)
        reader.finish()

    def error(self, offered: int, least: int) -> int:
        """Return the initiate error, 0 if there is none.

        offered:  conformance bits of the server
        least:    bytes a client must take
        """
        if self.version != _VERSION:
            return VERSION_TOO_LOW
        if not self.conformance & offered:
            return CONFORMANCE_EMPTY
        return PDU_TOO_SHORT if self.max_pdu and self.max_pdu < least else 0


def initiate_response(conformance: int, max_pdu: int) -> bytes:
    """Return the plain initiate response: version 6, logical names."""
    bits = bytes((conformance >> 16, conformance >> 8 & 0xFF, conformance & 0xFF))
    pdu = bytes((max_pdu >> 8, max_pdu & 0xFF))
    return b"\x08\x00\x06\x5f\x1f\x04\x00" + bits + pdu + b"\x00\x07"


def initiate_error(error: int) -> bytes:
    """Return the confirmed-service-error for an initiate error."""
    return b"\x0e\x01\x06" + bytes((error,))


def response(  # noqa: PLR0913, PLR0917  the fields of an AARE
    answer: bytearray,
    context: int,
    is_accepted: bool,
    diagnostic: int,
    title: bytes,
    mechanism: int,
    challenge: bytes,
    information: bytes,
) -> int:
    """Write an AARE of at most 127 bytes; return its length.

    title, challenge, information:  may be b"": the field is then left out
    mechanism:  is named beside a challenge
    """
    body = b"\xa1\x09\x06\x07" + _CONTEXT + bytes((context,))
    body += b"\xa2\x03\x02\x01" + (b"\0" if is_accepted else b"\1")
    body += b"\xa3\x05\xa1\x03\x02\x01" + bytes((diagnostic,))
    if title:
        body += b"\xa4\x0a\x04\x08" + title
    if challenge:
        body += b"\x88\x02\x07\x80\x89\x07" + _MECHANISM + bytes((mechanism,))
        body += bytes((0xAA, len(challenge) + 2, 0x80, len(challenge))) + challenge
    if information:
        body += bytes((0xBE, len(information) + 2, 4, len(information))) + information
    answer[0] = AARE
    answer[1] = len(body)
    answer[2 : 2 + len(body)] = body
    return 2 + len(body)


def _inner(field: Reader, tag: int) -> bytes:
    """Return what stands in the only element of `field`."""
    if field.byte() != tag or field.length() != field.end - field.at:
        raise Malformed
    return field.take(field.end - field.at)


def _arc(name: bytes, prefix: bytes) -> int:
    return name[6] if len(name) == 7 and name[:6] == prefix else UNKNOWN
