"""The load profile: sums, gaps, clocks, cuts, and how fast an entry is found."""

import random

import pytest

from boards.virtual.chips.chip_24xx import PowerCut
from host_tests.journal.ram import Ram
from meter.journal import profile as lp
from meter.journal.profile import Entry, Profile
from meter.journal.record import Page
from meter.ledger.energy import A_MINUS, A_PLUS, Q1, Q2, Q3, Q4, Scope

START_S = 800_000_000 - 800_000_000 % 3600


def open_on(store, channels=4, period_min=15):
    profile = Profile(store, Page(), channels, period_min)
    while not profile.is_ready:
        profile.step(7)
    return profile


def settle(profile):
    while profile.step(1):
        pass


def entries(profile):
    """Return [(end_s, status, gains)] of all entries."""
    found = []
    entry = Entry(profile._channels)
    for number in range(profile.oldest(), profile.log.total):
        if profile.read(number, entry):
            found.append((entry.end_s, entry.status, list(entry.gains_cwh)))
    return found


def days(profile, total, period_min, n, at_s=START_S, gain=10):
    """Let `n` intervals pass, each of `gain` cWh."""
    for k in range(n):
        total.counts_cwh[A_PLUS] += gain
        profile.tick(at_s + (k + 1) * 60 * period_min, total, 0)
        settle(profile)


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_every_entry_is_what_the_registers_advanced_by(channels):
    rng = random.Random(1)
    profile, total = open_on(Ram(), channels), Scope()
    profile.tick(START_S, total, 0)
    expected = []
    for k in range(100):
        gains = [rng.randrange(7_969_501) for _ in range(4)]
        for kinds, gain in zip(((A_PLUS,), (A_MINUS,), (Q1, Q2), (Q3, Q4)), gains, strict=True):
            share = rng.randrange(gain + 1)
            total.counts_cwh[kinds[0]] += share
            total.counts_cwh[kinds[-1]] += gain - share
        end_s = START_S + 900 * (k + 1)
        profile.tick(end_s - 1, total, 0)
        profile.tick(end_s, total, 0)
        settle(profile)
        expected.append((end_s, 0, gains[:channels]))
    assert entries(profile) == expected


@pytest.mark.parametrize("channels", [1, 2, 4])
@pytest.mark.parametrize("period_min", [5, 15, 30, 60])
def test_the_depth_of_the_data_sheet_is_there_after_a_wrap(channels, period_min):
    depth = {1: (37, 110, 225, 450), 2: (26, 80, 160, 320), 4: (17, 50, 100, 200)}[channels]
    rows = depth[(5, 15, 30, 60).index(period_min)] * 1440 // period_min
    store = Ram()
    profile, total = open_on(store, channels, period_min), Scope()
    profile.tick(START_S, total, 0)
    n = {1: 12_500, 2: 8_200, 4: 5_100}[channels]
    days(profile, total, period_min, n)
    assert profile.log.total - profile.oldest() >= rows
    again = open_on(store, channels, period_min)
    newest = entries(again)[-rows:]
    assert len(newest) == rows
    step_s = 60 * period_min
    last_s = START_S + n * step_s
    assert [end_s for end_s, _, _ in newest] == list(
        range(last_s - (rows - 1) * step_s, last_s + 1, step_s))


def test_a_power_cut_marks_the_interval_and_leaves_a_gap():
    store, total = Ram(), Scope()
    profile = open_on(store)
    profile.tick(START_S, total, 0)
    days(profile, total, 15, 3)
    total.counts_cwh[A_PLUS] += 7
    again = open_on(Ram(cells=store.cells))
    again.tick(START_S + 10 * 900 + 5, total, 0)
    settle(again)
    total.counts_cwh[A_PLUS] += 1
    again.tick(START_S + 11 * 900, total, 0)
    settle(again)
    found = entries(again)
    slots = [((end_s - START_S) // 900, status, gains[0]) for end_s, status, gains in found]
    assert slots == [(1, 0, 10), (2, 0, 10), (3, 0, 10), (4, 128, 7), (11, 128, 1)]


def test_a_clock_set_forward_and_back_is_seen_from_the_entries():
    profile, total = open_on(Ram()), Scope()
    profile.tick(START_S, total, 0)
    at_s = START_S
    for step_s in (900, 900, 3000, 900, -5000, 900, 900):
        at_s += step_s
        total.counts_cwh[A_PLUS] += 1
        profile.tick(at_s, total, 0)
        settle(profile)
    found = [((end_s - START_S) // 900, status) for end_s, status, _ in entries(profile)]
    assert found == [(1, 0), (2, 0), (3, 32), (6, 0), (7, 32), (1, 0), (2, 0)]
    assert profile.find(START_S + 900) == 0
    assert profile.find(START_S + 6 * 900) == 3
    assert [n for n in range(7) if n in profile._turns] == [5]


def test_daylight_saving_changes_its_bit_and_nothing_else():
    profile, total = open_on(Ram()), Scope()
    profile.tick(START_S, total, 0)
    for k in range(1, 9):
        profile.tick(START_S + 900 * k, total, lp.DAYLIGHT_SAVING if k >= 4 else 0)
        settle(profile)
    statuses = [status for _, status, _ in entries(profile)]
    assert statuses == [0, 0, 0, 8, 8, 8, 8, 8]


def test_a_year_of_pause_and_the_end_of_the_low_slot_bits_are_unambiguous():
    store, total = Ram(), Scope()
    profile = open_on(store, 1, 5)
    at_s = START_S
    expected = []
    profile.tick(at_s, total, 0)
    for pause in (0, 400 * 86_400, 0, 900 * 86_400):
        at_s += pause
        for _ in range(30):
            at_s += 300
            profile.tick(at_s, total, 0)
            settle(profile)
            expected.append(at_s)
    found = [end_s for end_s, _, _ in entries(open_on(store, 1, 5))]
    assert found[0] == START_S + 300
    assert found[-1] == at_s
    assert set(expected) - set(found) <= {START_S + 30 * 300 + 400 * 86_400 + 300, at_s - 29 * 300}


def test_the_first_of_a_year_of_hours_is_found_in_50_ms_on_the_bus():
    store, total = Ram(), Scope()
    profile = open_on(store, 1, 60)
    profile.tick(START_S, total, 0)
    days(profile, total, 60, 8760)
    rng = random.Random(3)
    most = 0
    for _ in range(200):
        k = rng.randrange(8760)
        store.reads = 0
        number = profile.find(START_S + 3600 * (k + 1) - rng.randrange(3600))
        most = max(most, store.reads)
        entry = Entry(1)
        assert profile.read(number, entry)
        assert entry.end_s == START_S + 3600 * (k + 1)
    page_ms = 132 * 9 / 400
    print("pages read", most, "bus ms", most * page_ms)
    assert most * page_ms <= 50
    assert profile.find(START_S + 9000 * 3600) == profile.log.total


def test_another_period_erases_the_profile_and_says_so():
    store, total = Ram(), Scope()
    profile = open_on(store, 4, 15)
    profile.tick(START_S, total, 0)
    days(profile, total, 15, 50)
    again = open_on(store, 4, 60)
    assert again.was_erased
    assert entries(again) == []
    again.tick(START_S + 86_400, total, 0)
    settle(again)
    days(again, total, 60, 3, START_S + 86_400)
    back = open_on(store, 4, 60)
    assert not back.was_erased
    assert len(entries(back)) == 3
    assert open_on(store, 4, 15).was_erased


def test_entries_after_a_new_period_are_there_if_the_meter_starts_again_before_the_first():
    store, total, begin_s = Ram(), Scope(), 86_400  # all slots have the same high bits
    profile = open_on(store, 4, 15)
    profile.tick(begin_s, total, 0)
    days(profile, total, 15, 50, begin_s)
    again = open_on(store, 4, 60)
    again.tick(2 * begin_s, total, 0)
    settle(again)
    last = open_on(store, 4, 60)
    assert not last.was_erased
    days(last, total, 60, 3, 2 * begin_s)
    assert [gains[0] for _, _, gains in entries(open_on(store, 4, 60))] == [10, 10, 10]


def test_an_entry_that_no_longer_checks_leaves_what_it_counted_to_the_next_one():
    class Fading(Ram):
        """The page at `fading` checks `times` times and then no more."""

        fading, times = None, 1

        def read_into(self, start, buf):
            super().read_into(start, buf)
            if start == self.fading:
                self.times -= 1
                if self.times < 0:
                    buf[5] ^= 1

        def write_page(self, start, data):
            super().write_page(start, data)
            if start == self.fading:
                self.fading = None

    store, total = Fading(), Scope()
    profile = open_on(store)
    profile.tick(START_S, total, 0)
    days(profile, total, 15, 4)
    pages = list(store.page_writes)
    total.counts_cwh[A_PLUS] += 7
    profile.tick(START_S + 5 * 900, total, 0)
    profile.step(1)  # the entry, and not the open interval
    written = [page for page, n in enumerate(store.page_writes) if n != pages[page]]
    torn = Fading(cells=store.cells)
    torn.fading = written[0] * 128
    again = open_on(torn)
    again.tick(START_S + 6 * 900, total, 0)
    settle(again)
    assert [gains[0] for _, _, gains in entries(again)] == [10, 10, 10, 10, 7]


@pytest.mark.parametrize("channels", [1, 4])
def test_after_any_cut_the_entries_add_up_to_the_register(channels):
    seed = 99
    print("seed", seed)
    rng = random.Random(seed)
    cells, cuts, at_s, total = None, 0, START_S, Scope()
    first, kept = True, 0
    for _ in range(700):
        store = Ram(cells=cells)
        profile = open_on(store, channels, 5)
        store.cut = rng.randrange(7)
        store.tear = lambda old, new: bytes(map(rng.choice, zip(old, new, strict=True)))
        try:
            if first:
                profile.tick(at_s, total, 0)
                settle(profile)
                first = False
            for _ in range(9):
                total.counts_cwh[A_PLUS] += rng.randrange(1000)
                at_s += rng.choice((150, 300, 300, 600))
                profile.tick(at_s, total, 0)
                settle(profile)
                kept = profile.log.total
        except PowerCut:
            cuts += 1
        cells = store.cells
        again = open_on(Ram(cells=cells), channels, 5)
        assert again.log.total >= kept
        kept = again.log.total
        if not first and again._slot:
            stored = sum(gains[0] for _, _, gains in entries(again))
            if again.oldest() == 0:
                assert stored == again._base_cwh[0]
            assert again._base_cwh[0] <= total.counts_cwh[A_PLUS]
        first = again._slot == 0
    print("cuts", cuts)
    assert cuts > 300


def test_a_deaf_store_is_caught_up():
    store, total = Ram(), Scope()
    profile = open_on(store)
    profile.tick(START_S, total, 0)
    settle(profile)
    store.deaf = True
    for k in range(1, 20):
        total.counts_cwh[A_PLUS] += 10
        profile.tick(START_S + 900 * k, total, 0)
        with pytest.raises(OSError):
            settle(profile)
    store.deaf = False
    settle(profile)
    total.counts_cwh[A_PLUS] += 10
    profile.tick(START_S + 900 * 20, total, 0)
    settle(profile)
    profile.tick(START_S + 900 * 21, total, 0)
    settle(profile)
    found = entries(profile)
    assert sum(gains[0] for _, _, gains in found) == 200
    assert [status for _, status, _ in found] == [0] * 7 + [lp.RECOVERED | lp.NOT_VALID, 0]


@pytest.mark.parametrize(("channels", "period_min"), [(3, 15), (4, 10), (0, 60)])
def test_another_layout_is_refused(channels, period_min):
    with pytest.raises(ValueError, match="accepted"):
        Profile(Ram(), Page(), channels, period_min)
