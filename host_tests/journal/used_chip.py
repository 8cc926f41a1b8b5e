"""A whole chip that was used for years, every region of the full map written round its end."""

from boards.virtual.chips import chip_24xx
from boards.virtual.chips.clock import Clock
from boards.virtual.chips.i2c_bus import I2CBus
from drivers import eeprom_24xx
from drivers.eeprom_24xx import EEPROM24xx
from host_tests.journal.ram import Ram
from meter.journal import configuration
from meter.journal.billing import BillingRecord, DayRecord
from meter.journal.keeper import Keeper
from meter.ledger.booking import INDIVIDUAL, Ledger
from meter.registers import events

STARTED_S = 800_000_000
PERIOD_S = 900
CODES = (events.MEASUREMENT_ERROR, events.UNDERVOLTAGE, events.CLOCK_UPDATED, events.LIMITER_OK,
         events.PARAMETER_OLD, events.POWER_UP, events.PROFILE_ERASED)


class User:
    """A keeper on `store` that is made to write."""

    def __init__(self, store):
        self.now_s = STARTED_S
        self.ledger = Ledger(INDIVIDUAL, 2300)
        self.keeper = Keeper(store, None, self.ledger, lambda: self.now_s, lambda: True)
        self.keeper.recover()
        self.settle()
        assert self.keeper.failures == 0

    def settle(self):
        self.keeper.book.pass_time(10**9)
        for _ in range(4000):
            if not self.keeper._step():
                return
        raise AssertionError("the keeper never comes to rest")

    def interval(self, n):
        """Let an interval of the load profile pass, with all that may happen in one."""
        ledger, keeper = self.ledger, self.keeper
        self.now_s += PERIOD_S
        ledger.book([(n % 23 + 1) * 10**7, -10**7, 10**6], [10**6, -10**6, n % 7 * 10**5], 10**10)
        ledger.pass_time(PERIOD_S * 1000)
        keeper.window()
        keeper.registers.store_phases()
        keeper.events.log(self.now_s, CODES[n % len(CODES)], n)
        if n % 3 == 0:
            keeper.keep(keeper.control)
            keeper.keep(keeper.invocation)
        if n % 50 == 0:
            for record, close in ((BillingRecord(), keeper.close_period),
                                  (DayRecord(), keeper.close_day)):
                record.take(ledger)
                record.at_s = self.now_s
                assert close(record)
        if n % 100 == 0:
            for kind in range(len(configuration.KINDS)):
                keeper.configuration.save(kind, bytes([n // 100 + 1, kind] * 20))
        self.settle()


def used(size=0x20000, intervals=5400):
    """Return the cells of a chip after `intervals` intervals of 15 minutes."""
    store = Ram(size)
    user = User(store)
    for n in range(intervals):
        user.interval(n)
    return bytes(store.cells)


class Counted(I2CBus):
    """A bus at 400 kHz that counts its bytes."""

    def __init__(self, cells):
        self.clock = Clock()
        super().__init__(self._pass)
        self.bytes = 0
        model, part = {0x10000: (chip_24xx.LC512, eeprom_24xx.LC512),
                       0x20000: (chip_24xx.FC1025, eeprom_24xx.FC1025)}[len(cells)]
        self.chip = chip_24xx.Chip24xx(model, self.clock.now_ns, bytearray(cells))
        self.attach(0x50, self.chip)
        self.store = EEPROM24xx(self, 0x50, part, self.clock.sleep_ms)

    def _pass(self, nanoseconds):
        self.bytes += 1
        self.clock.advance_ns(nanoseconds)

    @property
    def ms(self):
        """Return the time that has passed, with the chip's own."""
        return self.clock.now_ns() / 1e6
