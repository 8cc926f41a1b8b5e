"""A small ring on a modelled EEPROM, and what becomes of it when the power goes."""

from boards.virtual.chips import chip_24xx
from boards.virtual.chips.clock import Clock
from boards.virtual.chips.i2c_bus import I2CBus
from drivers import eeprom_24xx
from drivers.eeprom_24xx import EEPROM24xx
from meter.journal.record import Page
from meter.journal.ring import Ring

PAGE = 128
FIRST_PAGE = 2
KIND = 0x5A
SIZE = 120


class Device:
    """A chip and, from `power_up` on, a processor with a ring that has just recovered.

    A payload is made of one number, which is in every byte of it, so that no mixture passes.
    """

    def __init__(self, pages, image=None):
        self.clock = Clock()
        memory = None if image is None else bytearray(image)
        self.chip = chip_24xx.Chip24xx(chip_24xx.LC512, self.clock.now_ns, memory)
        self.region = (FIRST_PAGE, pages, KIND, SIZE)
        self.ring = None
        self.found = bytearray(SIZE)

    def power_up(self, bytes_to_cut=None):
        """Start anew; return the number recovered, None if there is none."""
        self.chip.power_cycle()
        self.chip.bytes_to_cut = bytes_to_cut
        self.power_up_bus()
        self.ring = Ring(self.store, self.region, Page())
        return self.recover()

    def power_up_bus(self):
        """Make the bus and the driver anew."""
        self.bus = I2CBus(self.clock.advance_ns)
        self.bus.attach(0x50, self.chip)
        self.store = EEPROM24xx(self.bus, 0x50, eeprom_24xx.LC512, self.clock.sleep_ms)

    def recover(self):
        length = self.ring.recover(self.found)
        if length < 0:
            return None
        assert length == SIZE
        number = int.from_bytes(self.found[:4], "little")
        assert self.found == payload(number), f"invented: {self.found.hex()}"
        return number

    def append(self, number):
        self.ring.append(payload(number), SIZE)

    def page(self, k):
        """Return page `k` of the ring as it stands in the cells."""
        start = (FIRST_PAGE + k) * PAGE
        return bytes(self.chip.memory[start : start + PAGE])


def payload(number):
    return bytearray(
        number.to_bytes(4, "little") + bytes((number * k) % 251 for k in range(SIZE - 4))
    )
