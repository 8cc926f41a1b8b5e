"""A Linux board, or a PC with a USB bridge, through Adafruit Blinka; wiring: README.md."""

import os
import time

from boards.blinka import calibration
from drivers import adc_ads131m
from meter.metrology.acquisition import Acquisition
from meter.parts import Parts
from meter.views.dlms import octets
from ports.blinka import parts as adapters
from ports.blinka.pulse_output import PulseOutput
from ports.blinka.sampler import FrameSampler
from ports.cpython import kernel
from ports.cpython.aes import Aes

# Names of Blinka's `board`, as they stand on a Raspberry Pi's header.
ADC_CS = ("D5", "D6", "D13")  # L1, L2, L3
ADC_SYNC = "D19"
ADC_DRDY = "D26"  # of L1
LED = "D20"
S0 = "D21"
BUTTON = "D16"  # to ground

EEPROM_ADDRESSES = (0x50, 0x54)  # the two halves of a 24FC1025
EEPROM_HALF = 0x10000
EEPROM_WRITES = 1_000_000 // 128  # Adafruit's driver writes byte by byte
FRAM_ADDRESS = 0x51
LCD_ADDRESS = 0x20

RATE = 1000  # samples/s
_SPI_HZ = 8_000_000


def adc_setup():
    """Return the Setup of each converter: channel 0 is U, channel 1 is I."""
    return adc_ads131m.Setup(
        (calibration.U_GAIN, calibration.I_GAIN), osr=4_096_000 // RATE, isolated=True
    )


def build(settings, board, *, optical=None, now_ns=time.monotonic_ns, is_sampling=True):
    """Return the Parts of this board; called once.

    board:        Blinka's module `board`
    optical:      ports.blinka.serial_port.Serial of the optical head, or None
    now_ns:       the time by which samples are missed
    is_sampling:  False: nobody samples until somebody calls parts.faults.take()

    Raises OSError if the converters or the EEPROM are not there.
    """
    from adafruit_24lc32 import EEPROM_I2C
    from adafruit_ds3231 import DS3231

    i2c = _i2c(board)
    sampler = _sampler(board, now_ns)
    parts = Parts()
    parts.calibration = calibration.default()
    parts.source = Acquisition(sampler, kernel)
    parts.faults = sampler
    halves = [EEPROM_I2C(i2c, address, max_size=EEPROM_HALF) for address in EEPROM_ADDRESSES]
    parts.store = adapters.Store(halves, EEPROM_WRITES)
    parts.fram = _fram(i2c)
    parts.clock = adapters.Clock(DS3231(i2c))
    parts.pulse_output = PulseOutput(_output(board, LED), _output(board, S0), settings.pulse_ms)
    parts.texts = _texts(i2c)
    parts.button = adapters.Contact(_input(board, BUTTON))
    parts.optical = optical
    parts.new_aes = Aes
    parts.octets = octets
    parts.random = os.urandom
    parts.watchdog = adapters.System()
    if is_sampling:
        sampler.start()
    return parts


def _i2c(board):
    import busio

    return busio.I2C(board.SCL, board.SDA)


def _sampler(board, now_ns):
    """Set up the converters and synchronise them."""
    import busio

    bus = busio.SPI(board.SCK, board.MOSI, board.MISO)
    while not bus.try_lock():
        time.sleep(0)
    bus.configure(baudrate=_SPI_HZ, polarity=0, phase=1)
    bus.unlock()
    spi = adapters.Spi(bus)
    setup = adc_setup()
    selects = [_output(board, name, 1) for name in ADC_CS]
    adcs = [
        adc_ads131m.ADS131M(adc_ads131m.SpiLink(spi, cs), setup, lambda ms: time.sleep(ms / 1000))
        for cs in selects
    ]
    for adc in adcs:
        adc.start()
    adc_ads131m.synchronise(_output(board, ADC_SYNC, 1))
    drdy = _input(board, ADC_DRDY)
    return FrameSampler(adcs, setup, lambda: not drdy.value, RATE, now_ns)


def _fram(i2c):
    """Return the FRAM that takes the registers, None if it is not fitted."""
    from adafruit_fram import FRAM_I2C

    try:
        return adapters.Store([FRAM_I2C(i2c, FRAM_ADDRESS)], 10**12)
    except (OSError, ValueError):  # ValueError: nobody answers
        return None


def _texts(i2c):
    """Return the character display behind its MCP23008, or nothing if it is not fitted."""
    from adafruit_character_lcd.character_lcd_i2c import Character_LCD_I2C

    try:
        lcd = Character_LCD_I2C(i2c, 20, 4, address=LCD_ADDRESS)
    except (OSError, ValueError):
        return ()
    lcd.backlight = True
    return (adapters.Text(lcd),)


def _output(board, name, level=0):
    import digitalio

    pin = digitalio.DigitalInOut(getattr(board, name))
    pin.switch_to_output(value=bool(level))
    return adapters.Output(pin)


def _input(board, name):
    import digitalio

    pin = digitalio.DigitalInOut(getattr(board, name))
    pin.switch_to_input(pull=digitalio.Pull.UP)
    return pin
