"""A serial port that never waits; seven data bits with even parity are made here, out of eight.

The RP2040's UART strips the parity bit and MicroPython's driver drops the flag that tells a wrong
one (`uart_drain_rx_fifo` in its ports/rp2/machine_uart.c).  A 7E1 character is an 8N1 character
whose bit 7 is the parity, so the hardware runs 8N1 and the two lines below do the rest.

MicroPython's `write` fills its buffer and waits for the line with the rest, also with timeout=0
(`mp_machine_uart_write`, same file), and how much is free it does not tell.  So what can still be
in the buffer is counted here, from what was written and the time since.
"""

from time import ticks_add, ticks_diff, ticks_us

from micropython import const

_FLAG = const(0x7E)
_CHUNK = const(64)  # bytes written at a time
_SECOND_US = const(1_000_000)
_BITS = const(10)  # of a character, 8N1
_PARTS = const(64)  # of a us: 256 characters of 300 baud are less than 2**30


class Uart:
    """Bytes in and out of a machine.UART made with bits=8, parity=None, stop=1, timeout=0.

    baud, even_parity:  of the UART, as of set_format()
    pulses:             short_pulse.ShortPulse at its RX if it is to notice a higher speed, or None
    buffer:             bytes of its rxbuf and txbuf
    """

    def __init__(self, uart, baud, even_parity, pulses=None, buffer=256):
        self._uart = uart
        self._buffer = buffer
        self._out = bytearray(_CHUNK)
        odd = [byte & 0x80 ^ _parity(byte & 0x7F) for byte in range(256)]
        self._receive_table = bytes([byte & 0x7F | odd[byte] for byte in range(256)])
        self._send_table = bytes([byte | _parity(byte) for byte in range(128)])
        self._receive = None
        self._send = None
        self._waiting = 0  # bytes in the txbuf at the most, at _since_us
        self._since_us = ticks_us()
        self._character = 0  # 1/64 us, not less than it is
        self._pulses = pulses
        self._shortest_us = 0  # a low pulse below this is no bit of the present speed
        self._note_format(baud, even_parity)

    def set_format(self, baud, even_parity):
        """Go on with `baud`, 300..115200; what has not been read or sent yet is lost.

        even_parity:  True for 7E1: sent bytes get their parity, received ones with a wrong one
                      arrive as byte | 0x80; False for 8N1: bytes pass as they are
        """
        self._uart.init(baudrate=baud, rxbuf=self._buffer, txbuf=self._buffer)
        self._note_format(baud, even_parity)

    def _note_format(self, baud, even_parity):
        self._receive = self._receive_table if even_parity else None
        self._send = self._send_table if even_parity else None
        self._character = _BITS * _SECOND_US * _PARTS // baud + 1
        self._waiting = 0
        # Half a bit at 300 baud is 1667 us; a flag at 9600 baud begins with 208 us.
        self._shortest_us = _SECOND_US // baud // 2 if even_parity else 0
        if self._pulses is not None:
            self._pulses.watch(self._shortest_us)

    def has_news(self):
        """Return whether octets wait to be read, or a higher speed was noticed.  Hot."""
        pulses = self._pulses
        return self._uart.any() > 0 or (pulses is not None and pulses.has_come())

    def has_sent(self):
        """Return whether the last bit of everything written has left.  Hot."""
        return self._uart.txdone()

    def read_into(self, buf):
        """Put what has arrived into `buf`, as much as fits; return the number of bytes.  Hot.

        After pulses of a higher speed that is a flag of HDLC (7E), and no other byte.
        """
        pulses = self._pulses
        if pulses is not None and pulses.has_come():
            pulses.watch(self._shortest_us)
            buf[0] = _FLAG
            return 1
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
        n = min(n, self._room())
        send = self._send
        if n and send is not None:
            out = self._out
            n = min(n, len(out))
            for k in range(n):
                out[k] = send[buf[first + k] & 0x7F]
            n = self._uart.write(out, n) or 0
        elif n:
            n = self._uart.write(buf, first, n) or 0
        self._waiting += n
        return n

    def _room(self):
        """Return how many bytes the txbuf takes without a wait, at the least."""
        if self._waiting and not self._uart.txdone():
            gone = ticks_diff(ticks_us(), self._since_us) * _PARTS // self._character
            self._waiting -= min(gone, self._waiting)
            self._since_us = ticks_add(self._since_us, -(-gone * self._character // _PARTS))
        else:
            self._waiting = 0
            self._since_us = ticks_us()
        return self._buffer - self._waiting


def _parity(byte):
    """Return 0x80 if the seven bits of `byte` hold an odd number of ones, else 0."""
    byte ^= byte >> 4
    byte ^= byte >> 2
    byte ^= byte >> 1
    return (byte & 1) << 7
