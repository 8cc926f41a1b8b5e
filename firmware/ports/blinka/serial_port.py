"""The optical head at a serial port of the operating system, 7E1 made by its driver."""

import serial


class Serial:
    """Bytes in and out, never waiting.  A byte with a wrong parity is dropped by the driver.

    device:  such as /dev/ttyUSB0
    baud:    300 for the optical port
    """

    def __init__(self, device, baud):
        self._port = serial.Serial(
            device, baud, serial.SEVENBITS, serial.PARITY_EVEN, timeout=0, write_timeout=0
        )

    def read_into(self, buf):
        """Put what has arrived into `buf`, as much as fits; return the number of bytes."""
        data = self._port.read(min(len(buf), self._port.in_waiting))
        buf[: len(data)] = data
        return len(data)

    def write(self, buf, first, n):
        """Take buf[first : first + n] as far as there is room; return how many fitted."""
        try:
            return self._port.write(bytes(buf[first : first + n])) or 0
        except serial.SerialTimeoutException:
            return 0

    def set_format(self, baud, even_parity):
        """Go on with `baud`, 7E1 or 8N1."""
        self._port.baudrate = baud
        self._port.bytesize = serial.SEVENBITS if even_parity else serial.EIGHTBITS
        self._port.parity = serial.PARITY_EVEN if even_parity else serial.PARITY_NONE

    def has_sent(self):
        """Return whether the driver holds nothing back any more; its chip may hold some bytes."""
        return self._port.out_waiting == 0
