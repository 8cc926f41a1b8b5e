"""`meterctl wear`: how long each region of the store lasts, counted on a chip that counts.

The meter's own keeper stores on it for some hours under the hardest that can be: accounts that are
spent, a load profile of 5 minutes, a storm of events in every log, a billing period and a day that
end every hour, counters and breaker with something to store at every moment. The years follow from
the writes of each region's most written page, or, where that is written in turn with the others,
from the mean of them.
"""

import json

import click
from rich.console import Console
from rich.table import Table

from meter.journal.account import Account
from meter.journal.billing import BillingRecord, DayRecord
from meter.journal.keeper import Keeper
from meter.ledger.booking import INDIVIDUAL, Ledger
from meter.registers import events
from meterctl import image

YEAR_H = 8766
WINDOW_MS = 200
LOADS = {  # mW of a phase
    "5 MWh/y": 5_000_000_000 // YEAR_H // 3,
    "20 MWh/y": 20_000_000_000 // YEAR_H // 3,
    "105 A non-stop": 105 * 230 * 1000,
}
PARTS = {"24LC512": 0x10000, "24FC1025": 0x20000, "MB85RC256V": 0x8000}
ENDURANCE = {"24LC512": 10**6, "24FC1025": 10**6, "MB85RC256V": 10**12}
_STORM = (events.MEASUREMENT_ERROR, events.UNDERVOLTAGE, events.CLOCK_UPDATED, events.LIMITER_OK,
          events.PARAMETER_OLD, events.POWER_UP, events.PROFILE_ERASED)
_WINDOWS_A_STORM = 5
_HOUR_S = 3600
_EEPROM_BYTES = 0x20000


class Counting(image.Rows):
    """A store that counts the writes of each page."""

    def __init__(self, size, endurance):
        super().__init__(b"\xff" * size)
        self.endurance = endurance
        self.page_writes = [0] * (size // self.page)

    def write_page(self, start, data):
        """Keep `data` and count."""
        self.page_writes[start // self.page] += 1
        super().write_page(start, data)


class _Meter:
    """What stores: a keeper with all its accounts spent."""

    def __init__(self, part):
        store = Counting(PARTS[part], ENDURANCE[part])
        is_fram = part in image.FRAMS.values()
        eeprom = Counting(_EEPROM_BYTES, 10**6) if is_fram else store
        self.counted = store
        self.ledger = Ledger(INDIVIDUAL, 1)
        self.now_s = 800_000_000
        self.keeper = Keeper(eeprom, store if is_fram else None, self.ledger,
                             lambda: self.now_s, lambda: True, 4, 5)
        self.keeper.recover()
        for _ in range(1000):
            self.keeper.step(1)
        registers = self.keeper.registers
        for ring, account in ((registers._totals.ring, registers._totals.account),
                              (registers._phases.ring, registers._phases.account),
                              (self.keeper.control.ring, self.keeper.control._account),
                              (self.keeper.invocation.ring, self.keeper.invocation._account)):
            ring._sequence = account.opening + 1
        for queue in self.keeper.book._queues:
            queue.credit_ms = 0
        store.page_writes = [0] * len(store.page_writes)

    def run(self, p_mw, hours):
        """Let `hours` pass with `p_mw` in each phase."""
        keeper, ledger = self.keeper, self.ledger
        windows_s = 1000 // WINDOW_MS
        for window in range(hours * _HOUR_S * windows_s):
            ledger.book([p_mw] * 3, [0] * 3, WINDOW_MS * 10**6)
            ledger.pass_time(WINDOW_MS)
            self.now_s = 800_000_000 + window // windows_s
            if window % _WINDOWS_A_STORM == 0:
                for code in _STORM:
                    keeper.events.log(self.now_s, code, window)
            if window % (_HOUR_S * windows_s) == 0:
                self._close()
            keeper.control.is_due = keeper.invocation.is_due = True
            keeper.window()
            keeper.step(WINDOW_MS // 2)
            keeper.step(WINDOW_MS // 2)

    def _close(self):
        for record, close in ((BillingRecord(), self.keeper.close_period),
                              (DayRecord(), self.keeper.close_day)):
            record.take(self.ledger)
            record.at_s = self.now_s
            close(record)


def measure(part, p_mw, hours):
    """Return {region: years} of `part` with `p_mw` in each phase, counted for `hours`."""
    meter = _Meter(part)
    meter.run(p_mw, hours)
    years = {}
    for region in image.regions(PARTS[part]):
        writes = meter.counted.page_writes[region.first : region.first + region.pages]
        if not any(writes):
            continue  # a configuration, which is written when somebody changes it
        capacity = region.pages * ENDURANCE[part]
        if region.name in ("totals", "phases", "control state", "invocation"):
            capacity -= Account(region.pages, ENDURANCE[part]).opening
        years[region.name] = capacity / (sum(writes) / hours * YEAR_H)
    return years


@click.command()
@click.option("--hours", type=click.IntRange(1, 1000), default=3, help="Simulated, for each load.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def wear(hours, as_json):
    """Print how many years each region of each part lasts.

    Counted on a chip that counts, for the hours given, with accounts that are spent, a 5-minute
    load profile, a storm of events and a closing every hour.
    """
    found = {part: {load: measure(part, p_mw, hours) for load, p_mw in LOADS.items()}
             for part in PARTS}
    if as_json:
        click.echo(json.dumps(found))
        return
    for part, loads in found.items():
        table = Table(title=f"{part}, {ENDURANCE[part]:.0e} writes of a page: years", box=None)
        table.add_column("region")
        for load in loads:
            table.add_column(load, justify="right")
        for region in next(iter(loads.values())):
            table.add_row(region, *(_years(years[region]) for years in loads.values()))
        Console().print(table)


def _years(years):
    return f"{years:.1f}" if years < 1000 else f"{years:,.0f}"
