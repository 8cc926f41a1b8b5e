"""HT1622 segment glass, 32 segments x 8 commons, on three pins.

Data sheet: Holtek HT1622 rev 1.70, "command summary".  `show` says what is wanted; `step` sends a
few of the nibbles that differ and never waits.
"""

from micropython import const

_SEGMENTS = const(32)
_ADDRESSES = const(64)  # nibbles of display RAM; segment k: 2k holds COM0..3, 2k + 1 COM4..7
_PER_STEP = const(8)  # nibbles in one step: 8 x 13 bits, about 1.5 ms in bytecode
_UNKNOWN = const(0x10)  # no nibble: what the RAM holds after power-on
_COMMAND = const(0b100)
_WRITE = const(0b101)
_START_UP = b"\x01\x18\x05\x04\x08\x80\x03"  # SYS EN, RC 32K, WDT, timer, tone, IRQ off, LCD ON


class LCDHT1622:
    """A segment glass.

    cs, wr, data:  pins, called with 0 or 1 as machine.Pin, already outputs
    symbols:       256 bytes: symbols[k] is the bit of the glass (8 x segment + common) that shows
                   bit k of the picture; None for a glass that is wired as it is drawn
    """

    def __init__(self, cs, wr, data, symbols=None):
        self._cs = cs
        self._wr = wr
        self._data = data
        self._symbols = symbols
        self._wanted = bytearray(_ADDRESSES)
        self._shown = bytearray([_UNKNOWN] * _ADDRESSES)
        self._place = 0
        self._is_started = False
        cs(1)
        wr(1)

    def show(self, picture):
        """Take over what to show: 32 bytes, one per segment, bit c = common c."""
        wanted = self._wanted
        if self._symbols is None:
            for k in range(_SEGMENTS):
                wanted[2 * k] = picture[k] & 0x0F
                wanted[2 * k + 1] = picture[k] >> 4
            return
        for k in range(_ADDRESSES):
            wanted[k] = 0
        for k in range(8 * _SEGMENTS):
            if picture[k >> 3] >> (k & 7) & 1:
                bit = self._symbols[k]
                wanted[bit >> 2] |= 1 << (bit & 3)

    def step(self):
        """Send at most eight nibbles of what differs; return True once the glass shows it all.

        Hot: does not allocate.
        """
        if not self._is_started:
            self._start_up()
            return False
        return self._wanted == self._shown or self._repaint()

    def _start_up(self):
        self._cs(0)
        self._send(_COMMAND, 3)
        for command in _START_UP:
            self._send(command << 1, 9)  # the last bit is ignored
        self._cs(1)
        self._is_started = True

    def _repaint(self):
        left = _PER_STEP
        for _ in range(_ADDRESSES):
            k = self._place
            if self._wanted[k] != self._shown[k]:
                if not left:
                    return False
                left -= 1
                self._write(k, self._wanted[k])
            self._place = k + 1 if k + 1 < _ADDRESSES else 0
        return True

    def _write(self, address, nibble):
        self._cs(0)
        self._send(_WRITE << 6 | address, 9)
        for k in range(4):  # data go bit 0 first, all else the other way
            self._clock(nibble >> k & 1)
        self._cs(1)
        self._shown[address] = nibble

    def _send(self, bits, n):
        for k in range(n - 1, -1, -1):
            self._clock(bits >> k & 1)

    def _clock(self, level):
        self._wr(0)
        self._data(level)
        self._wr(1)
