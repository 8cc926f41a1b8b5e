"""APDUs by hand, as the wire has them, and a management client made of them."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

EK = bytes(range(16))
AK = bytes(range(0xD0, 0xE0))
TITLE = b"GRX\x00\x00\x00\x00\x01"

# Captured between gurux_dlms, dlms-cosem and a server in C.
AARQ = "601DA109060760857405080101BE10040E01000000065F1F0400{}{}"
AARQ_LLS = (
    "60{:02X}A1090607608574050801018A0207808B0760857405080201AC{:02X}80{:02X}{}"
    "BE10040E01000000065F1F0400401E5DFFFF"
)
GET = "C001C1{:04X}{}{:02X}00"
NOT_ASSOCIATED = bytes.fromhex("D80101")
UNKNOWN = bytes.fromhex("D80102")


def aarq(conformance="401E5D", pdu="FFFF"):
    return bytes.fromhex(AARQ.format(conformance, pdu))


def aarq_lls(password=b"12345678"):
    n = len(password)
    return bytes.fromhex(AARQ_LLS.format(0x2E + n, n + 2, n, password.hex()))


def name(text):
    return "".join("{:02X}".format(int(part)) for part in text.split("."))


def get(class_id, logical_name, attribute, selection=""):
    found = "C001C1{:04X}{}{:02X}".format(class_id, name(logical_name), attribute)
    return found + ("01" + selection if selection else "00")


def seal(plain, counter, title=TITLE, control=0x30, key=EK, auth=AK):
    """Return security control, counter, ciphertext and tag, made by another AES-GCM."""
    head = bytes((control,)) + counter.to_bytes(4, "big")
    text = AESGCM(key).encrypt(title + head[1:], plain, head[:1] + auth)
    return head + text[:-4]  # the tag is 12 of its 16 bytes


def unseal(sealed, title, key=EK, auth=AK):
    """Return (counter, plain); checks the tag by enciphering again."""
    counter = int.from_bytes(sealed[1:5], "big")
    assert sealed[0] == 0x30
    empty = seal(bytes(len(sealed) - 17), counter, title, key=key, auth=auth)
    plain = bytes(a ^ b for a, b in zip(sealed[5:-12], empty[5:-12], strict=True))
    assert seal(plain, counter, title, key=key, auth=auth) == sealed, "tag"
    return counter, plain


def aarq_gmac(counter, challenge=b"A" * 16, initiate=None, **sealing):
    """Return an AARQ of the management client."""
    plain = initiate or bytes.fromhex("01000000065F1F0400401E1DFFFF")
    sealed = seal(plain, counter, **sealing)
    information = bytes((0x21, len(sealed))) + sealed
    body = bytes.fromhex("A109060760857405080103A60A0408")
    body += sealing.get("title", TITLE)
    body += bytes.fromhex("8A0207808B0760857405080205AC")
    body += bytes((len(challenge) + 2, 0x80, len(challenge))) + challenge
    body += bytes((0xBE, len(information) + 2, 4, len(information))) + information
    return bytes((0x60, len(body))) + body


def token(challenge, counter, title=TITLE, key=EK, auth=AK):
    """Return f(challenge) by another AES-GCM."""
    head = b"\x10" + counter.to_bytes(4, "big")
    tag = AESGCM(key).encrypt(title + head[1:], b"", head[:1] + auth + challenge)
    return head + tag[:12]


def _size(n):
    if n < 128:
        return bytes((n,))
    return b"\x81" + bytes((n,)) if n < 256 else b"\x82" + n.to_bytes(2)


def glo(plain, counter, **sealing):
    """Return a service-specific ciphered APDU."""
    sealed = seal(plain, counter, **sealing)
    return bytes((plain[0] + 8,)) + _size(len(sealed)) + sealed


def general(plain, counter, title=TITLE, **sealing):
    """Return a general-glo APDU."""
    sealed = seal(plain, counter, title=title, **sealing)
    return b"\xdb\x08" + title + _size(len(sealed)) + sealed


class Manager:
    """A management client by hand, associated from the start.

    keys:  encryption and authentication key
    pdu:   the longest that it takes
    """

    def __init__(self, rig, keys=(EK, AK), prove=True, pdu=0xFFFF):
        self.rig = rig
        self.sealing = {"key": keys[0], "auth": keys[1]}
        self.counter = rig.security.accepted() + 1
        assert rig.server.open(1, 1)
        initiate = bytes.fromhex(f"01000000065F1F0400401E1D{pdu:04X}")
        aare = rig.send(aarq_gmac(self.counter, initiate=initiate, **self.sealing))
        self.aare = aare
        at = aare.find(bytes.fromhex("AA128010"))
        self.challenge = aare[at + 4 : at + 20] if at > 0 else b""
        if prove:
            assert self.prove()[:1] == b"\xcf"

    def prove(self, proof=None):
        """Send pass 3; return the answer."""
        self.counter += 1
        if proof is None:
            proof = token(
                self.challenge, self.counter, key=self.sealing["key"], auth=self.sealing["auth"]
            )
        plain = bytes.fromhex("C301C1000F0000280000FF010109") + bytes((len(proof),)) + proof
        self.counter += 1
        return self.rig.send(glo(plain, self.counter, **self.sealing))

    def send(self, plain):
        """Send a plain APDU ciphered; return the plain answer, or the exception."""
        if isinstance(plain, str):
            plain = bytes.fromhex(plain)
        self.counter += 1
        answer = self.rig.send(glo(plain, self.counter, **self.sealing))
        if answer[0] == 0xD8:
            return answer
        size = {0x81: 3, 0x82: 4}.get(answer[1], 2)
        return unseal(answer[size:], self.rig.security.title, **self.sealing)[1]


def reader(rig, conformance="401E5D", pdu="FFFF"):
    """Associate as the reading client; return the rig."""
    rig.server.open(17, 1)
    request_ = aarq_lls().hex().replace("401e5dffff", conformance + pdu)
    assert rig.send(request_)[:1] == b"\x61"
    return rig


def public(rig, conformance="401E5D", pdu="FFFF"):
    """Associate as the public client; return the rig."""
    rig.server.open(16, 1)
    rig.send(aarq(conformance, pdu))
    return rig


def lists(*requests_):
    """Return a GET with list of the attributes that some GETs ask for."""
    return "C003C1{:02X}".format(len(requests_)) + "".join(r[6:] for r in requests_)


def by_entry(first, last, first_column=1, last_column=0):
    """Return a selection by entry."""
    return "02020406{:08X}06{:08X}12{:04X}12{:04X}".format(first, last, first_column, last_column)
