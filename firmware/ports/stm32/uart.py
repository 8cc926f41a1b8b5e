"""A serial port that never waits; the STM32's UART makes seven bits with parity by itself."""

from micropython import const

_CHUNK = const(64)  # bytes written at a time
_EVEN = const(0)


class Uart:
    """Bytes in and out of a machine.UART.

    baud, even_parity:  as of set_format()
    buffer:             bytes of its rxbuf
    """

    def __init__(self, uart, baud, even_parity, buffer=256):
        self._uart = uart
        self._buffer = buffer
        self._out = bytearray(_CHUNK)
        self.set_format(baud, even_parity)

    def set_format(self, baud, even_parity):
        """Go on with `baud`, 300..115200; what has not been read or sent yet is lost.

        even_parity:  True for 7E1, where a character with a wrong parity is dropped; False for 8N1
        """
        bits = 7 if even_parity else 8
        parity = _EVEN if even_parity else None
        self._uart.init(baud, bits, parity, 1, timeout=0, rxbuf=self._buffer)

    def has_sent(self):
        """Return whether the last bit of everything written has left.  Hot."""
        return self._uart.txdone()

    def read_into(self, buf):
        """Put what has arrived into `buf`, as much as fits; return the number of bytes.  Hot."""
        n = self._uart.any()
        return (self._uart.readinto(buf, min(n, len(buf))) or 0) if n else 0

    def write(self, buf, first, n):
        """Take buf[first : first + n] as far as there is room; return how many fitted.  Hot."""
        out = self._out
        n = min(n, len(out))
        for k in range(n):
            out[k] = buf[first + k]
        return (self._uart.write(out, n) or 0) if n else 0  # pyright: ignore[reportCallIssue]
