"""A strict HDLC client and an application for a Link, with a check sequence of their own."""

LLC = bytes.fromhex("E6E600")


def _shifted(octet):
    """Eight steps of FCS-16, bit by bit, as RFC 1662 describes it."""
    register = 0
    for bit in range(8):
        one = (register ^ octet >> bit) & 1
        register = register >> 1 ^ 0x8408 * one
    return register


_SHIFTED = [_shifted(octet) for octet in range(256)]


def fcs(octets):
    """Return the check sequence of `octets` as it is sent."""
    register = 0xFFFF
    for octet in octets:
        register = register >> 8 ^ _SHIFTED[(register ^ octet) & 0xFF]
    return (register ^ 0xFFFF).to_bytes(2, "little")


def frame(control, info=b"", server=b"\x03", client=16, segmented=False):
    """Return a client's frame; `server` as it goes over the line."""
    length = 2 + len(server) + 1 + 1 + (len(info) + 2 if info else 0) + 2
    head = (0xA000 | segmented << 11 | length).to_bytes(2, "big")
    head += server + bytes([client << 1 | 1, control])
    body = head + (fcs(head) + info if info else b"")
    return b"\x7e" + body + fcs(body) + b"\x7e"


SNRM = frame(0x93)
DISC = frame(0x53)


def snrm(sends=None, takes=None, **kwargs):
    """Return a SNRM that proposes information fields."""
    values = b"".join(
        bytes([identifier, 2]) + value.to_bytes(2, "big")
        for identifier, value in ((5, sends), (6, takes))
        if value is not None
    )
    return frame(0x93, bytes([0x81, 0x80, len(values)]) + values, **kwargs)


class Answer:
    """A frame of the meter, checked octet by octet; ValueError for anything wrong in it."""

    def __init__(self, octets):
        if octets[:1] != b"\x7e" or octets[-1:] != b"\x7e":
            raise ValueError(f"no flags: {octets.hex()}")
        body = octets[1:-1]
        field = int.from_bytes(body[:2], "big")
        if field >> 12 != 0xA or field & 0x7FF != len(body) or fcs(body[:-2]) != body[-2:]:
            raise ValueError(f"format, length or FCS: {octets.hex()}")
        self.segmented = bool(field & 0x800)
        if not body[2] & 1:
            raise ValueError("a client's address is one octet")
        self.client = body[2] >> 1
        at = 3
        while not body[at] & 1:
            at += 1
        self.server = body[3 : at + 1]
        self.control = body[at + 1]
        self.info = b""
        if len(body) > at + 4:
            if fcs(body[: at + 2]) != body[at + 2 : at + 4]:
                raise ValueError(f"HCS: {octets.hex()}")
            self.info = body[at + 4 : -2]

    @property
    def is_information(self):
        return not self.control & 1


class Echo:
    """An application that answers with what it is asked, and writes down what happens.

    `answer`: bytes to answer instead; None = the request itself
    """

    def __init__(self, accepted=(16, 17, 1)):
        self.accepted = accepted
        self.answer = None
        self.calls = []
        self.elapsed_ms = 0

    def open(self, client, server):
        self.calls.append(("open", client, server))
        return client in self.accepted

    def close(self):
        self.calls.append(("close",))

    def handle(self, request, n, answer):
        found = bytes(request[:n])
        self.calls.append(("handle", found))
        made = found if self.answer is None else self.answer
        answer[: len(made)] = made
        return len(made)

    def step(self, elapsed_ms):
        self.elapsed_ms += elapsed_ms

    @property
    def handled(self):
        return [call[1] for call in self.calls if call[0] == "handle"]


def drain(link, chunk=7):
    """Return all that the link wants to send."""
    buf = bytearray(chunk)
    sent = b""
    while n := link.take_output(buf):
        sent += bytes(buf[:n])
    return sent


def ask(link, octets):
    """Feed octets whole; return the Answer, None for silence."""
    link.feed(octets, len(octets))
    link.step(20)
    sent = drain(link)
    return Answer(sent) if sent else None


class Client:
    """A client with window 1 that checks sequence numbers, segment sizes and addresses."""

    def __init__(self, link, client=16, server=b"\x03"):
        self._link = link
        self._address = {"client": client, "server": server}
        self._send = self._expected = 0
        self.largest = 0  # longest information field of the meter

    def ask(self, octets):
        answer = ask(self._link, octets)
        if answer is not None:
            assert (answer.client, answer.server) == (
                self._address["client"],
                self._address["server"],
            )
        return answer

    def connect(self, sends=None, takes=None):
        """Return the UA's information field; None if refused."""
        self._send = self._expected = 0
        if sends is None and takes is None:
            answer = self.ask(frame(0x93, **self._address))
        else:
            answer = self.ask(snrm(sends, takes, **self._address))
        return answer.info if answer is not None and answer.control == 0x73 else None

    def disconnect(self):
        return self.ask(frame(0x53, **self._address)).control

    def information(self, info, segmented=False):
        """Return the frame that carries `info` next, without counting it as sent."""
        control = self._expected << 5 | 0x10 | self._send << 1
        return frame(control, info, segmented=segmented, **self._address)

    def ready(self):
        return frame(self._expected << 5 | 0x11, **self._address)

    def request(self, apdu, size=128):
        """Send an APDU in segments of `size`; return the whole answer without its LLC header."""
        data = LLC + apdu
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        for number, piece in enumerate(pieces):
            is_last = number == len(pieces) - 1
            answer = self.ask(self.information(piece, not is_last))
            self._send = (self._send + 1) % 8
            if not is_last:
                assert answer.control == 0x11 | self._send << 5
        return self.collect(answer)

    def collect(self, answer):
        """Return the answer that begins with a frame, all its segments; b"" for RR."""
        if not answer.is_information:
            assert answer.control == 0x11 | self._send << 5
            return b""
        data = b""
        while True:
            assert answer.control == self._send << 5 | 0x10 | self._expected << 1
            self._expected = (self._expected + 1) % 8
            self.largest = max(self.largest, len(answer.info))
            data += answer.info
            if not answer.segmented:
                break
            answer = self.ask(self.ready())
        assert data[:3] == bytes.fromhex("E6E700")
        return data[3:]
