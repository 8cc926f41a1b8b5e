"""A ring in service: order, refusals, worn pages, a chip that does not answer."""

import errno
from collections import Counter

import pytest

from host_tests.journal.device import FIRST_PAGE, PAGE, SIZE, Device, payload
from meter.errors import JournalError
from meter.journal.record import Page, following, is_newer
from meter.journal.ring import NOTHING, Ring

PAGES = 5


class Ram:
    """A store without a chip behind it."""

    page = PAGE

    def __init__(self, size=0x20000):
        self.size = size
        self.cells = bytearray(b"\xff" * size)

    def read_into(self, start, buf):
        buf[:] = self.cells[start : start + len(buf)]

    def write_page(self, start, data):
        assert start % PAGE == 0
        assert len(data) == PAGE
        self.cells[start : start + PAGE] = data


@pytest.fixture
def device():
    fresh = Device(PAGES)
    assert fresh.power_up() is None
    return fresh


def test_the_last_number_stored_comes_back_after_any_number_of_them(device):
    for number in range(4 * PAGES):
        device.append(number)
        assert device.recover() == number


def test_appends_wear_all_pages_alike_and_no_other_page(device):
    for number in range(100 * PAGES):
        device.append(number)
    wear = Counter({k: n for k, n in enumerate(device.chip.page_writes) if n})
    assert wear == {FIRST_PAGE + k: 100 for k in range(PAGES)}


def test_a_record_is_laid_out_as_documented(device):
    device.append(0x01020304)
    assert device.page(0)[:4] == bytes([1, 0, 0, 0])
    assert device.page(0)[4 : 4 + SIZE] == payload(0x01020304)
    ring = Ring(ram := Ram(), (0, 2, 0x02, 4), Page())
    ring.recover(bytearray(4))
    ring.append(b"\x78\x56\x34\x12", 4)
    body = b"\x01\x00\x00\x00\x78\x56\x34\x12" + bytes(116)
    assert ram.cells[:PAGE] == body + crc32_by_bits(b"\x02\x04" + body).to_bytes(4, "little")


def crc32_by_bits(data):
    """IEEE 802.3, 3.2.9: as the hardware shifts it."""
    crc = 0xFFFFFFFF
    for byte in data:
        for bit in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if (crc ^ byte >> bit) & 1 else 0)
    return crc ^ 0xFFFFFFFF


def test_the_sequence_number_may_pass_its_end(device):
    device.ring._sequence = 0xFFFFFFFC  # as after 2**32 - 4 appends
    for number in range(1, 12):
        device.append(number)
        assert device.power_up() == number


@pytest.mark.parametrize(
    ("sequence", "other", "answer"),
    [
        (1, 0, True),
        (0, 1, False),
        (5, 5, False),
        (0, 0xFFFFFFFF, True),
        (0xFFFFFFFF, 0, False),
        (0x7FFFFFFF, 0, True),
        (0x80000001, 0, False),
    ],
)
def test_sequence_arithmetic_looks_half_the_circle_ahead(sequence, other, answer):
    assert is_newer(sequence, other) is answer


def test_sequence_numbers_follow_in_a_circle():
    assert (following(0), following(0xFFFFFFFF)) == (1, 0)


def test_recovery_stores_what_it_found_anew(device):
    device.append(7)
    before = sum(device.chip.page_writes)
    device.power_up()
    assert sum(device.chip.page_writes) == before + 1
    assert device.ring.stored == 1
    device.chip.memory[FIRST_PAGE * PAGE + 9] ^= 1  # the page that it was found on goes bad
    assert device.power_up() == 7


def test_nothing_is_stored_before_the_newest_record_is_known(device):
    device.append(7)
    ring = Ring(Ram(), device.region, Page())
    with pytest.raises(JournalError, match="before recover"):
        ring.append(payload(1), SIZE)


@pytest.mark.parametrize("n", [0, SIZE - 1, SIZE + 1])
def test_a_payload_of_another_length_is_refused(device, n):
    with pytest.raises(ValueError, match="accepted: 120"):
        device.ring.append(bytearray(SIZE + 1), n)


@pytest.mark.parametrize("region", [(0, 1, 1, 8), (-1, 2, 1, 8), (1023, 2, 1, 8), (0, 1025, 1, 8)])
def test_a_region_that_does_not_fit_the_store_is_refused(region):
    with pytest.raises(ValueError, match=r"within 0\.\.1023"):
        Ring(Ram(), region, Page())


@pytest.mark.parametrize("size", [0, 121])
def test_a_payload_that_does_not_fit_a_page_is_refused(size):
    with pytest.raises(ValueError, match=r"accepted: 1\.\.120"):
        Ring(Ram(), (0, 2, 1, size), Page())


@pytest.mark.parametrize(("kind", "size"), [(0x5B, SIZE), (0x5A, SIZE - 1)])
def test_records_of_another_kind_or_layout_are_not_taken(device, kind, size):
    device.append(7)
    device.region = (FIRST_PAGE, PAGES, kind, size)
    assert device.power_up() is None
    assert device.ring.damaged == 1


def test_two_rings_share_one_buffer():
    ram, buffer, found = Ram(), Page(), bytearray(SIZE)
    registers = Ring(ram, (8, 5, 1, SIZE), buffer)
    hours = Ring(ram, (13, 2, 2, 4), buffer)
    assert registers.recover(found) == hours.recover(found) == NOTHING
    registers.append(payload(5), SIZE)
    hours.append(b"\x01\x02\x03\x04", 4)
    registers.append(payload(6), SIZE)
    assert registers.recover(found) == SIZE
    assert found == payload(6)
    assert hours.recover(found) == 4
    assert found[:4] == b"\x01\x02\x03\x04"


class TestAWornPage:
    def wear_out(self, device, *pages):
        device.chip.worn_pages = {FIRST_PAGE + k for k in pages}

    @pytest.mark.parametrize("worn", range(PAGES))
    def test_is_passed_over_and_counted(self, device, worn):
        self.wear_out(device, worn)
        for number in range(1, 3 * PAGES):
            device.append(number)
            assert device.recover() == number
        assert device.ring.bad_pages

    def test_keeps_its_old_record_and_is_never_believed(self, device):
        for number in range(PAGES):
            device.append(number)
        self.wear_out(device, 0, 3)
        for number in range(PAGES, 5 * PAGES):
            device.append(number)
            assert device.power_up() == number

    def test_too_many_in_turn_are_an_error_and_the_next_append_goes_on_behind_them(self, device):
        device.append(1)
        self.wear_out(device, 1, 2, 3)
        with pytest.raises(JournalError, match="3 pages in turn"):
            device.append(2)
        assert device.ring.bad_pages == 3
        device.append(3)
        assert device.power_up() == 3

    def test_if_all_others_are_worn_the_newest_record_is_still_not_overwritten(self, device):
        device.append(1)
        newest = device.page(0)
        self.wear_out(device, *range(1, PAGES))
        for _ in range(2 * PAGES):
            with pytest.raises(JournalError):
                device.append(2)
        assert device.page(0) == newest

    def test_if_all_are_worn_the_newest_record_stands(self, device):
        device.append(1)
        self.wear_out(device, *range(PAGES))
        for _ in range(2 * PAGES):
            with pytest.raises(JournalError):
                device.append(2)
        assert device.power_up() == 1
        assert device.ring.damaged == 0


class TestAChipThatDoesNotAnswer:
    @pytest.mark.parametrize("fault", ["dead", "stuck_busy"])
    def test_costs_its_deadline_is_counted_and_loses_nothing(self, device, fault):
        for number in range(7):
            device.append(number)
        setattr(device.chip, fault, True)
        for attempt in range(3):
            began_ns = device.clock.now_ns()
            with pytest.raises(OSError) as caught:
                device.append(8)
            assert caught.value.errno == errno.ETIMEDOUT
            assert device.clock.now_ns() - began_ns < 35_000_000  # a page, and 20 ms of patience
            assert device.ring.bus_errors == attempt + 1
        setattr(device.chip, fault, False)
        device.append(9)
        assert device.power_up() == 9

    def test_cannot_be_recovered_from_and_is_not_taken_for_an_empty_one(self, device):
        device.append(7)
        device.chip.dead = True
        with pytest.raises(OSError):
            device.power_up()
        with pytest.raises(JournalError, match="before recover"):
            device.append(1)
        device.chip.dead = False
        assert device.recover() == 7

    def test_a_bus_error_at_any_transfer_of_an_append_loses_nothing(self, device):
        device.append(1)
        number = 2
        for transfer in range(40):
            FailingBus.patch(device.bus, transfer)
            try:
                device.append(number)
            except OSError as error:
                assert error.errno == errno.EIO  # noqa: PT017  it may also succeed: a lost poll
            assert device.power_up() in (number - 1, number)
            device.append(number)
            number += 1

    def test_one_that_cannot_be_written_can_still_be_recovered_from(self, device):
        device.append(7)
        device.chip.worn_pages = set(range(512))
        assert device.power_up() == 7
        assert device.ring.bad_pages == 3


class FailingBus:
    """Makes one transfer of a bus fail after it has been carried out."""

    @staticmethod
    def patch(bus, transfer):
        left = [transfer]

        def failing(method):
            def call(*args):
                method(*args)
                left[0] -= 1
                if left[0] == -1:
                    raise OSError(errno.EIO, "noise")

            return call

        bus.writevto = failing(bus.writevto)
        bus.readfrom_into = failing(bus.readfrom_into)


def test_noise_on_one_reading_of_the_newest_page_does_not_bring_back_an_older_one(device):
    device.append(1)
    device.append(2)
    noisy = {}
    for at in range((FIRST_PAGE + 1) * PAGE, (FIRST_PAGE + 2) * PAGE):
        byte = device.chip.memory[at]
        answers = [byte, byte ^ 0x10]
        noisy[at] = lambda answers=answers: answers.pop() if len(answers) > 1 else answers[0]
    device.chip.unstable = dict(list(noisy.items())[40:41])
    assert device.power_up() == 2


def test_recovery_reads_every_page_once(device):
    for number in range(PAGES):
        device.append(number)
    before_ns = device.clock.now_ns()
    device.power_up()
    byte_ns = 22_500
    reads_ns = PAGES * 132 * byte_ns
    assert device.clock.now_ns() - before_ns < reads_ns + 12_000_000
