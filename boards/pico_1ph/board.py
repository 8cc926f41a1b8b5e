"""Raspberry Pi Pico, one measuring system at the RP2040's converter; wiring: README.md.

On a board this module is /wiring.mpy, and main.py calls build() once.
"""

from array import array

from micropython import const

from boards import pico
from boards.pico_1ph import calibration
from meter.functions.calibrate import stored
from meter.metrology.acquisition import Acquisition

# GPIO numbers beside those of boards/pico.py
I_HIGH = const(26)  # ADC0
U = const(27)  # ADC1
I_LOW = const(28)  # ADC2

set_clock = pico.set_clock


def build(settings):
    """Return the Parts of this board; called once.  The watchdog runs from then on."""
    # Imported here, so that a computer can read the numbers above.
    from machine import ADC, Pin

    from ports.rp2 import kernel
    from ports.rp2.sampler import AdcSampler

    coils = pico.rest_coils()
    for channel in (I_HIGH, U, I_LOW):
        ADC(Pin(channel))
    lut = array("h", bytes(2 * 4096))
    sampler = AdcSampler(kernel, lut)

    parts = pico.parts(settings, coils)
    parts.calibration = stored(parts.store, calibration.default())
    parts.linearise = lambda record: record.fill_lut(lut, calibration.BIAS, calibration.LUT_SCALE)
    parts.linearise(parts.calibration)
    parts.source = Acquisition(sampler, kernel)
    return parts
