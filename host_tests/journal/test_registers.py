"""When registers are stored, and what is there after the power went."""

import random

import pytest

from boards.virtual.chips.chip_24xx import PowerCut
from host_tests.journal.device import Device
from meter.journal import store_map
from meter.journal.account import Account
from meter.journal.record import Page
from meter.journal.registers import RegisterJournal
from meter.ledger import energy
from meter.ledger.booking import INDIVIDUAL, Ledger

WINDOW_NS = 200_000_000
YEAR_H = 8766
REGIONS = (store_map.TOTALS, store_map.PHASES)
SMALL = ((0, 3, 0x01, 119), (3, 3, 0x02, 90))
FULL_MW = 105 * 230 * 1000  # of a phase


class Ram:
    """An EEPROM without a bus, that counts."""

    size, page, endurance = 0x20000, 128, 10**6

    def __init__(self):
        self.cells = bytearray(b"\xff" * self.size)
        self.page_writes = [0] * (self.size // self.page)

    def read_into(self, start, buf):
        buf[:] = self.cells[start : start + len(buf)]

    def write_page(self, start, data):
        self.page_writes[start // self.page] += 1
        self.cells[start : start + len(data)] = data


def restored(meter):
    """Return the meter that finds what `meter` has stored."""
    copy = Ram()
    copy.cells[:] = meter.store.cells
    return Meter(copy)


class Meter:
    """A ledger and its journal on a store."""

    def __init__(self, store, regions=REGIONS):
        self.store = store
        self.ledger = Ledger(INDIVIDUAL, 2300)
        self.journal = RegisterJournal(store, regions, Page(), self.ledger)
        while not self.journal.recover(8):
            pass

    def window(self, p_mw, q_mvar=(0, 0, 0), duration_ns=WINDOW_NS):
        self.ledger.book(list(p_mw), list(q_mvar), duration_ns)
        self.ledger.pass_time(duration_ns // 1_000_000)
        return self.journal.step(0)

    def run(self, seconds, p_mw, q_mvar=(0, 0, 0)):
        return sum(self.window(p_mw, q_mvar, 10**9) for _ in range(seconds))

    def counts(self):
        return [count for scope in self.ledger.scopes for count in scope.counts_cwh]

    def tariffs(self):
        return list(self.ledger.tariffs.counts_cwh)


def test_everything_comes_back_as_it_was_stored():
    seed = 3
    print("seed", seed)
    rng = random.Random(seed)
    meter = Meter(Ram())
    for _ in range(2000):
        meter.ledger.tariffs.active = rng.randrange(1, 9)
        meter.window([rng.randrange(-FULL_MW, FULL_MW) for _ in range(3)],
                     [rng.randrange(-FULL_MW, FULL_MW) for _ in range(3)])
    meter.journal.send_totals(1234)
    meter.journal.send_phases()
    meter.journal.settle_totals()
    meter.journal.settle_phases()
    again = restored(meter)
    assert again.counts() == meter.counts()
    assert again.tariffs() == meter.tariffs()
    assert again.ledger.operating_s == meter.ledger.operating_s == 400
    assert (again.journal.stored_at_s, again.journal.was_orderly) == (1234, True)
    assert again.journal.restored
    assert not Meter(Ram()).journal.restored


def test_the_tariffs_are_the_total_at_every_instant_and_in_every_record():
    seed = 8
    print("seed", seed)
    rng = random.Random(seed)
    meter = Meter(Ram())
    for _ in range(3000):
        meter.ledger.tariffs.active = rng.randrange(1, 9)
        is_stored = meter.window([rng.randrange(-FULL_MW, FULL_MW) for _ in range(3)],
                                 [rng.randrange(-FULL_MW, FULL_MW) for _ in range(3)])
        for one in [meter, restored(meter)] if is_stored and rng.random() < 0.05 else [meter]:
            counts, tariffs = one.ledger.total.counts_cwh, one.tariffs()
            assert sum(tariffs[:8]) == counts[energy.A_PLUS]
            assert sum(tariffs[8:]) == counts[energy.Q1] + counts[energy.Q2]


@pytest.mark.parametrize(
    ("p_mw", "q_mvar"),
    [
        ((FULL_MW,) * 3, (0, 0, 0)),
        ((-FULL_MW,) * 3, (0, 0, 0)),
        ((0, 0, 0), (FULL_MW,) * 3),
        ((FULL_MW, -FULL_MW, 0), (0, 0, 0)),
        ((3_000_000, 0, 0), (0, -2_000_000, 0)),
    ],
)
def test_a_cut_without_warning_costs_less_than_10_wh_of_any_register(p_mw, q_mvar):
    meter = Meter(Ram())
    for _ in range(300):
        meter.window(p_mw, q_mvar)
        again = restored(meter)
        lost = [a - b for a, b in zip(meter.counts(), again.counts(), strict=True)]
        assert 0 <= min(lost) <= max(lost) < 1000


def test_import_export_and_phases_that_cancel_are_stored_alike():
    kw = 3_000_000
    loads = {"import": (kw, 0, 0), "export": (-kw, 0, 0), "cancelling": (kw, -kw, 0)}
    reactive = Meter(Ram()).run(86_400, (0, 0, 0), (kw, 0, 0))
    stores = {name: Meter(Ram()).run(86_400, load) for name, load in loads.items()}
    print("stores in 24 h at 3 kW", stores, "reactive", reactive)
    assert max(stores.values()) - min(stores.values()) <= 1
    assert abs(reactive - stores["import"]) <= 1


class TestWear:
    def test_without_a_break_at_105_a_the_account_carries_fine_steps_for_a_week(self):
        meter = Meter(Ram())
        for _ in range(3600):
            meter.window((FULL_MW,) * 3)
        writes = sum(meter.store.page_writes[28:168])
        days = 140 * 10**6 / 64 / (writes * 5 * 24)
        print("writes in 720 s", writes, "fine steps for", round(days), "days")
        assert days > 10

    @pytest.mark.parametrize(("volts", "years"), [(230, 20), (253, 20)])
    def test_it_lasts_20_years_at_105_a_non_stop(self, volts, years):
        meter = Meter(Ram())
        parts = meter.journal._parts
        for part in parts:
            part.ring._sequence = part.account.opening + 1
        hours = 3
        largest = 0
        for _ in range(hours * 18_000):
            meter.window((105 * volts * 1000,) * 3)
            now = meter.ledger.total.counts_cwh[0] - parts[0].stored_cwh[0]
            largest = max(largest, now)
        for first, pages, *_ in REGIONS:
            writes = meter.store.page_writes[first : first + pages]
            assert max(writes) - min(writes) <= 1
            life = pages * 10**6 * 63 / 64 / (sum(writes) / hours * YEAR_H)
            print(volts, "V:", sum(writes), "in 3 h", life, "years, step", largest / 100, "Wh")
            assert life >= years
        assert largest < 10_000
    def test_a_home_is_stored_in_fine_steps_for_ever(self):
        meter = Meter(Ram())
        stores = meter.run(86_400, (5_000_000_000 // YEAR_H, 0, 0))  # 5 MWh a year
        per_year = stores / 2 * 365.25  # two rings
        assert 140 * 10**6 / per_year > 100
        assert 48 * 10**6 / per_year > 40

    def test_the_account_is_paid_in_evenly_and_opened_with_a_64th(self):
        account = Account(128, 10**6)
        assert account.opening == 2 * 10**6
        assert account.write_ms == 5010
        assert account.is_covered(account.opening - 1, 0)
        assert not account.is_covered(account.opening + 1, 5)
        assert account.is_covered(account.opening + 1, 6)
        life_s = 20 * 31_557_600
        assert account.is_covered(128 * 10**6 * 9998 // 10_000, life_s)
        assert not account.is_covered(128 * 10**6, life_s)

    def test_a_fram_is_written_after_every_window_that_counts(self):
        fram = Ram()
        fram.endurance = 10**12
        meter = Meter(fram, (store_map.FRAM_TOTALS, store_map.FRAM_PHASES))
        stores = sum(meter.window((3_000_000, 0, 0)) for _ in range(600))  # 0.17 Wh a window
        assert stores > 590
        assert meter.journal._phases.ring.stored > 590


def test_a_cut_after_any_byte_of_either_record_takes_nothing_back():
    seed = 2027
    print("seed", seed)
    rng = random.Random(seed)
    image, cuts, at = None, 0, 0
    while True:
        device = Device(3, image)
        device.chip.power_cycle()
        first = Meter(power(device), SMALL)
        before = first.counts()
        device.chip.bytes_to_cut = at
        chip = device.chip
        chip.tear = lambda old, new, done: bytes(map(rng.choice, zip(old, new, strict=True)))
        acknowledged = list(before)
        true = before
        try:
            for _ in range(5):
                first.ledger.book([9_000_000] * 3, [1_000_000, -1_000_000, 0], 10**9)
                true = first.counts()
                first.journal.store_totals(0)
                acknowledged[18:] = true[18:]
                first.journal.store_phases()
                acknowledged[:18] = true[:18]
        except PowerCut:
            cuts += 1
        else:
            break
        for _ in range(2):
            device.chip.power_cycle()
            again = Meter(power(device), SMALL)
            rows = zip(acknowledged, again.counts(), true, strict=True)
            assert all(low <= now <= high for low, now, high in rows)
            assert sum(again.tariffs()[:8]) == again.ledger.total.counts_cwh[0]
            acknowledged = again.counts()
        image = bytes(device.chip.memory)
        at += rng.randrange(1, 6)
    print("cuts", cuts)
    assert cuts > 1000


def power(device):
    device.power_up_bus()
    return device.store
