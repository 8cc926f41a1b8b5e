"""MB85RC256V FRAM over I2C: 32 KiB, no pages, no write cycle.

Data sheet: Fujitsu DS501-00017, "Random Read", "Page Write"; 10**12 writes a byte.  Offered in
pages of 128 bytes, the unit in which records are kept.
"""

from micropython import const

_ADDRESS_BITS = const(16)


class MB85RC256V:
    """Bytes at addresses 0 .. size-1.

    i2c:       object with the methods of machine.I2C
    address:   7-bit bus address, 0x50..0x57

    OSError from the bus is passed on.
    """

    size = 0x8000
    page = 128
    endurance = 10**12

    def __init__(self, i2c, address):
        self._i2c = i2c
        self._address = address

    def read_into(self, start, buf):
        """Fill `buf` from `start` on.

        Raises ValueError if that leaves the chip, OSError.  Cost: 4 + len(buf) bytes on the bus.
        """
        self._check(start, len(buf))
        self._i2c.readfrom_mem_into(self._address, start, buf, addrsize=_ADDRESS_BITS)

    def write_page(self, start, data):
        """Write `data`, which lies within one page; it is kept when this returns.

        Raises ValueError if it leaves the page, OSError.  Cost: 3 + len(data) bytes on the bus.
        """
        n = len(data)
        self._check(start, n)
        if not 1 <= n <= self.page - start % self.page:
            raise ValueError("{} bytes at {}: accepted: 1 to the end of the page".format(n, start))
        self._i2c.writeto_mem(self._address, start, data, addrsize=_ADDRESS_BITS)

    def _check(self, start, n):
        if not 0 <= start <= self.size - n:
            raise ValueError("{} bytes at {}: accepted: 0..{}".format(n, start, self.size - 1))
