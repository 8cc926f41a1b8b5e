"""24xx serial EEPROM over I2C, parts with a 16-bit word address.

24LC512: Microchip DS20001754.  24FC1025: Microchip DS20001941, whose section numbers are cited;
its 128 KiB are two blocks of 64 KiB at two bus addresses (5.0).
"""

import errno
from collections import namedtuple

from micropython import const

_BLOCK = const(0x10000)  # bytes that one 16-bit word address reaches
_WORD = const(2)  # bytes of the word address
_ADDRESS_BITS = const(16)
_POLL_MS = const(1)  # between two acknowledge polls
_PATIENCE = const(4)  # write cycles until a deaf chip is given up


# A row of the table of parts; size, page: bytes; endurance: writes that a page takes, table 1-2;
# write_ms: longest write cycle, table 1-2; block_bit: bit of the 7-bit bus address that selects
# the upper 64 KiB, 0 = none.
Part = namedtuple("Part", ("size", "page", "endurance", "write_ms", "block_bit"))  # noqa: PYI024

LC512 = Part(size=0x10000, page=128, endurance=1_000_000, write_ms=5, block_bit=0)
FC1025 = Part(size=0x20000, page=128, endurance=1_000_000, write_ms=5, block_bit=0x04)


class EEPROM24xx:
    """Bytes at addresses 0 .. size-1.

    i2c:       object with the methods of machine.I2C
    address:   7-bit bus address of block 0, 0x50..0x57 (24FC1025: 0x50..0x53)
    part:      row of the parts table
    sleep_ms:  callable(int); tests pass a simulated clock's

    OSError from the bus is passed on; OSError(ETIMEDOUT) also says that the chip stayed deaf for
    four write cycles, 20 ms.
    """

    def __init__(self, i2c, address, part, sleep_ms):
        self.size = part.size
        self.page = part.page
        self.endurance = part.endurance
        self._i2c = i2c
        self._address = address
        self._block_bit = part.block_bit
        self._polls = _PATIENCE * part.write_ms // _POLL_MS
        self._sleep_ms = sleep_ms
        self._word = bytearray(_WORD)
        self._vector = [self._word, self._word]  # second place: the data of the page being written

    def read_into(self, start, buf):
        """Fill `buf` from `start` on.

        Raises ValueError if that leaves the chip, OSError.  Cost: 4 + len(buf) bytes on the bus.
        """
        n = len(buf)
        self._check(start, n)
        in_block = _BLOCK - start % _BLOCK
        if n > in_block:  # a sequential read would roll over inside its block, 8.3
            view = memoryview(buf)
            self.read_into(start, view[:in_block])
            self.read_into(start + in_block, view[in_block:])
            return
        if not n:
            return
        device = self._device(start)
        try:
            self._i2c.readfrom_mem_into(device, start % _BLOCK, buf, addrsize=_ADDRESS_BITS)
        except OSError as error:  # it may be writing: set its address first
            if error.errno == errno.ETIMEDOUT:  # the bus, not the chip
                raise
            self._i2c.readfrom_into(self._select(start), buf)

    def write_page(self, start, data):
        """Send `data`, which lies within one page; the chip writes it while this returns.

        Whatever is asked of the chip next waits for the end of the write cycle.  Raises ValueError
        if the data leave the page (the chip would roll over and overwrite the page's beginning,
        6.2), OSError.  Cost: 6 + len(data) bytes on the bus.
        """
        n = len(data)
        self._check(start, n)
        if not 1 <= n <= self.page - start % self.page:
            raise ValueError("{} bytes at {}: accepted: 1 to the end of the page".format(n, start))
        device = self._select(start)
        self._vector[1] = data
        if self._i2c.writevto(device, self._vector) != _WORD + n:
            raise OSError(errno.EIO, "EEPROM did not take the page")

    def _check(self, start, n):
        if not 0 <= start <= self.size - n:
            raise ValueError("{} bytes at {}: accepted: 0..{}".format(n, start, self.size - 1))

    def _device(self, start):
        """Return the bus address of the block that `start` is in."""
        return self._address | (self._block_bit if start >= _BLOCK else 0)

    def _select(self, start):
        """Set the chip's word address, which it refuses while it writes (acknowledge poll, 7.0).

        Returns the bus address of the block.  Not an empty write: the RP2040 cannot send one.
        """
        device = self._device(start)
        self._word[0] = start >> 8 & 0xFF
        self._word[1] = start & 0xFF
        for _ in range(self._polls):
            try:
                self._i2c.writeto(device, self._word)
            except OSError as error:
                if error.errno == errno.ETIMEDOUT:  # the bus, not the chip
                    raise
                self._sleep_ms(_POLL_MS)
            else:
                return device
        raise OSError(errno.ETIMEDOUT, "EEPROM does not answer")
