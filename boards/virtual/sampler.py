"""Samplers of the virtual board: converter models into rings of sets, in simulated time.

The clock stands until `advance` moves it; `poll` delivers what a board's DMA would have by then.
"""

from abc import ABC, abstractmethod
from array import array

from meter.metrology import layout


class System:
    """Rings of one measuring system: u, its current ranges, and the peak at which each is full."""

    def __init__(self, u, ranges, limits):
        self.u = u
        self.ranges = ranges
        self.limits = limits


class _Sampler(ABC):
    """Time, delivery block by block, and injected losses.

    systems:      tuple of System
    size, mask:   of every ring, in sets
    set_ns, half: set period, and half the length of the tracker's filter in sets (8 ms)
    u_full_scale: largest |u|
    written:      sets delivered since the start; modulo size the ring index of the next
    overruns:     losses since the start
    gap:          sets were lost after those delivered so far; true for one poll, which brings none
    """

    def __init__(self, front_end, kernel, size, u_full_scale):
        self._front_end = front_end
        self._kernel = kernel
        self._now_ns = 0
        self._lost = 0
        self._has_lost = False
        self.u_full_scale = u_full_scale
        self.set_ns = front_end.SET_NS
        self.half = 8_000_000 // self.set_ns
        self.size = size
        self.mask = size - 1
        self.written = 0
        self.overruns = 0
        self.gap = False

    def advance(self, ns):
        """Let `ns` >= 0 of simulated time pass."""
        self._now_ns += ns

    def lose(self, sets):
        """Drop the next `sets` sets, as an overrun of the DMA ring does."""
        self._lost += sets
        self._has_lost = True
        self.overruns += 1

    def poll(self, limit):
        """Move at most `limit` of the sets converted by now into the rings; return how many."""
        self.gap = self._has_lost
        if self._has_lost:
            self._has_lost = False
            self._resume(self.written + self._lost)
            return 0
        n = min(limit, self._now_ns // self.set_ns - self._lost - self.written)
        end = self.written + n
        per_block = self._front_end.BLOCK_SETS
        while self.written < end:
            number, offset = divmod(self.written + self._lost, per_block)
            part = min(end - self.written, per_block - offset)
            self._take(self._front_end.block(number), offset, part, self.written & self.mask)
            self.written += part
        return max(n, 0)

    @abstractmethod
    def _take(self, block, first, n, at):
        """Move `n` sets of a block, from its set `first` on, into the rings from `at` on."""

    @abstractmethod
    def _resume(self, first):
        """Prepare for set `first` after a loss."""


class InterleavedSampler(_Sampler):
    """One system with two current ranges, decimated from an Interleaved12.

    lut: linearity table of decimate()
    """

    _FULL_SCALE = 6048  # 1792 codes below the bias, 3.375 counts each
    _LIMIT = 5900  # leaves 11 standard deviations of a code's noise to the end

    def __init__(self, front_end, kernel, lut, size=2048):
        super().__init__(front_end, kernel, size, self._FULL_SCALE)
        self._lut = lut
        self._carry = array("i", (0, 0))
        self._rings = [array("h", bytes(2 * size)) for _ in range(3)]
        high, u, low = self._rings
        self.systems = (System(u, (high, low), (self._LIMIT, self._LIMIT)),)

    def _take(self, block, first, n, at):
        high, u, low = self._rings
        self._kernel.decimate(block, first, n, self._lut, self._carry, high, u, low, at, self.mask)

    def _resume(self, first):
        # The last U and I_low of the set before: the skew correction looks back at them.
        end = first * layout.CODES_PER_SET
        for index, code in enumerate(self._front_end.codes(end - 2, 2)):
            self._carry[index] = self._lut[code]


class FrameSampler(_Sampler):
    """One to three systems with one current range, unpacked from a Frames24."""

    _U_FULL_SCALE = 1 << 15
    _LIMIT = 520_000  # of 2**19: a saturated converter is beyond

    def __init__(self, front_end, kernel, size=1024):
        super().__init__(front_end, kernel, size, self._U_FULL_SCALE)
        self.systems = tuple(
            System(array("h", bytes(2 * size)), (array("i", bytes(4 * size)),), (self._LIMIT,))
            for _ in range(front_end.systems)
        )
        self._u = tuple(system.u for system in self.systems)
        self._i = tuple(system.ranges[0] for system in self.systems)

    def _take(self, block, first, n, at):
        self._kernel.unpack(block, first, n, self._u, self._i, at, self.mask)

    def _resume(self, first):
        """Do nothing: a frame needs none of those before it."""
