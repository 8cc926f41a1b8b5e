"""Raspberry Pi Pico, three measuring systems at an AMC131M02 each; wiring: README.md.

On a board this module is /wiring.mpy, and main.py calls build() once.
"""

from micropython import const

from boards.pico_3ph import calibration
from drivers import adc_ads131m
from drivers.eeprom_24xx import FC1025, EEPROM24xx
from drivers.i2c_recovery import RecoveringI2C
from drivers.lcd_hd44780 import LCDHD44780
from drivers.lcd_ht1622 import LCDHT1622
from drivers.rtc_ds3231 import DS3231
from meter.functions.calibrate import stored
from meter.metrology.acquisition import Acquisition
from meter.parts import Parts

# GPIO numbers
OPTICAL_TX = const(0)
OPTICAL_RX = const(1)
ADC_SCLK = const(2)
ADC_DIN = const(3)
I2C_SDA = const(4)
I2C_SCL = const(5)
ADC_CS = const(6)
ADC_SYNC = const(7)
MODULE_TX = const(8)
MODULE_RX = const(9)
GLASS_CS = const(10)
GLASS_WR = const(11)
GLASS_DATA = const(12)
SUPPLY = const(13)  # low while the supply is below its warning level
LED = const(14)
S0 = const(15)  # LED + 1: one state machine drives both
BUTTON = const(16)  # to ground
SEAL = const(17)  # to ground while the seal is broken: without a contact it is whole
RELAY_SET = const(18)
RELAY_RESET = const(19)
ADC_DOUTS = (20, 21, 22)  # L1, L2, L3
ADC_DRDYS = (26, 27, 28)

OPTICAL_UART = const(0)
MODULE_UART = const(1)
I2C_BUS = const(0)
EEPROM_ADDRESS = const(0x50)

RATE = const(4000)  # samples/s: 4000, or 8000 with twice the memory
FRAMES = const(512 * (RATE // 4000))  # in a chip's buffer, 128 ms
RING = const(1024 * (RATE // 4000))  # sets
_SETUP_HZ = const(1_000_000)


def adc_setup():
    """Return the Setup of each converter: channel 0 is U, channel 1 is I."""
    return adc_ads131m.Setup(
        (calibration.U_GAIN, calibration.I_GAIN), osr=4_096_000 // RATE, isolated=True
    )


def build(settings):
    """Return the Parts of this board; called once.  The watchdog runs from then on."""
    # Imported here, so that a computer can read the numbers above.
    import sys
    from time import sleep_ms

    import machine

    from ports import program
    from ports.rp2.inputs import Contact, SupplySense
    from ports.rp2.pulse_output import PulseOutput
    from ports.rp2.system import System

    pin = machine.Pin
    for coil in (RELAY_SET, RELAY_RESET):
        pin(coil, pin.OUT, value=0)  # reserved; a bistable relay needs both low
    sampler, kernel = _sampler(sleep_ms)
    i2c = _i2c()
    glass = [pin(number, pin.OUT) for number in (GLASS_CS, GLASS_WR, GLASS_DATA)]

    parts = Parts()
    parts.checksum, parts.is_program_good = program.check(sys.path[0], is_mounted=True)
    parts.source = Acquisition(sampler, kernel)
    parts.faults = sampler
    parts.store = EEPROM24xx(i2c, EEPROM_ADDRESS, FC1025, sleep_ms)
    parts.calibration = stored(parts.store, calibration.default())
    parts.clock = DS3231(i2c)
    parts.pulse_output = PulseOutput(pin(LED), LED, settings.pulse_ms)
    parts.pictures = (LCDHT1622(*glass),)
    parts.texts = (LCDHD44780(i2c, sleep_ms),)
    parts.button = Contact(pin(BUTTON, pin.IN, pin.PULL_UP))
    _add_lines(parts)
    parts.seal = Contact(pin(SEAL, pin.IN, pin.PULL_UP), is_break=True)
    parts.watchdog = parts.memory = System((parts.optical, parts.module))
    parts.supply = SupplySense(pin(SUPPLY, pin.IN, pin.PULL_UP), parts.watchdog.wake)
    return parts


def set_clock(seconds):
    """Set the clock chip to `seconds` since 2000-01-01 UTC; OSError if it does not answer."""
    DS3231(_i2c()).set_s(seconds)


def _sampler(sleep_ms):
    """Set up the converters; return their sampler and the kernel."""
    from machine import Pin, SoftSPI

    from ports.rp2 import kernel_24 as kernel
    from ports.rp2.frame_port import FramePort
    from ports.thumb import frames
    from ports.thumb.frame_sampler import FrameSampler, set_up

    sclk, din, cs = Pin(ADC_SCLK), Pin(ADC_DIN), Pin(ADC_CS, Pin.OUT, value=1)
    sync = Pin(ADC_SYNC, Pin.OUT, value=1)
    douts = [Pin(number, Pin.IN, Pin.PULL_UP) for number in ADC_DOUTS]
    drdys = [Pin(number, Pin.IN, Pin.PULL_UP) for number in ADC_DRDYS]
    setup = adc_setup()
    port = FramePort(sclk, cs, din, douts, drdys, RATE, FRAMES)
    adcs = []
    for dout in douts:
        spi = SoftSPI(_SETUP_HZ, polarity=0, phase=1, sck=sclk, mosi=din, miso=dout)
        adcs.append(adc_ads131m.ADS131M(adc_ads131m.SpiLink(spi, cs), setup, sleep_ms))
    lost = set_up(adcs, sleep_ms)

    def synchronise():
        adc_ads131m.synchronise(sync)

    sampler = FrameSampler(
        kernel.unpack_words, port, frames, setup, adc_ads131m.words, lost, synchronise,
        RATE, RING,
    )  # fmt: skip
    return sampler, kernel


def _add_lines(parts):
    """Give `parts` its serial ports and what DLMS needs."""
    from os import urandom

    from machine import UART, Pin

    from ports.rp2.uart import Uart
    from ports.thumb import octets
    from ports.thumb.aes import new_aes

    rx = Pin(OPTICAL_RX)
    line = UART(OPTICAL_UART, 300, tx=Pin(OPTICAL_TX), rx=rx, rxbuf=640, txbuf=640, timeout=0)
    parts.optical = Uart(line, 300, even_parity=True, pin=rx, buffer=640)
    rx = Pin(MODULE_RX)
    line = UART(MODULE_UART, 9600, tx=Pin(MODULE_TX), rx=rx, rxbuf=640, txbuf=640, timeout=0)
    parts.module = Uart(line, 9600, even_parity=False, buffer=640)
    parts.new_aes, parts.octets, parts.random = new_aes, octets, urandom


def _i2c():
    from time import sleep_us

    from machine import I2C, Pin

    def controller():
        return I2C(I2C_BUS, sda=Pin(I2C_SDA), scl=Pin(I2C_SCL), freq=400_000, timeout=10_000)

    def lines():
        return [Pin(number, Pin.OPEN_DRAIN, value=1) for number in (I2C_SCL, I2C_SDA)]

    return RecoveringI2C(controller, lines, sleep_us)
