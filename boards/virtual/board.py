"""The virtual board: a processor without pins, wired to the models of a World.

| place          | part                                                   |
|----------------|--------------------------------------------------------|
| I2C 0x50       | 24FC1025 or 24LC512 EEPROM                             |
| I2C 0x68       | DS3231 clock                                           |
| I2C 0x27       | HD44780 20 x 4 display behind a PCF8574                |
| CS, WR, DATA   | HT1622 segment glass                                   |
| UART0          | optical head, 300 baud 7E1 and 9600 baud 8N1           |
| UART1          | module area, 9600 baud 8N1                             |
"""

import os

from boards.virtual.calibration import ideal_calibration
from boards.virtual.world import EEPROM
from drivers.eeprom_24xx import FC1025, LC512, EEPROM24xx
from drivers.hall_switches import HallSwitches
from drivers.i2c_recovery import RecoveringI2C
from drivers.lcd_hd44780 import LCDHD44780
from drivers.lcd_ht1622 import LCDHT1622
from drivers.relay_bistable import RelayBistable
from drivers.rtc_ds3231 import DS3231
from meter.functions.calibrate import stored
from meter.parts import Parts
from meter.views.dlms import octets
from ports.cpython.aes import Aes


def build(world):
    """Return the Parts of a meter in `world`; called once for each power-on."""
    i2c = RecoveringI2C(world.i2c.controller, world.i2c.lines, world.clock.sleep_us)
    part = LC512 if len(world.eeprom.memory) == LC512.size else FC1025
    store = EEPROM24xx(i2c, EEPROM, part, world.clock.sleep_ms)
    glass = world.glass
    parts = Parts()
    parts.source = world.source
    parts.faults = world.faults
    parts.store = store
    born = ideal_calibration(world.scale, world.mains.systems)
    parts.calibration = stored(store, born)
    parts.linearise = world.linearise
    if parts.calibration is not born and world.linearise is not None:
        world.linearise(parts.calibration)
    parts.clock = DS3231(i2c)
    parts.pulse_output = world.pulses
    parts.pictures = (LCDHT1622(glass.cs, glass.wr, glass.data),)
    parts.texts = (LCDHD44780(i2c, world.clock.sleep_ms),)
    parts.button = world.button
    parts.supply = world.supply
    parts.has_battery = True
    parts.seal = world.seal
    parts.cover = world.cover
    parts.magnet = HallSwitches((world.magnet, world.magnet_behind))
    parts.main_cover = world.main_cover
    parts.module_cover = world.module_cover
    relay = world.relay
    parts.relay = RelayBistable(relay.open_coil, relay.close_coil, relay)
    parts.tariff_inputs = world.tariff_inputs
    parts.pulse_input = world.pulse_input
    parts.optical = world.optical
    parts.module = world.module
    parts.new_aes = Aes
    parts.octets = octets
    parts.random = os.urandom
    return parts
