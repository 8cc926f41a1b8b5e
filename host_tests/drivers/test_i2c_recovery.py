"""Nine clocks free a data line that a chip holds low; a stop follows; the driver hears of it."""

import errno

import pytest

from boards.virtual.chips import chip_24xx
from boards.virtual.chips.chip_ds3231 import ChipDS3231
from boards.virtual.chips.clock import Clock
from boards.virtual.chips.i2c_bus import I2CBus
from drivers import i2c_recovery
from drivers.eeprom_24xx import FC1025, EEPROM24xx
from drivers.i2c_recovery import RecoveringI2C, free


class Wires:
    """SCL and SDA with a chip that holds SDA for some clocks, and what was seen on them."""

    def __init__(self, holds=0, scl_is_held=False):
        self.holds = holds
        self.scl_is_held = scl_is_held
        self.out = [1, 1]
        self.clocks = 0
        self.stops = 0
        self.slept_us = 0

    def levels(self):
        scl = self.out[0] and not self.scl_is_held
        return int(scl), int(self.out[1] and self.holds == 0)

    def pin(self, which):
        def call(level=None):
            if level is None:
                return self.levels()[which]
            before = self.levels()
            self.out[which] = level
            if which == 0 and level and not before[0] and not self.scl_is_held:
                self.clocks += 1
                self.holds = max(0, self.holds - 1)
            after = self.levels()
            self.stops += before == (1, 0) and after == (1, 1) and which == 1
            return None

        return call

    def sleep_us(self, us):
        self.slept_us += us

    def free(self):
        return free(self.pin(0), self.pin(1), self.sleep_us)


@pytest.mark.parametrize("holds", range(10))
def test_a_chip_that_waits_for_up_to_nine_clocks_gets_them_and_a_stop(holds):
    wires = Wires(holds)
    assert wires.free()
    assert wires.clocks == holds + 1  # the last one belongs to the stop
    assert wires.stops == 1
    assert wires.levels() == (1, 1)


@pytest.mark.parametrize("holds", [10, 1000])
def test_after_nine_clocks_without_success_it_gives_up(holds):
    wires = Wires(holds)
    assert not wires.free()
    assert wires.clocks == 9
    assert wires.out == [1, 1]
    assert wires.slept_us <= 100


def test_a_clock_line_that_is_held_is_left_alone():
    wires = Wires(holds=3, scl_is_held=True)
    assert not wires.free()
    assert wires.out == [1, 1]
    assert wires.clocks == 0


class Rig:
    def __init__(self):
        self.clock = Clock()
        self.bus = I2CBus(self.clock.advance_ns)
        self.chip = chip_24xx.Chip24xx(chip_24xx.FC1025, self.clock.now_ns)
        self.bus.attach(0x50, self.chip)
        self.i2c = RecoveringI2C(self.bus.controller, self.bus.lines, self.clock.sleep_us)
        self.store = EEPROM24xx(self.i2c, 0x50, FC1025, self.clock.sleep_ms)


@pytest.fixture
def rig():
    return Rig()


def test_the_transfer_fails_and_the_next_one_works(rig):
    rig.store.write_page(0, b"meter")
    rig.bus.held_clocks = 7
    buf = bytearray(5)
    with pytest.raises(OSError, match="held low") as caught:
        rig.store.read_into(0, buf)
    assert caught.value.errno == errno.ETIMEDOUT
    assert (rig.i2c.attempts, rig.i2c.freed) == (1, 1)
    rig.store.read_into(0, buf)
    assert buf == b"meter"


def test_a_bus_that_cannot_be_freed_is_tried_at_every_transfer_until_it_works(rig):
    rig.store.write_page(0, b"meter")
    rig.bus.stuck = True
    for attempt in range(1, 4):
        with pytest.raises(OSError, match="held low"):
            rig.store.read_into(0, bytearray(5))
        assert (rig.i2c.attempts, rig.i2c.freed) == (attempt, 0)
    rig.bus.stuck = False
    buf = bytearray(5)
    rig.store.read_into(0, buf)
    assert buf == b"meter"


def test_a_chip_that_does_not_answer_is_no_reason_to_clear_the_bus(rig):
    with pytest.raises(OSError, match="no acknowledge"):
        rig.i2c.writeto(0x27, b"\0")
    assert rig.i2c.attempts == 0


TRANSFERS = {
    "writeto": (0x68, b"\0"),
    "writevto": (0x68, (b"\0", b"\1")),
    "readfrom_into": (0x68, bytearray(1)),
    "readfrom_mem_into": (0x68, 0, bytearray(1)),
    "writeto_mem": (0x68, 0, b"\0"),
}


@pytest.mark.parametrize("method", TRANSFERS)
def test_every_kind_of_transfer_clears_the_bus_and_works_afterwards(rig, method):
    rig.bus.attach(0x68, ChipDS3231(rig.clock.now_ns))
    rig.bus.held_clocks = 9
    with pytest.raises(OSError, match="held low"):
        getattr(rig.i2c, method)(*TRANSFERS[method])
    assert rig.i2c.freed == 1
    getattr(rig.i2c, method)(*TRANSFERS[method])


def test_the_model_refuses_a_transfer_while_the_pins_are_not_the_controllers(rig):
    rig.bus.lines()
    with pytest.raises(AssertionError, match="without the pins"):
        rig.bus.writeto(0x50, b"\0\0")


def test_the_clocks_are_slow_enough_for_every_chip():
    wires = Wires(9)
    wires.free()
    assert wires.slept_us >= 9 * 10
    assert i2c_recovery._HALF_US * 2 >= 10
