"""How much of the chip a start reads, counted on the bus at 400 kHz: a used one and a new one."""

import pytest

from host_tests.journal.used_chip import CODES, Counted, used
from meter.journal import configuration
from meter.journal.keeper import Keeper
from meter.ledger.booking import INDIVIDUAL, Ledger

PAGES = 1024
WHOLE_PAGE = 132  # bytes on the bus
HEAD = 8


@pytest.fixture(scope="module")
def cells():
    return used()


def start(bus):
    ledger = Ledger(INDIVIDUAL, 2300)
    keeper = Keeper(bus.store, None, ledger, lambda: 900_000_000)
    keeper.recover()
    assert keeper.registers.is_recovered
    return ledger, keeper


def take_up(keeper):
    """Let `keeper` look for the rest; return the steps."""
    steps = 0
    while not (keeper.profile.is_ready and keeper.are_series_known()
               and all(queue.is_searched for queue in keeper.book._queues)):
        keeper.step(1)
        steps += 1
    assert keeper.failures == 0
    return steps


def test_the_registers_are_back_after_110_ms_of_bus(cells):
    bus = Counted(cells)
    ledger, keeper = start(bus)
    print("bytes", bus.bytes, "ms", bus.ms)
    assert keeper.registers.restored
    assert ledger.total.counts_cwh[0] > 10**8
    assert bus.bytes < 4000  # 26,704 if every page of the four rings is read
    assert bus.ms < 110  # 621


def test_of_a_blank_chip_less_is_read():
    bus = Counted(b"\xff" * 0x20000)
    _, keeper = start(bus)
    assert not keeper.registers.restored
    assert bus.ms < 50


def test_logs_profile_billing_and_days_are_known_after_350_ms_of_bus_and_75_steps(cells):
    bus = Counted(cells)
    _, keeper = start(bus)
    before_bytes, before_ms = bus.bytes, bus.ms
    steps = take_up(keeper)
    print("bytes", bus.bytes - before_bytes, "ms", bus.ms - before_ms, "steps", steps)
    assert keeper.profile.log.total > 5000
    assert keeper.billing.newest > 37
    assert keeper.days.newest > 46
    for log in range(len(CODES)):
        first, end = keeper.book.stored(log)
        assert end > first
    assert bus.bytes - before_bytes < 15_000  # 106,138 if every page is read
    assert bus.ms - before_ms < 350  # 2393
    assert steps < 75  # 389


def test_an_object_of_the_configuration_is_read_in_no_more_than_twice_its_pages(cells):
    bus = Counted(cells)
    _, keeper = start(bus)
    for kind, row in enumerate(configuration.KINDS):
        before = bus.bytes
        assert keeper.configuration.load(kind)
        assert bus.bytes - before <= (2 * row[2] + 2) * WHOLE_PAGE + HEAD


@pytest.mark.parametrize("which", ["newest", "newest and the one before it"])
def test_a_start_after_a_cut_in_the_newest_page_reads_every_page_at_most_once_more(cells, which):
    found = Counted(cells)
    ledger, keeper = start(found)
    newest_at = keeper.registers._totals.ring._newest - 1  # it was stored anew behind that
    spoilt = bytearray(cells)
    for back in range(1 if which == "newest" else 2):
        page = 28 + (newest_at - back) % 140
        spoilt[page * 128 + 60] ^= 1
    bus = Counted(spoilt)
    again, other = start(bus)
    assert ledger.total.counts_cwh[0] > again.total.counts_cwh[0] > 0
    assert other.registers.damaged >= 1
    print("ms", bus.ms)
    assert bus.ms < (120 if which == "newest" else 700)


def test_whatever_stands_on_the_chip_the_start_is_bounded():
    bus = Counted(bytes(range(256)) * 512)  # no page is good or blank: each is read three times
    ledger, keeper = start(bus)
    assert not keeper.registers.restored
    assert ledger.total.counts_cwh == [0] * 6
    assert bus.bytes < (140 + 48 + 3 + 3) * (HEAD + 3 * WHOLE_PAGE) + 4 * 300
    before = bus.bytes
    take_up(keeper)
    assert bus.bytes - before < PAGES * (HEAD + 3 * WHOLE_PAGE)


def test_a_log_is_read_whole_in_the_end_so_that_what_cannot_be_read_is_not_counted(cells):
    spoilt = bytearray(cells)
    for page in range(409, 1024, 40):
        spoilt[page * 128 + 100] ^= 4
    bus = Counted(spoilt)
    _, keeper = start(bus)
    take_up(keeper)
    log = keeper.profile.log
    believed = log.count(log.oldest(), log.total)
    while keeper._step():
        pass
    entry = bytearray(15)
    readable = sum(log.read(number, entry) >= 0 for number in range(log.oldest(), log.total))
    assert log.count(log.oldest(), log.total) == readable
    assert believed - readable == pytest.approx(8 * 16, abs=16)
    assert keeper.failures == 0
