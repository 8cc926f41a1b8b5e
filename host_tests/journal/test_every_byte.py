"""The power goes after every byte of every write of a life, and of every recovery after it.

What is found then is, thing by thing, what a restart would have found before that write or after
it: nothing else was touched, nothing is torn, nothing that was acknowledged is missing.  The run
is short by default; `make powercut` makes it long.
"""

import os
import random

import pytest

from boards.virtual.chips.chip_24xx import PowerCut
from host_tests.journal.life import PAGE, Cells, Life, Story, shrink
from meter.journal import store_map
from meter.registers import events

IS_LONG = "POWERCUT" in os.environ
DEEDS = 300 if IS_LONG else 160
BYTES = 1 if IS_LONG else 41  # byte at which is cut; 41 and 129 have no common divisor
MIXTURES = 4 if IS_LONG else 41  # the same where the place says nothing: every byte is mixed
RECOVERIES = 20 if IS_LONG else 40  # write after which every byte of the recovery is cut
SEED = int(os.environ.get("POWERCUT") or 2026)
LISTS = ("billing", "days", "profile")  # and the logs, whose names are numbers


def in_order(rng, cells):
    """Bytes reach the cells in their order."""
    return lambda page, old, new, done: new[:done] + old[done:]


def any_mixture(rng, cells):
    """Any byte may be old or new."""
    return lambda page, old, new, done: bytes(map(rng.choice, zip(old, new, strict=True)))


def rubbish(rng, cells):
    """Cells that change may hold anything."""
    return lambda page, old, new, done: bytes(
        a if a == b else rng.choice((a, b, rng.randrange(256)))
        for a, b in zip(old, new, strict=True))


def changing(rng, cells):
    """The last bytes to be written, one to all of them, read as old or as new each time."""

    def tear(page, old, new, done):
        differ = [k for k in range(PAGE) if old[k] != new[k]]
        loose = rng.sample(differ, min(len(differ), rng.choice((1, 1, 2, 5, PAGE))))
        other = bytearray(new)
        for k in loose:
            other[k] = old[k]
        cells.changing[page] = (new, bytes(other)), rng
        return new

    return tear


@pytest.fixture
def story(monkeypatch):
    print("seed", SEED)
    return Story(shrink(monkeypatch), SEED, DEEDS)


def test_a_restart_finds_all_that_was_acknowledged_and_never_more_energy_than_there_was(story):
    images = [image for _, image in story.images()] + [story.end]
    gains = {}
    for n, (true, stored, noted, closed, configured, counter) in story.true:
        found = story.restart(images[n])
        registers = (*found["totals"][:6], *found["phases"])
        assert list(found["totals"][:6]) == stored
        assert all(low <= high for low, high in zip(registers, true, strict=True))
        assert sum(found["totals"][6:14]) == found["totals"][0]
        for log in range(events.LOGS):
            kept = list(found[log])
            assert kept == noted[log][len(noted[log]) - len(kept) :]
            assert len(kept) >= min(13, len(noted[log]))
        for name, number in zip(("billing", "days"), closed, strict=True):
            assert [k for k, _ in found[name]][-1:] == [number][:number]
            assert all(entry is not None for _, entry in found[name])
        assert all(found[name] == data for name, data in configured.items())
        assert found["invocation"] == counter
        gains.update({row[0]: row[3] for row in found["profile"]})
        assert sum(gains.values()) == found["open interval"][0][0]
    written = [start // PAGE for start, _, _ in story.writes]
    first = store_map.TOTALS[0]
    wrapped = [page for page in range(first, story.size // PAGE) if written.count(page) > 1]
    assert len(wrapped) > (story.size // PAGE - first) * (1 if IS_LONG else 0.85) - 1


@pytest.mark.parametrize("tear", [in_order, any_mixture, rubbish, changing])
def test_a_cut_at_any_byte_leaves_each_thing_as_before_or_as_after(story, tear):
    rng = random.Random(SEED)
    every = BYTES if tear is in_order else MIXTURES
    cuts = again = position = 0
    images = story.images()
    write, image = next(images)
    before = story.restart(image)
    for number, following_one in enumerate((*images, (None, None))):
        following_write, next_image = following_one
        after = story.restart(story.end if next_image is None else next_image)
        while position <= PAGE:
            cells = Cells(story.size, image)
            cells.left, cells.tear = position, tear(rng, cells)
            with pytest.raises(PowerCut):
                cells.write_page(write[0], write[2])
            cells.left = None
            torn = bytes(cells.cells), dict(cells.changing)
            found = check_one(story, cells, before, after)
            cuts += 1
            position += every
            if position > PAGE and number % RECOVERIES == 0:
                again += cut_the_recovery(story, tear, rng, torn, (before, after, found), every)
        position -= PAGE + 1
        write, image, before = following_write, next_image, after
    print(tear.__name__, "writes", len(story.writes), "cuts", cuts, "in the recovery", again)
    assert cuts > len(story.writes) * (PAGE + 1) // every - 2


def check_one(story, cells, before, after):
    found = Life(cells).found()
    for name, value in found.items():
        if cells.changing and (name in LISTS or isinstance(name, int)):
            there = {entry for entry in value if entry is not None and entry[-1] is not None}
            low, high = set(before[name]), set(after[name])
            assert low & high <= there <= low | high, name
        else:
            assert value in (before[name], after[name]), name
    return found


def cut_the_recovery(story, tear, rng, torn, expected, every):
    """Cut the recovery from `torn` at every `every`th byte; return how many cuts that were."""
    before, after, first = expected
    image, changing = torn
    cuts = 0
    while True:
        cells = Cells(story.size, image)
        cells.changing = dict(changing)
        cells.left, cells.tear = cuts * every, tear(rng, cells)
        try:
            Life(cells)
        except PowerCut:
            cuts += 1
        else:
            return cuts
        cells.left = None
        found = check_one(story, cells, before, after)
        if not changing and not cells.changing:
            assert found == first
