"""The converter's driver on its model, and the model against misuse."""

import binascii
import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boards.virtual.chips import ChipMisuse
from boards.virtual.chips.chip_ads131m import ChipADS131M, crc16
from boards.virtual.chips.clock import Clock
from drivers import adc_ads131m
from drivers.adc_ads131m import ADS131M, Setup

PERIOD_NS = 250_000
GAINS = (1, 32)


def codes(n):
    """Two channels that name the sample: +n and -2n."""
    return n, -2 * n


class Link:
    """A chip on an SPI controller; a frame takes some 19 us."""

    def __init__(self, clock, chip):
        self.clock = clock
        self.chip = chip
        self.spoil = None  # callable(out) that turns bits on the way to the chip
        self.sent = []

    def exchange(self, out, into):
        sent = bytearray(out)
        if self.spoil:
            self.spoil(sent)
        self.sent.append(bytes(sent))
        self.clock.advance_ns(100)
        self.chip.cs(0)
        self.clock.advance_ns(19_000)
        self.chip.transfer(sent, into)
        self.chip.cs(1)


@pytest.fixture
def clock():
    clock = Clock()
    clock.advance_ns(1_000_000)
    return clock


@pytest.fixture
def make(clock):
    def make(setup=None, gains=GAINS, **options):
        setup = setup or Setup(gains)
        chip = ChipADS131M(clock.now_ns, codes, gains, **options)
        link = Link(clock, chip)
        clock.advance_ns(10_000)
        return chip, link, ADS131M(link, setup, clock.sleep_ms)

    return make


def wait_for(clock, chip):
    clock.advance_ns(max(0, chip.next_ns() - clock.now_ns()))


def test_it_finds_its_chip_sets_it_up_and_locks_it(make):
    setup = Setup((1, 32), osr=512, phases=(0, -3))
    chip, _, adc = make(setup)
    adc.start()
    assert {address: chip.registers[address] for address, _ in setup.registers} == {
        0x02: 0x1110, 0x03: 0x030A, 0x04: 0x0050, 0x06: 0x0600, 0x09: 0, 0x0E: 0xFF40,
    }  # fmt: skip
    adc.read()
    assert adc.status & 0x8000


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_it_reads_chips_of_two_to_four_channels(clock, channels):
    gains = (1,) * channels
    values = (8_388_607, -8_388_608, -1, 1_234_567)[:channels]
    chip = ChipADS131M(clock.now_ns, lambda _: values, gains)
    adc = ADS131M(Link(clock, chip), Setup(gains), clock.sleep_ms)
    clock.advance_ns(10_000)
    adc.start()
    wait_for(clock, chip)
    assert adc.read()
    assert adc.codes == list(values)


def test_a_chip_with_another_number_of_channels_is_refused(clock):
    chip = ChipADS131M(clock.now_ns, codes, (1, 1, 1))
    adc = ADS131M(Link(clock, chip), Setup((1, 1)), clock.sleep_ms)
    clock.advance_ns(10_000)
    with pytest.raises(OSError) as caught:
        adc.start()
    assert caught.value.errno == errno.ENODEV


def test_no_chip_is_no_device(make):
    chip, _, adc = make()
    chip.unplug()
    with pytest.raises(OSError) as caught:
        adc.start()
    assert caught.value.errno == errno.ENODEV
    assert adc.bad_frames


def test_every_conversion_is_read_once_and_is_fresh(clock, make):
    chip, _, adc = make()
    adc.start()
    wait_for(clock, chip)
    adc.read()
    before, missed = adc.codes[0], chip.missed
    for n in range(1, 9):
        wait_for(clock, chip)
        assert chip.drdy() == 0
        assert adc.read()
        assert chip.drdy() == 1
        assert adc.codes == [before + n, -2 * (before + n)]
    assert chip.missed == missed


def test_data_that_were_read_before_are_not_good(clock, make):
    chip, _, adc = make()
    adc.start()
    wait_for(clock, chip)
    assert adc.read()
    first = list(adc.codes)
    assert not adc.read()
    assert adc.codes == first
    assert adc.status & 0x03 == 0


def test_a_frame_with_a_wrong_crc_is_not_good_and_counted(clock, make):
    chip, _, adc = make()
    adc.start()
    wait_for(clock, chip)
    adc.read()
    kept = list(adc.codes)
    chip.corrupt = 1
    wait_for(clock, chip)
    assert not adc.read()
    assert adc.codes == kept
    assert adc.bad_frames == 1


def test_a_chip_that_reset_itself_is_not_good_until_it_is_configured(clock, make):
    chip, _, adc = make()
    adc.start()
    chip.brown_out()
    clock.advance_ns(6_000)
    adc.read()  # the answer to the reset
    wait_for(clock, chip)
    assert not adc.read()
    assert adc.status & 0x0400
    adc.configure()
    assert adc.verify()
    wait_for(clock, chip)
    assert adc.read()


def test_registers_that_changed_are_found_by_checking_each_in_turn(make):
    chip, _, adc = make()
    adc.start()
    chip.registers[0x04] = 0
    assert [adc.check() for _ in range(6)].count(False) == 1


def test_a_register_that_does_not_take_its_value_is_an_error(make):
    chip, _, adc = make()
    chip._write = lambda address, value: None
    with pytest.raises(OSError) as caught:
        adc.start()
    assert caught.value.errno == errno.EIO


def test_a_command_that_is_spoilt_on_the_way_is_not_executed_and_told(clock, make):
    chip, link, adc = make()
    adc.start()

    def spoil(out):
        out[3] ^= 0x01  # its CRC

    link.spoil = spoil
    adc.read()
    link.spoil = None
    wait_for(clock, chip)
    assert adc.read()
    assert adc.status & 0x1000


def test_a_write_is_executed_whatever_its_crc(make):
    chip, link, adc = make()
    adc.start()
    out, into = bytearray(12), bytearray(12)
    for command, data in [(0x0655, None), (0x6000 | 4 << 7, 0x0010)]:
        adc_ads131m.fill_frame(out, command, data)
        if data is not None:
            out[6] ^= 0xFF
        link.exchange(out, into)
    assert chip.registers[4] == 0x0010


def test_locked_registers_do_not_change(make):
    chip, link, adc = make()
    adc.start()
    out = bytearray(12)
    adc_ads131m.fill_frame(out, 0x6000 | 4 << 7, 0)
    link.exchange(out, bytearray(12))
    assert chip.registers[4] == 0x0050


def test_a_reset_needs_a_whole_frame(make):
    chip, link, _ = make()
    into = bytearray(9)
    link.exchange(bytes((0, 0x11, 0, 0, 0, 0, 0, 0, 0)), into)
    chip.registers[0x03] = 0x0302
    link.exchange(bytes(12), bytearray(12))
    assert chip.registers[0x03] == 0x0302


def test_several_registers_are_read_in_a_frame_without_samples(make):
    _chip, link, _ = make()
    into = bytearray(18)
    link.exchange(bytes((0xA1, 0x02)) + bytes(10), bytearray(12))  # three from 02h on
    link.exchange(bytes(18), into)
    words = [int.from_bytes(into[k : k + 3], "big") for k in range(0, 15, 3)]
    assert [word >> 8 for word in words[:4]] == [0xE102, 0x0510, 0x030E, 0x0000]
    assert words[4] == crc16(words[:4]) << 8


def test_chips_on_one_sync_line_convert_at_the_same_instant(clock):
    chips = []
    for _ in range(3):
        chips.append(ChipADS131M(clock.now_ns, codes, GAINS))
        clock.advance_ns(77_777)

    def line(level):
        for chip in chips:
            chip.sync(level)
        clock.advance_ns(1_000)

    adc_ads131m.synchronise(line)
    assert len({chip.next_ns() for chip in chips}) == 1
    adc = ADS131M(Link(clock, chips[0]), Setup(GAINS), clock.sleep_ms)
    adc.read()
    assert adc.status & 0x4000


def test_a_long_pulse_on_sync_resets(clock, make):
    chip, _, adc = make()
    adc.start()
    chip.sync(0)
    clock.advance_ns(250_000)
    chip.sync(1)
    assert chip.registers[4] == 0


def test_an_isolated_chip_measures_once_its_dcdc_converter_runs(clock, make):
    chip, _, adc = make(Setup(GAINS, isolated=True), isolated=True)
    adc.start()
    wait_for(clock, chip)
    assert adc.read()
    chip.registers[0x31] = 0
    chip._dcdc_since_ns = None
    wait_for(clock, chip)
    assert not adc.read()
    assert adc.codes == [0, 0]


@pytest.mark.parametrize(
    ("setup", "interval_ns"),
    [
        (Setup(GAINS, osr=512), 125_000),
        (Setup(GAINS, osr=1024), 250_000),
        (Setup(GAINS, osr=16384), 3_968_750),  # 16256 in truth
        (Setup(GAINS, osr=1024, chop=True), 753_906),  # 3 * 1024 + 16 modulator clocks
    ],
)
def test_osr_and_global_chop_decide_the_rate(clock, make, setup, interval_ns):
    chip, _, adc = make(setup)
    adc.start()
    wait_for(clock, chip)
    before = clock.now_ns()
    adc.read()
    wait_for(clock, chip)
    assert clock.now_ns() - before == interval_ns


def test_drdy_goes_high_for_a_moment_before_a_conversion_replaces_an_unread_one(clock, make):
    chip, _, _ = make()
    wait_for(clock, chip)
    clock.advance_ns(PERIOD_NS)  # two unread
    assert chip.drdy() == 0
    clock.advance_ns(PERIOD_NS - 400)
    assert chip.drdy() == 1
    clock.advance_ns(400)
    assert chip.drdy() == 0
    assert chip.missed == 2


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"gains": (1,)}, "channels"),
        ({"gains": (1, 3)}, "gain"),
        ({"gains": (1, 256)}, "gain"),
        ({"osr": 1000}, "osr"),
        ({"osr": 64}, "osr"),
        ({"osr": 32768}, "osr"),
        ({"power": 0}, "power"),
        ({"enabled": 0}, "enabled"),
        ({"enabled": 4}, "enabled"),
        ({"phases": (0,)}, "phases"),
        ({"phases": (0, 512)}, "phase"),
        ({"phases": (-513, 0)}, "phase"),
    ],
)
def test_a_setup_that_no_chip_can_hold_is_refused_by_name(change, name):
    with pytest.raises(ValueError, match=rf"^{name}: .* accepted: "):
        Setup(**{"gains": GAINS, **change})


@given(st.binary(min_size=1, max_size=64))
def test_the_crc_is_that_of_the_standard_library(data):
    assert adc_ads131m.crc16(data, len(data)) == binascii.crc_hqx(data, 0xFFFF)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((0x6000 | 4 << 7, 0x8000), "reserved bits"),
        ((0x6000 | 5 << 7, 0), "not to be written"),
        ((0x6000 | 2 << 7, 0x0210), "24-bit words"),
        ((0x0123,), "command 0x0123"),
    ],
)
def test_the_model_refuses_what_the_sheet_forbids(make, words, message):
    _, link, _ = make()
    frame = b"".join((word << 8).to_bytes(3, "big") for word in words)
    with pytest.raises(ChipMisuse, match=message):
        link.exchange(frame.ljust(12, b"\0"), bytearray(12))


def test_the_model_refuses_a_frame_during_its_reset(clock):
    chip = ChipADS131M(clock.now_ns, codes, GAINS)
    clock.advance_ns(4_900)
    with pytest.raises(ChipMisuse, match="before the reset is over"):
        chip.cs(0)


def test_the_model_refuses_a_clock_right_behind_cs(clock, make):
    chip, _, _ = make()
    chip.cs(0)
    clock.advance_ns(15)
    with pytest.raises(ChipMisuse, match="too early after CS"):
        chip.sclk(1)


def test_the_model_refuses_cs_while_the_clock_is_high(clock, make):
    chip, _, _ = make()
    chip.cs(0)
    clock.advance_ns(16)
    chip.sclk(1)
    with pytest.raises(ChipMisuse, match="SCLK is high"):
        chip.cs(1)


def test_the_model_refuses_two_frames_without_a_pause(clock, make):
    chip, _, _ = make()
    chip.cs(0)
    chip.cs(1)
    clock.advance_ns(14)
    with pytest.raises(ChipMisuse, match="1 ns too early"):
        chip.cs(0)
