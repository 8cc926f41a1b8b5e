"""MCP23008 port expander, eight pins.

Data sheet: Microchip DS21919, register map, "sequential operation".  Modelled: IODIR, GPIO, OLAT,
the other registers as memory, the pointer that counts on; every pin that is not an output is low.
"""

_IODIR, _GPIO, _OLAT = 0x00, 0x09, 0x0A
_REGISTERS = 0x0B


class ChipMCP23008:
    """An expander after its reset: all pins are inputs.

    drive:  callable(level of the eight pins), called after every write
    """

    def __init__(self, drive):
        self._drive = drive
        self._registers = bytearray(_REGISTERS)
        self._registers[_IODIR] = 0xFF
        self._pointer = 0
        self._is_pointed = False

    def slaves(self, address):
        """Return where the chip answers."""
        return {address: self}

    def start(self, read):
        """See the package."""
        self._is_pointed = read
        return True

    def write(self, byte):
        """See the package."""
        if not self._is_pointed:
            self._is_pointed = True
            self._pointer = byte
            return byte < _REGISTERS
        at = _OLAT if self._pointer == _GPIO else self._pointer
        self._registers[at] = byte
        self._pointer = (self._pointer + 1) % _REGISTERS
        self._drive(self._registers[_OLAT] & ~self._registers[_IODIR] & 0xFF)
        return True

    def read(self):
        """See the package."""
        at = self._pointer
        self._pointer = (self._pointer + 1) % _REGISTERS
        if at == _GPIO:
            return self._registers[_OLAT] & ~self._registers[_IODIR] & 0xFF
        return self._registers[at]

    def stop(self):
        """See the package."""
