"""The character display's driver against the model of display and expander."""

import errno
import random

import pytest

from boards.virtual.chips import ChipMisuse
from boards.virtual.chips.chip_hd44780 import ChipHD44780
from boards.virtual.chips.clock import Clock
from boards.virtual.chips.i2c_bus import I2CBus
from drivers.lcd_hd44780 import ADDRESS, LCDHD44780

TEXT = b"1.8.0             A+   0036886       kWhL1 L2 L3   QI     T1ERROR               "


class CountingBus(I2CBus):
    """Counts bytes sent; after `good` more transfers one is cut after `passed` bytes of data."""

    def __init__(self, advance_ns, freq):
        super().__init__(advance_ns, freq)
        self.sent = 0
        self.good = None
        self.passed = 0

    def writeto(self, addr, buf, stop=True):
        if self.good is not None:
            self.good -= 1
            if self.good < 0:
                self.good = None
                super().writeto(addr, bytes(buf)[: self.passed])
                raise OSError(errno.ETIMEDOUT, "cut")
        self.sent += 1 + len(buf)
        return super().writeto(addr, buf, stop)


class Rig:
    def __init__(self, freq=400_000):
        self.clock = Clock()
        self.chip = ChipHD44780(self.clock.now_ns)
        self.bus = CountingBus(self.clock.advance_ns, freq)
        self.bus.attach(ADDRESS, self.chip)
        self.lcd = LCDHD44780(self.bus, self.clock.sleep_ms)

    def settle(self):
        """Step until the glass shows what it should; return how many steps that took."""
        for steps in range(1, 200):
            if self.lcd.step():
                return steps
        raise AssertionError("never settles")


@pytest.fixture
def rig():
    return Rig()


@pytest.mark.parametrize("freq", [100_000, 400_000])
def test_a_display_just_switched_on_shows_four_lines(freq):
    rig = Rig(freq)
    rig.lcd.show(TEXT)
    rig.settle()
    assert "".join(rig.chip.text()).encode() == TEXT
    assert rig.chip.light


def test_no_step_takes_more_than_48_bytes_or_six_milliseconds(rig):
    rig.lcd.show(TEXT)
    done = False
    while not done:
        sent, began_ns = rig.bus.sent, rig.clock.now_ns()
        done = rig.lcd.step()
        assert rig.bus.sent - sent <= 48
        assert rig.clock.now_ns() - began_ns <= 6_000_000


def test_only_what_changed_is_sent(rig):
    rig.lcd.show(TEXT)
    rig.settle()
    sent = rig.bus.sent
    rig.lcd.show(TEXT)
    assert rig.lcd.step()
    assert rig.bus.sent == sent
    rig.lcd.show(TEXT.replace(b"36886", b"36887"))
    assert rig.lcd.step()
    assert rig.bus.sent == sent + 12  # address and one character
    assert rig.chip.text()[1] == "   0036887       kWh"


def test_any_sequence_of_pictures_ends_with_the_last_on_the_glass(rig):
    seed = 44780
    print("seed", seed)
    rng = random.Random(seed)
    for _ in range(200):
        wanted = bytes(rng.choice(b" 0123456789L") for _ in range(80))
        rig.lcd.show(wanted)
        for _ in range(rng.randrange(12)):
            rig.lcd.step()
    rig.settle()
    assert "".join(rig.chip.text()).encode() == wanted


@pytest.mark.parametrize("passed", range(5))
def test_a_display_that_lost_its_count_at_any_byte_is_started_anew(rig, passed):
    rig.lcd.show(TEXT)
    rig.settle()
    rig.bus.passed = passed
    for good in range(12):
        rig.lcd.show(bytes(reversed(TEXT)))
        rig.bus.good = good
        with pytest.raises(OSError, match="cut"):
            rig.settle()
        rig.settle()
        assert "".join(rig.chip.text()).encode() == bytes(reversed(TEXT))
        rig.lcd.show(TEXT)
        rig.settle()


@pytest.mark.parametrize("passed", range(5))
@pytest.mark.parametrize("good", range(10))
def test_a_start_that_is_cut_at_any_byte_begins_again(rig, good, passed):
    rig.lcd.show(TEXT)
    rig.bus.good, rig.bus.passed = good, passed
    with pytest.raises(OSError, match="cut"):
        rig.settle()
    rig.settle()
    assert "".join(rig.chip.text()).encode() == TEXT


@pytest.mark.parametrize("passed", range(5))
def test_a_processor_that_was_reset_within_a_transfer_starts_the_display_anew(rig, passed):
    rig.lcd.show(TEXT)
    rig.settle()
    for good in range(12):
        rig.lcd.show(bytes(reversed(TEXT)))
        rig.bus.good, rig.bus.passed = good, passed
        with pytest.raises(OSError, match="cut"):
            rig.settle()
        rig.lcd = LCDHD44780(rig.bus, rig.clock.sleep_ms)
        rig.lcd.show(TEXT)
        rig.settle()
        assert "".join(rig.chip.text()).encode() == TEXT


def test_the_address_counter_does_not_run_into_the_wrong_row(rig):
    rig.lcd.show(b"\xff" * 80)  # every character differs, row after row without a gap
    rig.settle()
    assert rig.chip.text() == ["\u2588" * 20] * 4


class TestTheModelRefuses:
    def send(self, rig, *states):
        rig.bus.writeto(ADDRESS, bytes(states))

    @pytest.fixture(autouse=True)
    def release(self, rig):
        self.send(rig, 0xFB)

    def nibble(self, rig, nibble, rs=0):
        self.send(rig, nibble << 4 | rs, nibble << 4 | rs | 4, nibble << 4 | rs)

    def started(self, rig):
        rig.clock.sleep_ms(50)
        for nibble, wait_ms in ((3, 5), (3, 1), (3, 1), (2, 1), (2, 0), (8, 1)):
            self.nibble(rig, nibble)
            rig.clock.sleep_ms(wait_ms)

    def test_a_nibble_before_the_supply_has_settled(self, rig):
        with pytest.raises(ChipMisuse, match="too early"):
            self.nibble(rig, 3)

    def test_a_start_up_without_its_pauses(self, rig):
        rig.clock.sleep_ms(50)
        self.nibble(rig, 3)
        with pytest.raises(ChipMisuse, match="too early"):
            self.nibble(rig, 3)

    def test_a_start_up_that_goes_straight_to_four_bits(self, rig):
        rig.clock.sleep_ms(50)
        with pytest.raises(ChipMisuse, match="not 0x3"):
            self.nibble(rig, 2)

    def test_data_before_the_start_up(self, rig):
        rig.clock.sleep_ms(50)
        with pytest.raises(ChipMisuse, match="data before"):
            self.nibble(rig, 3, rs=1)

    def test_an_instruction_while_it_clears(self, rig):
        self.started(rig)
        self.nibble(rig, 0)
        self.nibble(rig, 1)
        rig.clock.advance_ns(1_000_000)
        with pytest.raises(ChipMisuse, match="too early"):
            self.nibble(rig, 0)

    def test_rs_that_moves_with_e(self, rig):
        self.send(rig, 0x00)
        with pytest.raises(ChipMisuse, match="together with E"):
            self.send(rig, 0x05)

    def test_a_first_byte_that_lets_e_fall_with_the_rest(self):
        with pytest.raises(ChipMisuse, match="together with E"):
            self.send(Rig(), 0x38)

    def test_reading_the_display(self, rig):
        with pytest.raises(ChipMisuse, match="reading is not wired"):
            self.send(rig, 0x02, 0x06)

    def test_data_where_there_is_no_memory(self, rig):
        self.started(rig)
        for nibble, rs in ((0xB, 0), (0x0, 0), (4, 1)):
            self.nibble(rig, nibble, rs)
            rig.clock.sleep_ms(1)
        with pytest.raises(ChipMisuse, match="no DDRAM at 0x30"):
            self.nibble(rig, 1, rs=1)

    def test_and_it_keeps_the_users_characters(self, rig):
        self.started(rig)
        for byte, rs in (
            (0x0C, 0),
            (0x48, 0),
            *((0x10 + k, 1) for k in range(8)),
            (0x80, 0),
            (0x01, 1),
        ):
            self.nibble(rig, byte >> 4, rs)
            self.nibble(rig, byte & 0xF, rs)
            rig.clock.sleep_ms(1)
        assert rig.chip.glyph(1) == bytes(range(0x10, 0x18))
        assert rig.chip.text("abcdefgh")[0][0] == "b"
