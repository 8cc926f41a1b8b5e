"""The way from octets to a request and from an answer to octets does not allocate."""

from meter.views.dlms.hdlc import Link

try:
    from micropython import heap_lock, heap_unlock
except ImportError:  # CPython has no heap to lock

    def heap_lock():
        """Do nothing."""

    def heap_unlock():
        """Do nothing."""


class Application:
    """Answers 200 octets, made before."""

    def open(self, client, server):
        return True

    def close(self):
        pass

    def step(self, elapsed_ms):
        pass

    def handle(self, request, n, answer):
        answer[0] = request[n - 1]
        return 200


SNRM = bytes.fromhex("7EA0070321930F017E")
FRAMES = (
    bytes.fromhex("7EA00C03211000000000000000007E"),
    bytes.fromhex("7EA7FF") + bytes(range(256)),
    b"\x7e" * 40,
)


def exchange(link, octets, buf):
    """Feed octets, let time pass and take all that is answered, with the heap locked."""
    total = 0
    heap_lock()
    try:
        link.feed(octets, len(octets))
        link.step(30)
        n = link.take_output(buf)
        while n:
            total += n
            n = link.take_output(buf)
        link.step(30)
    finally:
        heap_unlock()
    return total


def frame(control, info=b""):
    """Return a frame of client 16; checked by the code under test itself."""
    from meter.views.dlms import fcs

    length = 7 + (len(info) + 2 if info else 0)
    head = bytes((0xA0, length, 3, 0x21, control))
    body = head + check(fcs, head) + info if info else head
    return b"\x7e" + body + check(fcs, body) + b"\x7e"


def check(fcs, octets):
    """Return the check sequence as it is sent."""
    value = fcs.update(fcs.START, octets, 0, len(octets)) ^ 0xFFFF
    return bytes((value & 0xFF, value >> 8))


def main():
    """Connect with a free heap, then do everything else with a locked one."""
    link = Link(Application())
    buf = bytearray(64)
    link.feed(SNRM, len(SNRM))
    print(link.take_output(buf), bytes(buf[:33]))
    request = frame(0x10, b"\xe6\xe6\x00\xc0\x01")
    session = (request, request, frame(0x31), frame(0x31), frame(0x51))
    for octets in session + FRAMES + (request,):
        print(exchange(link, octets, buf), bytes(buf[:8]))
    print(exchange(link, frame(0x53), buf), link.is_connected)


main()
