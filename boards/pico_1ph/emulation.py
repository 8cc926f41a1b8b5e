"""The parts around an emulated pico_1ph: mains, chips on I2C, what is on the pins."""

from boards.emulated import rp2040 as emulated
from boards.emulated.pico import PicoSurroundings
from boards.virtual.front_end import Interleaved12
from boards.virtual.mains import Mains
from meter.metrology import layout


class Surroundings(PicoSurroundings):
    """Everything that hangs on an emulated board, at rest when its power comes.

    load:     boards.virtual.load.Load of one system
    noise, seed:  of the converter, see boards/virtual/front_end.py
    rp2040, memory, start_s:  see PicoSurroundings

    converter, adc:  the codes' model; the peripheral that converted `adc.converted` of them
    """

    CODES_PER_SET = layout.CODES_PER_SET

    def __init__(self, rp2040, load, noise=1.0, seed=0, memory=None, start_s=0):
        super().__init__(rp2040, memory, start_s)
        self.mains = Mains(load)
        self.converter = Interleaved12(self.mains, "e11", noise, seed)
        self.adc = emulated.Adc(rp2040, self.converter.codes)
