"""Cells that changed on their own: the newest record that still checks, never a wrong one."""

import random

import pytest

from host_tests.journal.device import PAGE, SIZE, payload
from host_tests.journal.test_ring import Ram
from meter.journal.record import Page
from meter.journal.ring import NOTHING, Ring

PAGES = 4
REGION = (0, PAGES, 0x01, SIZE)


@pytest.fixture
def used():
    """A ring that has wrapped: its image, and the numbers in it from the newest back."""
    ram = Ram(PAGES * PAGE)
    ring = Ring(ram, REGION, Page())
    ring.recover(bytearray(SIZE))
    for number in range(10, 16):
        ring.append(payload(number), SIZE)
    return bytes(ram.cells), [15, 14, 13, 12]


def recover(image):
    ram = Ram(PAGES * PAGE)
    ram.cells[:] = image
    ring = Ring(ram, REGION, Page())
    found = bytearray(SIZE)
    if ring.recover(found) == NOTHING:
        return None, ring.damaged
    number = int.from_bytes(found[:4], "little")
    assert found == payload(number), f"invented: {found.hex()}"
    return number, ring.damaged


def test_any_single_bit_costs_no_more_than_the_record_it_is_in(used):
    image, numbers = used
    found = []
    for bit in range(8 * len(image)):
        damaged = bytearray(image)
        damaged[bit >> 3] ^= 1 << (bit & 7)
        number, pages = recover(damaged)
        is_in_a_head = bit % (8 * PAGE) < 8 * 4
        assert pages == 1 if number == numbers[1] or is_in_a_head else pages <= 1
        found.append(number)
    print("bits flipped", len(found))
    assert set(found) == set(numbers[:2])
    assert found.count(numbers[1]) == 8 * PAGE  # a bit of the newest page: the one before it


@pytest.mark.parametrize("fill", [0x00, 0xFF, 0x55])
def test_blanked_pages_leave_the_newest_of_the_others(used, fill):
    image, numbers = used
    where = {
        number: at
        for number in numbers
        for at in range(0, len(image), PAGE)
        if image[at + 4] == number
    }
    for which in range(1 << PAGES):
        damaged = bytearray(image)
        left = [number for k, number in enumerate(numbers) if not which >> k & 1]
        for k, number in enumerate(numbers):
            if which >> k & 1:
                damaged[where[number] : where[number] + PAGE] = bytes([fill]) * PAGE
        number, pages = recover(damaged)
        assert number == (left[0] if left else None)
        assert pages == (0 if fill == 0xFF else PAGES - len(left))


def test_pages_that_changed_places_change_nothing(used):
    image, numbers = used
    pages = [image[at : at + PAGE] for at in range(0, len(image), PAGE)]
    for a in range(PAGES):
        for b in range(a):
            swapped = list(pages)
            swapped[a], swapped[b] = swapped[b], swapped[a]
            assert recover(b"".join(swapped)) == (numbers[0], 0)


def test_rubbish_is_never_taken_for_a_record():
    seed = 128
    print("seed", seed)
    rng = random.Random(seed)
    for _ in range(500):
        assert recover(rng.randbytes(PAGES * PAGE)) == (None, PAGES)


@pytest.mark.parametrize("fill", range(256))
def test_a_chip_full_of_one_byte_holds_no_record(fill):
    expected = 0 if fill == 0xFF else PAGES
    assert recover(bytes([fill]) * PAGES * PAGE) == (None, expected)
