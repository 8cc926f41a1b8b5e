"""Logs: order, wraps, tags, cuts and damage."""

import random

import pytest

from boards.virtual.chips.chip_24xx import PowerCut
from host_tests.journal.ram import Ram
from meter.errors import JournalError
from meter.journal.log import ABSENT, Log
from meter.journal.record import Page

PAGES = 5
ENTRY = 9


def log_on(store, per_page=13, pages=PAGES):
    log = Log(store, (2, pages, 0x20, per_page * ENTRY), ENTRY, Page())
    while not log.search(2):
        pass
    return log


def entries(first, n):
    return bytearray(b"".join(k.to_bytes(4, "little") + bytes([k % 251] * 5)
                              for k in range(first, first + n)))


def upcoming(log, tag):
    """Return the number of the next entry, which begins a page if its tag is new."""
    rest = log.total % log.per_page
    return log.total + (log.per_page - rest if rest and tag != log.tag else 0)


def write(log, n, tag=0):
    """Append `n` entries; each holds its number."""
    while n:
        done = log.append(entries(upcoming(log, tag), n), n, tag)
        assert done % 2
        n -= done


def content(log):
    found, one = {}, bytearray(ENTRY)
    for number in range(log.oldest(), log.total):
        if log.read(number, one) != ABSENT:
            assert one == entries(number, 1)
            found[number] = True
    return list(found)


@pytest.mark.parametrize("per_page", [13, 8, 1, 2])
def test_the_newest_are_there_after_any_number_of_them(per_page):
    store = Ram()
    log = log_on(store, per_page)
    rng = random.Random(1)
    for _ in range(200):
        write(log, rng.randrange(1, 8))
        again = log_on(store, per_page)
        assert again.total == log.total
        assert content(again) == list(range(max(0, again.oldest()), log.total))
        assert log.total - again.oldest() >= min(log.total, (PAGES - 2) * per_page)


@pytest.mark.parametrize("per_page", [13, 8])
def test_a_cut_in_any_write_costs_only_what_was_not_acknowledged(per_page):
    seed = 12
    print("seed", seed)
    rng = random.Random(seed)
    cells, total, cuts = None, 0, 0
    for _ in range(1500):
        store = Ram(cells=cells)
        log = log_on(store, per_page)
        assert log.total >= total
        total = log.total
        store.cut = rng.randrange(3)
        style = rng.randrange(3)
        at = rng.randrange(129)
        store.tear = lambda old, new, style=style, at=at: bytes(
            new[:at] + old[at:] if style == 0
            else bytes(rng.choice(pair) for pair in zip(old, new, strict=True)) if style == 1
            else bytes(a if a == b else rng.randrange(256) for a, b in zip(old, new, strict=True))
        )
        try:
            for _ in range(4):
                n = rng.choice((1, 1, 3, 5))
                tag = total // 50 % 3
                done = log.append(entries(upcoming(log, tag), n), n, tag)
                total = log.total
                assert done >= 1
        except PowerCut:
            cuts += 1
        cells = store.cells
        again = log_on(Ram(cells=cells), per_page)
        assert again.total >= total
        recent = set(range(max(0, total - (PAGES - 3) * per_page), total))
        assert recent - set(content(again)) == skipped(again, total)
    print("cuts", cuts)
    assert cuts > 1000


def skipped(log, total):
    """Return the numbers that a change of the tag left out: ends of pages."""
    one = bytearray(ENTRY)
    out = set()
    for number in range(log.oldest(), total):
        end = number - number % log.per_page + log.per_page
        if all(log.read(k, one) == ABSENT for k in range(number, min(end, total))):
            out.add(number)
    return out & set(range(max(0, total - (PAGES - 3) * log.per_page), total))


def test_entries_of_a_page_share_a_tag_and_a_new_one_begins_a_page():
    log = log_on(Ram())
    write(log, 5, 1)
    write(log, 1, 2)
    one = bytearray(ENTRY)
    assert [log.read(k, one) for k in (0, 4, 5, 12, 13)] == [1, 1, ABSENT, ABSENT, 2]
    assert log.total == 14


@pytest.mark.parametrize("n", range(1, 14))
def test_a_new_tag_loses_nothing_wherever_the_page_stood(n):
    store = Ram()
    log = log_on(store)
    for _ in range(n):
        write(log, 1, 1)
    write(log, 1, 2)
    assert content(log_on(store)) == [*range(n), 13]


def test_every_bit_of_the_newest_page_costs_at_most_the_newest_write():
    store = Ram()
    log = log_on(store)
    for _ in range(30):
        write(log, 1)
    seen = set()
    for bit in range(8 * 128 * (PAGES + 2)):
        cells = bytearray(store.cells)
        cells[bit >> 3] ^= 1 << (bit & 7)
        seen.add(log_on(Ram(cells=cells)).total)
    assert seen == {30, 29}


def test_pages_that_changed_places_are_not_believed():
    store = Ram()
    log = log_on(store)
    write(log, 39)
    cells = bytearray(store.cells)
    a, b = 2 * 128, 3 * 128
    cells[a : a + 128], cells[b : b + 128] = cells[b : b + 128], cells[a : a + 128]
    again = log_on(Ram(cells=cells))
    assert content(again) == list(range(26, 39))


def test_a_worn_page_is_left_behind():
    class Worn(Ram):
        def write_page(self, start, data):
            if start // 128 != 3:
                super().write_page(start, data)

    store = Worn()
    log = log_on(store)
    failures = 0
    for _ in range(400):
        try:
            write(log, 1)
        except JournalError:
            failures += 1
    assert 0 < failures <= 20
    again = log_on(store)
    assert again.total == log.total
    assert len(content(again)) >= 13


def test_nothing_is_written_before_the_newest_is_known():
    log = Log(Ram(), (0, 3, 0x20, 117), ENTRY, Page())
    with pytest.raises(JournalError, match="before search"):
        log.append(entries(0, 1), 1)


def test_wear_is_even():
    store = Ram()
    log = log_on(store)
    for _ in range(13 * PAGES * 20):
        write(log, 1)
    writes = store.page_writes[2 : 2 + PAGES]
    assert max(writes) - min(writes) <= 13
