"""NUCLEO-F767ZI, three measuring systems at an AMC131M02 each; wiring: README.md.

On a board this module is /wiring.mpy, and main.py calls build() once.
"""

from micropython import const

from boards.nucleo_3ph import calibration
from drivers import adc_ads131m
from drivers.eeprom_24xx import FC1025, EEPROM24xx
from drivers.i2c_recovery import RecoveringI2C
from drivers.lcd_hd44780 import LCDHD44780
from drivers.rtc_ds3231 import DS3231
from meter.metrology.acquisition import Acquisition
from meter.parts import Parts

# Names of the pins as MicroPython's NUCLEO_F767ZI has them
ADC_SPI = const(3)  # SCK B3, MISO B4, MOSI B5; stm.SPI3 below
ADC_CS = ("E9", "E11", "E13")  # L1, L2, L3
ADC_DRDYS = ("E2", "E4", "E5")  # of lines that no other interrupt uses
ADC_SYNC = "E6"
I2C_BUS = const(1)
I2C_SCL = "B8"
I2C_SDA = "B9"
OPTICAL_UART = const(6)  # TX C6, RX C7
MODULE_UART = const(2)  # TX D5, RX D6
LED = "B0"  # the green one, LD1
S0 = "E7"
BUTTON = "E8"  # to ground; the blue one on the board goes to 3.3 V
PULSE_TIMER = const(4)

EEPROM_ADDRESS = const(0x50)

RATE = const(4000)  # samples/s: 4000, or 8000 with twice the memory
FRAMES = const(512 * (RATE // 4000))  # in a chip's buffer, 128 ms
RING = const(1024 * (RATE // 4000))  # sets
_SPI_HZ = const(13_500_000)


def adc_setup():
    """Return the Setup of each converter: channel 0 is U, channel 1 is I."""
    return adc_ads131m.Setup(
        (calibration.U_GAIN, calibration.I_GAIN), osr=4_096_000 // RATE, isolated=True
    )


def build(settings):
    """Return the Parts of this board; called once.  The watchdog runs from then on."""
    # Imported here, so that a computer can read the names above.
    from time import sleep_ms

    import machine
    import pyb

    from ports.stm32.inputs import Contact
    from ports.stm32.pulse_output import TIMER_HZ, PulseOutput
    from ports.stm32.system import System
    from ports.stm32.uart import Uart

    pin = machine.Pin
    sampler, kernel = _sampler(sleep_ms)
    i2c = _i2c()

    parts = Parts()
    parts.calibration = calibration.default()
    parts.source = Acquisition(sampler, kernel)
    parts.faults = sampler
    parts.store = EEPROM24xx(i2c, EEPROM_ADDRESS, FC1025, sleep_ms)
    parts.clock = DS3231(i2c)
    timer = pyb.Timer(PULSE_TIMER, freq=TIMER_HZ)
    led, s0 = pin(LED, pin.OUT, value=0), pin(S0, pin.OUT, value=0)
    parts.pulse_output = PulseOutput(led, s0, timer, settings.pulse_ms)
    parts.texts = (LCDHD44780(i2c, sleep_ms),)
    parts.button = Contact(pin(BUTTON, pin.IN, pin.PULL_UP))
    parts.optical = Uart(machine.UART(OPTICAL_UART), 300, even_parity=True)
    parts.module = Uart(machine.UART(MODULE_UART), 9600, even_parity=False, buffer=640)
    parts.watchdog = parts.memory = System()
    return parts


def set_clock(seconds):
    """Set the clock chip to `seconds` since 2000-01-01 UTC; OSError if it does not answer."""
    DS3231(_i2c()).set_s(seconds)


def _sampler(sleep_ms):
    """Set up the converters; return their sampler and the kernel."""
    import stm
    from machine import SPI, Pin

    from ports.stm32 import kernel
    from ports.stm32.exchange import exchange
    from ports.stm32.frame_port import FramePort
    from ports.thumb import frames
    from ports.thumb.frame_sampler import FrameSampler, set_up

    spi = SPI(ADC_SPI, baudrate=_SPI_HZ, polarity=0, phase=1)
    selects = [Pin(name, Pin.OUT, value=1) for name in ADC_CS]
    drdys = [Pin(name, Pin.IN, Pin.PULL_UP) for name in ADC_DRDYS]
    sync = Pin(ADC_SYNC, Pin.OUT, value=1)
    setup = adc_setup()
    adcs = [
        adc_ads131m.ADS131M(adc_ads131m.SpiLink(spi, select), setup, sleep_ms)
        for select in selects
    ]
    lost = set_up(adcs, sleep_ms)
    port = FramePort(stm.SPI3, selects, drdys, exchange, FRAMES)

    def synchronise():
        adc_ads131m.synchronise(sync)

    sampler = FrameSampler(
        kernel.unpack_words, port, frames, setup, adc_ads131m.words, lost, synchronise,
        RATE, RING,
    )  # fmt: skip
    return sampler, kernel


def _i2c():
    from time import sleep_us

    from machine import I2C, Pin

    def controller():
        return I2C(I2C_BUS, freq=400_000, timeout=10_000)

    def lines():
        return [Pin(name, Pin.OPEN_DRAIN, value=1) for name in (I2C_SCL, I2C_SDA)]

    return RecoveringI2C(controller, lines, sleep_us)
