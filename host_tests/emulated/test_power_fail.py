"""A whole meter on an emulated Pico whose supply goes and comes back: what the EEPROM holds then.

The board starts by itself, as it does at a mains failure.  From the warning on the supply lasts 50
ms; what is on the EEPROM by then is all that the next start finds.
"""

import asyncio

import pytest

from boards import pico
from boards.pico_1ph.emulation import Surroundings
from boards.virtual.load import Load
from meter.config import Settings
from meter.journal import store_map
from meter.journal.record import Page
from meter.journal.registers import RegisterJournal
from meter.ledger.booking import Ledger
from meter.ledger.energy import A_PLUS
from meterctl import emulate, emulator

pytestmark = pytest.mark.emulated

_HOLD_UP_NS = 50_000_000  # data sheets of the board's supply: docs/storage.md, "Power fail"
_LOOK_NS = 100_000
_RUN_S = 2
_START_LIMIT_S = 60
_PJ_PER_WH = 3600 * 10**12


class Cells:
    """An EEPROM's cells without a bus."""

    size, page, endurance = 0x20000, 128, 10**6

    def __init__(self, cells):
        self.cells = bytearray(cells)

    def read_into(self, start, buf):
        buf[:] = self.cells[start : start + len(buf)]

    def write_page(self, start, data):
        self.cells[start : start + len(data)] = data


class Writes:
    """(ns, page) of every write cycle's end of an EEPROM."""

    def __init__(self, clock, eeprom):
        self.ended = []
        self._clock = clock
        self._eeprom = eeprom
        self._before = list(eeprom.page_writes)
        self._page = None
        self._alarm = clock.create_alarm(self._look)
        self._look()

    def _look(self):
        writes = list(self._eeprom.page_writes)
        if writes != self._before:
            self._page = next(k for k, n in enumerate(writes) if n != self._before[k])
            self._before = writes
        if self._page is not None and not self._eeprom.is_busy():
            self.ended.append((self._clock.nanos, self._page))
            self._page = None
        self._alarm.schedule(_LOOK_NS)


class Failure:
    """What a failure of the supply left: the cells, how long they took, and what was measured."""

    def __init__(self, world, writes, begun_ns, warned_ns):
        self.cells = bytes(world.eeprom.memory)
        self.was_writing = world.eeprom.is_busy()
        self.stored_ms = [
            ((ended_ns - warned_ns) / 1e6, page)
            for ended_ns, page in writes.ended
            if ended_ns > warned_ns
        ]
        delivered = world.mains.registers(begun_ns, begun_ns + warned_ns - world.began_at_ns)
        self.delivered_wh = delivered["1.8.0"]
        settings = Settings()
        self.ledger = Ledger(settings.booking, settings.creep_mw, settings.energies)
        self.journal = RegisterJournal(
            Cells(self.cells), (store_map.TOTALS, store_map.PHASES), Page(), self.ledger
        )
        while not self.journal.recover(64):
            pass

    @property
    def stored_wh(self):
        """Return A+ as it stands on the EEPROM."""
        return self.ledger.total.exact_pj(A_PLUS) / _PJ_PER_WH


class Pico(Surroundings):
    """The surroundings with a supply that can fail."""

    def __init__(self, rp2040, load):
        super().__init__(rp2040, load, start_s=800_000_000)
        self.clock = rp2040.clock
        self.began_at_ns = 0
        self._supply = rp2040.gpio[pico.SUPPLY]
        self.set_supply(True)

    def set_supply(self, is_good):
        self._supply.set_input_value(is_good)


async def run_and_fail(emulated):
    """Start the board, let it measure, let its supply fail; return the Failure."""
    world = emulated.surroundings
    emulate.say("start the board")
    world.set_supply(True)
    before = world.adc.began
    await emulated.reset()
    await emulated.run_until(lambda: world.adc.began != before, _START_LIMIT_S)
    world.began_at_ns = emulated.now_ns
    emulate.say("measure, then fail the supply")
    begun_ns = world.adc.began // world.CODES_PER_SET * world.converter.SET_NS
    await emulated.run_until(
        lambda: emulated.now_ns > world.began_at_ns + _RUN_S * 1e9, _START_LIMIT_S
    )
    writes = Writes(world.clock, world.eeprom)
    warned_ns = emulated.now_ns
    world.set_supply(False)
    await emulated.run_until(lambda: emulated.now_ns >= warned_ns + _HOLD_UP_NS, 1)
    return Failure(world, writes, begun_ns, warned_ns)


@pytest.fixture(scope="module")
def failures(specification):
    """Return what two failures in a row left on the same EEPROM."""
    load = Load.parse("L1=45A@0.5ind", "", "230", "50", 1)

    async def fail_twice():
        def surround(rp2040):
            return Pico(rp2040, load)

        emulate.say("boot and install")
        async with emulator.Emulator(specification, "pico_1ph", surround, emulate.say) as emulated:
            first = await run_and_fail(emulated)
            emulated.surroundings.eeprom.memory[:] = first.cells
            return first, await run_and_fail(emulated)

    found = asyncio.run(fail_twice())
    for failure in found:
        print(failure.stored_ms, failure.stored_wh, failure.delivered_wh, failure.was_writing)
    return found


def test_the_registers_are_stored_before_the_supply_is_gone(failures):
    first, pages = store_map.TOTALS[:2]
    for failure in failures:
        assert failure.journal.was_orderly
        totals = [ms for ms, page in failure.stored_ms if first <= page < first + pages]
        assert totals
        assert totals[0] * 1e6 < _HOLD_UP_NS


def test_less_than_a_tenth_of_a_wh_is_lost(failures):
    first, second = failures
    assert abs(first.stored_wh - first.delivered_wh) < 0.1
    assert abs(second.stored_wh - first.stored_wh - second.delivered_wh) < 0.1


def test_the_second_start_goes_on_from_what_the_first_left(failures):
    first, second = failures
    assert second.stored_wh > first.stored_wh
    assert second.ledger.operating_s >= first.ledger.operating_s
