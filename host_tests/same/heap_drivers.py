"""Hot paths of the drivers do not allocate: a step of each display, a page of the EEPROM, a frame
of the converter.
"""

from drivers.adc_ads131m import ADS131M, Setup
from drivers.eeprom_24xx import FC1025, EEPROM24xx
from drivers.lcd_hd44780 import LCDHD44780
from drivers.lcd_ht1622 import LCDHT1622

try:
    from micropython import heap_lock, heap_unlock
except ImportError:  # CPython has no heap to lock

    def heap_lock():
        """Do nothing."""

    def heap_unlock():
        """Do nothing."""


class Bus:
    """Takes everything, remembers a sum."""

    def __init__(self):
        self.sum = 0

    def writeto(self, address, buf):
        self.sum += address
        for byte in buf:
            self.sum += byte

    def writevto(self, address, vector):
        sent = 0
        for buf in vector:
            self.writeto(address, buf)
            sent += len(buf)
        return sent

    def readfrom_into(self, address, buf):
        self.sum += address
        for k in range(len(buf)):
            buf[k] = k

    def readfrom_mem_into(self, address, memaddr, buf, *, addrsize=8):
        self.sum += memaddr + addrsize
        self.readfrom_into(address, buf)


class Pin:
    """Counts how often it is driven."""

    def __init__(self):
        self.n = 0

    def __call__(self, level):
        self.n += level + 1


class Converter:
    """A chip whose frames hold status 8103h, the codes -2 and 3, and their CRC."""

    FRAME = b"\x81\x03\0\xff\xff\xfe\0\0\3\x87\xf2\0"

    def exchange(self, out, into):
        for k in range(len(into)):
            into[k] = self.FRAME[k]


def sleep_ms(_duration_ms):
    """Do not sleep."""


bus = Bus()
cs, wr, data = Pin(), Pin(), Pin()
text = LCDHD44780(bus, sleep_ms)
glass = LCDHT1622(cs, wr, data)
wired = LCDHT1622(cs, wr, data, bytes(range(255, -1, -1)))
store = EEPROM24xx(bus, 0x50, FC1025, sleep_ms)
adc = ADS131M(Converter(), Setup((1, 32)), sleep_ms)
is_good = False
lines = bytearray(80)
picture = bytearray(32)
page = bytearray(128)
back = bytearray(128)

for turn in range(40):
    for k in range(80):
        lines[k] = 0x20 + (turn * k) % 64
    for k in range(32):
        picture[k] = turn * k & 0xFF
    heap_lock()
    text.show(lines)
    glass.show(picture)
    wired.show(picture)
    text_done = text.step()
    glass_done = glass.step()
    wired.step()
    store.write_page(0x1FF80, page)
    store.read_into(0x1FF80, back)
    is_good = adc.read()
    heap_unlock()
    print(is_good, adc.codes[0], adc.codes[1])
    print(turn, text_done, glass_done, bus.sum, cs.n, wr.n, data.n, back[127])
