"""The board `blinka` on Blinka's OS-agnostic board, the chip models behind its buses and pins.

Adafruit's drivers and Blinka's busio and digitalio are the real ones; what Blinka itself leaves
open on that board, the level below, is here.
"""

import os
import time
import types
from unittest import mock

import pytest

from boards.virtual.chips import chip_24xx
from boards.virtual.chips.chip_ads131m import ChipADS131M
from boards.virtual.chips.chip_ds3231 import ChipDS3231
from boards.virtual.chips.chip_hd44780 import ChipHD44780
from boards.virtual.chips.chip_mb85rc256v import ChipMB85RC256V
from boards.virtual.chips.chip_mcp23008 import ChipMCP23008
from boards.virtual.chips.clock import Clock
from boards.virtual.chips.i2c_bus import I2CBus
from boards.virtual.front_end import Frames24
from boards.virtual.load import Load
from boards.virtual.mains import Mains
from meter.config import Settings
from meter.metrology import faults
from meter.supervisor import Meter

with mock.patch.dict(os.environ, {"BLINKA_OS_AGNOSTIC": "1"}):
    import board as blinka
    import busio
    import digitalio  # noqa: F401  detects the board when it is imported
    from adafruit_blinka.microcontroller.generic_agnostic_board import i2c as blinka_i2c
    from adafruit_blinka.microcontroller.generic_agnostic_board import pin as blinka_pin
    from adafruit_blinka.microcontroller.generic_agnostic_board import spi as blinka_spi

from boards.blinka import board

PERIOD_NS = 1_000_000
TRANSFER_NS = 1_000_000  # of a USB bridge or a Linux system, for any I2C transfer


class SlowFrames(Frames24):
    SET_NS = PERIOD_NS


class World:
    """Chips and time; `plug_in` puts them behind Blinka.

    clock:      of the converters, which a thread reads while everybody else waits for I2C
    i2c_clock:  of all the rest
    """

    def __init__(self, load="L1=10A@0.5ind,L2=5A,L3=-2A", *, has_fram=True):
        self.clock = Clock()
        self.i2c_clock = Clock()
        self.is_built = False
        self.mains = Mains(Load.parse(load, "", "230", "50", 3))
        self.front_end = SlowFrames(self.mains, noise=0)
        self.chips = [
            ChipADS131M(self.clock.now_ns, self.codes_of(k), (1, 32), osr=4096, isolated=True)
            for k in range(3)
        ]
        self.clock.advance_ns(1_000_000)
        self.eeprom = chip_24xx.Chip24xx(chip_24xx.FC1025, self.i2c_clock.now_ns)
        self.rtc = ChipDS3231(self.i2c_clock.now_ns)
        self.lcd = ChipHD44780(self.i2c_clock.now_ns, port=0)
        self.lcd._has_two_lines = False  # as after its internal reset; Adafruit relies on that
        self.i2c_clock.advance_ns(50_000_000)
        self.bus = I2CBus(self.i2c_clock.advance_ns, 100_000)
        self.bus.attach(0x50, self.eeprom)
        self.bus.attach(0x68, self.rtc)
        self.bus.attach(0x20, ChipMCP23008(self.drive_lcd))
        if has_fram:
            self.bus.attach(0x51, ChipMB85RC256V())
        self.pins = {}

    def codes_of(self, system):
        def codes(n):
            number, offset = divmod(n, self.front_end.BLOCK_SETS)
            first = (offset * 3 + system) * 2
            return self.front_end.block(number)[first : first + 2]

        return codes

    def drive_lcd(self, port):
        """The backpack: RS on 1, E on 2, data on 3..6, light on 7; the model has the PCF8574's."""
        pcf = port >> 1 & 1 | (port >> 2 & 1) << 2 | (port >> 7) << 3 | (port >> 3 & 15) << 4
        before, self.port = getattr(self, "port", 0), pcf
        if (before ^ pcf) & 0x04 and (before ^ pcf) & 0x03:
            self.lcd.write(before & 0x04 | pcf & ~0x04)  # skew of an expander's pins, in ns
        self.lcd.write(pcf)

    def pin(self, name):
        """Return the Blinka pin that stands for `name`, wired to its chip."""
        if name not in self.pins:
            self.pins[name] = blinka_pin.Pin(100 + len(self.pins))
        return self.pins[name]

    def name_of(self, pin):
        return next(name for name, mine in self.pins.items() if mine.id == pin.id)

    def drive(self, name, level):
        if name in board.ADC_CS:
            self.clock.advance_ns(1_000)
            self.chips[board.ADC_CS.index(name)].cs(level)
        elif name == board.ADC_SYNC:
            self.clock.advance_ns(2_000)
            for chip in self.chips:
                chip.sync(level)

    def level(self, name):
        return bool(self.chips[0].drdy()) if name == board.ADC_DRDY else True

    def plug_in(self, patch):
        world = self

        def write_readinto(_spi, out, into, *_):
            world.clock.advance_ns(len(out) * 1_000)
            selected = [chip for chip in world.chips if not chip._cs]
            assert len(selected) == 1
            selected[0].transfer(bytes(out), into)

        def transfer(method):
            def call(_i2c, *arguments, stop=None, **slices):
                world.i2c_clock.advance_ns(TRANSFER_NS)
                return method(*arguments, **slices)

            return call

        def write_then_read(address, out, into, *, out_start, out_end, in_start, in_end):
            world.bus.writeto(address, bytes(out[out_start:out_end]), False)
            world.bus.readfrom_into(address, memoryview(into)[in_start:in_end])

        patch.setattr(
            blinka_pin.Pin, "write", lambda pin, level: self.drive(self.name_of(pin), level)
        )
        patch.setattr(blinka_pin.Pin, "read", lambda pin: self.level(self.name_of(pin)))
        patch.setattr(blinka_spi.SPI, "write_readinto", write_readinto)
        i2c = blinka_i2c.I2C
        patch.setattr(i2c, "writeto", transfer(self.bus.writeto), raising=False)
        patch.setattr(i2c, "readfrom_into", transfer(self.bus.readfrom_into), raising=False)
        patch.setattr(i2c, "writeto_then_readfrom", transfer(write_then_read), raising=False)
        patch.setattr(time, "sleep", self.sleep)

    def sleep(self, seconds):
        self.i2c_clock.advance_ns(round(seconds * 1e9) or 1_000)
        if not self.is_built:
            self.clock.advance_ns(round(seconds * 1e9))


class Names:
    """Blinka's `board` with the names of a header."""

    def __init__(self, world):
        self._world = world

    def __getattr__(self, name):
        return getattr(blinka, name) if hasattr(blinka, name) else self._world.pin(name)


@pytest.fixture
def plugged(monkeypatch):
    def make(**options):
        world = World(**options)
        world.plug_in(monkeypatch)
        output = types.SimpleNamespace(
            write=lambda words, first, n: n, has_starved=bool, set_led_between=lambda is_on: None
        )
        monkeypatch.setattr(board, "PulseOutput", lambda *_: output)
        parts = board.build(
            Settings(), Names(world), now_ns=world.clock.now_ns, is_sampling=False
        )
        world.is_built = True
        return world, parts

    return make


def sample(world, parts, n):
    """Let the converters convert `n` times, each sample read in time."""
    for _ in range(n):
        world.clock.advance_ns(max(0, world.chips[0].next_ns() - world.clock.now_ns()) + 50_000)
        assert parts.faults.take()


def run(world, parts, meter, milliseconds):
    for _ in range(milliseconds // 10):
        sample(world, parts, 10)
        meter.step(10)


def test_blinka_is_the_real_one_on_its_agnostic_board():
    assert blinka.board_id == "OS_AGNOSTIC_BOARD"
    assert busio.SPI.__module__ == "busio"


def test_the_meter_measures_through_blinka(plugged):
    world, parts = plugged()
    sample(world, parts, 4)
    meter = Meter(parts, Settings())
    run(world, parts, meter, 1000)
    assert parts.faults.overruns == 0
    assert meter.view_failures == 0
    found = meter.quantities
    assert [round(u / 1000, 1) for u in found.u_mv] == [230.0, 230.0, 230.0]
    assert found.p_mw == pytest.approx([1_150_000, 1_150_000, -460_000], rel=1e-3)
    assert found.q_mvar[0] == pytest.approx(1_991_858, rel=1e-3)
    assert found.f_mhz == pytest.approx(50_000, abs=10)


def test_the_clock_keeps_utc(plugged):
    world, parts = plugged()
    assert not parts.clock.is_valid()
    parts.clock.set_s(820_454_399)
    assert parts.clock.is_valid()
    assert world.rtc.seconds() == 820_454_399
    world.i2c_clock.advance_ns(2_000_000_000)
    assert parts.clock.now_s() == 820_454_401


@pytest.mark.parametrize("seconds", [-1, 3_155_760_000])
def test_a_time_outside_the_chips_century_is_refused(plugged, seconds):
    _, parts = plugged()
    with pytest.raises(ValueError, match="the years 2000"):
        parts.clock.set_s(seconds)


@pytest.mark.parametrize("start", [0, 0xFF80, 0x10000, 0x1FF80])
def test_a_page_goes_to_the_eeprom_and_comes_back(plugged, start):
    world, parts = plugged()
    data = bytes(range(128))
    parts.store.write_page(start, data)
    found = bytearray(128)
    parts.store.read_into(start, found)
    assert found == data == bytes(world.eeprom.memory[start : start + 128])


def test_a_read_may_cross_the_halves_of_the_eeprom(plugged):
    _, parts = plugged()
    parts.store.write_page(0xFFFC, b"abcd")
    parts.store.write_page(0x10000, b"efgh")
    found = bytearray(8)
    parts.store.read_into(0xFFFC, found)
    assert found == b"abcdefgh"


@pytest.mark.parametrize(("start", "n"), [(127, 2), (0, 129), (0, 0), (-1, 1), (0x20000, 1)])
def test_a_write_that_leaves_its_page_or_the_store_is_refused(plugged, start, n):
    _, parts = plugged()
    with pytest.raises(ValueError, match="accepted"):
        parts.store.write_page(start, bytes(n))


def test_a_fram_takes_the_registers_if_it_is_fitted(plugged):
    _, parts = plugged()
    parts.fram.write_page(0x7F80, b"x" * 128)
    found = bytearray(2)
    parts.fram.read_into(0x7F80, found)
    assert found == b"xx"
    assert parts.fram.size == 0x8000


def test_without_a_fram_the_eeprom_does(plugged):
    _, parts = plugged(has_fram=False)
    assert parts.fram is None


def test_the_display_shows_its_lines(plugged):
    world, parts = plugged()
    lines = b"A+ 0001234 kWh      1.8.0               L1 L2 L3            T1                  "
    (text,) = parts.texts
    text.show(lines)
    steps = 0
    while not text.step():
        steps += 1
    assert "".join(world.lcd.text()) == lines.decode()
    assert steps > 3
    assert world.lcd.light


def test_a_sample_that_is_read_too_late_is_a_loss(plugged):
    world, parts = plugged()
    sample(world, parts, 20)
    parts.faults.poll(100)
    world.clock.advance_ns(3 * PERIOD_NS)
    assert parts.faults.take()
    assert parts.faults.poll(100) == 0
    assert parts.faults.gap
    assert parts.faults.overruns == 1
    assert parts.faults.poll(100) == 1


def test_a_chip_that_resets_itself_is_set_up_again_while_the_others_measure(plugged):
    world, parts = plugged()
    sample(world, parts, 20)
    while parts.faults.take_fault():
        pass
    world.chips[1].brown_out()
    bad = list(parts.faults.bad_frames)
    sample(world, parts, 60)
    found = [parts.faults.take_fault() for _ in range(4)]
    assert found == [faults.BRIDGED - 2, faults.LOST - 2, faults.BACK - 2, 0]
    assert [new - old for new, old in zip(parts.faults.bad_frames, bad, strict=True)] == [0, 9, 0]
    assert world.chips[1].registers[0x04] == 0x50
