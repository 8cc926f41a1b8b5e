"""The glass's driver against the model of its controller."""

import random

import pytest

from boards.virtual.chips import ChipMisuse
from boards.virtual.chips.chip_ht1622 import ChipHT1622
from boards.virtual.chips.clock import Clock
from drivers.lcd_ht1622 import LCDHT1622


def lit(chip):
    """Return what the glass shows as a picture: bit c of byte s = segment s, common c."""
    return bytes(
        sum(chip.is_lit(8 * segment + common) << common for common in range(8))
        for segment in range(32)
    )


def settle(lcd):
    for steps in range(1, 100):
        if lcd.step():
            return steps
    raise AssertionError("never settles")


@pytest.fixture
def chip():
    return ChipHT1622()


@pytest.fixture
def lcd(chip):
    return LCDHT1622(chip.cs, chip.wr, chip.data)


def test_every_segment_lights_at_its_own_place(chip, lcd):
    for bit in range(256):
        picture = bytearray(32)
        picture[bit >> 3] = 1 << (bit & 7)
        lcd.show(picture)
        settle(lcd)
        assert lit(chip) == picture


def test_what_the_ram_held_at_power_on_is_overwritten(chip, lcd):
    chip.ram[:] = b"\x0f" * 64
    settle(lcd)
    assert lit(chip) == bytes(32)


def test_a_step_sends_at_most_eight_nibbles_and_only_changed_ones(chip, lcd):
    settle(lcd)
    seed = 1622
    print("seed", seed)
    rng = random.Random(seed)
    for _ in range(100):
        before = bytes(chip.ram)
        picture = rng.randbytes(32)
        lcd.show(picture)
        sent = chip.nibbles
        while not lcd.step():
            assert chip.nibbles - sent <= 8
            sent = chip.nibbles
        assert lit(chip) == picture
        sent = chip.nibbles
        lcd.show(picture)
        assert lcd.step()
        assert chip.nibbles == sent
        assert before != chip.ram


def test_a_glass_wired_otherwise_takes_a_symbol_map(chip):
    symbols = bytes(reversed(range(256)))
    lcd = LCDHT1622(chip.cs, chip.wr, chip.data, symbols)
    picture = bytearray(32)
    picture[0] = 0b101
    lcd.show(picture)
    settle(lcd)
    assert [bit for bit in range(256) if chip.is_lit(bit)] == [253, 255]


def test_the_model_is_dark_until_oscillator_and_display_are_on(chip, lcd):
    chip.ram[0] = 1
    assert not chip.is_lit(0)
    lcd.step()
    assert chip.is_lit(0)


class TestTheModelRefuses:
    def clock(self, chip, *bits):
        for bit in bits:
            chip.wr(0)
            chip.data(bit)
            chip.wr(1)

    def test_a_transfer_cut_off_inside_a_nibble(self, chip):
        chip.cs(0)
        self.clock(chip, 1, 0, 1, *[0] * 6, 1, 1)
        with pytest.raises(ChipMisuse, match="2 bits into a field"):
            chip.cs(1)

    def test_a_mode_that_does_not_exist(self, chip):
        chip.cs(0)
        with pytest.raises(ChipMisuse, match="mode 011"):
            self.clock(chip, 0, 1, 1)

    def test_an_unknown_command(self, chip):
        chip.cs(0)
        with pytest.raises(ChipMisuse, match="command 0x29"):
            self.clock(chip, 1, 0, 0, *[0, 0, 1, 0, 1, 0, 0, 1, 0])

    def test_a_clock_too_fast(self):
        clock = Clock()
        chip = ChipHT1622(clock.now_ns)
        chip.cs(0)
        clock.advance_ns(2_000)
        chip.wr(0)
        clock.advance_ns(1_000)
        with pytest.raises(ChipMisuse, match="after 1000 ns"):
            chip.wr(1)
