"""nucleo_3ph: frames over SPI in the data-ready interrupt, from real chips' models."""

import binascii
from array import array

import pytest

from boards.virtual.chips.chip_ads131m import ChipADS131M
from boards.virtual.chips.clock import Clock
from drivers import adc_ads131m
from host_tests.boards.conftest import GAINS, code_of
from meter.metrology import faults, kernel
from meterctl import cortex_m0plus, cortex_m4

MODULES = ("ports.stm32.frame_check",)
STATUS, MASK = 0x8103 << 8, 0xAFFF << 8
FRAMES = 128


@pytest.fixture(scope="module", params=[cortex_m4.Core, cortex_m4.CoreM7])
def machine(request):
    """(frame_check, frame_port, frame_sampler, core) with machine code on an emulated core."""
    core = request.param(cortex_m0plus.compile_modules(MODULES, "armv7emsp"))
    check = cortex_m0plus.load("ports.stm32.frame_check", MODULES, core)
    found = [
        cortex_m0plus.load(name, MODULES, core)
        for name in ("ports.stm32.frame_port", "ports.thumb.frame_sampler")
    ]
    yield check, *found, core
    core.forget_arrays()


class Pin:
    """A pin of the processor: a callable output, or an input that interrupts."""

    IRQ_FALLING = 2

    def __init__(self, drive=None):
        self._drive = drive
        self.handler = None

    def __call__(self, level):
        self._drive(level)

    def irq(self, handler, trigger=None, hard=False):
        assert handler is None or (trigger == self.IRQ_FALLING and hard)
        self.handler = handler


class Bus:
    """machine.SPI at 13.5 MHz with the chips whose CS is low."""

    def __init__(self, clock, chips):
        self.clock = clock
        self.chips = chips

    def write_readinto(self, out, into):
        (chip,) = [chip for chip in self.chips if not chip._cs]
        self.clock.advance_ns(8_000)
        chip.transfer(bytes(out), into)


def interrupted(port):
    """Return a FramePort in which an interrupt comes while send() waits for it."""

    class Port(port):
        board = None

        @property
        def _out(self):
            value = self._queued
            if value is not self._null and not self._is_taking:
                self.board.interrupt()
            return value

        @_out.setter
        def _out(self, value):
            self._queued = value

        def _take(self, pin):
            self._is_taking = True
            super()._take(pin)
            self._is_taking = False

    return Port


class Board:
    """The sampler as boards/nucleo_3ph/board.py builds it."""

    def __init__(self, machine):
        check, port, sampler, core = machine
        core.forget_arrays()
        self.clock = clock = Clock()
        clock.advance_ns(1_000_000)
        self.chips = [
            ChipADS131M(
                clock.now_ns, lambda n, system=system: code_of(system, n), GAINS, isolated=True
            )
            for system in range(3)
        ]
        clock.advance_ns(6_000)
        spi = Bus(clock, self.chips)
        selects = [Pin(self.selector(chip)) for chip in self.chips]
        self.drdys = [Pin() for _ in self.chips]
        setup = adc_ads131m.Setup(GAINS, isolated=True)
        adcs = [
            adc_ads131m.ADS131M(adc_ads131m.SpiLink(spi, select), setup, clock.sleep_ms)
            for select in selects
        ]
        lost = sampler.set_up(adcs, clock.sleep_ms)
        self.port = interrupted(port.FramePort)(spi, selects, self.drdys, check.move, FRAMES)
        self.port.board = self
        self.sampler = sampler.FrameSampler(
            kernel.unpack_bytes, self.port, check, setup, adc_ads131m.words, lost,
            self.synchronise, 4000, 256,
        )  # fmt: skip
        self.faults = []

    def selector(self, chip):
        def select(level):
            self.clock.advance_ns(100)
            chip.cs(level)

        return select

    def synchronise(self):
        for level in (0, 1):
            for chip in self.chips:
                chip.sync(level)
            self.clock.advance_ns(1_000)

    def interrupt(self):
        """Let the next DRDY of any chip that has a handler fall."""
        k = next(k for k in range(3) if self.drdys[k].handler)
        chip = self.chips[k]
        self.clock.advance_ns(max(0, chip.next_ns() - self.clock.now_ns()) + 2_000)
        if chip.is_powered:
            self.drdys[k].handler(self.drdys[k])

    def run(self, frames):
        """Let `frames` frames come, polled every 40; return the sets they brought."""
        before = self.sampler.written
        self.sampler.poll(256)
        while frames > 0:
            for _ in range(min(frames, 40)):
                self.interrupt()
            frames -= 40
            self.sampler.poll(256)
            while fault := self.sampler.take_fault():
                self.faults.append(fault)
        return self.sampler.written - before

    def newest(self, system, age=0):
        at = (self.sampler.written - 1 - age) & self.sampler.mask
        rings = self.sampler.systems[system]
        return rings.u[at], rings.ranges[0][at]


@pytest.fixture
def board(machine):
    return Board(machine)


def frame(status, u, i):
    data = b"".join((word & 0xFFFFFF).to_bytes(3, "big") for word in (status << 8, u, i))
    return data + binascii.crc_hqx(data, 0xFFFF).to_bytes(2, "big") + b"\0"


def count(core, data, n):
    frames = array("B", data)
    block = array("I", (core.address_of(frames), n, STATUS, MASK))
    return core.call("count_good", block)


def test_the_machine_code_counts_the_good_frames_up_to_the_first_bad_one(machine):
    core = machine[-1]
    data = b"".join(frame(0x8103, 1_234_567 * k, -89 * k) for k in range(8))
    for bit in range(0, 8 * len(data), 7):
        core.forget_arrays()
        spoilt = bytearray(data)
        spoilt[bit // 8] ^= 1 << bit % 8
        is_padding = bit // 8 % 12 == 11  # below the CRC's 16 bits
        assert count(core, spoilt, 8) == (8 if is_padding else bit // 96)
    core.forget_arrays()
    assert count(core, frame(0x8503, 1, 2), 1) == 0


def test_every_sample_of_all_chips_arrives_in_order(board):
    first = board.run(400)
    assert first == 396  # the filter settles over the first four
    n = board.newest(0)[0] - 256
    for age in range(200):
        for system in range(3):
            u, i = code_of(system, n - age)
            assert board.newest(system, age) == (u >> 8, i >> 4)
    assert board.sampler.bad_frames == [0, 0, 0]
    assert board.faults == []


def test_a_bad_frame_is_bridged_and_a_chip_that_reset_itself_is_set_up_again(board):
    board.sampler._interval = 120
    board.run(130)
    board.chips[1].corrupt = 1
    board.run(40)
    assert board.sampler.bad_frames == [0, 1, 0]
    board.chips[2].brown_out()
    board.run(500)
    told = [faults.BRIDGED - 2, faults.BRIDGED - 3, faults.LOST - 3, faults.BACK - 3]
    assert board.faults == told
    assert board.newest(2)[0] > 768


def test_a_silent_reference_gives_way_to_the_next_chip(board):
    board.run(80)
    board.chips[0].unplug()
    for _ in range(8):
        board.sampler.poll(256)
    assert board.drdys[0].handler is None
    board.run(80)
    assert board.newest(0) == (0, 0)
    assert board.newest(1)[0] - 512 == board.newest(2)[0] - 768
    assert board.faults == [faults.LOST - 1]


def test_registers_are_read_back_while_samples_come(board):
    board.sampler._interval = 60
    board.run(8 * 80)
    board.chips[0].registers[0x04] = 0
    board.run(12 * 80)
    assert board.faults == [faults.LOST - 1, faults.BACK - 1]
    assert board.chips[0].registers[0x04] == 0x50
