"""The EEPROM driver against a script of bus transfers and against the chip's model."""

import errno
import random

import pytest

from boards.virtual.chips import ChipMisuse, chip_24xx
from boards.virtual.chips.clock import Clock
from boards.virtual.chips.i2c_bus import I2CBus
from drivers import eeprom_24xx
from drivers.eeprom_24xx import EEPROM24xx

PARTS = [
    pytest.param(eeprom_24xx.LC512, chip_24xx.LC512, id="24LC512"),
    pytest.param(eeprom_24xx.FC1025, chip_24xx.FC1025, id="24FC1025"),
]


class Rig:
    def __init__(self, part=eeprom_24xx.FC1025, model=chip_24xx.FC1025):
        self.clock = Clock()
        self.bus = I2CBus(self.clock.advance_ns)
        self.chip = chip_24xx.Chip24xx(model, self.clock.now_ns)
        self.bus.attach(0x50, self.chip)
        self.store = EEPROM24xx(self.bus, 0x50, part, self.clock.sleep_ms)


@pytest.fixture
def rig():
    return Rig()


@pytest.mark.parametrize(("part", "model"), PARTS)
def test_what_is_written_in_any_page_is_read_back(part, model):
    rig = Rig(part, model)
    seed = 24
    print("seed", seed)
    rng = random.Random(seed)
    for page in (0, 1, part.size // part.page // 2, part.size // part.page - 1):
        data = rng.randbytes(part.page)
        rig.store.write_page(page * part.page, data)
        back = bytearray(part.page)
        rig.store.read_into(page * part.page, back)
        assert back == data == rig.chip.memory[page * part.page : (page + 1) * part.page]
    assert sum(rig.chip.page_writes) == 4


def test_a_page_write_is_select_and_data_and_does_not_wait(i2c_script):
    i2c = i2c_script(("writeto", 0x50, b"\x01\x80", None),
                     ("writevto", 0x50, b"\x01\x80abc", None))
    EEPROM24xx(i2c, 0x50, eeprom_24xx.LC512, None).write_page(0x180, b"abc")


def test_a_write_polls_until_the_chip_has_written_what_came_before(i2c_script):
    naps_ms = []
    i2c = i2c_script(
        ("writeto", 0x50, b"\x01\x80", OSError(errno.EIO)),
        ("writeto", 0x50, b"\x01\x80", OSError(errno.EIO)),
        ("writeto", 0x50, b"\x01\x80", None),
        ("writevto", 0x50, b"\x01\x80abc", None),
    )
    EEPROM24xx(i2c, 0x50, eeprom_24xx.LC512, naps_ms.append).write_page(0x180, b"abc")
    assert naps_ms == [1, 1]


def test_a_read_is_one_transfer(i2c_script):
    i2c = i2c_script(("readfrom_mem_into", 0x50, (b"\xff\xfe", b"xy"), None))
    back = bytearray(2)
    EEPROM24xx(i2c, 0x50, eeprom_24xx.LC512, None).read_into(0xFFFE, back)
    assert back == b"xy"


def test_a_read_during_the_write_cycle_polls_until_the_chip_answers(i2c_script):
    naps_ms = []
    i2c = i2c_script(
        ("readfrom_mem_into", 0x50, (b"\xff\xfe", b""), OSError(errno.EIO)),
        ("writeto", 0x50, b"\xff\xfe", OSError(errno.EIO)),
        ("writeto", 0x50, b"\xff\xfe", None),
        ("readfrom_into", 0x50, b"xy", None),
    )
    back = bytearray(2)
    EEPROM24xx(i2c, 0x50, eeprom_24xx.LC512, naps_ms.append).read_into(0xFFFE, back)
    assert back == b"xy"
    assert naps_ms == [1]


def test_the_upper_half_of_a_24fc1025_is_another_bus_address(i2c_script):
    i2c = i2c_script(("readfrom_mem_into", 0x54, (b"\x00\x00", b"z"), None))
    EEPROM24xx(i2c, 0x50, eeprom_24xx.FC1025, None).read_into(0x10000, bytearray(1))


def test_a_read_across_the_block_boundary_is_split(rig):
    for k in range(8):
        rig.chip.memory[0xFFFC + k] = k
    back = bytearray(8)
    rig.store.read_into(0xFFFC, back)
    assert back == bytes(range(8))


@pytest.mark.parametrize(
    ("start", "n"), [(127, 2), (0, 129), (0, 0), (-1, 1), (0x20000, 1), (0x1FFFF, 2)]
)
def test_a_write_that_leaves_its_page_is_refused_before_the_bus_hears_of_it(i2c_script, start, n):
    with pytest.raises(ValueError, match="accepted"):
        EEPROM24xx(i2c_script(), 0x50, eeprom_24xx.FC1025, None).write_page(start, bytes(n))


@pytest.mark.parametrize(("start", "n"), [(-1, 1), (0x20000, 1), (0x1FFFF, 2)])
def test_a_read_that_leaves_the_chip_is_refused(i2c_script, start, n):
    with pytest.raises(ValueError, match="accepted"):
        EEPROM24xx(i2c_script(), 0x50, eeprom_24xx.FC1025, None).read_into(start, bytearray(n))


@pytest.mark.parametrize("fault", ["dead", "stuck_busy"])
def test_a_deaf_chip_is_given_up_after_four_write_cycles(rig, fault):
    rig.store.write_page(0, b"before")
    setattr(rig.chip, fault, True)
    began_ns = rig.clock.now_ns()
    with pytest.raises(OSError) as caught:
        rig.store.write_page(0, b"after")
    assert caught.value.errno == errno.ETIMEDOUT
    assert 20_000_000 <= rig.clock.now_ns() - began_ns <= 21_000_000


def test_a_bus_held_low_is_reported_at_once(rig):
    rig.bus.stuck = True
    with pytest.raises(OSError) as caught:
        rig.store.read_into(0, bytearray(1))
    assert caught.value.errno == errno.ETIMEDOUT
    assert rig.clock.now_ns() == 0


def test_the_chip_is_read_as_soon_as_a_write_left_by_a_reset_ends(rig):
    rig.bus.writevto(0x50, (b"\x00\x00", b"late"))  # then the processor restarts
    back = bytearray(4)
    rig.store.read_into(0, back)
    assert back == b"late"


def test_a_page_takes_at_most_twelve_milliseconds_read_back_and_all(rig):
    rig.store.write_page(0, bytes(128))
    rig.store.read_into(0, bytearray(128))
    assert rig.clock.now_ns() <= 12_000_000


class TestTheModelRefusesMisuse:
    def test_of_a_page_boundary(self, rig):
        with pytest.raises(ChipMisuse, match="end of a page"):
            rig.bus.writevto(0x50, (b"\x00\x7f", b"ab"))

    def test_of_reading_during_the_write_cycle(self, rig):
        rig.bus.writevto(0x50, (b"\x00\x00", b"a"))
        with pytest.raises(ChipMisuse, match="write cycle"):
            rig.bus.readfrom_into(0x50, bytearray(1))

    def test_and_without_strictness_does_what_the_silicon_does(self, rig):
        silicon = chip_24xx.Chip24xx(chip_24xx.LC512, rig.clock.now_ns, strict=False)
        rig.bus.attach(0x51, silicon)
        rig.bus.writevto(0x51, (b"\x00\x7e", b"abcd"))
        assert silicon.memory[0:2] == b"cd"
        assert silicon.memory[0x7E:0x80] == b"ab"
        with pytest.raises(OSError):
            rig.bus.readfrom_into(0x51, bytearray(1))

    def test_of_two_chips_at_one_address(self, rig):
        with pytest.raises(ValueError, match="0x54 is taken"):
            rig.bus.attach(0x54, chip_24xx.Chip24xx(chip_24xx.LC512, rig.clock.now_ns))

    def test_of_memory_of_another_size(self, rig):
        with pytest.raises(ValueError, match="accepted: 65536"):
            chip_24xx.Chip24xx(chip_24xx.LC512, rig.clock.now_ns, bytearray(0x20000))


def test_a_sequential_read_of_the_model_stays_in_its_block(rig):
    rig.chip.memory[0x00000], rig.chip.memory[0x10000] = 1, 2
    back = bytearray(2)
    rig.bus.readfrom_mem_into(0x50, 0xFFFF, back, addrsize=16)
    assert back[1] == 1


def test_the_file_holds_every_page_that_was_acknowledged(tmp_path):
    path = str(tmp_path / "eeprom.bin")
    rig = Rig()
    rig.chip = chip_24xx.Chip24xx(
        chip_24xx.LC512, rig.clock.now_ns, chip_24xx.MemoryFile(path, 0x10000)
    )
    rig.bus = I2CBus(rig.clock.advance_ns)
    rig.bus.attach(0x50, rig.chip)
    store = EEPROM24xx(rig.bus, 0x50, eeprom_24xx.LC512, rig.clock.sleep_ms)
    store.write_page(0x100, b"kept")  # and the file is not closed: the process may be killed here
    again = chip_24xx.MemoryFile(path, 0x10000)
    assert again[0x0FF:0x105] == b"\xffkept\xff"
    assert again[0x100] == ord("k")
    again.close()
    with pytest.raises(ValueError, match="accepted: 131072"):
        chip_24xx.MemoryFile(path, 0x20000)


def test_the_bus_finds_both_blocks(rig):
    assert rig.bus.scan() == [0x50, 0x54]
