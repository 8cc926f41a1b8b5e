"""Everything around the virtual board's processor: time, mains, converters, chips, people.

The processor sees of it what `board.build` wires; a bench or a test drives it from the other side.
"""

from boards.virtual import front_end
from boards.virtual.chips import chip_24xx
from boards.virtual.chips.chip_ds3231 import ChipDS3231
from boards.virtual.chips.chip_hd44780 import ChipHD44780
from boards.virtual.chips.chip_ht1622 import ADDRESSES, ChipHT1622
from boards.virtual.chips.clock import Clock
from boards.virtual.chips.i2c_bus import I2CBus
from boards.virtual.mains import Mains
from boards.virtual.pulse_output import PulseOutput
from boards.virtual.relay import Relay
from boards.virtual.sampler import FrameSampler, InterleavedSampler
from boards.virtual.sums import SumsSource
from boards.virtual.uart import Uart
from drivers import lcd_hd44780, rtc_ds3231
from meter.metrology.acquisition import Acquisition
from ports.cpython import kernel

EEPROM = 0x50
EEPROM_BYTES = chip_24xx.FC1025.size
EEPROMS = {"24FC1025": chip_24xx.FC1025, "24LC512": chip_24xx.LC512}
OPTICAL_BAUD = 300
MODULE_BAUD = 9600
MODULE_FIFO = 256  # what waits in the memory of a driver is part of it


class World:
    """The board's surroundings, all at rest at time 0.

    load:        load.Load of one to three systems
    waveform:    True: samples through converter models, one system at the RP2040's converter, more
                 at 24-bit ones; False: sums of whole windows, without samples
    noise, seed: of the converters, see front_end.py
    linearity:   of the RP2040's converter: 'ideal' or 'e11', as published
    table_share: part of its error that the meter's table corrects; 1 = all
    eeprom:      its part, a key of EEPROMS
    memory:      the EEPROM's cells, bytearray or chip_24xx.MemoryFile; None = a new chip
    start_s:     what the clock chip shows at time 0, s since 2000-01-01 UTC
    clock_error_ppb:  of its crystal, positive = fast

    source:      window source, before any wiring
    scale:       front_end.Scale of its converters
    linearise:   callable(Calibration) that fills the table of the RP2040's converter, or None
    moved:       callable(is_closed), told whenever the breaker's relay has moved, or None
    """

    linearise = None
    moved = None

    def __init__(  # noqa: PLR0913, PLR0915  a record of circumstances, given by name
        self,
        load,
        *,
        waveform=True,
        noise=1.0,
        seed=0,
        memory=None,
        eeprom="24FC1025",
        start_s=0,
        clock_error_ppb=0,
        linearity="ideal",
        table_share=1.0,
    ):
        self.clock = Clock()
        self.mains = Mains(load)
        if not waveform:
            self.source = self.sampler = SumsSource(self.mains, noise, seed)
            self.scale = front_end.Frames24(self.mains, noise).scale()
        elif self.mains.systems == 1:
            converter = front_end.Interleaved12(self.mains, linearity, noise, seed)
            lut = front_end.linearity_table(linearity, table_share)
            self._sample(converter, InterleavedSampler(converter, kernel, lut))
            self.linearise = lambda record: record.fill_lut(
                lut, converter.BIAS, converter.LUT_SCALE
            )
        else:
            converter = front_end.Frames24(self.mains, noise, seed)
            self._sample(converter, FrameSampler(converter, kernel))
        self.faults = None  # of converters that tell what happened to them, see meter.parts
        self.i2c = I2CBus(self.clock.advance_ns)
        self.eeprom = chip_24xx.Chip24xx(EEPROMS[eeprom], self.clock.now_ns, memory)
        self.rtc = ChipDS3231(self.clock.now_ns, clock_error_ppb)
        self.rtc.set_seconds(start_s)
        self.lcd = ChipHD44780(self.clock.now_ns)
        self.i2c.attach(EEPROM, self.eeprom)
        self.i2c.attach(rtc_ds3231.ADDRESS, self.rtc)
        self.i2c.attach(lcd_hd44780.ADDRESS, self.lcd)
        self.glass = ChipHT1622()
        self.optical = Uart(OPTICAL_BAUD)
        self.module = Uart(MODULE_BAUD, fifo=MODULE_FIFO)
        self.pulses = PulseOutput()
        self.button = Button(self.clock.now_ns)
        self.supply = Supply()
        self.seal = Contact(is_closed=True)
        self.cover = Contact(is_closed=True)
        self.magnet = Contact()  # in front; what it sees is bit 0 of the position
        self.magnet_behind = Contact()
        self.tariff_inputs = (Contact(), Contact())
        self.module_cover = Contact(is_closed=True)
        self.main_cover = Contact(is_closed=True)
        self.pulse_input = Contact()
        self.relay = Relay(self.clock.now_ns, self._moved)
        self._load_factors = (1.0,) * self.mains.systems
        self.measured_ns = 0  # how much of the mains the converter has seen
        self.is_frozen = False  # True: the converter stands still, and sees nothing
        self._frozen_ns = 0
        self._passed_ns = 0

    def _sample(self, converter, sampler):
        self.scale = converter.scale()
        self.sampler = sampler
        self.source = Acquisition(sampler, kernel)

    def advance_to(self, now_ns, mains_until_ns=None):
        """Let time pass until `now_ns`; the mains is cut off at `mains_until_ns`.

        What the processor slept away on its own meanwhile counts; if that was more, the rest of
        the world just catches up.
        """
        self.clock.advance_ns(max(0, now_ns - self.clock.now_ns()))
        now_ns = self.clock.now_ns()
        elapsed_ns = now_ns - self._passed_ns
        self._passed_ns = now_ns
        self.optical.advance(elapsed_ns)
        self.module.advance(elapsed_ns)
        self.pulses.advance(elapsed_ns)
        now_ns -= self._frozen_ns
        if mains_until_ns is not None:
            now_ns = min(now_ns, mains_until_ns)
        if self.is_frozen:
            self._frozen_ns += now_ns - self.measured_ns
            return
        self.sampler.advance(now_ns - self.measured_ns)
        self.measured_ns = now_ns

    def switch_mains(self):
        """Take the mains away, or give it back; what has a battery goes on."""
        self.is_frozen = self.supply.is_low = not self.supply.is_low

    def disturb(self, u=None, i=None):
        """From now on have voltages and load currents times these factors, one per system."""
        self._load_factors = tuple(i or self._load_factors)
        self.mains.change(self.measured_ns, u, None)
        self._switch(self.relay.is_closed_now)

    def put_relay(self, is_closed):
        """Have the breaker's relay lie as it did when the power went."""
        self.relay.is_closed_now = is_closed
        self._switch(is_closed)

    def _moved(self, is_closed):
        self._switch(is_closed)
        if self.moved is not None:
            self.moved(is_closed)

    def _switch(self, is_closed):
        factors = self._load_factors if is_closed else (0.0,) * self.mains.systems
        self.mains.change(self.measured_ns, None, factors)

    def picture(self):
        """Return what the glass shows, 32 bytes as in meter/views/glass.py."""
        ram = self.glass.ram
        if not self.glass.is_on:
            return bytes(ADDRESSES // 2)
        return bytes(ram[k] | ram[k + 1] << 4 for k in range(0, ADDRESSES, 2))


class Supply:
    """The supply, as its sense tells."""

    def __init__(self):
        self.is_low = False

    def is_failing(self):
        """Return whether it is below the warning level."""
        return self.is_low


class Contact:
    """A contact that stays as it is put."""

    def __init__(self, is_closed=False):
        self.closed = is_closed

    def is_closed(self):
        """Return whether it is closed."""
        return self.closed


class Button:
    """The push button."""

    def __init__(self, now_ns):
        self._now_ns = now_ns
        self._until_ns = 0

    def push(self, ms=300):
        """Push it, for as long as that."""
        self._until_ns = self._now_ns() + ms * 1_000_000

    def is_closed(self):
        """Return whether it is held down."""
        return self._now_ns() < self._until_ns
