"""Three isolated converters frame by frame, for as long as something is done to them.

Between two faults the mains comes in whole windows without samples (`boards.virtual.sums`).  For
a fault of a converter the source changes over to the board's own sampler with the chips' models:
each frame with its status and CRC, U and I as the mains has them at that instant.
"""

import binascii
import importlib
import sys
import types
from unittest import mock

from boards.virtual.chips.chip_ads131m import ChipADS131M
from boards.virtual.chips.clock import Clock
from boards.virtual.front_end import Frames24
from drivers import adc_ads131m
from host_tests.boards.conftest import GAINS, Link, Port
from meter.metrology.acquisition import Acquisition
from ports.cpython import kernel

_RATE = 4000
_FRAMES = 512
_NEVER_NS = 1 << 62
_WORDS = 4
_ROOM = 1 << 20  # bytes of address space for each array


class Check:
    """What ports/thumb/frames.py does, in plain Python, with addresses that are made up."""

    def __init__(self):
        self._arrays = []

    def address_of(self, words):
        for number, known in enumerate(self._arrays):
            if known is words:
                return (number + 1) * _ROOM
        self._arrays.append(words)
        return len(self._arrays) * _ROOM

    def _at(self, address):
        return self._arrays[address // _ROOM - 1], address % _ROOM // 4

    def count_good(self, block):
        words, at = self._at(block[0])
        for done in range(block[1]):
            status, u, i, crc = words[at + _WORDS * done : at + _WORDS * (done + 1)]
            data = (status << 48 | u << 24 | i).to_bytes(9, "big")
            if status != block[2] or binascii.crc_hqx(data, 0xFFFF) << 8 != crc:
                return done
        return block[1]

    def crc(self, word):
        return binascii.crc_hqx(word.to_bytes(3, "big"), 0xFFFF) << 8

    def blank(self, address, n):
        words, at = self._at(address)
        for k in range(n):
            words[at + _WORDS * k + 1] = words[at + _WORDS * k + 2] = 0


class Chip(ChipADS131M):
    """A converter that may stand still: no conversion ends, DRDY stays high, nothing is fresh."""

    is_still = False

    def _update(self):
        return self._now_ns() if self.is_still else super()._update()

    def next_ns(self):
        """Return when the next conversion is complete."""
        return _NEVER_NS if self.is_still else super().next_ns()


class Converters:
    """The chips, their sampler and what cuts its sets into windows; they begin at `start_ns`."""

    def __init__(self, mains, start_ns):
        self._frames = Frames24(mains)
        self._first = start_ns // Frames24.SET_NS
        self.clock = Clock()
        self._made_ns = self._began_ns = 0
        self.chips = [
            Chip(self.clock.now_ns, lambda _, k=k: self._codes(k), GAINS, isolated=True)
            for k in range(3)
        ]
        self.clock.advance_ns(10_000)
        setup = adc_ads131m.Setup(GAINS, isolated=True)
        adcs = [
            adc_ads131m.ADS131M(Link(self.clock, self.chips, k), setup, self.clock.sleep_ms)
            for k in range(3)
        ]
        module, check = _sampler_module()
        lost = module.set_up(adcs, self.clock.sleep_ms)
        self.port = Port(self.clock, self.chips, _RATE, _FRAMES)
        self.sampler = module.FrameSampler(
            kernel.unpack_words, self.port, check, setup, adc_ads131m.words, lost,
            self._synchronise, _RATE,
        )  # fmt: skip
        self.acquisition = Acquisition(self.sampler, kernel)
        self._began_ns = self.clock.now_ns()
        self.sampler.poll(0)

    def advance(self, ns):
        """Let the chips' time pass."""
        self._made_ns += ns
        while self.clock.now_ns() < self._began_ns + self._made_ns:
            self.port.advance(1)

    def _codes(self, k):
        number = self._first + (self.clock.now_ns() - self._began_ns) // Frames24.SET_NS
        block = self._frames.block(number // Frames24.BLOCK_SETS)
        at = number % Frames24.BLOCK_SETS * 6 + 2 * k
        return block[at], block[at + 1]

    def _synchronise(self):
        for level in (0, 1):
            for chip in self.chips:
                chip.sync(level)
            self.clock.advance_ns(1_000)


class Source:
    """The world's window source and sampler: sums, or converters while there are some."""

    overruns = 0

    def __init__(self, world):
        self._world = world
        self._sums = self._of_last = world.source
        self._cut = []  # windows that a change has cut off, with their source
        self.converters = None
        self.u_shift = world.source.u_shift
        world.source = world.sampler = world.faults = self

    def cut(self):
        """Close the open window: poll() returns it next."""
        source = self._source()
        self._cut.append((source, source.flush()))

    def use_converters(self):
        """Measure by samples from now on, after cut()."""
        self.converters = Converters(self._world.mains, self._world.measured_ns)

    def use_sums(self):
        """Measure without samples again, after cut()."""
        self.converters = None
        self._sums.resume(self._world.measured_ns)

    def advance(self, ns):
        """Let `ns` of simulated time pass."""
        (self._sums if self.converters is None else self.converters).advance(ns)

    def poll(self):
        """Return the next complete Window, or None."""
        while self._cut:
            self._of_last, window = self._cut.pop(0)
            if window is not None:
                return window
        self._of_last = self._source()
        return self._of_last.poll()

    def flush(self):
        """Close the open window and return it."""
        self._of_last = self._source()
        return self._of_last.flush()

    def half_cycles(self, index, out):
        """As the source of the last window."""
        return self._of_last.half_cycles(index, out)

    def harmonic(self, index, order, out):
        """As the source of the last window."""
        self._of_last.harmonic(index, order, out)

    def take_fault(self):
        """Return the next fault of a converter."""
        return 0 if self.converters is None else self.converters.sampler.take_fault()

    def _source(self):
        return self._sums if self.converters is None else self.converters.acquisition


def _sampler_module():
    """Return ports.thumb.frame_sampler on this computer, and its frame check."""
    check = Check()
    board = types.ModuleType("micropython")
    board.const = lambda value: value
    uctypes = types.ModuleType("uctypes")
    uctypes.addressof = check.address_of
    with mock.patch.dict(sys.modules, {"micropython": board, "uctypes": uctypes}):
        sys.modules.pop("ports.thumb.frame_sampler", None)
        module = importlib.import_module("ports.thumb.frame_sampler")
    sys.modules.pop("ports.thumb.frame_sampler", None)
    return module, check
