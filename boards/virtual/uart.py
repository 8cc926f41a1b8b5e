"""A UART with the timing of a line: a character takes its time both ways, in simulated time.

The meter's side is `read_into` and `write`, as on every board; the far end (a socket, a
pseudo-terminal, a test) uses `receive` and `transmitted`.  A character is its data bits; on a
7-bit line bit 7 is what a port sets after a parity or framing error.
"""

from collections import deque

_FIFO = 32  # as a PL011's
_IN_FLIGHT = 4096  # characters the far end may be ahead of the line; more are lost


class Uart:
    """One serial line.

    baud:       bits per second, 300..115200
    bits:       of a character, start, parity and stop included: 10 for 7E1 and 8N1
    fifo:       characters the transmitter holds
    """

    def __init__(self, baud, bits=10, fifo=_FIFO):
        self._bits = bits
        self._fifo = fifo
        self.set_format(baud, even_parity=False)
        self._now_ns = 0
        self._incoming = deque()
        self._in_done_ns = 0  # when the first of _incoming has arrived
        self._received = deque(maxlen=_IN_FLIGHT)
        self._outgoing = deque()
        self._out_done_ns = 0
        self._transmitted = bytearray()

    # The meter's side

    def read_into(self, buf):
        """Move received characters to the start of `buf`; return how many, 0..len(buf)."""
        n = min(len(buf), len(self._received))
        for k in range(n):
            buf[k] = self._received.popleft()
        return n

    def write(self, buf, first, n):
        """Queue buf[first : first + n]; return how many fitted."""
        n = min(n, self._fifo - len(self._outgoing))
        if n and not self._outgoing:
            self._out_done_ns = self._now_ns + self.character_ns
        for k in range(first, first + n):
            self._outgoing.append(buf[k])
        return n

    def set_format(self, baud, even_parity):
        """Go on with `baud`; the far end follows, as a socket and a pseudo-terminal do."""
        self.character_ns = self._bits * 1_000_000_000 // baud

    def has_sent(self):
        """Return whether everything written has left."""
        return not self._outgoing

    # The far end's side

    def receive(self, data):
        """Let `data` follow, without a gap, what is on its way to the meter already."""
        if data and not self._incoming:
            self._in_done_ns = self._now_ns + self.character_ns
        self._incoming.extend(data[: _IN_FLIGHT - len(self._incoming)])

    def forget_incoming(self):
        """Lose what has not arrived yet: its sender is gone."""
        self._incoming.clear()

    def transmitted(self):
        """Return the characters that the meter has sent in full since the last call."""
        data = bytes(self._transmitted)
        self._transmitted.clear()
        return data

    def advance(self, elapsed_ns):
        """Let `elapsed_ns` pass on the line."""
        self._now_ns += elapsed_ns
        while self._incoming and self._in_done_ns <= self._now_ns:
            self._received.append(self._incoming.popleft())
            self._in_done_ns += self.character_ns
        while self._outgoing and self._out_done_ns <= self._now_ns:
            self._transmitted.append(self._outgoing.popleft())
            self._out_done_ns += self.character_ns
