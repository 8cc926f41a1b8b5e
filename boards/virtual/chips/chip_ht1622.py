"""HT1622 segment-display controller, 32 segments x 8 commons, on its three wires.

Data sheet: Holtek HT1622 rev 1.70, "command summary", "AC characteristics".  Data are taken at the
rising edge of WR while CS is low: three bits of mode, then commands of nine bits (the last is
ignored) or a 6-bit address and 4-bit data, bit 0 first, the address counting on.
"""

from boards.virtual.chips import ChipMisuse

ADDRESSES = 64  # of 4 bits; segment k: 2k holds COM0..COM3, 2k + 1 COM4..COM7
_COMMAND, _WRITE = 0b100, 0b101
_SYSTEM_OFF, _SYSTEM_ON, _LCD_OFF, _LCD_ON = 0x00, 0x01, 0x02, 0x03
_HARMLESS = (0x04, 0x05, 0x08, 0x18, 0x80, 0xE3)  # timer, watchdog, tone off; RC; IRQ off; normal
_HALF_CLOCK_NS = 1_670  # WR low and WR high at 5 V


class ChipHT1622:
    """A controller; `cs`, `wr` and `data` are its pins, to be called with 0 or 1.

    now_ns:  callable, simulated time, by which pulses on WR too short raise ChipMisuse;
             None = the pins move in no time
    """

    def __init__(self, now_ns=None):
        self.ram = bytearray(ADDRESSES)
        self.nibbles = 0  # written so far
        self.is_on = False
        self._now_ns = now_ns
        self._levels = {"cs": 1, "wr": 1, "data": 1}
        self._edge_ns = 0
        self._oscillates = False
        self._begin()

    def cs(self, level):
        """Drive CS (active low): its edges end and begin a transfer."""
        if level != self._levels["cs"]:
            self._levels["cs"] = level
            self._finish()
            self._begin()

    def wr(self, level):
        """Drive WR."""
        if level == self._levels["wr"]:
            return
        if self._now_ns is not None:
            if not self._levels["cs"] and self._now_ns() - self._edge_ns < _HALF_CLOCK_NS:
                raise ChipMisuse(
                    "HT1622: WR moved after {} ns".format(self._now_ns() - self._edge_ns)
                )
            self._edge_ns = self._now_ns()
        self._levels["wr"] = level
        if level and not self._levels["cs"]:
            self._bit(self._levels["data"])

    def data(self, level):
        """Drive DATA."""
        self._levels["data"] = level

    def is_lit(self, bit):
        """Return whether RAM bit 0..255 (4 x address + data bit) shows on the glass."""
        return self.is_on and self._oscillates and bool(self.ram[bit // 4] >> bit % 4 & 1)

    def _begin(self):
        self._mode = None
        self._address = None
        self._bits = self._count = 0

    def _finish(self):
        if self._count:
            raise ChipMisuse("HT1622: CS moved {} bits into a field".format(self._count))

    def _bit(self, level):
        self._bits, self._count = self._bits << 1 | level, self._count + 1
        if self._mode is None:
            if self._count == 3:
                self._mode = self._take()
                if self._mode not in (_COMMAND, _WRITE):
                    raise ChipMisuse("HT1622: mode {:03b}".format(self._mode))
        elif self._mode == _COMMAND:
            if self._count == 9:
                self._command(self._take() >> 1)
        elif self._address is None:
            if self._count == 6:
                self._address = self._take()
        elif self._count == 4:
            bits = self._take()
            nibble = bits >> 3 & 1 | bits >> 1 & 2 | bits << 1 & 4 | bits << 3 & 8
            self.ram[self._address] = nibble
            self.nibbles += 1
            self._address = (self._address + 1) % ADDRESSES

    def _take(self):
        bits = self._bits
        self._bits = self._count = 0
        return bits

    def _command(self, command):
        if command in (_SYSTEM_OFF, _SYSTEM_ON):
            self._oscillates = command == _SYSTEM_ON
        elif command in (_LCD_OFF, _LCD_ON):
            self.is_on = command == _LCD_ON
        elif command not in _HARMLESS:
            raise ChipMisuse("HT1622: command 0x{:02x} is not modelled".format(command))
