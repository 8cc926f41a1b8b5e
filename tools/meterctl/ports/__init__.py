"""Far ends of the meter's UARTs: sockets and pseudo-terminals.  None of them ever waits."""


class Line:
    """Joins far ends to one UART; all of them hear what the meter sends.

    uart:  boards/virtual/uart.py
    ends:  objects with `receive() -> bytes`, `send(bytes)`, `readers()`, `close()`, `is_used`,
           `has_changed() -> bool` (somebody new is there) and the texts `place` and `state`
    """

    def __init__(self, uart, ends):
        self.ends = tuple(ends)
        self._uart = uart

    def exchange(self):
        """Pass on what has come since the last call, both ways; call it after every step."""
        sent = self._uart.transmitted()
        for end in self.ends:
            if end.has_changed():
                self._uart.forget_incoming()
            self._uart.receive(end.receive())
            end.send(sent)

    @property
    def is_used(self):
        """True while somebody is there: the line then needs steps of its own timing."""
        return any(end.is_used for end in self.ends)

    def readers(self):
        """Return the objects that become readable when there is something to exchange."""
        return [reader for end in self.ends for reader in end.readers()]

    def close(self):
        """Close every far end."""
        for end in self.ends:
            end.close()


class Lines:
    """All lines of a meter, served together."""

    def __init__(self, *lines):
        self._lines = lines

    @property
    def ends(self):
        """The far ends of all lines."""
        return [end for line in self._lines for end in line.ends]

    def exchange(self):
        """As Line.exchange, on every line."""
        for line in self._lines:
            line.exchange()

    @property
    def is_used(self):
        """True while somebody is at one of them."""
        return any(line.is_used for line in self._lines)

    def readers(self):
        """Return what Line.readers does, of all."""
        return [reader for line in self._lines for reader in line.readers()]
