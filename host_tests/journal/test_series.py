"""Numbered entries, billing and daily records, and configuration in two copies."""

import random

import pytest

from boards.virtual.chips.chip_24xx import PowerCut
from host_tests.journal.ram import Ram
from meter.errors import ConfigError, JournalError
from meter.journal import billing, configuration, store_map
from meter.journal.configuration import Configuration
from meter.journal.record import Page
from meter.journal.series import Series
from meter.ledger.booking import INDIVIDUAL, Ledger
from meter.registers import lists, table


def series_on(store, region=store_map.BILLING, pages=2):
    series = Series(store, region, pages, Page())
    while not series.search(5):
        pass
    return series


def payload(number, size=240):
    return bytearray(number.to_bytes(4, "little") + bytes([number % 251]) * (size - 4))


@pytest.mark.parametrize(("region", "pages", "depth"), [
    (store_map.BILLING, 2, 36), (store_map.DAYS, 1, 45), (store_map.CALIBRATION, 3, 1)])
def test_as_many_as_the_depth_are_kept_and_found_by_number(region, pages, depth):
    store = Ram()
    series = series_on(store, region, pages)
    assert (series.depth, series.newest) == (depth, 0)
    size = series.size
    for number in range(1, 100):
        assert series.append(payload(number, size)) == number
        again = series_on(store, region, pages)
        found = bytearray(size)
        for k in range(again.oldest(), number + 1):
            assert again.read(k, found)
            assert found == payload(k, size)
        assert again.newest - again.oldest() + 1 == min(number, depth)
        assert not again.read(again.oldest() - 1, found)


@pytest.mark.parametrize(("region", "pages"), [(store_map.BILLING, 2), (store_map.TARIFF_PLAN, 3)])
def test_a_cut_in_any_page_leaves_all_that_were_acknowledged(region, pages):
    seed = 4
    print("seed", seed)
    rng = random.Random(seed)
    cells, newest, cuts = None, 0, 0
    for _ in range(600):
        store = Ram(cells=cells)
        series = series_on(store, region, pages)
        store.cut = rng.randrange(2 * pages)
        store.tear = lambda old, new: bytes(map(rng.choice, zip(old, new, strict=True)))
        try:
            while True:
                newest = series.append(payload(series.newest + 1, series.size))
        except PowerCut:
            cuts += 1
        cells = store.cells
        again = series_on(Ram(cells=cells), region, pages)
        assert again.newest in (newest, newest + 1)
        found = bytearray(again.size)
        for k in range(max(1, newest - again.depth + 2), newest + 1):
            if k >= again.oldest():
                assert again.read(k, found)
                assert found == payload(k, again.size)
        newest = again.newest
    assert cuts == 600


def test_a_place_that_does_not_keep_an_entry_is_passed_over():
    class Worn(Ram):
        def write_page(self, start, data):
            if start // 128 != store_map.BILLING[0] + 3:
                super().write_page(start, data)

    series = series_on(Worn())
    numbers = [series.append(payload(k)) for k in range(1, 45)]
    assert len(set(numbers)) == 44
    assert 1 not in numbers
    assert not any(number % 37 == 1 for number in numbers)


def test_billing_comes_back_as_it_was():
    rng = random.Random(5)
    record = billing.BillingRecord()
    ledger = Ledger(INDIVIDUAL, 2300)
    for _ in range(1000):
        ledger.tariffs.active = rng.randrange(1, 9)
        ledger.book([rng.randrange(-10**8, 10**8) for _ in range(3)], [10**7, -10**7, 0], 10**9)
    record.take(ledger)
    record.at_s, record.status, record.periods = 0xF0000000, 0xFF, 65535
    record.peaks = [(1, 2), (3, 4), (0xFFFFFFFF, 6)]
    record.accumulated_w, record.threshold, record.pulse_input = 2**40 - 1, 2**32 - 1, 2**40 - 2
    packed = bytearray(billing.BILLING_BYTES)
    record.pack_into(packed)
    found = billing.BillingRecord()
    found.unpack(packed)
    assert vars(found) == vars(record)
    day, other = billing.DayRecord(), billing.DayRecord()
    day.take(ledger)
    day.at_s, day.status = 77, 3
    packed = bytearray(billing.DAY_BYTES)
    day.pack_into(packed)
    other.unpack(packed)
    assert vars(other) == vars(day)


class TestConfiguration:
    def open_on(self, store, kinds=configuration.KINDS, migrations=None, seal=True):
        return Configuration(store, Page(), lambda: seal, kinds, migrations)

    @pytest.mark.parametrize("kind", range(7))
    def test_an_object_is_replaced_as_a_whole(self, kind):
        store = Ram()
        config = self.open_on(store)
        assert config.load(kind) is None
        for k in range(7):
            config.save(kind, bytes([k]) * (k * 15))
            assert self.open_on(store).load(kind) == bytes([k]) * (k * 15)

    def test_a_cut_leaves_the_old_one_or_the_new_one(self):
        seed = 7
        print("seed", seed)
        rng = random.Random(seed)
        for _ in range(200):
            store = Ram()
            config = self.open_on(store)
            for k in range(rng.randrange(1, 4)):
                config.save(configuration.TARIFF_PLAN, bytes([k]) * 304)
            store.cut = rng.randrange(3)
            store.tear = lambda old, new: bytes(map(rng.choice, zip(old, new, strict=True)))
            with pytest.raises(PowerCut):
                config.save(configuration.TARIFF_PLAN, b"n" * 304)
            found = self.open_on(Ram(cells=store.cells)).load(configuration.TARIFF_PLAN)
            assert found in (bytes([k]) * 304, b"n" * 304)

    def test_legal_objects_are_stored_with_the_seal_open_only(self):
        store = Ram()
        self.open_on(store).save(configuration.SETTINGS, b"old")
        config = self.open_on(store, seal=False)
        for kind in (configuration.SETTINGS, configuration.CALIBRATION):
            with pytest.raises(ConfigError, match="seal open"):
                config.save(kind, b"new")
        config.save(configuration.DISPLAY_LISTS, b"lists")
        assert config.load(configuration.SETTINGS) == b"old"

    def test_one_that_is_too_long_is_refused(self):
        with pytest.raises(ConfigError, match=r"0\.\.117"):
            self.open_on(Ram()).save(configuration.SETTINGS, bytes(118))

    def test_a_copy_that_does_not_check_any_more_leaves_the_other_one_in_force(self):
        store = Ram()
        config = self.open_on(store)
        config.save(configuration.TARIFF_PLAN, b"old")
        config.save(configuration.TARIFF_PLAN, b"new")
        config = self.open_on(store)
        assert config.load(configuration.TARIFF_PLAN) == b"new"
        store.cells[store_map.TARIFF_PLAN[0] * 128 + 7] ^= 1
        assert config.load(configuration.TARIFF_PLAN) == b"old"

    def test_an_older_one_is_migrated_and_a_newer_one_refused(self):
        store = Ram()
        row = configuration.KINDS[0]
        newer = [(*row[:3], 3, row[4])]
        self.open_on(store).save(0, b"one")
        migrations = {(0, 1): lambda old: old + b"+two", (0, 2): lambda old: old + b"+three"}
        config = self.open_on(store, newer, migrations)
        assert config.load(0) == b"one+two+three"
        config.save(0, b"three")
        old = self.open_on(store)
        assert old.load(0) == b"one"
        assert old.refused == 1
        writes = list(store.page_writes)
        store.cut, store.tear = 0, lambda before, new: before[:60] + new[60:]
        with pytest.raises(PowerCut):
            old.save(0, b"again")  # the refused one is overwritten, never the one in force
        store.cut = None
        assert self.open_on(store).load(0) == b"one"
        assert sum(store.page_writes) == sum(writes) + 1

    def test_display_lists_of_version_2_find_the_depth_of_the_stack_where_it_is_now(self):
        store = Ram()
        kinds = list(configuration.KINDS)
        kinds[configuration.DISPLAY_LISTS] = (*kinds[configuration.DISPLAY_LISTS][:3], 2, False)
        old = [[table.DATE, 244], [table.ACTIVE_IMPORT], [], [table.ACTIVE_IMPORT]]
        self.open_on(store, kinds).save(configuration.DISPLAY_LISTS, lists.pack(old))
        found = lists.unpack(self.open_on(store).load(configuration.DISPLAY_LISTS))
        assert found == [[table.DATE, table.STACK_HIGH], *old[1:]]
        assert table.text(table.STACK_HIGH) == "Stack"


def test_an_entry_before_the_search_is_refused():
    with pytest.raises(JournalError, match="before search"):
        Series(Ram(), store_map.DAYS, 1, Page()).append(payload(1, 120))
