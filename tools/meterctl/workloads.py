"""What is done to the sets of one window, as a kernel is counted and timed with it.

A window is ten cycles of 50 Hz.  Every workload has: SET_NS; SETS, in the window; run(kernel);
check(core), what is done to the frames before.
"""

import math
from array import array

from drivers.adc_ads131m import crc16
from meter.metrology import layout

_BLOCK = 200  # sets taken over at a time
_CYCLE_NS = 20_000_000
_STATUS = 0x850000


class Internal12:
    """U, I high and I low of the RP2040's converter, as the board pico_1ph takes them."""

    SET_NS = 124_875
    SETS = 1602
    _SIZE = 2048  # sets in a ring
    _HALF = 64
    _BIAS = 1792

    def __init__(self):
        self.lut = array("h", [12 * (code - self._BIAS) for code in range(4096)])
        self.codes = array("H", [self._code(number) for number in range(18 * self.SETS)])
        self.carry = array("i", [0, 0])
        self.ih, self.u, self.il = (array("h", bytes(2 * self._SIZE)) for _ in range(3))
        self.state = _tracker(15_000)
        self.sums = array("q", bytes(8 * layout.SUMS))

    def _code(self, number):
        amplitude = (1700, 1500, 110)[number % 3]  # I_high near its end, U at 230 V, I_low
        turns = number * self.SET_NS / layout.CODES_PER_SET / _CYCLE_NS
        return round(self._BIAS + amplitude * math.sin(2 * math.pi * turns))

    def run(self, kernel):
        """Do everything that is done to the sets of one window."""
        rings, mask = (self.ih, self.u, self.il), self._SIZE - 1
        for at in range(0, self.SETS, _BLOCK):
            n = min(_BLOCK, self.SETS - at)
            kernel.decimate(self.codes, at, n, self.lut, self.carry, *rings, at, mask)
        _track(kernel, self.u, self.SETS, mask, self._HALF, self.state)
        for values in (self.ih, self.il):
            kernel.peak(values, 0, self.SETS, mask)
        step = (self.SET_NS << 32) // _CYCLE_NS
        kernel.accumulate(self.u, self.ih, 0, self.SETS, mask, step, self.sums)

    def check(self, core):
        """Do nothing: these codes come without frames."""


class Frames24:
    """Three systems at a 24-bit converter each, 4 kS/s, in frames of four words.

    frames:  of each system
    """

    SET_NS = 250_000
    SETS = 800
    _SIZE = 1024
    _HALF = 32
    _STRIDE = 4

    def __init__(self):
        self.frames = [self._frames(system) for system in range(3)]
        self.u = [array("h", bytes(2 * self._SIZE)) for _ in range(3)]
        self.i = [array("i", bytes(4 * self._SIZE)) for _ in range(3)]
        self.state = _tracker(32_768)
        self.sums = array("q", bytes(8 * layout.SUMS))

    def _frames(self, system):
        words = []
        for k in range(self.SETS):
            turn = 2 * math.pi * (k * self.SET_NS / _CYCLE_NS - system / 3)
            u, i = 5_042_000 * math.sin(turn), 4_152_000 * math.sin(turn - 1)  # 230 V, 105 A
            frame = [_STATUS, round(u) & 0xFFFFFF, round(i) & 0xFFFFFF]
            octets = b"".join(word.to_bytes(3, "big") for word in frame)
            words += [*frame, crc16(octets, len(octets)) << 8]
        return array("I", words)

    def run(self, kernel):
        """Do everything that is done to the sets of one window."""
        mask = self._SIZE - 1
        for at in range(0, self.SETS, _BLOCK):
            n = min(_BLOCK, self.SETS - at)
            for frames, u, i in zip(self.frames, self.u, self.i, strict=True):
                kernel.unpack_words(frames, at, n, self._STRIDE, u, i, at, mask)
        _track(kernel, self.u[0], self.SETS, mask, self._HALF, self.state)
        step = (self.SET_NS << 32) // _CYCLE_NS
        for u, i in zip(self.u, self.i, strict=True):
            kernel.peak(i, 0, self.SETS, mask)
            kernel.accumulate(u, i, 0, self.SETS, mask, step, self.sums)

    def check(self, core):
        """Check the frames of the window on `core`, which all are good."""
        crc = crc16(_STATUS.to_bytes(3, "big"), 3) << 8
        for frames in self.frames:
            block = array("I", [core.address_of(frames), self.SETS, _STATUS, crc])
            if core.call("count_good", block) != self.SETS:
                raise RuntimeError("the frames of the workload are not good")


class Exchange:
    """The data-ready interrupt of nucleo_3ph, whose controller never lets it wait."""

    _CONTROLLER = 0x4000_0000
    _SR, _DR = 0x08, 0x0C
    _BSRR = 0x4000_0018
    _CHIPS = 3
    _FRAMES = 16

    def __init__(self):
        self._waiting = 0  # bytes to be fetched

    def run(self, core):
        """Exchange a frame with every chip on `core`."""
        core.map_registers(self._CONTROLLER, 0x1000, self._read, self._write)
        frames = array("I", bytes(16 * self._FRAMES))
        out = core.address_of(array("B", bytes(12)))
        chip = (self._BSRR, 1, core.address_of(frames))
        sizes = (self._FRAMES - 1, 64 * self._FRAMES - 1)
        core.call(
            "exchange",
            array("I", (self._CONTROLLER, out, out, 0, *sizes, *chip * self._CHIPS, 0)),
        )

    def _read(self, offset, _width):
        if offset == self._SR:
            return int(self._waiting > 0)
        self._waiting -= 1
        return 0

    def _write(self, offset, _width, _value):
        self._waiting += offset == self._DR


def _tracker(hysteresis):
    state = array("i", [0] * layout.TRACKER)
    state[layout.HYSTERESIS] = hysteresis
    return state


def _track(kernel, u, sets, mask, half, state):
    taken = 0
    while taken < sets:
        n = sets - taken
        taken += kernel.track(u, taken, n, mask, half, state) or n
