"""The emulated I2C controller, driven as the firmware's own I2C code drives it."""

import errno
import random

import pytest
from rp2040py.rp2040 import RP2040

from boards.emulated.i2c import I2cBus
from boards.virtual.chips import chip_24xx
from boards.virtual.chips.chip_ds3231 import ChipDS3231
from boards.virtual.chips.chip_hd44780 import ChipHD44780
from drivers.eeprom_24xx import FC1025, EEPROM24xx
from drivers.lcd_hd44780 import LCDHD44780
from drivers.rtc_ds3231 import DS3231
from host_tests.emulated.sdk_i2c import I2C

EEPROM, CLOCK, LCD = 0x50, 0x68, 0x27
NOBODY = 0x33
TRANSFERS = 250


class Board:
    """An RP2040 with the chips of a board, its firmware's I2C and the drivers."""

    def __init__(self):
        rp2040 = RP2040()

        def now_ns():
            return int(rp2040.clock.nanos)

        self.now_ns = now_ns
        bus = I2cBus(rp2040, 0)
        self.eeprom_chip = chip_24xx.Chip24xx(chip_24xx.FC1025, now_ns)
        self.lcd_chip = ChipHD44780(now_ns)
        clock = ChipDS3231(now_ns)
        clock.set_seconds(1000)
        bus.attach(EEPROM, self.eeprom_chip)
        bus.attach(CLOCK, clock)
        bus.attach(LCD, self.lcd_chip)
        self.i2c = I2C(rp2040, 0)
        self.eeprom = EEPROM24xx(self.i2c, EEPROM, FC1025, self.i2c.sleep_ms)
        self.clock = DS3231(self.i2c)
        self.lcd = LCDHD44780(self.i2c, self.i2c.sleep_ms)


@pytest.fixture
def board():
    return Board()


def test_nobody_at_an_address_is_an_io_error_within_two_bytes_time(board):
    before_ns = board.now_ns()
    with pytest.raises(OSError, match="no acknowledge") as caught:
        board.i2c.writeto(NOBODY, b"\0\0")
    assert caught.value.errno == errno.EIO
    assert board.now_ns() - before_ns < 2 * 9 * 2500


def test_reading_from_nobody_is_an_io_error(board):
    with pytest.raises(OSError, match="abort") as caught:
        board.i2c.readfrom_into(NOBODY, bytearray(2))
    assert caught.value.errno == errno.EIO


def test_a_page_is_written_and_polled_until_the_chip_is_ready(board):
    board.eeprom.write_page(256, bytes(range(128)))
    found = bytearray(128)
    board.eeprom.read_into(256, found)
    assert found == bytes(range(128))


@pytest.mark.parametrize("limit_us", range(5, 130, 12))  # a character takes 6 x 22.5 us
def test_a_transfer_that_was_given_up_does_not_reach_into_the_next(board, limit_us):
    while not board.lcd.step():
        pass
    board.lcd.show(b"A" * 80)
    board.i2c.timeout_us = limit_us
    with pytest.raises(OSError, match="time-out"):
        board.lcd.step()
    board.i2c.timeout_us = 10_000
    assert board.clock.now_s() == 1000
    while not board.lcd.step():
        pass
    assert board.lcd_chip.text() == ["A" * 20] * 4


def test_transfers_to_three_chips_at_random_have_no_error(board):
    seed = 382
    print("seed", seed)
    rng = random.Random(seed)
    memory = bytearray(b"\xff" * 4096)
    while not board.lcd.step():
        pass
    for _ in range(TRANSFERS):
        match rng.randrange(4):
            case 0:
                start = rng.randrange(4096)
                data = rng.randbytes(rng.randint(1, 128 - start % 128))
                board.eeprom.write_page(start, data)
                memory[start : start + len(data)] = data
            case 1:
                start = rng.randrange(4096 - 64)
                found = bytearray(rng.randint(1, 64))
                board.eeprom.read_into(start, found)
                assert found == memory[start : start + len(found)]
            case 2:
                assert board.clock.now_s() == 1000 + board.now_ns() // 10**9
            case 3:
                lines = bytes(rng.randrange(0x20, 0x7B) for _ in range(80))
                board.lcd.show(lines)
                while not board.lcd.step():
                    pass
                shown = "".join(board.lcd_chip.text()).replace("\u25a1", "?")
                assert shown.encode() == lines.replace(b"\\", b"?")
