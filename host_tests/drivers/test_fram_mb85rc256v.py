"""The FRAM's driver on its model, and the model against misuse."""

import errno

import pytest

from boards.virtual.chips import ChipMisuse
from boards.virtual.chips.chip_24xx import PowerCut
from boards.virtual.chips.chip_mb85rc256v import ChipMB85RC256V
from boards.virtual.chips.i2c_bus import I2CBus
from drivers import eeprom_24xx
from drivers.fram_mb85rc256v import MB85RC256V


@pytest.fixture
def chip():
    return ChipMB85RC256V()


@pytest.fixture
def bus(chip):
    bus = I2CBus()
    bus.attach(0x50, chip)
    return bus


@pytest.fixture
def fram(bus):
    return MB85RC256V(bus, 0x50)


def test_what_was_written_is_read_at_once(chip, fram):
    fram.write_page(0x7F80, bytes(range(128)))
    found = bytearray(128)
    fram.read_into(0x7F80, found)
    assert found == bytes(range(128)) == chip.memory[0x7F80:]
    assert chip.writes == 128


@pytest.mark.parametrize(("start", "n"), [(127, 2), (0, 129), (0, 0), (-1, 1), (0x8000, 1)])
def test_a_write_that_leaves_its_page_or_the_chip_is_refused(chip, fram, start, n):
    with pytest.raises(ValueError, match="accepted"):
        fram.write_page(start, bytes(n))
    assert chip.writes == 0


def test_a_read_that_leaves_the_chip_is_refused(fram):
    with pytest.raises(ValueError, match=r"0\.\.32767"):
        fram.read_into(0x7FFF, bytearray(2))


def test_errors_of_the_bus_are_passed_on(bus, chip, fram):
    chip.dead = True
    with pytest.raises(OSError) as caught:
        fram.write_page(0, b"a")
    assert caught.value.errno == errno.EIO
    bus.stuck = True
    with pytest.raises(OSError) as caught:
        fram.read_into(0, bytearray(1))
    assert caught.value.errno == errno.ETIMEDOUT


def test_a_cut_leaves_the_bytes_that_were_acknowledged(chip, fram):
    chip.bytes_to_cut = 3 + 5
    with pytest.raises(PowerCut):
        fram.write_page(0, b"\xaa" * 128)
    assert bytes(chip.memory[:6]) == b"\xaa" * 5 + b"\0"


def test_the_model_refuses_a_read_before_any_address(bus):
    with pytest.raises(ChipMisuse, match="before an address"):
        bus.readfrom_into(0x50, bytearray(1))


def test_the_model_refuses_the_driver_of_a_larger_eeprom(bus):
    eeprom = eeprom_24xx.EEPROM24xx(bus, 0x50, eeprom_24xx.LC512, None)
    with pytest.raises(ChipMisuse, match="address of 16 bits"):
        eeprom.write_page(0x8000, b"a")
