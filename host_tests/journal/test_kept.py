"""Bytes of the breaker and of the counters: stored at once, or when they are due and paid for."""

import random

import pytest

from boards.virtual.chips.chip_24xx import PowerCut
from host_tests.journal.ram import Ram
from meter.errors import JournalError
from meter.journal import store_map
from meter.journal.keeper import Keeper
from meter.journal.kept import Kept
from meter.journal.record import Page
from meter.ledger.booking import INDIVIDUAL, Ledger

SIZE = 120


def kept_on(store, region=store_map.INVOCATION):
    kept = Kept(store, region, Page())
    while not kept.search(2):
        pass
    return kept


def keeper_on(store):
    return Keeper(store, None, Ledger(INDIVIDUAL, 2300), lambda: 0)


@pytest.mark.parametrize("region", [store_map.INVOCATION, store_map.CONTROL_STATE])
def test_what_was_stored_comes_back_and_a_new_chip_holds_zeros(region):
    store = Ram()
    kept = kept_on(store, region)
    assert (kept.was_found, bytes(kept.data)) == (False, bytes(SIZE))
    for number in range(1, 12):
        kept.data[:] = bytes([number]) * SIZE
        kept.store()
        again = kept_on(Ram(cells=store.cells), region)
        assert (again.was_found, again.data) == (True, kept.data)


def test_a_counter_is_never_used_again_whatever_the_cut_leaves_of_a_page():
    seed = 90
    print("seed", seed)
    rng = random.Random(seed)
    cells, used, cuts = None, 0, 0
    while cuts < 2000:
        store = Ram(cells=cells)
        kept = kept_on(store)
        number = int.from_bytes(kept.data[:4], "little")
        assert number >= used, "a number below the ceiling was forgotten"
        store.cut = rng.randrange(3)
        store.tear = lambda old, new: bytes(map(rng.choice, zip(old, new, strict=True)))
        try:
            while True:
                kept.data[:4] = (number + 32).to_bytes(4, "little")
                kept.store()
                used = number = number + 32
        except PowerCut:
            cuts += 1
        cells = store.cells


def test_nothing_is_stored_before_the_newest_was_found():
    kept = Kept(Ram(), store_map.INVOCATION, Page())
    with pytest.raises(JournalError, match="before recover"):
        kept.store()


def test_what_is_due_is_stored_once_and_as_often_as_the_account_pays():
    kept = kept_on(Ram())
    assert not kept.step(0)
    kept.is_due = True
    assert kept.step(0)
    assert not kept.step(0)
    kept.ring._sequence = 3 * 10**6 // 64 + 1
    kept.is_due = True
    assert not kept.step(200)
    assert kept.step(220)


def test_the_keeper_takes_both_up_at_the_start_and_stores_what_is_due():
    store = Ram()
    keeper = keeper_on(store)
    keeper.recover()
    assert keeper.control.is_ready
    assert keeper.invocation.is_ready
    keeper.invocation.data[0] = 7
    assert keeper.keep(keeper.invocation)
    keeper.control.data[0] = 8
    keeper.control.is_due = True
    while keeper.control.is_due:
        keeper.step(100)
    keeper.control.data[0] = 9
    keeper.control.is_due = True
    keeper.store_registers()
    again = keeper_on(Ram(cells=store.cells))
    again.recover()
    assert (again.invocation.data[0], again.control.data[0]) == (7, 9)


def test_a_deaf_chip_is_counted_and_says_so():
    store = Ram()
    keeper = keeper_on(store)
    keeper.recover()
    store.deaf = True
    assert not keeper.keep(keeper.invocation)
    assert keeper.failures == 1
