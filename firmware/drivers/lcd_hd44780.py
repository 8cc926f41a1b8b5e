"""HD44780 character display, 20 x 4, behind a PCF8574 port expander on I2C.

Data sheets: Hitachi HD44780U ADE-207-272 (DS), TI PCF8574 SCPS068.  The usual adapter: P0 = RS,
P1 = R/W, P2 = E, P3 = back light, P4..P7 = DB4..DB7.

`show` says what is wanted; `step` brings the glass nearer to it by a few characters, so that the
display never holds up the meter, and starts the display anew after any error on the bus.

A transfer may end at any byte, at an error or a reset, and leave E high or half a byte with the
display.  So a start first reads the expander's pins back and lets E fall alone; the four nibbles
of figure 24 then count right whichever half of a byte the display waits for.
"""

from micropython import const

ADDRESS = const(0x27)

_COLUMNS = const(20)
_CHARACTERS = const(80)
_PER_STEP = const(8)  # bytes to the display in one step: 8 x 6 bytes on the bus, 1.1 ms at 400 kHz
_SPACE = const(0x20)
_RS = const(0x01)
_E = const(0x04)
_LIGHT = const(0x08)
_SET_ADDRESS = const(0x80)
_UNKNOWN = const(0xFF)  # no place in the frame: the address counter must be set first
_POWER_UP_STEPS = const(10)  # of 5 ms: 40 ms from 2.7 V on, DS figure 24
_PAUSE_MS = const(5)
_ROW_STARTS = b"\x00\x40\x14\x54"

# Pairs (byte, ms to wait after it), DS figure 24 and table 6.  The first four are sent as one
# nibble, since the display does not yet know of the 4-bit interface.
_START_UP = (
    b"\x30\x05\x30\x01\x30\x01\x20\x01"
    b"\x28\x01"  # 4-bit interface, two lines, 5 x 8 dots
    b"\x08\x01"  # display off
    b"\x01\x02"  # clear
    b"\x06\x01"  # count up, no shift
    b"\x0c\x01"  # display on, no cursor
)
_NIBBLES_END = const(8)


class LCDHD44780:
    """A display of four lines of 20 characters.

    i2c:       object with the methods of machine.I2C
    sleep_ms:  callable(int), used only while the display starts, 5 ms at most in one step
    """

    def __init__(self, i2c, sleep_ms, address=ADDRESS):
        self._i2c = i2c
        self._sleep_ms = sleep_ms
        self._address = address
        self._wanted = bytearray(b" " * _CHARACTERS)
        self._shown = bytearray(_CHARACTERS)
        self._byte = bytearray(5)
        self._nibble = bytearray(3)
        self._pins = bytearray(1)
        self._restart()

    def show(self, lines):
        """Take over what to show: 80 character codes, line after line."""
        for k in range(_CHARACTERS):
            self._wanted[k] = lines[k]

    def step(self):
        """Send at most eight bytes of what differs; return True once the glass shows it all.

        OSError from the bus is passed on; the next call then starts the display anew.  Hot: does
        not allocate.  Cost: 48 bytes on the bus, or 5 ms while the display starts.
        """
        try:
            if self._next < len(_START_UP):
                self._start_up()
                return False
            return self._wanted == self._shown or self._repaint()
        except OSError:
            self._restart()
            raise

    def _restart(self):
        self._power_up = _POWER_UP_STEPS
        self._next = 0  # in _START_UP
        self._place = 0  # in the frame, where the comparison goes on
        self._at = _UNKNOWN  # place in the frame of the display's address counter

    def _start_up(self):
        if self._power_up:
            if self._power_up == _POWER_UP_STEPS:
                self._release()
            self._power_up -= 1
            self._sleep_ms(_PAUSE_MS)
            return
        command = _START_UP[self._next]
        if self._next < _NIBBLES_END:
            self._send_nibble(command)
        else:
            self._send(command, 0)
        self._sleep_ms(_START_UP[self._next + 1])
        self._next += 2
        if self._next == len(_START_UP):
            for k in range(_CHARACTERS):
                self._shown[k] = _SPACE

    def _release(self):
        """Let E fall with nothing else, from wherever the last transfer ended."""
        self._i2c.readfrom_into(self._address, self._pins)
        self._pins[0] &= ~_E
        self._i2c.writeto(self._address, self._pins)

    def _repaint(self):
        left = _PER_STEP
        for _ in range(_CHARACTERS):
            k = self._place
            if self._wanted[k] != self._shown[k]:
                left -= 1 if k == self._at else 2
                if left < 0:
                    return False
                self._put(k, self._wanted[k])
            self._place = k + 1 if k + 1 < _CHARACTERS else 0
        return True

    def _put(self, k, code):
        if k != self._at:
            self._send(_SET_ADDRESS | _ROW_STARTS[k // _COLUMNS] + k % _COLUMNS, 0)
        self._send(code, _RS)
        self._shown[k] = code
        # The display counts on in its own memory, where the next row does not follow.
        self._at = k + 1 if (k + 1) % _COLUMNS else _UNKNOWN

    def _send(self, value, rs):
        """Send one byte; five port states, so that neither RS nor R/W ever moves with E.

        The next byte's E rises three bytes on the bus later, 67 us at 400 kHz: more than the 41 us
        that an instruction takes (DS table 6).
        """
        high, low = value & 0xF0 | _LIGHT | rs, value << 4 & 0xF0 | _LIGHT | rs
        port = self._byte
        port[0] = high
        port[1] = high | _E
        port[2] = high
        port[3] = low | _E
        port[4] = low
        self._i2c.writeto(self._address, port)

    def _send_nibble(self, value):
        port = self._nibble
        port[0] = port[2] = value | _LIGHT
        port[1] = value | _LIGHT | _E
        self._i2c.writeto(self._address, port)
