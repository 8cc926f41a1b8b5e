"""What the Pico boards have in common: the pins beside the front end, and what hangs on them."""

from micropython import const

from drivers.eeprom_24xx import FC1025, EEPROM24xx
from drivers.i2c_recovery import RecoveringI2C
from drivers.lcd_hd44780 import LCDHD44780
from drivers.lcd_ht1622 import LCDHT1622
from drivers.relay_bistable import RelayBistable
from drivers.rtc_ds3231 import DS3231
from meter.parts import Parts

# GPIO numbers
OPTICAL_TX = const(0)
OPTICAL_RX = const(1)
I2C_SDA = const(4)
I2C_SCL = const(5)
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

OPTICAL_UART = const(0)
OPTICAL_MACHINE = const(1)  # of PIO0, whose first one plays the pulses
MODULE_UART = const(1)
I2C_BUS = const(0)
EEPROM_ADDRESS = const(0x50)
EEPROM_PART = FC1025  # or LC512: the same map with a shorter load profile


def rest_coils():
    """Let no current into the relay; the first thing that a board does.  Return (open, close)."""
    from machine import Pin

    return [Pin(coil, Pin.OUT, value=0) for coil in (RELAY_RESET, RELAY_SET)]


def parts(settings, coils):
    """Return Parts without a front end and its calibration.  The watchdog runs from then on."""
    import sys
    from time import sleep_ms

    from machine import Pin

    from ports import program
    from ports.rp2.inputs import Contact, SupplySense
    from ports.rp2.pulse_output import PulseOutput
    from ports.rp2.system import System, cause_of_reset

    def pulled_up(number):
        return Pin(number, Pin.IN, Pin.PULL_UP)

    bus = i2c()
    glass = [Pin(number, Pin.OUT) for number in (GLASS_CS, GLASS_WR, GLASS_DATA)]
    found = Parts()
    found.checksum, found.is_program_good = program.check(sys.path[0], is_mounted=True)
    found.store = EEPROM24xx(bus, EEPROM_ADDRESS, EEPROM_PART, sleep_ms)
    found.clock = DS3231(bus)
    found.pulse_output = PulseOutput(Pin(LED), LED, settings.pulse_ms)
    found.pictures = (LCDHT1622(*glass),)
    found.texts = (LCDHD44780(bus, sleep_ms),)
    found.button = Contact(pulled_up(BUTTON))
    _add_lines(found)
    found.relay = RelayBistable(*coils)
    found.seal = Contact(pulled_up(SEAL), is_break=True)
    found.reset_cause = cause_of_reset()
    found.supply = SupplySense(pulled_up(SUPPLY))
    found.watchdog = found.memory = System((found.optical, found.module, found.supply))
    return found


def set_clock(seconds):
    """Set the clock chip to `seconds` since 2000-01-01 UTC; OSError if it does not answer."""
    DS3231(i2c()).set_s(seconds)


def i2c():
    """Return the bus of EEPROM, clock and character display."""
    from time import sleep_us

    from machine import I2C, Pin

    def controller():
        return I2C(I2C_BUS, sda=Pin(I2C_SDA), scl=Pin(I2C_SCL), freq=400_000, timeout=10_000)

    def lines():
        return [Pin(number, Pin.OPEN_DRAIN, value=1) for number in (I2C_SCL, I2C_SDA)]

    return RecoveringI2C(controller, lines, sleep_us)


def _add_lines(found):
    """Give `found` its serial ports and what DLMS needs."""
    from os import urandom

    from machine import UART, Pin

    from ports.rp2.short_pulse import ShortPulse
    from ports.rp2.uart import Uart
    from ports.thumb import octets
    from ports.thumb.aes import new_aes

    rx = Pin(OPTICAL_RX)
    line = UART(OPTICAL_UART, 300, tx=Pin(OPTICAL_TX), rx=rx, rxbuf=640, txbuf=640, timeout=0)
    pulses = ShortPulse(rx, OPTICAL_MACHINE)
    found.optical = Uart(line, 300, even_parity=True, pulses=pulses, buffer=640)
    rx = Pin(MODULE_RX)
    line = UART(MODULE_UART, 9600, tx=Pin(MODULE_TX), rx=rx, rxbuf=640, txbuf=640, timeout=0)
    found.module = Uart(line, 9600, even_parity=False, buffer=640)
    found.new_aes, found.octets, found.random = new_aes, octets, urandom
