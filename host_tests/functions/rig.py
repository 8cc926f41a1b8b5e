"""The whole meter on a store in RAM, with a clock and a load that a test drives directly.

Only sampling is left out: each step brings one window with a mean power. Steps may be much longer
than on a board, so years are affordable.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from boards.virtual.calibration import ideal_calibration
from boards.virtual.front_end import Frames24
from boards.virtual.load import Load
from boards.virtual.mains import Mains
from host_tests.journal.ram import Ram
from meter import requests
from meter.codes.codes import Codes
from meter.codes.settings import settings_of
from meter.config import Settings
from meter.journal.billing import BILLING_BYTES, DAY_BYTES, BillingRecord, DayRecord
from meter.journal.profile import Entry
from meter.ledger.energy import A_MINUS, A_PLUS
from meter.ledger.tariffs import A_NEGATIVE, KEPT, R_NEGATIVE, TARIFFS, A, R
from meter.parts import Parts
from meter.supervisor import Meter

DENMARK = ZoneInfo("Europe/Copenhagen")
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_CALIBRATION = ideal_calibration(Frames24(Mains(Load.parse("L1=1A"))).scale(), 3)
_START_MS = 1  # of a step while the meter looks at its store


def utc_s(*when, zone=UTC):
    """Return s since 2000-01-01 UTC of a date and time in `zone`."""
    return int((datetime(*when, tzinfo=zone).astimezone(UTC) - EPOCH).total_seconds())


WINTER = utc_s(2026, 11, 24, 0, 0, zone=DENMARK)  # a Tuesday


def codes(**given):
    """Return the settings of a meter with these codes, the others as usual."""
    return settings_of(Codes(**given))


class Chip:
    """A clock chip in UTC; it goes on while the meter is off."""

    def __init__(self, seconds):
        self.ms = seconds * 1000
        self.is_right = True

    def now_s(self):
        return self.ms // 1000

    def is_valid(self):
        return self.is_right

    def set_s(self, seconds):
        self.ms = seconds * 1000
        self.is_right = True


class Window:
    flags = 0

    def __init__(self, duration_ns, p_mw, q_mvar):
        self.duration_ns = duration_ns
        self.p_mw = p_mw
        self.q_mvar = q_mvar


class Source:
    overruns = 0

    def __init__(self):
        self.window = None

    def poll(self):
        window, self.window = self.window, None
        return window

    def flush(self):
        return None


class Quantities:
    """Only what booking needs."""

    systems = 1
    is_three_wire = False

    def update(self, window):
        self.window_p_mw = [window.p_mw]
        self.window_q_mvar = [window.q_mvar]


class Output:
    def write(self, words, first, n):
        return n

    def has_starved(self):
        return False

    def set_led_between(self, is_on):
        pass

    def set_pulse_ms(self, pulse_ms):
        self.pulse_ms = pulse_ms


class Contact:
    def __init__(self, is_closed=False):
        self.closed = is_closed

    def is_closed(self):
        return self.closed


class Supply:
    is_low = False

    def is_failing(self):
        return self.is_low


class Rig:
    """A meter that `start` made on the cells of a store that outlives it.

    settings:   of the meter
    start_s:    where its clock begins, s since 2000-01-01 UTC
    has_views:  False: without display and pulses, whose windows are shorter than 5.9 h
    """

    def __init__(self, settings=None, start_s=utc_s(2026, 11, 24), has_views=False):
        self.born = settings or Settings()
        self.chip = Chip(start_s)
        self.store = Ram()
        self.seal = Contact(is_closed=True)
        self.inputs = (Contact(), Contact())
        self.pulses = Contact()
        self.supply = Supply()
        self.has_views = has_views
        self.delivered_pj = 0
        self.chip.ms -= 2_000
        self.start(is_new=True)
        self._step_ms(start_s * 1000 - self.chip.ms, 0, 0)

    @property
    def now_s(self):
        return self.meter.clock.now_s()

    def start(self, is_new=False):
        """Power the meter up, and step it until it has looked at its store."""
        self.build(is_new)
        while not self._is_up():
            self._step_ms(_START_MS, 0, 0)
        self._step_ms(1000, 0, 0)

    def build(self, is_new=False, is_deaf=False):
        """Power the meter up, with a store that may not answer yet."""
        parts = Parts()
        parts.source = self.source = Source()
        parts.calibration = _CALIBRATION
        parts.store = self.store = Ram(cells=self.store.cells)
        self.store.deaf = is_deaf
        parts.clock = self.chip
        parts.pulse_output = Output()
        parts.seal = self.seal
        parts.tariff_inputs = self.inputs
        parts.pulse_input = self.pulses
        parts.supply = self.supply
        parts.has_battery = True
        parts.has_quality = False  # there are no samples
        parts.checksum = 0x0BADCAFE
        self.meter = Meter(parts, self.born, is_new)
        self.parts = parts
        self.meter.quantities = Quantities()
        if not self.has_views:
            self.meter._views = ()
            self.meter.pulse_task.window = lambda duration_ns, is_creeping: None

    def _is_up(self):
        keeper = self.meter.keeper
        return keeper.profile.is_ready and keeper.are_series_known()

    def _step_ms(self, ms, p_mw, q_mvar):
        if p_mw or q_mvar:  # the window ends just before the second that is read next
            self.source.window = Window(ms * 1_000_000, p_mw, q_mvar)
            self.delivered_pj += p_mw * ms * 1_000_000
            self.meter.step(0)
        self.chip.ms += ms
        self.meter.step(ms)
        assert self.meter.function_failures == 0
        if self.meter.is_restart_due:
            self.meter.power_fail()
            self.start()

    def run(self, seconds, watts=0, vars_=0, step_s=1):
        """Let time pass under a load."""
        while seconds > 0:
            step = min(step_s, seconds)
            self._step_ms(step * 1000, watts * 1000, vars_ * 1000)
            seconds -= step

    def run_until(self, until_s, watts=0, step_s=1):
        """Let time pass until `until_s`, whole steps from each full minute on."""
        while self.chip.now_s() < until_s:
            left = min(step_s - self.chip.now_s() % step_s, until_s - self.chip.now_s())
            self.run(left, watts, step_s=left)

    def settle(self):
        """Let what waits be stored."""
        self.run(40)

    def cut(self, off_s=0, has_warning=False):
        """Take the mains away for `off_s`; without a warning what is in RAM is lost."""
        if has_warning:
            self.meter.power_fail()
        self.chip.ms += off_s * 1000
        self.start()

    def request(self, kind, value=0):
        return self.meter.request(kind, value)

    def set_clock(self, seconds):
        return self.request(requests.SET_CLOCK, seconds)

    # What the meter remembers

    def closings(self):
        """Return the billing entries that are kept, oldest first."""
        return self._series(self.meter.keeper.billing, BillingRecord, BILLING_BYTES)

    def days(self):
        """Return the daily entries that are kept, oldest first."""
        return self._series(self.meter.keeper.days, DayRecord, DAY_BYTES)

    @staticmethod
    def _series(series, kind, size):
        found = []
        payload = bytearray(size)
        for number in range(series.oldest(), series.newest + 1):
            assert series.read(number, payload)
            record = kind()
            record.unpack(payload)
            found.append(record)
        return found

    def profile(self):
        """Return the entries of the load profile as (end_s, status, gains)."""
        profile = self.meter.keeper.profile
        entry = Entry(4)
        found = []
        for number in range(profile.oldest(), profile.log.total):
            if profile.read(number, entry):
                found.append((entry.end_s, entry.status, tuple(entry.gains_cwh)))
        return found

    def import_cwh(self):
        return self.meter.ledger.total.counts_cwh[A_PLUS]

    def check_tariffs(self):
        """The tariffs of each energy that is kept by tariff are the total, to the last count."""
        ledger = self.meter.ledger
        totals = {
            A: self.import_cwh(),
            R: ledger.total.reactive_plus_cwh(),
            A_NEGATIVE: ledger.total.counts_cwh[A_MINUS],
            R_NEGATIVE: ledger.total.reactive_minus_cwh(),
        }
        for energy in KEPT[ledger.tariffs.form]:
            found = [ledger.tariffs.count_cwh(energy, t) for t in range(1, TARIFFS + 1)]
            assert sum(found) == totals[energy]
