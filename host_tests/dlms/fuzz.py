"""Bad octets by the million against a link: `python -m host_tests.dlms.fuzz FRAMES SEED`.

After every frame, whatever it was: no exception, and silence or one good frame. After every 500: a
good session works, and the link holds no more memory than at its start.
"""

import sys
import time
from random import Random

from host_tests.dlms.peer import Answer, Client, Echo, drain, fcs
from meter.views.dlms.hdlc import Link

_EACH = 500  # frames between two good sessions
_SERVERS = (b"\x03", b"\x02\x23", b"\x00\x02\x00\x23", b"\xff", b"\x01", b"\x05", b"\x02\x02\x03")
_CLIENTS = (16, 16, 16, 17, 1, 99, 0, 127)
_LISTS = bytes.fromhex("8180140502020006020200070400000001080400000001")


class Fuzzer:
    """Makes frames: some good, some nearly, some not at all; `seed` says which."""

    def __init__(self, seed):
        self._random = Random(seed)
        self._numbers = [0, 0]

    def octets(self):
        """Return what a client might have sent, or a line have made of it."""
        random = self._random
        kind = random.random()
        if kind < 0.05:
            return random.randbytes(random.randint(1, 600))
        octets = self._frame()
        if kind < 0.70:
            return octets
        if kind < 0.80:
            spoilt = bytearray(octets)
            for _ in range(random.randint(1, 3)):
                spoilt[random.randrange(len(spoilt))] ^= 1 << random.randrange(8)
            return bytes(spoilt)
        if kind < 0.87:
            return octets[: random.randrange(len(octets))]
        if kind < 0.94:
            at = random.randrange(len(octets))
            return octets[:at] + random.randbytes(random.randint(1, 9)) + octets[at:]
        return octets + self._frame()[random.randint(0, 1) :]

    def _frame(self):
        random = self._random
        control = self._control()
        info = b""
        if control & 0xEF == 0x83:
            info = self._list() if random.random() < 0.5 else b""
        elif not control & 1 or random.random() < 0.1:
            info = self._information()
        server = random.choice(_SERVERS) if random.random() < 0.1 else b"\x03"
        client = random.choice(_CLIENTS) if random.random() < 0.1 else 16
        kind = 0xA000 if random.random() < 0.98 else random.randrange(16) << 12
        length = 6 + len(server) + (len(info) + 2 if info else 0)
        if random.random() < 0.02:
            length = random.randrange(2048)
        head = (kind | (random.random() < 0.2) << 11 | length & 0x7FF).to_bytes(2, "big")
        head += server + bytes([client << 1 & 0xFF | 1, control])
        body = head + fcs(head) + info if info else head
        return b"\x7e" + body + fcs(body) + b"\x7e"

    def _control(self):
        """Return a control octet; half of them those of a session that goes on."""
        random = self._random
        kind = random.random()
        if kind < 0.1:
            self._numbers = [0, 0]
            return 0x93
        if kind < 0.5:
            sent, received = self._numbers
            if random.random() < 0.7:
                self._numbers = [(sent + 1) % 8, (received + 1) % 8]
            return received << 5 | 0x10 | sent << 1
        if kind < 0.65:
            return random.randrange(8) << 5 | 0x11
        if kind < 0.68:
            return 0x53
        return random.randrange(256)

    def _information(self):
        random = self._random
        length = random.choice((0, 1, 3, 20, 125, 128, 129, 512, 600))
        llc = b"\xe6\xe6\x00" if random.random() < 0.8 else random.randbytes(3)
        return (llc + random.randbytes(random.randint(0, length))) if length else llc[:2]

    def _list(self):
        random = self._random
        found = bytearray(_LISTS)
        for _ in range(random.randint(0, 4)):
            found[random.randrange(len(found))] = random.choice((0, 1, 2, 4, 0x7F, 0x80, 0xFF))
        return bytes(found[: random.randint(0, len(found))])


class Target:
    """A link with an application, and what must hold for it after every frame."""

    def __init__(self):
        self.echo = Echo()
        self.link = Link(self.echo)
        self._held = self._memory()
        self.answered = 0

    def _memory(self):
        """Return the length of every buffer that the link and its reader hold."""
        return [
            len(value)
            for owner in (self.link, self.link._reader)
            for value in vars(owner).values()
            if isinstance(value, bytes | bytearray | list)
        ]

    def take(self, octets, pause_ms):
        """Feed octets; check that the answer is silence or one good frame."""
        self.link.feed(octets, len(octets))
        self.link.step(pause_ms)
        sent = drain(self.link, 2048)
        if sent:
            self.answered += 1
            Answer(sent)

    def check(self):
        """Let a good session run after a silence."""
        self.link.step(1000)
        self.echo.calls.clear()
        client = Client(self.link)
        assert client.connect() is not None
        assert client.request(b"good") == b"good"
        assert client.disconnect() == 0x73
        assert self.echo.handled == [b"good"]
        assert self._memory() == self._held


def run(frames, seed, report=lambda done: None):
    """Throw `frames` frames at a link; return the Target."""
    fuzzer = Fuzzer(seed)
    target = Target()
    pauses = Random(seed + 1)
    for number in range(1, frames + 1):
        octets = fuzzer.octets()
        try:
            target.take(octets, 30 if pauses.random() < 0.8 else 0)
            if number % _EACH == 0:
                target.check()
                report(number)
        except Exception:
            print(f"frame {number} of seed {seed}: {octets.hex()}", file=sys.stderr)
            raise
    return target


def main():
    """Run a campaign and say how it went."""
    frames, seed = int(sys.argv[1]), int(sys.argv[2])
    began_s = time.monotonic()

    def report(done):
        if done % 500_000 == 0:
            print(f"{done:,} frames, {time.monotonic() - began_s:.0f} s", flush=True)

    target = run(frames, seed, report)
    print(
        f"{frames:,} frames of seed {seed}, {target.answered:,} answered, {frames // _EACH:,} "
        f"good sessions between them"
    )


if __name__ == "__main__":
    main()
