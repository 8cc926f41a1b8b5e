"""The parts around an emulated pico_3ph: mains, three converters, chips on I2C, the pins."""

from boards.emulated import rp2040 as emulated
from boards.emulated.pico import PicoSurroundings
from boards.pico_3ph import board, calibration
from boards.virtual.chips.chip_ads131m import ChipADS131M
from boards.virtual.front_end import Frames24
from boards.virtual.mains import Mains

SETTLING = 4  # samples after SYNC that the firmware does not take


class Surroundings(PicoSurroundings):
    """Everything that hangs on an emulated board, at rest when its power comes.

    load:     boards.virtual.load.Load of three systems
    noise, seed:  of the converters, see boards/virtual/front_end.py
    rp2040, memory, start_s:  see PicoSurroundings

    converter:  the codes' model; its set 0 is the first one that the firmware takes
    adc:        the converters on the pins
    """

    CODES_PER_SET = 1  # of what adc.converted counts

    def __init__(self, rp2040, load, noise=1.0, seed=0, memory=None, start_s=0):
        super().__init__(rp2040, memory, start_s)
        self.mains = Mains(load)
        self.converter = Frames24(self.mains, noise, seed)
        self.adc_pacer = emulated.PioPacer(rp2040, 1)
        self.adc = Converters(rp2040, lambda: int(rp2040.clock.nanos), self.converter)


class Converters:
    """The three AMC131M02 on the pins.

    chips:      boards.virtual.chips.chip_ads131m.ChipADS131M, L1 first
    converted:  samples since the first one that the firmware takes
    """

    def __init__(self, rp2040, now_ns, front_end):
        self._gpio = rp2040.gpio
        self._front_end = front_end
        self._now_ns = now_ns
        self._block_number = -1
        self._synced_ns = None
        gains = (calibration.U_GAIN, calibration.I_GAIN)
        self.chips = [
            ChipADS131M(
                now_ns, self._codes_of(k), gains, osr=4_096_000 // board.RATE, isolated=True
            )
            for k in range(front_end.systems)
        ]
        self._douts = [None] * len(self.chips)
        self._clock = rp2040.clock
        emulated.wire(rp2040, board.ADC_CS, self._cs)
        emulated.wire(rp2040, board.ADC_SCLK, self._sclk)
        emulated.wire(rp2040, board.ADC_SYNC, self._sync)
        self._alarms = [
            rp2040.clock.create_alarm(lambda k=k: self._look(k)) for k in range(len(self.chips))
        ]
        for k in range(len(self.chips)):
            self._look(k)

    @property
    def converted(self):
        """Samples since the first one that the firmware takes, 0 before."""
        if self._synced_ns is None:
            return 0
        return max(0, (self._now_ns() - self._synced_ns) // Frames24.SET_NS - SETTLING)

    def _codes_of(self, system):
        def codes(n):
            at = max(0, n - SETTLING)
            number, offset = divmod(at, Frames24.BLOCK_SETS)
            first = (offset * self._front_end.systems + system) * 2
            return self._front_end.block(number)[first : first + 2]

        return codes

    def _cs(self, level):
        for k, chip in enumerate(self.chips):
            chip.cs(level)
            self._show(k)

    def _sclk(self, level):
        pin = self._gpio[board.ADC_DIN]
        din = 0 if level else int(pin.output_enable and pin.output_value)
        for k, chip in enumerate(self.chips):
            dout = chip.sclk(level, din)
            if dout != self._douts[k]:
                self._douts[k] = dout
                self._drive(board.ADC_DOUTS[k], dout)

    def _sync(self, level):
        for k, chip in enumerate(self.chips):
            chip.sync(level)
            self._look(k)
        if level:
            self._synced_ns = self._now_ns()

    def _look(self, k):
        """Show DRDY and come back with the next conversion."""
        self._show(k)
        after_ns = self.chips[k].next_ns() - self._now_ns()
        self._alarms[k].schedule(max(after_ns, 1) + 1)

    def _show(self, k):
        self._drive(board.ADC_DRDYS[k], self.chips[k].drdy())

    def _drive(self, gpio, level):
        """Drive a pin of the processor; None lets go of it."""
        pin = self._gpio[gpio]
        if level is None:
            pin.release_input()
        else:
            pin.set_input_value(bool(level))
