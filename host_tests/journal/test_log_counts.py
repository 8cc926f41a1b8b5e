"""Counting and finding entries of a log without reading its pages: as reading them all does."""

import random

import pytest

from host_tests.journal.ram import Ram
from host_tests.journal.test_log import content, log_on, write


@pytest.mark.parametrize("per_page", [13, 8, 2, 1])
@pytest.mark.parametrize("seed", range(6))
def test_what_is_counted_is_what_can_be_read(per_page, seed):
    rng = random.Random(seed)
    store = Ram()
    log = log_on(store, per_page)
    tag = 0
    for _ in range(60):
        if rng.random() < 0.3:
            tag = (tag + 1) % 256
        write(log, rng.randrange(1, 2 * per_page + 1), tag)
        if rng.random() < 0.1:
            log.skip_to(log.total + rng.randrange(3 * per_page))
        if rng.random() < 0.3:
            log = log_on(store, per_page)
        there = content(log)
        for _ in range(5):
            first = rng.randrange(log.total + 1)
            end = rng.randrange(first, log.total + 1)
            assert log.count(first, end) == sum(first <= k < end for k in there)
            left = [k for k in there if k >= first]
            k = rng.randrange(len(left) + 3)
            assert log.nth(first, k) == (left[k] if k < len(left) else log.total)


def test_an_empty_log_has_nothing_to_count():
    log = log_on(Ram())
    assert log.count(0, 0) == 0
    assert log.nth(0, 0) == 0
