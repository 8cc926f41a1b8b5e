"""HD44780 character display, 20 x 4, behind a PCF8574 port expander on I2C.

Data sheets: Hitachi HD44780U ADE-207-272 (DS), TI PCF8574 SCPS068.  The usual adapter: P0 = RS,
P1 = R/W, P2 = E, P3 = back light, P4..P7 = DB4..DB7.

The wanted picture is `frame`; `step` brings the glass nearer to it by a few characters, never
waits, and starts the display anew after any error on the bus.
"""

from micropython import const

ADDRESS = const(0x27)
ROWS = const(4)
COLUMNS = const(20)

_CHARACTERS = const(80)
_PER_STEP = const(8)  # bytes to the display in one step: 8 x 6 bytes on the bus, 1.1 ms at 400 kHz
_GLYPHS = const(64)  # bytes of CGRAM
_RS = const(0x01)
_E = const(0x04)
_LIGHT = const(0x08)
_SET_CGRAM = const(0x40)
_SET_DDRAM = const(0x80)
_UNKNOWN = const(0xFF)  # address counter that must be set first
_POWER_UP_MS = const(50)  # 40 ms from 2.7 V on, DS figure 24
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
_NIBBLES = const(8)


class LCDHD44780:
    """A display of four lines of 20 characters.

    i2c:     object with the methods of machine.I2C
    glyphs:  8 bytes per user's character 0..7, top row first, five bits each; at most 64

    frame:   bytearray(80), row after row, the display's character codes; write into it
    """

    def __init__(self, i2c, address=ADDRESS, glyphs=b""):
        if len(glyphs) > _GLYPHS or len(glyphs) % 8:
            raise ValueError("{} bytes of glyphs: accepted: 8 each, up to 64".format(len(glyphs)))
        self.frame = bytearray(b" " * _CHARACTERS)
        self._i2c = i2c
        self._address = address
        self._glyphs = glyphs
        self._shown = bytearray(_CHARACTERS)
        self._byte = bytearray(5)
        self._nibble = bytearray(3)
        self._restart()

    def put(self, row, column, text):
        """Write the bytes of `text` into the frame from row 0..3, column 0..19 on.

        What would run over the end of the row is left out.
        """
        start = row * COLUMNS
        for k in range(min(len(text), COLUMNS - column)):
            self.frame[start + column + k] = text[k]

    def step(self, elapsed_ms):
        """Send at most eight bytes of what differs; return True once the glass shows `frame`.

        elapsed_ms:  time since the last call

        OSError from the bus is passed on; the next call then starts the display anew.  Hot: does
        not allocate.  Cost: 48 bytes on the bus.
        """
        if self._wait_ms > 0:
            # What had elapsed by the call after a command may lie before it: counted from then on.
            if self._is_fresh:
                self._is_fresh = False
            else:
                self._wait_ms -= elapsed_ms
            return False
        try:
            return self._advance()
        except OSError:
            self._restart()
            raise

    def _restart(self):
        self._next_command = 0
        self._next_glyph = 0
        self._at = _UNKNOWN  # where the address counter stands, as place in the frame
        self._place = 0
        self._pause(_POWER_UP_MS)

    def _pause(self, wait_ms):
        self._wait_ms = wait_ms
        self._is_fresh = True

    def _advance(self):
        if self._next_command < len(_START_UP):
            self._start_up()
            return False
        if self._next_glyph < len(self._glyphs):
            self._define()
            return False
        return self._repaint()

    def _start_up(self):
        command = _START_UP[self._next_command]
        if self._next_command < _NIBBLES:
            self._send_nibble(command)
        else:
            self._send(command, 0)
        self._pause(_START_UP[self._next_command + 1])
        self._next_command += 2
        if self._next_command == len(_START_UP):
            for k in range(_CHARACTERS):
                self._shown[k] = 0x20  # cleared

    def _define(self):
        """Send one glyph: its address and eight rows."""
        self._send(_SET_CGRAM | self._next_glyph, 0)
        for _ in range(8):
            self._send(self._glyphs[self._next_glyph], _RS)
            self._next_glyph += 1

    def _repaint(self):
        if self.frame == self._shown:
            return True
        left = _PER_STEP
        for _ in range(_CHARACTERS):
            k = self._place
            wanted = self.frame[k]
            if wanted != self._shown[k]:
                left -= 1 if k == self._at else 2
                if left < 0:
                    return False
                if k != self._at:
                    row = k // COLUMNS
                    self._send(_SET_DDRAM | _ROW_STARTS[row] + k - row * COLUMNS, 0)
                self._send(wanted, _RS)
                self._shown[k] = wanted
                # The display counts on in DDRAM, where the next row does not follow.
                self._at = k + 1 if (k + 1) % COLUMNS else _UNKNOWN
            self._place = k + 1 if k + 1 < _CHARACTERS else 0
        return True

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
