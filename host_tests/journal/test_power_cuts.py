"""The power goes after every single byte: on the bus, and into the cells.

The invariant of every test here: after any cut, what is recovered is the last number that append
acknowledged, or the one being appended; it never goes back from one power-up to the next.
"""

import random

import pytest

from boards.virtual.chips.chip_24xx import PowerCut
from host_tests.journal.device import FIRST_PAGE, PAGE, Device

PAGES = 3
SESSIONS = 5  # each writes two pages: three wraps


def first_bytes(rng, chip):
    """Bytes reach the cells in their order."""
    return


def any_mixture(rng, chip):
    """Any byte may be old or new."""
    return lambda old, new, done: bytes(rng.choice(pair) for pair in zip(old, new, strict=True))


def rubbish(rng, chip):
    """Cells that change may hold anything; the others keep what they had."""
    return lambda old, new, done: bytes(
        a if a == b else rng.choice((a, b, rng.randrange(256)))
        for a, b in zip(old, new, strict=True)
    )


@pytest.mark.parametrize("tear", [first_bytes, any_mixture, rubbish])
def test_a_cut_after_any_byte_costs_at_most_what_was_not_acknowledged(tear):
    seed = 2026
    print("seed", seed)
    rng = random.Random(seed)
    image, acknowledged, cuts = None, None, 0
    for session in range(SESSIONS):
        at = 0
        while True:
            device = Device(PAGES, image)
            device.chip.tear = tear(rng, device.chip)
            try:
                assert device.power_up(bytes_to_cut=at) == acknowledged
                device.append(session)
            except PowerCut:
                cuts += 1
            else:
                break
            first = device.power_up()
            assert first in (acknowledged, session)
            assert device.power_up() == first
            if cuts % 5 == 0:
                device.append(1000)
                assert device.power_up() == 1000
            at += 1
        image, acknowledged = bytes(device.chip.memory), session
    print("cuts", cuts)
    assert cuts > SESSIONS * 2 * 400  # two appends, see below, and the bytes of the recovery


def test_a_page_that_reads_differently_each_time_never_takes_a_register_back():
    seed = 49
    print("seed", seed)
    rng = random.Random(seed)
    adopted = 0
    for trial in range(300):
        device = Device(PAGES)
        device.power_up()
        for number in range(1, 1 + rng.randrange(1, 6)):
            device.append(number)

        def unstable(old, new, done, device=device):
            page = device.ring._next + FIRST_PAGE
            changed = [k for k in range(PAGE) if old[k] != new[k]]
            for k in rng.sample(changed, rng.choice((1, 2, len(changed)))):
                pair = (old[k], new[k])
                device.chip.unstable[page * PAGE + k] = lambda pair=pair: rng.choice(pair)
            return new

        device.chip.tear = unstable
        device.chip.bytes_to_cut = 3 + 1 + 2 + 128 + rng.randrange(129)
        with pytest.raises(PowerCut):
            device.append(number + 1)
        assert device.chip.unstable
        shown = number
        for _ in range(4):
            found = device.power_up()
            assert found in (shown, number + 1), trial
            shown = found
        adopted += shown == number + 1
    print("trials 300, unstable record adopted", adopted)
    assert 50 < adopted < 250


def test_a_cut_in_the_very_first_write_leaves_an_empty_ring_or_the_record():
    at, cuts = 0, 0
    while True:
        device = Device(PAGES)
        device.power_up(bytes_to_cut=None)
        device.chip.bytes_to_cut = at
        try:
            device.append(7)
        except PowerCut:
            cuts += 1
            assert device.power_up() in (None, 7)
            device.append(8)
            assert device.power_up() == 8
        else:
            break
        at += 1
    print("cuts", cuts)
    # Bus: select, page; cells; bus: a read that is refused, polls, select, read.
    assert cuts == 3 + 131 + 128 + 1 + 5 + 3 + 129
