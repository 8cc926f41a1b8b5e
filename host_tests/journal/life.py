"""A meter's whole memory on a small chip, what a restart finds there, and how the power goes.

The regions are a few pages long, so that a short life takes each of them round its end several
times; the code that works on them is the meter's.  Nothing here knows how a record is laid out.
"""

import random

from boards.virtual.chips.chip_24xx import PowerCut
from host_tests.journal.ram import Ram
from meter.journal import configuration, profile, store_map
from meter.journal.billing import BillingRecord, DayRecord
from meter.journal.keeper import Keeper
from meter.journal.profile import Entry
from meter.ledger.booking import INDIVIDUAL, Ledger
from meter.registers import events

PAGE = 128
STARTED_S = 800_000_000
CHANNELS, PERIOD_MIN = 4, 15
CODES = (events.MEASUREMENT_ERROR, events.UNDERVOLTAGE, events.CLOCK_UPDATED, events.LIMITER_OK,
         events.PARAMETER_OLD, events.POWER_UP, events.PROFILE_ERASED)

# name: pages; the copies of the configuration stand before them, as on the real chip
SMALL = {"TOTALS": 3, "PHASES": 3, "INTERVAL": 3, "CONTROL_STATE": 3, "INVOCATION": 3,
         "BILLING": 8, "DAYS": 4, "STATUS": 3, "VOLTAGE": 3, "CLOCK": 3, "DISCONNECT": 3,
         "LEGAL": 3, "POWER": 3, "PERIOD": 3}
PROFILE_PAGES = 4


def shrink(monkeypatch):
    """Put the small regions in the map's place; return the chip's bytes."""
    first = store_map.CONTROL[0] + store_map.CONTROL[1]
    logs = []
    for name, pages in SMALL.items():
        row = getattr(store_map, name)
        small = (first, pages, *row[2:])
        if row in store_map.EVENT_LOGS:
            logs.append(small)
        monkeypatch.setattr(store_map, name, small)
        first += pages
    monkeypatch.setattr(store_map, "EVENT_LOGS", tuple(logs))
    real = store_map.profile(0x20000, CHANNELS)
    monkeypatch.setattr(store_map, "profile", lambda *_: (first, PROFILE_PAGES, *real[2:]))
    return (first + PROFILE_PAGES) * PAGE


class Cells(Ram):
    """A chip that can lose its power after every byte that goes into its cells.

    left:      bytes, 129 a page, until the power goes: before the first byte, after each, and when
               all are in and nobody has looked yet; None = never
    tear:      callable(old, new, done) -> what is left of the page
    changing:  {page: (readings, rng)}, pages that read as one of these each time
    written:   [(start, old, new)] if it is recorded
    """

    def __init__(self, size, cells=None):
        super().__init__(size, cells)
        self.left = None
        self.tear = None
        self.changing = {}
        self.written = None

    def read_into(self, start, buf):
        if start // PAGE in self.changing:
            readings, rng = self.changing[start // PAGE]
            page = bytes(map(rng.choice, zip(*readings, strict=True)))
            buf[:] = page[start % PAGE :][: len(buf)]
        else:
            buf[:] = self.cells[start : start + len(buf)]

    def write_page(self, start, data):
        assert start % PAGE == 0
        assert len(data) == PAGE
        new = bytes(data)
        old = bytes(self.cells[start : start + PAGE])
        if self.left is not None:
            if self.left <= PAGE:
                self.cells[start : start + PAGE] = self.tear(start // PAGE, old, new, self.left)
                raise PowerCut
            self.left -= PAGE + 1
        if self.written is not None:
            self.written.append((start, old, new))
        self.changing.pop(start // PAGE, None)
        self.page_writes[start // PAGE] += 1
        self.cells[start : start + PAGE] = new


class Life:
    """A meter on `cells` from its start on: recovered, and everything on the chip looked at."""

    def __init__(self, cells):
        self.cells = cells
        self.ledger = Ledger(INDIVIDUAL, 2300)
        self.now_s = STARTED_S
        self.keeper = Keeper(cells, None, self.ledger, lambda: self.now_s, lambda: True,
                             CHANNELS, PERIOD_MIN)
        self.keeper.recover()
        self.settle()
        assert self.keeper.failures == 0, "the store was blamed for a cut"

    def settle(self):
        """Let the keeper do all that is due."""
        keeper = self.keeper
        keeper.book.pass_time(10**7)
        for _ in range(2000):
            if not keeper._step():
                return
        raise AssertionError("the keeper never comes to rest")

    def found(self):
        """Return what is there now, by name; what it was read from the chip for is read again."""
        keeper, ledger = self.keeper, self.ledger
        result = {
            "totals": (*ledger.total.counts_cwh, *ledger.tariffs.counts_cwh, ledger.operating_s),
            "phases": tuple(c for scope in ledger.phases for c in scope.counts_cwh),
            "control": bytes(keeper.control.data),
            "invocation": bytes(keeper.invocation.data),
        }
        for log in range(events.LOGS):
            first, end = keeper.book.stored(log)
            result[log] = tuple(keeper.book.read(log, n) for n in range(first, end))
        for name, series, record in (("billing", keeper.billing, BillingRecord()),
                                     ("days", keeper.days, DayRecord())):
            result[name] = tuple(self._entries(series, record))
        for kind, row in enumerate(configuration.KINDS):
            result[row[0]] = keeper.configuration.load(kind)
        result["profile"], result["open interval"] = self._profile()
        return result

    def _entries(self, series, record):
        payload = bytearray(series.size)
        for number in range(series.oldest(), series.newest + 1):
            if series.read(number, payload):
                record.unpack(payload)
                yield number, repr(sorted(vars(record).items()))
            else:
                yield number, None

    def _profile(self):
        load = self.keeper.profile
        entry = Entry(CHANNELS)
        rows = []
        for number in range(load.oldest(), load.log.total):
            if load.read(number, entry):
                rows.append((number, entry.end_s, entry.status, *entry.gains_cwh))
        return tuple(rows), (tuple(load._base_cwh), load._slot, bytes(load.state))


class Deeds:
    """Random deeds of a meter's life, and what was ever noted, closed and configured."""

    def __init__(self, life, seed):
        self.life = life
        self.rng = random.Random(seed)
        self.noted = [[] for _ in range(events.LOGS)]  # (at_s, code, detail), in order
        self.periods = self.days = 0
        self.configured = {}

    def do(self):
        """Do one."""
        rng = self.rng
        deed = rng.choices(
            (self.measure, self.note, self.close_interval, self.close_period, self.close_day,
             self.configure, self.count, self.switch),
            (8, 10, 6, 2, 2, 3, 2, 2))[0]
        deed()
        self.life.settle()

    def measure(self):
        life, rng = self.life, self.rng
        life.ledger.tariffs.active = rng.randrange(1, 9)
        powers = [rng.randrange(-10**7, 10**7) for _ in range(6)]
        life.ledger.book(powers[:3], powers[3:], 10**10)
        life.ledger.pass_time(10_000)
        for _ in range(3):
            life.keeper.window()

    def note(self):
        rng, keeper = self.rng, self.life.keeper
        for _ in range(rng.randrange(1, 6)):
            event = self.life.now_s, rng.choice(CODES), rng.randrange(-10**9, 10**9)
            self.noted[events.log_of(event[1])].append(event)
            keeper.events.log(*event)

    def close_interval(self):
        life, rng = self.life, self.rng
        life.now_s += rng.choice((900, 900, 900, 900, 2000, 86_400, -4000))
        life.keeper.profile.state[:] = rng.randbytes(profile.STATE_BYTES)
        life.keeper.window()

    def close_period(self):
        record = BillingRecord()
        record.take(self.life.ledger)
        record.at_s, record.periods = self.life.now_s, self.periods
        assert self.life.keeper.close_period(record)
        self.periods += 1

    def close_day(self):
        record = DayRecord()
        record.take(self.life.ledger)
        record.at_s = self.life.now_s
        assert self.life.keeper.close_day(record)
        self.days += 1

    def configure(self):
        rng, config = self.rng, self.life.keeper.configuration
        kind = rng.randrange(len(configuration.KINDS))
        data = rng.randbytes(rng.randrange(1, 118))
        config.save(kind, data)
        self.configured[configuration.KINDS[kind][0]] = data

    def count(self):
        keeper = self.life.keeper
        keeper.invocation.data[:] = self.rng.randbytes(120)
        assert keeper.keep(keeper.invocation)

    def switch(self):
        control = self.life.keeper.control
        control.data[:] = self.rng.randbytes(120)
        control.is_due = True


class Story:
    """A life without a cut: every write of it, and what a restart finds before each."""

    def __init__(self, size, seed, deeds):
        self.size = size
        cells = Cells(size)
        self.start = bytes(cells.cells)
        cells.written = []
        self.deeds = Deeds(Life(cells), seed)
        self.deeds.life.keeper.window()  # the first interval begins at nothing
        self.true = []  # (number of writes, what must be found, and what may be) after each deed
        for _ in range(deeds):
            self.deeds.do()
            self.true.append((len(cells.written), self._now()))
        self.deeds.measure()
        self.deeds.measure()
        self.writes = cells.written
        self.end = bytes(cells.cells)

    def _now(self):
        deeds, life = self.deeds, self.deeds.life
        book = life.keeper.book
        acknowledged = [deeds.noted[log][: len(deeds.noted[log]) - book._queues[log].waiting]
                        for log in range(events.LOGS)]
        scopes = life.ledger.scopes
        return (
            [count for scope in (scopes[3], *scopes[:3]) for count in scope.counts_cwh],
            list(life.keeper.registers._totals.stored_cwh), acknowledged,
            (deeds.periods, deeds.days), dict(deeds.configured),
            bytes(life.keeper.invocation.data),
        )

    def images(self):
        """Yield (write, the chip before it)."""
        cells = bytearray(self.start)
        for write in self.writes:
            yield write, bytes(cells)
            cells[write[0] : write[0] + PAGE] = write[2]

    def restart(self, image):
        """Return what a meter finds on `image`."""
        return Life(Cells(self.size, image)).found()
