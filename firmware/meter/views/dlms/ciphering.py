"""Ciphering of one association, security suite 0: authenticated and encrypted, nothing less.

    service-specific  C8.. D0.. | length | SC IC text tag
    general           DB DC | 8 | title | length | SC IC text tag

SC is the security control 30, IC the invocation counter. The answer takes the way of its request.
"""

from micropython import const

from meter.views.dlms.axdr import Malformed, Reader, length_size, put_length
from meter.views.dlms.keys import are_equal

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.views.dlms.device import Device

HEAD = const(5)  # security control and invocation counter
TAG = const(12)
TITLE = const(8)
OVERHEAD = const(1 + 1 + TITLE + 3 + HEAD + TAG)

_AUTHENTICATED_ENCRYPTED = const(0x30)
_AUTHENTICATED = const(0x10)
_GENERAL_GLO = const(0xDB)
_GENERAL_DED = const(0xDC)
_GLO = const(8)  # from a plain tag to its service-specific one
_DED = const(16)

CANNOT_DECIPHER = b"\xd8\x01\x05"
_COUNTER_ERROR = b"\xd8\x01\x06"


class Ciphering:
    """Keys, titles and counters of one association.

    device:  device.Device

    client_title:  8 bytes
    wrapped:       tag of the request's ciphering, 0 if it came in the clear
    """

    def __init__(self, device: "Device") -> None:
        self._security = device.security
        self._keys = device.security.keys
        self._gcm = device.gcm
        self.client_title = b""
        self.wrapped = 0
        self.reset()

    def reset(self) -> None:
        """Forget what a client agreed on."""
        self.wrapped = 0
        self._dedicated_key = b""
        self._dedicated_seen = -1
        self._dedicated_sent = 0
        self._began = 0  # invocation counter of the AARQ, and of the last APDU
        self._seen = 0

    def begin(self, title: bytes, buf: bytearray, at: int, end: int) -> bool:
        """Decipher the initiate request in place; return whether it is genuine and fresh."""
        self._keys = self._security.keys
        self.client_title = title
        counter = self._decipher(self._keys.encryption, buf, at, end)
        if counter < 0 or not self._security.accept(counter):
            return False
        self._began = self._seen = counter
        return True

    def use_dedicated(self, key: bytes) -> None:
        """Take a dedicated key, if there is one."""
        self._dedicated_key = key

    def seal(self, data: bytes) -> bytes:
        """Return `data` ciphered with the global key."""
        sealed = bytearray(HEAD) + data + bytes(TAG)
        self._encipher(self._keys.encryption, self._security.send(), sealed, 0, len(data))
        return bytes(sealed)

    def is_token(self, token: bytes, challenge: bytes) -> bool:
        """Return whether `token` is the client's GMAC over `challenge`."""
        if len(token) != HEAD + TAG or token[0] != _AUTHENTICATED:
            return False
        expected = self._token(self.client_title, token[1:HEAD], challenge)
        return int.from_bytes(token[1:HEAD], "big") >= self._began and are_equal(expected, token)

    def token(self, challenge: bytes) -> bytes:
        """Return the meter's GMAC over `challenge`."""
        return self._token(self._security.title, self._security.send(), challenge)

    def _token(self, title: bytes, counter: bytes, challenge: bytes) -> bytes:
        """Return a GMAC: security control, counter, tag."""
        control = bytes((_AUTHENTICATED,))
        tag = bytearray(TAG)
        aad = control + self._keys.authentication + challenge
        self._gcm.set_key(self._keys.encryption)
        self._gcm.encrypt(title + counter, aad, tag, 0, 0, 0)
        return control + counter + tag

    def unwrap(self, buf: bytearray, n: int) -> "tuple[int, int] | bytes":
        """Return (first, end) of the APDU in buf[:n], deciphered in place, or an exception."""
        tag = buf[0]
        is_dedicated = tag == _GENERAL_DED or 0xD0 <= tag <= 0xD7
        try:
            at = self._head(buf, n)
        except Malformed:
            at = -1
        key = self._dedicated_key if is_dedicated else self._keys.encryption
        if at < 0 or not key:
            return CANNOT_DECIPHER
        counter = self._decipher(key, buf, at, n)
        if counter < 0:
            return CANNOT_DECIPHER
        seen = self._dedicated_seen if is_dedicated else self._seen
        if counter <= seen or not (is_dedicated or self._accepts(counter)):
            return _COUNTER_ERROR + max(0, seen).to_bytes(4, "big")
        if is_dedicated:
            self._dedicated_seen = counter
        at += HEAD
        end = n - TAG
        plain_tag = tag - (_DED if is_dedicated else _GLO)
        if at == end or (tag < _GENERAL_GLO and buf[at] != plain_tag):
            return CANNOT_DECIPHER
        self.wrapped = tag
        return at, end

    def _accepts(self, counter: int) -> bool:
        """Take a counter for used; keys that were changed meanwhile have counters of their own."""
        if self._keys is self._security.keys and not self._security.accept(counter):
            return False
        self._seen = counter
        return True

    def _head(self, buf: bytearray, n: int) -> int:
        """Return where the security control stands; -1 if title or length are wrong."""
        reader = Reader(buf, 1, n)
        if buf[0] >= _GENERAL_GLO:
            is_good = reader.length() == TITLE
            if not is_good or not are_equal(self.client_title, reader.take(TITLE)):
                return -1
        at = reader.at
        try:
            is_good = reader.length() == n - reader.at
        except Malformed:
            is_good = False
        if not is_good:  # some clients write one byte even for 128..255
            reader.at = at
            is_good = reader.byte() == n - reader.at
        return reader.at if is_good else -1

    def _decipher(self, key: bytes, buf: bytearray, at: int, end: int) -> int:
        """Decipher buf[at : end] behind its head in place; return its counter, -1 if wrong."""
        n = end - at - HEAD - TAG
        if n < 0 or buf[at] != _AUTHENTICATED_ENCRYPTED:
            return -1
        head = bytes(buf[at : at + HEAD])
        aad = head[:1] + self._keys.authentication
        self._gcm.set_key(key)
        if not self._gcm.decrypt(self.client_title + head[1:], aad, buf, at + HEAD, n, end - TAG):
            return -1
        return int.from_bytes(head[1:], "big")

    def _encipher(self, key: bytes, counter: bytes, buf: bytearray, at: int, n: int) -> None:
        """Encipher `n` bytes behind a head that is written to buf[at], and add the tag."""
        control = bytes((_AUTHENTICATED_ENCRYPTED,))
        buf[at : at + HEAD] = control + counter
        aad = control + self._keys.authentication
        nonce = self._security.title + counter
        self._gcm.set_key(key)
        self._gcm.encrypt(nonce, aad, buf, at + HEAD, n, at + HEAD + n)

    def wrap(self, answer: bytearray, n: int) -> int:
        """Cipher the plain answer of `n` bytes in the way of the request; return its length."""
        tag = self.wrapped
        is_dedicated = tag == _GENERAL_DED or 0xD0 <= tag <= 0xD7
        size = HEAD + n + TAG
        if tag >= _GENERAL_GLO:
            head = bytes((tag, TITLE)) + self._security.title
        else:
            head = bytes((answer[0] + (_DED if is_dedicated else _GLO),))
        at = len(head) + length_size(size)
        answer[at + HEAD : at + HEAD + n] = answer[:n]
        answer[: len(head)] = head
        put_length(answer, len(head), size)
        if is_dedicated:
            self._dedicated_sent += 1
            counter = self._dedicated_sent.to_bytes(4, "big")
            self._encipher(self._dedicated_key, counter, answer, at, n)
        else:
            self._encipher(self._keys.encryption, self._security.send(), answer, at, n)
        return at + size
