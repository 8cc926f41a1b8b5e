"""A used chip that was damaged: the newest good state or a refusal, never a wrong register.

What is found is compared with all that this meter ever stored: a number that was never there is
one that somebody made up.  `make powercut` flips every bit; the run by default every 53rd.
"""

import os
import random
from itertools import combinations

import pytest

from host_tests.journal.life import PAGE, Cells, Life, Story, shrink
from host_tests.journal.ram import Ram
from meter.journal import store_map
from meter.journal.keeper import Keeper
from meter.ledger.booking import INDIVIDUAL, Ledger

IS_LONG = "POWERCUT" in os.environ
EVERY = 1 if IS_LONG else 53
SEED = 2027
DEEDS = 160
SINGLE = ("totals", "phases", "control", "invocation", "open interval", "settings", "calibration",
          "tariff plan", "passive plan", "display lists", "keys")


class Used:
    """A chip that was used, what is on it, and all that ever was."""

    def __init__(self, size):
        self.story = Story(size, SEED, DEEDS)
        self.image = self.story.end
        self.newest = self.story.restart(self.image)
        self.ever = {name: set() for name in self.newest}
        for _, image in self.story.images():
            self._remember(self.story.restart(image))
        self._remember(self.newest)

    def _remember(self, found):
        for name, value in found.items():
            self.ever[name].update([value] if name in SINGLE else value)

    def check(self, image):
        """Restart on `image`; return the names of what differs from the newest state."""
        found = self.story.restart(image)
        for name, value in found.items():
            values = [value] if name in SINGLE else [one for one in value if is_there(one)]
            assert self.ever[name].issuperset(values), f"{name} was made up"
        return {name for name, value in found.items() if value != self.newest[name]}


def is_there(entry):
    return entry is not None and entry[-1] is not None


@pytest.fixture(scope="module")
def built():
    with pytest.MonkeyPatch.context() as patch:
        return Used(shrink(patch))


@pytest.fixture
def used(built, monkeypatch):
    shrink(monkeypatch)
    return built


def test_a_flipped_bit_costs_one_thing_its_newest_page_at_most(used):
    costs = []
    for bit in range(0, 8 * len(used.image), EVERY):
        damaged = bytearray(used.image)
        damaged[bit >> 3] ^= 1 << (bit & 7)
        lost = used.check(damaged)
        assert len(lost - {"open interval"}) <= 1
        costs.append(len(lost))
    print("bits flipped", len(costs), "without a loss", costs.count(0))
    assert 0.3 < costs.count(0) / len(costs) < 0.95


def test_the_registers_lose_one_record_to_a_flipped_bit_and_only_in_the_newest_page(used):
    first, pages, *_ = store_map.TOTALS
    touched = set()
    for bit in range(8 * first * PAGE, 8 * (first + pages) * PAGE, 7):
        damaged = bytearray(used.image)
        damaged[bit >> 3] ^= 1 << (bit & 7)
        if used.check(damaged):
            touched.add(bit // (8 * PAGE))
            before = used.story.restart(damaged)["totals"]
            assert all(a <= b for a, b in zip(before[:6], used.newest["totals"], strict=False))
    assert len(touched) == 1


@pytest.mark.parametrize("fill", [0x00, 0xFF])
def test_a_blanked_page_is_never_taken_for_anything(used, fill):
    for page in range(len(used.image) // PAGE):
        damaged = bytearray(used.image)
        damaged[page * PAGE : (page + 1) * PAGE] = bytes([fill]) * PAGE
        assert len(used.check(damaged) - {"open interval"}) <= 1


def test_pages_that_changed_places_are_never_taken_for_what_they_are_not(used):
    rng = random.Random(SEED)
    pages = range(len(used.image) // PAGE)
    pairs = list(combinations(pages, 2))
    for a, b in pairs if IS_LONG else rng.sample(pairs, 400):
        damaged = bytearray(used.image)
        for place, other in ((a, b), (b, a)):
            damaged[place * PAGE : (place + 1) * PAGE] = used.image[other * PAGE :][:PAGE]
        assert len(used.check(damaged) - {"open interval"}) <= 2


class Aliasing(Ram):
    """A 24LC256 where a larger chip should be: 64-byte pages, and addresses that come round."""

    def read_into(self, start, buf):
        for k in range(len(buf)):
            buf[k] = self.cells[(start + k) % 0x8000]

    def write_page(self, start, data):
        for k, byte in enumerate(data):
            self.cells[(start - start % 64 + (start + k) % 64) % 0x8000] = byte


class Half(Ram):
    """A 24LC512 where a 24FC1025 should be: nobody answers for the upper block."""

    def read_into(self, start, buf):
        self.deaf = start >= 0x10000
        super().read_into(start, buf)

    def write_page(self, start, data):
        self.deaf = start >= 0x10000
        super().write_page(start, data)


def meter_on(store, steps=600):
    ledger = Ledger(INDIVIDUAL, 2300)
    keeper = Keeper(store, None, ledger, lambda: 800_000_000)
    keeper.recover()
    for _ in range(steps):
        ledger.book([10**6] * 3, [0, 0, 0], 10**9)
        keeper.window()
        keeper.step(1000)
    return ledger, keeper


def test_a_chip_that_is_too_small_stores_nothing_and_the_meter_counts_on():
    ledger, keeper = meter_on(Aliasing())
    assert ledger.total.counts_cwh[0] == 600 * 10**6 * 3 // 36_000
    assert keeper.failures > 100
    assert keeper.registers._totals.ring.stored == 0
    again, other = meter_on(Aliasing(cells=keeper.registers._totals.ring._store.cells), steps=0)
    assert again.total.counts_cwh[0] == 0
    assert not other.registers.restored


def test_half_a_chip_keeps_everything_but_the_load_profile():
    store = Half()
    ledger, keeper = meter_on(store)
    assert keeper.failures > 100
    keeper.store_registers()
    again, other = meter_on(Half(cells=store.cells), steps=60)
    assert again.total.counts_cwh[0] >= ledger.total.counts_cwh[0]
    assert not other.profile.is_ready
    first, end = other.book.stored(0)
    assert end > first  # the failures are in the log of the status


def test_a_chip_for_another_map_of_the_profile_keeps_the_registers(used):
    cells = Cells(len(used.image) - 2 * PAGE, used.image[: -2 * PAGE])
    with pytest.MonkeyPatch.context() as patch:
        row = store_map.profile(0, 4)
        patch.setattr(store_map, "profile", lambda *_: (row[0], row[1] - 2, *row[2:]))
        found = Life(cells).found()
    assert found["totals"] == used.newest["totals"]
    assert used.ever["profile"].issuperset(found["profile"])
