"""Raspberry Pi Pico, three measuring systems at an AMC131M02 each; wiring: README.md.

On a board this module is /wiring.mpy, and main.py calls build() once.
"""

from micropython import const

from boards import pico
from boards.pico_3ph import calibration
from drivers import adc_ads131m
from meter.functions.calibrate import stored
from meter.metrology.acquisition import Acquisition

# GPIO numbers beside those of boards/pico.py
ADC_SCLK = const(2)
ADC_DIN = const(3)
ADC_CS = const(6)
ADC_SYNC = const(7)
ADC_DOUTS = (20, 21, 22)  # L1, L2, L3
ADC_DRDYS = (26, 27, 28)

RATE = const(4000)  # samples/s: 4000, or 8000 with twice the memory
FRAMES = const(512 * (RATE // 4000))  # in a chip's buffer, 128 ms
RING = const(1024 * (RATE // 4000))  # sets
_SETUP_HZ = const(1_000_000)

set_clock = pico.set_clock


def adc_setup():
    """Return the Setup of each converter: channel 0 is U, channel 1 is I."""
    return adc_ads131m.Setup(
        (calibration.U_GAIN, calibration.I_GAIN), osr=4_096_000 // RATE, isolated=True
    )


def build(settings):
    """Return the Parts of this board; called once.  The watchdog runs from then on."""
    coils = pico.rest_coils()
    sampler, kernel = _sampler()
    parts = pico.parts(settings, coils)
    parts.source = Acquisition(sampler, kernel)
    parts.faults = sampler
    parts.calibration = stored(parts.store, calibration.default())
    return parts


def _sampler():
    """Set up the converters; return their sampler and the kernel."""
    # Imported here, so that a computer can read the numbers above.
    from time import sleep_ms

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
