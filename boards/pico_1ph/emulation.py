"""The parts around an emulated pico_1ph: mains, chips on I2C, what is on the pins."""

from boards.emulated import rp2040 as emulated
from boards.emulated.i2c import I2cBus
from boards.pico_1ph import board
from boards.virtual.chips import chip_24xx
from boards.virtual.chips.chip_ds3231 import ChipDS3231
from boards.virtual.chips.chip_hd44780 import ChipHD44780
from boards.virtual.chips.chip_ht1622 import ChipHT1622
from boards.virtual.front_end import Interleaved12
from boards.virtual.mains import Mains
from drivers import lcd_hd44780, rtc_ds3231
from meter.metrology import layout


class Surroundings:
    """Everything that hangs on an emulated board, at rest when its power comes.

    rp2040:   rp2040py.rp2040.RP2040 that has not run yet
    load:     boards.virtual.load.Load of one system
    noise, seed:  of the converter, see boards/virtual/front_end.py
    memory:   the EEPROM's cells, None = a new chip
    start_s:  what the clock chip shows, s since 2000-01-01 UTC

    converter, adc:  the codes' model; the peripheral that converted `adc.converted` of them
    """

    CODES_PER_SET = layout.CODES_PER_SET

    def __init__(self, rp2040, load, noise=1.0, seed=0, memory=None, start_s=0):
        self.mains = Mains(load)
        self.converter = Interleaved12(self.mains, "e11", noise, seed)
        self.adc = emulated.Adc(rp2040, self.converter.codes)
        self.pacer = emulated.PioPacer(rp2040)
        self.optical = emulated.Uart(rp2040, board.OPTICAL_UART)
        self.module = emulated.Uart(rp2040, board.MODULE_UART)
        self.led = emulated.Edges(rp2040, board.LED)
        self.s0 = emulated.Edges(rp2040, board.S0)

        def now_ns():
            return int(rp2040.clock.nanos)

        self.eeprom = chip_24xx.Chip24xx(chip_24xx.FC1025, now_ns, memory)
        self.rtc = ChipDS3231(now_ns)
        self.rtc.set_seconds(start_s)
        self.lcd = ChipHD44780(now_ns)
        self.i2c = I2cBus(rp2040, board.I2C_BUS)
        self.i2c.attach(board.EEPROM_ADDRESS, self.eeprom)
        self.i2c.attach(rtc_ds3231.ADDRESS, self.rtc)
        self.i2c.attach(lcd_hd44780.ADDRESS, self.lcd)

        self.glass = ChipHT1622(now_ns)
        for number, drive in (
            (board.GLASS_CS, self.glass.cs),
            (board.GLASS_WR, self.glass.wr),
            (board.GLASS_DATA, self.glass.data),
        ):
            emulated.wire(rp2040, number, drive)
