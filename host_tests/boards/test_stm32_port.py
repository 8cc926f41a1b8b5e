"""nucleo_3ph: frames over SPI in the data-ready interrupt, from real chips' models."""

import sys
import types
from unittest import mock

import pytest

from boards.virtual.chips.chip_ads131m import ChipADS131M
from boards.virtual.chips.clock import Clock
from drivers import adc_ads131m
from host_tests.boards.conftest import GAINS, code_of
from host_tests.boards.stm32_registers import BIT_NS, CONTROLLER, Select, Wires
from meter.metrology import faults, kernel
from meterctl import cortex_m0plus, cortex_m4, performance

MODULES = ("ports.thumb.frames", "ports.stm32.exchange")
FRAMES = 128


@pytest.fixture
def machine(request):
    """(frames, exchange, frame_port, frame_sampler, core), machine code on an emulated core."""
    make_core = getattr(request, "param", cortex_m4.CoreM7)
    core = make_core(cortex_m0plus.compile_modules(MODULES, "armv7emsp"))
    names = (*MODULES, "ports.stm32.frame_port", "ports.thumb.frame_sampler")
    board = types.ModuleType("machine")
    board.mem16 = None
    with mock.patch.dict(sys.modules, {"machine": board}):
        found = [cortex_m0plus.load(name, MODULES, core) for name in names]
    return *found, core


class Pin:
    """An input of the processor that interrupts."""

    IRQ_FALLING = 2

    def __init__(self):
        self.handler = None

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
        def _block(self):
            if self.board and self._words[1] != self._null_at and not self._is_taking:
                self.board.interrupt()
            return self._words

        @_block.setter
        def _block(self, words):
            self._words = words

        def _take(self, pin):
            self._is_taking = True
            super()._take(pin)
            self._is_taking = False

    return Port


class Board:
    """The sampler as boards/nucleo_3ph/board.py builds it.

    is_executed:  the interrupt is the machine code, and not what it does in plain Python
    """

    def __init__(self, machine, *, is_executed=False):
        check, exchange, port, sampler, core = machine
        self.core = core
        self.clock = clock = Clock()
        clock.advance_ns(1_000_000)
        self.chips = [
            ChipADS131M(
                clock.now_ns, lambda n, system=system: code_of(system, n), GAINS, isolated=True
            )
            for system in range(3)
        ]
        clock.advance_ns(6_000)
        self.wires = port.mem16 = Wires(clock, self.chips)
        self.wires.plug_into(core)
        spi = Bus(clock, self.chips)
        selects = [Select(self.wires, k) for k in range(3)]
        self.drdys = [Pin() for _ in self.chips]
        setup = adc_ads131m.Setup(GAINS, isolated=True)
        adcs = [
            adc_ads131m.ADS131M(adc_ads131m.SpiLink(spi, select), setup, clock.sleep_ms)
            for select in selects
        ]
        lost = sampler.set_up(adcs, clock.sleep_ms)
        self.port = interrupted(port.FramePort)(
            CONTROLLER, selects, self.drdys,
            exchange.exchange if is_executed else self.exchange, FRAMES,
        )  # fmt: skip
        self.port.board = self
        self.sampler = sampler.FrameSampler(
            kernel.unpack_words, self.port, check, setup, adc_ads131m.words, lost,
            self.synchronise, 4000, 256,
        )  # fmt: skip
        self.faults = []

    def exchange(self, block):
        """Do what the machine code does, without its registers."""
        port = self.port
        out = port._null if block[1] == port._null_at else port._command
        at = 4 * (block[3] & block[4])
        for chip, buffer in zip(self.chips, port.buffers, strict=True):
            into = bytearray(12)
            self.clock.advance_ns(100)
            chip.cs(0)
            self.clock.advance_ns(8_000)
            chip.transfer(bytes(out), into)
            chip.cs(1)
            for k in range(4):
                buffer[at + k] = int.from_bytes(into[3 * k : 3 * k + 3], "big")
        block[1] = block[2]
        block[3] = block[3] + 1 & block[5]

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
        if chip.is_powered and chip.stuck_drdy is None:
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


@pytest.fixture
def executed(machine):
    return Board(machine, is_executed=True)


@pytest.mark.parametrize("machine", [cortex_m4.Core, cortex_m4.CoreM7], indirect=True)
def test_the_machine_code_brings_every_sample_and_sends_every_command(executed):
    executed.sampler._interval = 10
    assert executed.run(32) == 28
    n = executed.newest(0)[0] - 256
    for age in range(24):
        for system in range(3):
            u, i = code_of(system, n - age)
            assert executed.newest(system, age) == (u >> 8, i >> 4)
    assert executed.faults == []


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
    assert board.faults == [faults.UNREADY - 1, faults.LOST - 1]
    assert board.sampler.overruns == 1


def test_registers_are_read_back_while_samples_come(board):
    board.sampler._interval = 60
    board.run(8 * 80)
    board.chips[0].registers[0x04] = 0
    board.run(12 * 80)
    assert board.faults == [faults.LOST - 1, faults.BACK - 1]
    assert board.chips[0].registers[0x04] == 0x50


def test_an_interrupt_takes_what_is_counted_and_leaves_time_at_8000_samples_a_second(executed):
    executed.run(8)
    executed.wires.waits = 0
    before = executed.core.instructions["exchange"], executed.core.cycles["exchange"]
    executed.interrupt()
    found = executed.core.instructions["exchange"], executed.core.cycles["exchange"]
    found = tuple(after - earlier for after, earlier in zip(found, before, strict=True))
    assert found == performance.count_interrupt()
    on_the_wires_ns = 3 * 12 * 8 * BIT_NS
    assert on_the_wires_ns + found[1] * 1000 // 216 < 125_000 // 4


def test_the_last_frame_of_the_last_lap_is_followed_by_the_first(executed):
    executed.run(8)
    executed.port._block[3] = 64 * FRAMES - 1
    executed.interrupt()
    assert executed.port.position() == 0
    assert [buffer[4 * FRAMES - 4] for buffer in executed.port.buffers] == [0x810300] * 3


def test_a_silent_controller_ends_the_interrupt_without_a_frame(executed):
    executed.run(8)
    executed.wires.silent = True
    before = executed.core.instructions["exchange"]
    executed.interrupt()
    assert executed.core.instructions["exchange"] - before < 1500
    assert all(chip._cs for chip in executed.chips)
    assert executed.port.position() == 8
    executed.wires.silent = False
    assert executed.run(8) == 8


def test_a_byte_that_was_left_does_not_shift_the_next_frame(executed):
    executed.run(8)
    executed.wires.leave(0x5A)
    assert executed.run(8) == 8
    assert executed.sampler.bad_frames == [0, 0, 0]
