"""The clock driver against the chip's model, and both against the calendar of the host."""

import calendar
import random
import time

import pytest

from boards.virtual.chips import ChipMisuse
from boards.virtual.chips.chip_ds3231 import ChipDS3231
from boards.virtual.chips.clock import Clock
from boards.virtual.chips.i2c_bus import I2CBus
from drivers.rtc_ds3231 import DS3231

EPOCH_S = calendar.timegm((2000, 1, 1, 0, 0, 0))
LAST_S = calendar.timegm((2099, 12, 31, 23, 59, 59)) - EPOCH_S
SECOND_NS = 1_000_000_000


class Rig:
    def __init__(self, **chip):
        self.clock = Clock()
        self.bus = I2CBus()
        self.chip = ChipDS3231(self.clock.now_ns, **chip)
        self.bus.attach(0x68, self.chip)
        self.rtc = DS3231(self.bus)

    def registers(self, first, n):
        found = bytearray(n)
        self.bus.readfrom_mem_into(0x68, first, found)
        return found


@pytest.fixture
def rig():
    return Rig()


def seconds(*date):
    return calendar.timegm((*date, 0, 0, 0)[:6]) - EPOCH_S


def test_a_clock_that_was_never_set_is_invalid_until_it_is_set(rig):
    assert not rig.rtc.is_valid()
    rig.rtc.set_s(seconds(2026, 3, 28))
    assert rig.rtc.is_valid()
    assert rig.rtc.now_s() == seconds(2026, 3, 28)


def test_days_are_written_as_the_calendar_has_them(rig):
    last = LAST_S // 86_400
    for day in (*range(1462), *range(1462, last, 13), last):  # a leap cycle, the century, its end
        at_s = day * 86_400 + 86_399
        rig.rtc.set_s(at_s)
        day_of = time.gmtime(EPOCH_S + at_s)
        assert rig.registers(0, 7).hex() == (
            f"595923{day_of.tm_wday + 1:02d}"
            f"{day_of.tm_mday:02d}{day_of.tm_mon:02d}{day_of.tm_year - 2000:02d}"
        )
        assert rig.rtc.now_s() == at_s


def test_the_model_counts_as_the_calendar_does():
    seed = 3231
    print("seed", seed)
    rng = random.Random(seed)
    for _ in range(500):
        rig = Rig()
        start_s = rng.randrange(LAST_S)
        rig.rtc.set_s(start_s)
        run_s = rng.randrange(min(LAST_S - start_s, 3 * 366 * 86_400) + 1)
        rig.clock.advance_ns(run_s * SECOND_NS)
        assert rig.rtc.now_s() == start_s + run_s


def test_setting_begins_a_second(rig):
    rig.rtc.set_s(100)
    rig.clock.advance_ns(SECOND_NS * 9 // 10)
    rig.rtc.set_s(200)
    rig.clock.advance_ns(SECOND_NS - 1)
    assert rig.rtc.now_s() == 200
    rig.clock.advance_ns(1)
    assert rig.rtc.now_s() == 201


@pytest.mark.parametrize("refused_s", [-1, LAST_S + 1])
def test_a_time_outside_the_century_is_refused_and_nothing_changes(rig, refused_s):
    rig.rtc.set_s(5)
    with pytest.raises(ValueError, match=r"accepted: 0\.\.3155759999"):
        rig.rtc.set_s(refused_s)
    assert rig.rtc.now_s() == 5


def test_the_battery_keeps_the_time_and_its_loss_is_noticed(rig):
    rig.rtc.set_s(1000)
    rig.clock.advance_ns(SECOND_NS)
    assert DS3231(rig.bus).now_s() == 1001
    assert DS3231(rig.bus).is_valid()
    rig.chip.remove_battery()
    assert not DS3231(rig.bus).is_valid()


@pytest.mark.parametrize(
    ("register", "value"),
    [
        (0, 0x60),
        (0, 0x0A),
        (1, 0x60),
        (2, 0x24),
        (2, 0x61),
        (4, 0x00),
        (4, 0x30),
        (5, 0x00),
        (5, 0x13),
        (6, 0xA0),
    ],
)
def test_registers_that_are_no_time_read_as_invalid(i2c_memory, register, value):
    i2c_memory.registers[0:7] = bytes([0, 0, 0, 1, 0x28, 0x02, 0x23])
    assert DS3231(i2c_memory).is_valid()
    assert DS3231(i2c_memory).now_s() == seconds(2023, 2, 28)
    i2c_memory.registers[register] = value
    assert DS3231(i2c_memory).now_s() == 0
    assert not DS3231(i2c_memory).is_valid()


def test_the_29th_of_february_exists_in_leap_years_only(i2c_memory):
    i2c_memory.registers[0:7] = bytes([0, 0, 0, 1, 0x29, 0x02, 0x24])
    assert DS3231(i2c_memory).now_s() == seconds(2024, 2, 29)
    i2c_memory.registers[6] = 0x23
    assert DS3231(i2c_memory).now_s() == 0
    assert not DS3231(i2c_memory).is_valid()


def test_the_trim_slows_the_clock_by_a_tenth_of_a_ppm_per_step():
    rig = Rig(error_ppb=5_000)
    rig.rtc.set_s(0)
    rig.clock.advance_ns(1_000_000 * SECOND_NS)
    assert rig.rtc.now_s() == 1_000_005
    rig.rtc.set_aging(50)
    assert rig.rtc.read_aging() == 50
    rig.clock.advance_ns(1_000_000 * SECOND_NS)
    assert rig.rtc.now_s() == 2_000_005


@pytest.mark.parametrize("trim", [-128, -1, 0, 127])
def test_every_trim_comes_back_with_its_sign(rig, trim):
    rig.rtc.set_aging(trim)
    assert rig.rtc.read_aging() == trim


@pytest.mark.parametrize("trim", [-129, 128])
def test_a_trim_that_does_not_fit_is_refused(rig, trim):
    with pytest.raises(ValueError, match=r"accepted: -128\.\.127"):
        rig.rtc.set_aging(trim)


@pytest.mark.parametrize("wrong", [b"\x60", b"\x0a", b"\x00\x00\x00\x01\x31\x02\x23"])
def test_the_model_refuses_to_be_set_to_what_is_no_time(rig, wrong):
    with pytest.raises(ChipMisuse, match="DS3231"):
        rig.bus.writeto_mem(0x68, 0, wrong)


def test_the_model_has_no_register_beyond_the_last(rig):
    with pytest.raises(ChipMisuse, match="no register 0x13"):
        rig.bus.writeto(0x68, b"\x13")


def test_the_oscillator_flag_can_be_cleared_but_not_set(rig):
    rig.rtc.set_s(0)
    rig.bus.writeto_mem(0x68, 0x0F, b"\x88")
    assert rig.registers(0x0F, 1) == b"\x08"
