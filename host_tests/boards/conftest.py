"""The RP2040's frame sampler on this computer: its Python here, its machine code on unicorn."""

import functools
import importlib
import importlib.util
import sys
import types
from array import array
from unittest import mock

import pytest

from boards.virtual.chips.chip_ads131m import ChipADS131M
from boards.virtual.chips.clock import Clock
from drivers import adc_ads131m
from meter.metrology import kernel
from meterctl import cortex_m0plus

# From frame to frame, by rate: the clocks of 40 ns that ports/rp2/frame_port.py's program takes.
SOONEST_NS = {4000: 231_720, 8000: 108_840}
LATEST_NS = {4000: 253_400, 8000: 126_400}
FRAMES = 128
GAINS = (1, 32)


@pytest.fixture(scope="session")
def frame_check():
    """ports.thumb.frame_sampler, ports.thumb.frames on an emulated core; the core."""
    source = importlib.util.find_spec("ports.thumb.frames").origin
    core = cortex_m0plus.Core(cortex_m0plus.compile_functions(source))
    board = types.ModuleType("micropython")
    board.const = lambda value: value
    board.asm_thumb = lambda function: functools.partial(core.call, function.__name__)
    uctypes = types.ModuleType("uctypes")
    uctypes.addressof = core.address_of
    with mock.patch.dict(sys.modules, {"micropython": board, "uctypes": uctypes}):
        for name in ("ports.thumb.frames", "ports.thumb.frame_sampler"):
            sys.modules.pop(name, None)
        sampler = importlib.import_module("ports.thumb.frame_sampler")
        sampler.check = importlib.import_module("ports.thumb.frames")
    yield sampler, core
    core.forget_arrays()


def code_of(system, n):
    """Codes of conversion n: each names its system and itself, U and I of opposite sign."""
    return (system + 1) * 65_536 + 256 * n, -(system + 1) * 65_536 - 16 * n


class Port:
    """ports.rp2.frame_port.FramePort with the chips in place of the hardware.

    A frame begins as the state machines begin it: see the port's program.
    """

    def __init__(self, clock, chips, rate, frames=FRAMES):
        self.clock = clock
        self.chips = chips
        self._soonest_ns, self._latest_ns = SOONEST_NS[rate], LATEST_NS[rate]
        self.frames = frames
        self.buffers = [array("I", bytes(16 * frames)) for _ in chips]
        self.reference = 0
        self.stalled = False
        self.sent = []
        self._queued = []
        self._count = 0
        self._began_ns = 0
        self._was_silent = False

    def start(self, synchronise):
        self._count = 0
        self.stalled = False
        synchronise()
        self._began_ns = self.clock.now_ns() - self._soonest_ns

    def advance(self, frames):
        for _ in range(frames):
            reference = self.chips[self.reference]
            self._wait_until(self._began_ns + self._soonest_ns)
            if reference.drdy():
                self._wait_until(min(reference.next_ns(), self._began_ns + self._latest_ns))
            if reference.drdy():
                self._wait_until(self._began_ns + self._latest_ns)
                self._was_silent |= bool(reference.drdy())
            self._began_ns = self.clock.now_ns()
            self._frame()

    def _wait_until(self, ns):
        self.clock.advance_ns(max(0, ns - self.clock.now_ns()))

    def _frame(self):
        words = self._queued or [0, 0xCC9C00]
        self._queued = []
        words = words + [0] * (4 - len(words))
        out = b"".join(word.to_bytes(3, "big") for word in words)
        at = self._count % self.frames
        self.clock.advance_ns(100)
        for chip in self.chips:
            chip.cs(0)
        self.clock.advance_ns(16_000)
        for chip, buffer in zip(self.chips, self.buffers, strict=True):
            into = bytearray(12)
            chip.transfer(out, into)
            for k in range(4):
                buffer[4 * at + k] = int.from_bytes(into[3 * k : 3 * k + 3], "big")
        for chip in self.chips:
            chip.cs(1)
        self._count += 1

    def position(self):
        return self._count % (self.frames * 64)

    def has_stalled(self):
        return self.stalled

    def is_silent(self):
        was_silent, self._was_silent = self._was_silent, False
        return was_silent

    def send(self, words):
        assert not self._queued, "the frame before has not gone out"
        self.sent.append(list(words))
        self._queued = list(words)
        self.advance(1)
        return True

    def follow(self, chip):
        self.reference = chip
        self._was_silent = False


class Link:
    """Chip k behind the wires that all have in common."""

    def __init__(self, clock, chips, k):
        self._clock = clock
        self._chips = chips
        self._k = k

    def exchange(self, out, into):
        self._clock.advance_ns(100)
        for chip in self._chips:
            chip.cs(0)
        self._clock.advance_ns(100_000)
        for k, chip in enumerate(self._chips):
            chip.transfer(out, into if k == self._k else bytearray(len(out)))
        for chip in self._chips:
            chip.cs(1)


class Bench:
    """Three chips, their port and a sampler.

    missing:  chips that are not there at the start
    codes:    callable(system, n) -> the codes of conversion n
    """

    def __init__(self, module, *, missing=(), rate=4000, codes=code_of, size=256):
        self.clock = Clock()
        self.clock.advance_ns(1_000_000)
        self.chips = [
            ChipADS131M(
                self.clock.now_ns,
                functools.partial(codes, system),
                GAINS,
                osr=4_096_000 // rate,
                isolated=True,
            )
            for system in range(3)
        ]
        self.clock.advance_ns(6_000)
        for k in missing:
            self.chips[k].unplug()
        setup = adc_ads131m.Setup(GAINS, osr=4_096_000 // rate, isolated=True)
        adcs = [
            adc_ads131m.ADS131M(Link(self.clock, self.chips, k), setup, self.clock.sleep_ms)
            for k in range(3)
        ]
        lost = module.set_up(adcs, self.clock.sleep_ms)
        self.port = Port(self.clock, self.chips, rate)
        self.sampler = module.FrameSampler(
            kernel.unpack_words, self.port, module.check, setup, adc_ads131m.words, lost,
            self._synchronise, rate, size,
        )  # fmt: skip
        self.faults = []

    def _synchronise(self):
        for level in (0, 1):
            for chip in self.chips:
                chip.sync(level)
            self.clock.advance_ns(1_000)

    def run(self, frames):
        """Let `frames` frames come, polled every 40; return the sets they brought."""
        before = self.sampler.written
        while frames > 0:
            self.sampler.poll(256)
            self.port.advance(min(frames, 40))
            frames -= 40
            self.sampler.poll(256)
            while fault := self.sampler.take_fault():
                self.faults.append(fault)
        return self.sampler.written - before

    def newest(self, system, age=0):
        """Return U and I of the set that came `age` sets ago, in counts."""
        at = (self.sampler.written - 1 - age) & self.sampler.mask
        rings = self.sampler.systems[system]
        return rings.u[at], rings.ranges[0][at]


@pytest.fixture
def bench(frame_check):
    module, core = frame_check
    core.forget_arrays()
    return functools.partial(Bench, module)
