"""MB85RC256V FRAM.

Data sheet: Fujitsu DS501-00017.  Modelled: every byte is kept as it is acknowledged, the address
counter that rolls over at the end of the chip, a power cut after any byte, and the device ID.
"""

from boards.virtual.chips import ChipMisuse
from boards.virtual.chips.chip_24xx import PowerCut

SIZE = 0x8000
_UNSET = None
_ID_ADDRESS = 0x7C  # F8h
_ID = b"\x00\xa5\x10"  # manufacturer 00Ah, product 510h


class ChipMB85RC256V:
    """A FRAM.

    memory:  bytearray of SIZE, None = zeros
    """

    def __init__(self, memory=None):
        self.memory = bytearray(SIZE) if memory is None else memory
        self.writes = 0  # bytes written
        self.dead = False  # True: acknowledges nothing
        self.bytes_to_cut = None  # on the bus until the power goes; None = never
        self._pointer = _UNSET  # undefined after power-on
        self._head = []
        self._is_addressed = False

    def slaves(self, address):
        """Return where the chip answers."""
        return {address: self, _ID_ADDRESS: _Identity(address)}

    def power_cycle(self):
        """Let the supply go and come back: only the cells survive."""
        self._pointer = _UNSET
        self.bytes_to_cut = None

    def start(self, read):
        """See the package."""
        self._spend()
        if self.dead:
            return False
        if read and self._pointer is _UNSET:
            raise ChipMisuse("MB85RC256V: read before an address was set")
        self._is_addressed = read
        self._head = []
        return True

    def write(self, byte):
        """See the package."""
        self._spend()
        if not self._is_addressed:
            self._head.append(byte)
            if len(self._head) == 2:
                if self._head[0] & 0x80:
                    raise ChipMisuse("MB85RC256V: address of 16 bits, the first must be 0")
                self._pointer = self._head[0] << 8 | self._head[1]
                self._is_addressed = True
            return True
        self.memory[self._pointer] = byte
        self.writes += 1
        self._advance()
        return True

    def read(self):
        """See the package."""
        self._spend()
        byte = self.memory[self._pointer]
        self._advance()
        return byte

    def stop(self):
        """See the package; there is nothing left to do."""

    def _advance(self):
        self._pointer = (self._pointer + 1) % SIZE

    def _spend(self):
        if self.bytes_to_cut is not None:
            if self.bytes_to_cut == 0:
                raise PowerCut
            self.bytes_to_cut -= 1


class _Identity:
    """The device ID: the chip's address is written to F8h, three bytes are read from there."""

    def __init__(self, address):
        self._address = address
        self._is_asked = False
        self._at = 0

    def start(self, read):
        self._at = 0
        return self._is_asked or not read

    def write(self, byte):
        self._is_asked = byte >> 1 == self._address
        return self._is_asked

    def read(self):
        self._at += 1
        return _ID[(self._at - 1) % len(_ID)]

    def stop(self):
        pass
