"""Invocation counters: a number is used once, whatever the power and the store do."""

import random

import pytest

from boards.virtual.chips.chip_24xx import PowerCut
from host_tests.journal.ram import Ram
from meter.errors import JournalError
from meter.journal import store_map
from meter.journal.invocation import COUNTERS, LAST, STEP, InvocationCounters
from meter.journal.kept import Kept
from meter.journal.record import Page

SENT, ACCEPTED = 0, 1


def keep(kept):
    """As Keeper.keep: a store that refuses does not raise."""
    try:
        kept.store()
    except (OSError, JournalError):
        return False
    return True


def counters_on(store):
    kept = Kept(store, store_map.INVOCATION, Page())
    while not kept.search(2):
        pass
    return InvocationCounters(kept, keep)


def test_numbers_begin_at_1_and_rise_by_1():
    counters = counters_on(Ram())
    assert [counters.next(SENT) for _ in range(200)] == list(range(1, 201))
    assert counters.used(SENT) == 200
    assert counters.used(ACCEPTED) == 0


def test_only_greater_numbers_are_accepted():
    counters = counters_on(Ram())
    given = [5, 5, 4, 6, 0, 1000, 999, 1001, LAST + 1, LAST, LAST]
    taken = [counters.accept(ACCEPTED, number) for number in given]
    assert taken == [True, False, False, True, False, True, False, True, False, True, False]


def test_after_the_last_number_there_is_none():
    counters = counters_on(Ram())
    assert counters.accept(SENT, LAST - 1)
    assert [counters.next(SENT), counters.next(SENT)] == [LAST, 0]


def test_after_a_start_at_most_a_step_is_left_out():
    store = Ram()
    counters = counters_on(store)
    for _ in range(3 * STEP + 1):
        used = counters.next(SENT)
    assert counters.accept(ACCEPTED, 77)
    again = counters_on(Ram(cells=store.cells))
    assert used < again.next(SENT) <= used + STEP + 1
    assert not again.accept(ACCEPTED, 77)
    assert again.accept(ACCEPTED, 77 + STEP + 1)


def test_a_number_is_refused_while_the_store_refuses_and_used_afterwards():
    store = Ram()
    counters = counters_on(store)
    assert counters.next(SENT) == 1
    store.deaf = True
    assert [counters.next(SENT) for _ in range(STEP + 1)] == [*range(2, STEP + 2), 0]
    assert not counters.accept(ACCEPTED, 5)
    assert not counters.restart(SENT)
    store.deaf = False
    assert counters.next(SENT) == STEP + 2
    assert counters.accept(ACCEPTED, 5)


def test_nothing_is_used_before_the_ceilings_are_known():
    counters = InvocationCounters(Kept(Ram(), store_map.INVOCATION, Page()), keep)
    assert counters.next(SENT) == 0
    assert not counters.accept(ACCEPTED, 5)
    assert not counters.accept(ACCEPTED, LAST)
    assert not counters.restart(SENT)


def test_a_new_key_begins_again_and_leaves_the_others_alone():
    store = Ram()
    counters = counters_on(store)
    for counter in range(COUNTERS):
        assert counters.accept(counter, 1000 + counter)
    assert counters.restart(3)
    assert counters.used(3) == 0
    again = counters_on(Ram(cells=store.cells))
    assert again.next(3) == 1
    assert all(again.used(k) >= 1000 + k for k in range(COUNTERS) if k != 3)


def test_a_write_pays_for_a_step_of_numbers_of_every_counter():
    store = Ram()
    counters = counters_on(store)
    for number in range(1, 100 * STEP + 1):
        assert counters.next(SENT) == number
        assert counters.accept(ACCEPTED, number)
    first, pages = store_map.INVOCATION[:2]
    writes = sum(store.page_writes[first : first + pages])
    assert writes <= 101
    life_s = 20 * 31_557_600
    numbers = pages * store.endurance * STEP
    assert numbers >= 190_000_000
    assert life_s / numbers < 3.3


def test_a_power_cut_in_any_write_uses_no_number_twice():
    seed = 4
    print("seed", seed)
    rng = random.Random(seed)
    cells, sent, accepted, cuts = None, 0, 0, 0
    while cuts < 1000:
        store = Ram(cells=cells)
        counters = counters_on(store)
        store.cut = rng.randrange(3)
        store.tear = lambda old, new: bytes(map(rng.choice, zip(old, new, strict=True)))
        try:
            assert not counters.accept(ACCEPTED, accepted), "a number was accepted twice"
            while True:
                number = counters.next(SENT)
                assert number > sent, "a number was sent twice"
                sent = number
                number = counters.used(ACCEPTED) + rng.randrange(1, 3 * STEP)
                assert counters.accept(ACCEPTED, number)
                assert number > accepted
                accepted = number
        except PowerCut:
            cuts += 1
        cells = store.cells
    assert sent < (cuts + 1) * 4 * STEP


@pytest.mark.parametrize("counter", range(COUNTERS))
def test_each_counter_has_a_place_of_its_own(counter):
    store = Ram()
    counters_on(store).accept(counter, 12345)
    again = counters_on(Ram(cells=store.cells))
    assert [again.used(k) > 0 for k in range(COUNTERS)] == [k == counter for k in range(COUNTERS)]
