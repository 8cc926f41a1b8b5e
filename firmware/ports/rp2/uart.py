"""A serial port that never waits; seven data bits with even parity are made here, out of eight.

The RP2040's UART strips the parity bit and MicroPython's driver drops the flag that tells a wrong
one (`uart_drain_rx_fifo` in its ports/rp2/machine_uart.c).  A 7E1 character is an 8N1 character
whose bit 7 is the parity, so the hardware runs 8N1 and the two lines below do the rest.
"""


class Uart:
    """Bytes in and out of a machine.UART made with bits=8, parity=None, stop=1, timeout=0.

    even_parity:  True for 7E1: sent bytes get their parity, received ones with a wrong one arrive
                  as byte | 0x80; False: bytes pass as they are
    """

    def __init__(self, uart, even_parity, chunk=64):
        self._uart = uart
        self._out = bytearray(chunk)
        self._receive = None
        self._send = None
        if even_parity:
            odd = [byte & 0x80 ^ _parity(byte & 0x7F) for byte in range(256)]
            self._receive = bytes([byte & 0x7F | odd[byte] for byte in range(256)])
            self._send = bytes([byte | _parity(byte) for byte in range(128)])

    def read_into(self, buf):
        """Put what has arrived into `buf`, as much as fits; return the number of bytes.  Hot."""
        n = self._uart.any()
        if not n:
            return 0
        n = self._uart.readinto(buf, min(n, len(buf))) or 0
        if self._receive is not None:
            for k in range(n):
                buf[k] = self._receive[buf[k]]
        return n

    def write(self, buf, first, n):
        """Take buf[first : first + n] as far as there is room; return how many fitted.  Hot."""
        out = self._out
        n = min(n, len(out))
        for k in range(n):
            byte = buf[first + k]
            out[k] = byte if self._send is None else self._send[byte & 0x7F]
        return self._uart.write(out, n) or 0 if n else 0


def _parity(byte):
    """Return 0x80 if the seven bits of `byte` hold an odd number of ones, else 0."""
    byte ^= byte >> 4
    byte ^= byte >> 2
    byte ^= byte >> 1
    return (byte & 1) << 7
