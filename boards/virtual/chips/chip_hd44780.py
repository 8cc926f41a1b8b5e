"""HD44780 character display, 20 x 4, behind a PCF8574 port expander.

Data sheets: Hitachi HD44780U ADE-207-272 (table 6 instructions, figure 24 4-bit start-up, "bus
timing"); TI PCF8574 SCPS068.  The usual adapter: P0 = RS, P1 = R/W, P2 = E, P3 = back light,
P4..P7 = DB4..DB7.  Only writing is wired: no rise of E finds R/W high.
"""

from boards.virtual.chips import ChipMisuse

ROWS = 4
COLUMNS = 20
_RS, _RW, _E, _LIGHT = 0x01, 0x02, 0x04, 0x08
_ROW_STARTS = (0x00, 0x40, 0x14, 0x54)
_LINES = (range(0x28), range(0x40, 0x68))  # DDRAM of a two-line display
_POWER_UP_NS = 40_000_000  # from 2.7 V on, figure 24
_STARTS_NS = (4_100_000, 100_000)  # after the first and the second start-up nibble, figure 24
_CLEAR_NS = 1_520_000
_INSTRUCTION_NS = 37_000
_DATA_NS = 41_000  # and 4 us until the address counter has moved


class ChipHD44780:
    """A display that got its supply at `now_ns()`; raises ChipMisuse at every breach of timing.

    port:  the expander's pins when the supply comes; a PCF8574's are high
    """

    def __init__(self, now_ns, port=0xFF):
        self.light = False
        self.is_on = False
        self._now_ns = now_ns
        self._ready_ns = now_ns() + _POWER_UP_NS
        self._port = port
        self._starts = 0  # start-up nibbles seen, figure 24
        self._is_wide = True  # 8-bit interface, so each nibble is an instruction
        self._high = None  # upper nibble of the byte being received
        self._ddram = bytearray(b" " * 0x80)
        self._cgram = bytearray(64)
        self._address = 0
        self._to_cgram = False
        self._has_two_lines = None  # unknown until the function set
        self._is_shifted = False

    def slaves(self, address):
        """Return where the chip answers."""
        return {address: self}

    def start(self, read):
        """See the package."""
        return True

    def write(self, byte):
        """See the package: eight pins change at once."""
        rises, falls = byte & ~self._port & _E, self._port & ~byte & _E
        if (rises or falls) and (byte ^ self._port) & (_RS | _RW):
            raise ChipMisuse("HD44780: RS or R/W changes together with E (tAS, tAH)")
        if rises and byte & _RW:
            raise ChipMisuse("HD44780: R/W is high; reading is not wired")
        self.light = bool(byte & _LIGHT)
        if falls and not self._port & _RW:
            self._nibble(self._port >> 4, self._port & _RS)
        self._port = byte
        return True

    def read(self):
        """See the package: the pins as they are."""
        return self._port

    def stop(self):
        """See the package."""

    def text(self, glyphs="\u25a1" * 8):
        """Return the four lines as shown; `glyphs` stands for the user's eight characters."""
        if not self.is_on:
            return [" " * COLUMNS] * ROWS
        return [
            "".join(_character(code, glyphs) for code in self._ddram[start : start + COLUMNS])
            for start in _ROW_STARTS
        ]

    def glyph(self, code):
        """Return the eight rows of the user's character 0..7, five bits each."""
        return bytes(self._cgram[8 * code : 8 * code + 8])

    def _nibble(self, nibble, is_data):
        if self._now_ns() < self._ready_ns:
            raise ChipMisuse(
                "HD44780: nibble 0x{:x} came {} ns too early".format(
                    nibble, self._ready_ns - self._now_ns()
                )
            )
        if self._is_wide:
            self._start_up(nibble, is_data)
        elif self._high is None:
            self._high = nibble
        else:
            byte, self._high = self._high << 4 | nibble, None
            if is_data:
                self._data(byte)
            else:
                self._instruction(byte)

    def _start_up(self, nibble, is_data):
        if is_data:
            raise ChipMisuse("HD44780: data before the 4-bit interface is set")
        if self._starts < 3:
            if nibble != 0x3:
                raise ChipMisuse("HD44780: start-up nibble 0x{:x}, not 0x3".format(nibble))
            self._busy(_STARTS_NS[min(self._starts, 1)])
            self._starts += 1
        elif nibble == 0x2:
            self._is_wide = False
            self._busy(_INSTRUCTION_NS)
        elif nibble != 0x3:
            raise ChipMisuse("HD44780: nibble 0x{:x} on the 8-bit interface".format(nibble))

    def _instruction(self, byte):
        # What is merely pointless here is refused at the next data byte only: a master that lost
        # count of the nibbles sends one byte of rubbish before its start-up is understood.
        if byte & 0xE0 == 0x20:
            self._is_wide = bool(byte & 0x10)
            self._has_two_lines = bool(byte & 0x08)
        elif self._has_two_lines is None:
            raise ChipMisuse("HD44780: instruction 0x{:02x} before the function set".format(byte))
        elif byte & 0x80:
            self._address, self._to_cgram = byte & 0x7F, False
        elif byte & 0x40:
            self._address, self._to_cgram = byte & 0x3F, True
        elif byte & 0x10:
            self._is_shifted |= bool(byte & 0x08)
        elif byte & 0x08:
            self.is_on = bool(byte & 0x04)
        elif byte & 0x04:
            self._is_shifted |= byte != 0x06
        else:
            self._home(byte)
            return
        self._busy(_INSTRUCTION_NS)

    def _home(self, byte):
        if byte == 0x01:
            self._ddram[:] = b" " * len(self._ddram)
        self._address, self._to_cgram, self._is_shifted = 0, False, False
        self._busy(_CLEAR_NS)

    def _data(self, byte):
        if not self._has_two_lines:
            raise ChipMisuse("HD44780: data before a function set with two lines")
        if self._is_shifted:
            raise ChipMisuse("HD44780: the display is shifted or does not count up")
        if self._to_cgram:
            self._cgram[self._address] = byte & 0x1F
            self._address = (self._address + 1) % 64
        else:
            if not any(self._address in line for line in _LINES):
                raise ChipMisuse("HD44780: no DDRAM at 0x{:02x}".format(self._address))
            self._ddram[self._address] = byte
            first, second = _LINES
            following = self._address + 1
            if following == first.stop:
                following = second.start
            elif following == second.stop:
                following = first.start
            self._address = following
        self._busy(_DATA_NS)

    def _busy(self, duration_ns):
        self._ready_ns = self._now_ns() + duration_ns


def _character(code, glyphs):
    """Return the character generator's answer: ROM A00 where it is ASCII, and the full block."""
    if code < 0x10:
        return glyphs[code % 8]
    if code == 0xFF:
        return "\u2588"
    return chr(code) if 0x20 <= code <= 0x7D and code != 0x5C else "?"
