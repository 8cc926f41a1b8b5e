"""Damage and cuts on the full map of a chip that was used for years.

Bits and writes are chosen at random, the seed is printed; `make powercut` tries many more.
"""

import os
import random

import pytest

from boards.virtual.chips.chip_24xx import PowerCut
from host_tests.journal.life import PAGE, Cells, Life
from host_tests.journal.ram import Ram
from host_tests.journal.used_chip import User, used

IS_LONG = "POWERCUT" in os.environ
SEED = int(os.environ.get("POWERCUT") or 382)
BITS = 5000 if IS_LONG else 40
CUTS = 5000 if IS_LONG else 15
INTERVALS = 5400


class Recording(Ram):
    """A store that remembers its last writes."""

    def __init__(self, cells):
        super().__init__(cells=cells)
        self.written = []

    def write_page(self, start, data):
        self.written.append((start, bytes(self.cells[start : start + PAGE]), bytes(data)))
        super().write_page(start, data)


@pytest.fixture(scope="module")
def cells():
    return used(intervals=INTERVALS)


def found(image):
    return Life(Cells(len(image), image)).found()


def test_a_flipped_bit_costs_one_thing_and_makes_nothing_up(cells):
    print("seed", SEED)
    rng = random.Random(SEED)
    newest = found(cells)
    lists = [name for name, value in newest.items() if isinstance(name, int) or name == "profile"]
    for _ in range(BITS):
        bit = rng.randrange(8 * len(cells))
        damaged = bytearray(cells)
        damaged[bit >> 3] ^= 1 << (bit & 7)
        now = found(damaged)
        changed = {name for name in newest if now[name] != newest[name]}
        assert len(changed - {"open interval"}) <= 1, (bit, changed)
        for name in changed & set(lists):
            there = {one for one in now[name] if one is not None}
            assert there <= set(newest[name]), (bit, name)
        assert all(a <= b for a, b in zip(now["totals"][:6], newest["totals"], strict=False))
    print("bits flipped", BITS)


def test_a_cut_at_any_byte_leaves_each_thing_as_before_or_as_after(cells):
    print("seed", SEED)
    rng = random.Random(SEED)
    store = Recording(cells)
    user = User(store)
    for n in range(INTERVALS + 1, INTERVALS + 40):
        user.interval(n)
    end = bytes(store.cells)
    for _ in range(CUTS):
        n = rng.randrange(len(store.written))
        image = bytearray(end)
        for start, old, _ in reversed(store.written[n:]):
            image[start : start + PAGE] = old
        start, _, new = store.written[n]
        before = found(image)
        after_image = bytearray(image)
        after_image[start : start + PAGE] = new
        after = found(after_image)
        torn = Cells(len(image), image)
        torn.left = rng.randrange(PAGE + 1)
        torn.tear = lambda page, old, new, done: new[:done] + old[done:]
        with pytest.raises(PowerCut):
            torn.write_page(start, new)
        torn.left = None
        now = Life(torn).found()
        for name, value in now.items():
            assert value in (before[name], after[name]), (n, name)
    print("cuts", CUTS, "of", len(store.written), "writes")
