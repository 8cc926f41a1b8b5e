"""An association with a meter: the reading client's by password, the manager's by HLS and GMAC."""

import os
import struct

import click
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from meterctl.cosem.hdlc import Link

PUBLIC, READER, MANAGER = 16, 17, 1
OK, DENIED, OTHER = 0, 3, 250
RESULTS = {
    1: "the meter's memory does not answer",
    2: "the meter cannot do it just now",
    3: "denied",
    4: "the meter has no such object",
    9: "the meter has no such object",
    11: "the meter has no such function",
    12: "a value of another type is wanted",
    250: "the meter takes no such value",
}
TITLE = b"MCL\x00\x00\x00\x00\x01"  # of this client

_CONTEXT = bytes.fromhex("a1090607608574050801")
_INITIATE = bytes.fromhex("01000000065f1f0400001e1dffff")
_COUNTER = "0.0.43.1.0.255"
_PASS_3 = bytes.fromhex("c301c1000f0000280000ff0101")
_TAG = 12
_ENCRYPTED, _AUTHENTICATED = 0x30, 0x10


class Refused(click.ClickException):
    """The meter refuses; `code` is its result."""

    def __init__(self, code, what):
        super().__init__(f"{what}: {RESULTS.get(code, f'refused with result {code}')}")
        self.code = code


class Session:
    """An association on a line.Line; a context manager that releases it.

    sap:       READER or MANAGER
    password:  of the reading client
    keys:      (encryption, authentication), 16 bytes each, of the manager
    """

    def __init__(self, line, sap, password=b"", keys=(b"", b"")):
        self._line = line
        self._sap = sap
        self._password = password
        self._encryption, self._authentication = keys
        self._server_title = b""
        self._counter = 0

    def __enter__(self):
        """Associate; click.ClickException if the meter does not let this client in."""
        if self._sap == MANAGER:
            with Session(self._line, PUBLIC) as anyone:
                self._counter = anyone.get(1, _COUNTER, 2)
        self._link = Link(self._line, self._sap)
        self._link.connect()
        if self._sap == MANAGER:
            self._prove()
        else:
            self._answered(self._link.ask(_aarq(self._sap, self._password)))
        return self

    def __exit__(self, *_):
        """Leave."""
        self._link.disconnect()

    def get(self, class_id, name, attribute):
        """Return an attribute as Python values; Refused."""
        answer = self._ask(b"\xc0\x01\xc1" + _target(class_id, name, attribute) + b"\0")
        if answer[:2] != b"\xc4\x01":
            raise click.ClickException(f"{self._line.place}: {name}: an answer of another kind")
        if answer[3]:
            raise Refused(answer[4], name)
        return decode(answer[4:])[0]

    def set(self, class_id, name, attribute, data):
        """Write `data`, encoded, to an attribute; Refused."""
        answer = self._ask(b"\xc1\x01\xc1" + _target(class_id, name, attribute) + b"\0" + data)
        if answer[:2] != b"\xc5\x01" or answer[3]:
            raise Refused(answer[3] if answer[:2] == b"\xc5\x01" else -1, name)

    def _ask(self, plain):
        if self._sap != MANAGER:
            return self._link.ask(plain)
        sealed = self._seal(plain)
        answer = self._link.ask(bytes((plain[0] + 8,)) + _length(len(sealed)) + sealed)
        if answer[:1] == b"\xd8":
            raise click.ClickException(f"{self._line.place}: the meter refuses the ciphering")
        size = {0x81: 3, 0x82: 4}.get(answer[1], 2)
        return self._open(answer[size:])

    def _prove(self):
        challenge = os.urandom(16)
        sealed = self._seal(_INITIATE)
        fields = self._answered(self._link.ask(_aarq(MANAGER, challenge, sealed)))
        self._server_title = fields[0xA4][2:]
        mine = bytes((_AUTHENTICATED,)) + self._next()
        mine += self._tag(TITLE, mine, fields[0xAA][2:])
        answer = self._ask(_PASS_3 + octets(mine))
        if answer[:1] != b"\xc7" or answer[3] != OK:
            raise click.ClickException(f"{self._line.place}: the meter does not take the keys")
        theirs = answer[-17:]
        if self._tag(self._server_title, theirs[:5], challenge) != theirs[5:]:
            raise click.ClickException(f"{self._line.place}: the meter does not know the keys")

    def _answered(self, aare):
        """Return the fields of an AARE by their tags; click.ClickException if it is a refusal."""
        fields = _fields(aare[2:]) if aare[:1] == b"\x61" else {}
        if fields.get(0xA2, b"\1")[-1]:
            raise click.ClickException(
                f"{self._line.place}: the meter does not let this client in: wrong password or key"
                ", or too many wrong ones before"
            )
        return fields

    def _next(self):
        self._counter += 1
        return self._counter.to_bytes(4, "big")

    def _gcm(self, title, head, tag=None):
        mode = modes.GCM(title + head[1:5], tag, min_tag_length=_TAG)
        return Cipher(algorithms.AES(self._encryption), mode)

    def _tag(self, title, head, challenge):
        maker = self._gcm(title, head).encryptor()
        maker.authenticate_additional_data(head[:1] + self._authentication + challenge)
        maker.finalize()
        return maker.tag[:_TAG]

    def _seal(self, plain):
        head = bytes((_ENCRYPTED,)) + self._next()
        maker = self._gcm(TITLE, head).encryptor()
        maker.authenticate_additional_data(head[:1] + self._authentication)
        return head + maker.update(plain) + maker.finalize() + maker.tag[:_TAG]

    def _open(self, sealed):
        head, text, tag = sealed[:5], sealed[5:-_TAG], sealed[-_TAG:]
        opener = self._gcm(self._server_title, head, tag).decryptor()
        opener.authenticate_additional_data(head[:1] + self._authentication)
        try:
            return opener.update(text) + opener.finalize()
        except InvalidTag:
            place = self._line.place
            raise click.ClickException(f"{place}: an answer under another key") from None


def _aarq(sap, secret, sealed=b""):
    """Return an AARQ: plain without secret, with a password, or with a challenge and ciphered."""
    context = _CONTEXT + bytes((3 if sap == MANAGER else 1,))
    body = context
    if sap == MANAGER:
        body += b"\xa6\x0a\x04\x08" + TITLE
    if sap != PUBLIC:
        level = 5 if sap == MANAGER else 1
        body += bytes.fromhex("8a0207808b07608574050802") + bytes((level,))
        body += bytes((0xAC, len(secret) + 2, 0x80, len(secret))) + secret
    initiate = b"\x21" + _length(len(sealed)) + sealed if sealed else _INITIATE
    body += bytes((0xBE, len(initiate) + 2, 4, len(initiate))) + initiate
    return bytes((0x60, len(body))) + body


def _target(class_id, name, attribute):
    return class_id.to_bytes(2, "big") + bytes(map(int, name.split("."))) + bytes((attribute,))


def _length(n):
    return bytes((n,)) if n < 0x80 else b"\x82" + n.to_bytes(2, "big")


def _fields(octets):
    """Return {tag: content} of a sequence of BER elements of less than 128 bytes."""
    found = {}
    while len(octets) > 1:
        end = 2 + octets[1]
        found[octets[0]] = octets[2:end]
        octets = octets[end:]
    return found


_NUMBERS = {3: "?", 5: "i", 6: "I", 15: "b", 16: "h", 17: "B", 18: "H", 20: "q", 21: "Q", 22: "B"}


def decode(octets):
    """Return (value, the octets behind it) of A-XDR: int, bool, bytes, None, or a list."""
    tag, rest = octets[0], octets[1:]
    if tag == 0:
        return None, rest
    if tag in _NUMBERS:
        form = ">" + _NUMBERS[tag]
        return struct.unpack_from(form, rest)[0], rest[struct.calcsize(form) :]
    size = {0x81: 1, 0x82: 2}.get(rest[0], 0)
    n = int.from_bytes(rest[1 : 1 + size], "big") if size else rest[0]
    rest = rest[1 + size :]
    if tag in (1, 2):
        values = []
        for _ in range(n):
            value, rest = decode(rest)
            values.append(value)
        return values, rest
    if tag == 4:
        n = (n + 7) // 8
    return rest[:n], rest[n:]


def octets(data):
    """Return `data` encoded as an octet-string."""
    return b"\x09" + _length(len(data)) + data


def integer(value):
    """Return `value`, -128..127, encoded."""
    return b"\x0f" + struct.pack("b", value)
