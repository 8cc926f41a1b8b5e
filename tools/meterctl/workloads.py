"""What is done to the sets of one window, as a kernel is counted and timed with it.

A window is ten cycles of 50 Hz.  Every workload has: SET_NS; SETS, in the window; run(kernel).
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


class Frames24:
    """Three systems at a 24-bit converter each, 4 kS/s, in frames of four words.

    octets:  the frames lie in bytes, as a SPI reads them, and not in words, as a DMA writes them
    frames:  of each system
    """

    SET_NS = 250_000
    SETS = 800
    _SIZE = 1024
    _HALF = 32
    _STRIDE = 4

    def __init__(self, octets=False):
        self._octets = octets
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
        if self._octets:
            return array("B", b"".join(word.to_bytes(3, "big") for word in words))
        return array("I", words)

    def run(self, kernel):
        """Do everything that is done to the sets of one window."""
        mask = self._SIZE - 1
        unpack = kernel.unpack_bytes if self._octets else kernel.unpack_words
        for at in range(0, self.SETS, _BLOCK):
            n = min(_BLOCK, self.SETS - at)
            for frames, u, i in zip(self.frames, self.u, self.i, strict=True):
                unpack(frames, at, n, self._STRIDE, u, i, at, mask)
        _track(kernel, self.u[0], self.SETS, mask, self._HALF, self.state)
        step = (self.SET_NS << 32) // _CYCLE_NS
        for u, i in zip(self.u, self.i, strict=True):
            kernel.peak(i, 0, self.SETS, mask)
            kernel.accumulate(u, i, 0, self.SETS, mask, step, self.sums)


    def check(self, core):
        """Check the frames of the window on `core`; return how many are good."""
        found = 0
        for frames in self.frames:
            start, mask = core.address_of(frames), 0xFFFFFF
            found += core.call("count_good", array("I", [start, self.SETS, _STATUS, mask]))
        return found


def _tracker(hysteresis):
    state = array("i", [0] * layout.TRACKER)
    state[layout.HYSTERESIS] = hysteresis
    return state


def _track(kernel, u, sets, mask, half, state):
    taken = 0
    while taken < sets:
        n = sets - taken
        taken += kernel.track(u, taken, n, mask, half, state) or n
