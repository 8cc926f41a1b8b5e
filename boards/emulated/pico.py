"""What hangs on the pins of an emulated Pico board, whatever its front end is."""

from boards import pico
from boards.emulated import rp2040 as emulated
from boards.emulated.i2c import I2cBus
from boards.virtual.chips import chip_24xx
from boards.virtual.chips.chip_ds3231 import ChipDS3231
from boards.virtual.chips.chip_hd44780 import ChipHD44780
from boards.virtual.chips.chip_ht1622 import ChipHT1622
from drivers import lcd_hd44780, rtc_ds3231


class PicoSurroundings:
    """The parts beside the front end, at rest when their power comes.

    rp2040:   rp2040py.rp2040.RP2040 that has not run yet
    memory:   the EEPROM's cells, None = a new chip
    start_s:  what the clock chip shows, s since 2000-01-01 UTC
    """

    def __init__(self, rp2040, memory=None, start_s=0):
        self.pacer = emulated.PioPacer(rp2040)
        self.optical = emulated.Uart(rp2040, pico.OPTICAL_UART)
        self.module = emulated.Uart(rp2040, pico.MODULE_UART)
        self.led = emulated.Edges(rp2040, pico.LED)
        self.s0 = emulated.Edges(rp2040, pico.S0)

        def now_ns():
            return int(rp2040.clock.nanos)

        self.eeprom = chip_24xx.Chip24xx(chip_24xx.FC1025, now_ns, memory)
        self.rtc = ChipDS3231(now_ns)
        self.rtc.set_seconds(start_s)
        self.lcd = ChipHD44780(now_ns)
        self.i2c = I2cBus(rp2040, pico.I2C_BUS)
        self.i2c.attach(pico.EEPROM_ADDRESS, self.eeprom)
        self.i2c.attach(rtc_ds3231.ADDRESS, self.rtc)
        self.i2c.attach(lcd_hd44780.ADDRESS, self.lcd)

        self.glass = ChipHT1622(now_ns)
        for number, drive in (
            (pico.GLASS_CS, self.glass.cs),
            (pico.GLASS_WR, self.glass.wr),
            (pico.GLASS_DATA, self.glass.data),
        ):
            emulated.wire(rp2040, number, drive)
