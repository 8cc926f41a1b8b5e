"""An I2C bus that frees itself when a chip holds the data line low.

A chip that was being read when the processor was reset, or that took a disturbance for a clock,
waits for the rest of its clocks with SDA low, and the bus is dead for everybody.  It lets go
within nine of them; a stop condition then ends whatever it believed to be in.

Source: NXP UM10204, "Bus clear".  A clock line that is held low cannot be freed by clocks.
"""

import errno

from micropython import const

_CLOCKS = const(9)  # eight bits and the acknowledge
_HALF_US = const(5)  # 100 kHz, which every chip understands


def free(scl, sda, sleep_us):
    """Clock SDA free and send a stop; return whether both lines are high in the end.

    scl, sda:  open-drain pins: pin(0) pulls, pin(1) releases, pin() is the level; both released
    sleep_us:  callable(int)
    """
    clocks = 0
    while scl() and not sda() and clocks < _CLOCKS:
        scl(0)
        sleep_us(_HALF_US)
        scl(1)
        sleep_us(_HALF_US)
        clocks += 1
    if not (scl() and sda()):
        return False
    for pin, level in ((scl, 0), (sda, 0), (scl, 1), (sda, 1)):
        pin(level)
        sleep_us(_HALF_US)
    return bool(scl() and sda())


class RecoveringI2C:
    """A bus in the shape of machine.I2C that clears itself after every transfer that timed out.

    make:      callable() -> machine.I2C, which claims the pins
    lines:     callable() -> (scl, sda) as free() takes them, which claims the pins
    sleep_us:  callable(int)

    attempts, freed:  how often it was cleared, and how often the lines were high then

    Errors are passed on: the transfer is the driver's, who knows what was done by then.
    """

    def __init__(self, make, lines, sleep_us):
        self._make = make
        self._lines = lines
        self._sleep_us = sleep_us
        self._i2c = make()
        self.attempts = self.freed = 0

    def writeto(self, addr, buf, stop=True):
        """As machine.I2C."""
        try:
            return self._i2c.writeto(addr, buf, stop)
        except OSError as error:
            self._clear(error)
            raise

    def writevto(self, addr, vector, stop=True):
        """As machine.I2C."""
        try:
            return self._i2c.writevto(addr, vector, stop)
        except OSError as error:
            self._clear(error)
            raise

    def readfrom_into(self, addr, buf, stop=True):
        """As machine.I2C."""
        try:
            self._i2c.readfrom_into(addr, buf, stop)
        except OSError as error:
            self._clear(error)
            raise

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        """As machine.I2C."""
        try:
            self._i2c.readfrom_mem_into(addr, memaddr, buf, addrsize=addrsize)
        except OSError as error:
            self._clear(error)
            raise

    def writeto_mem(self, addr, memaddr, buf, *, addrsize=8):
        """As machine.I2C."""
        try:
            self._i2c.writeto_mem(addr, memaddr, buf, addrsize=addrsize)
        except OSError as error:
            self._clear(error)
            raise

    def _clear(self, error):
        """Take the pins from the controller, free the bus, and give them back."""
        if error.errno != errno.ETIMEDOUT:
            return
        self.attempts += 1
        scl, sda = self._lines()
        if free(scl, sda, self._sleep_us):
            self.freed += 1
        self._i2c = self._make()
