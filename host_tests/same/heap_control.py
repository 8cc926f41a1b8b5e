"""Breaker, load control, tampering, curve, limiter and vitals allocate nothing at rest."""

from meter.control.breaker import Breaker
from meter.control.curve import Curve
from meter.control.limiter import Limiter
from meter.control.load_control import LoadControl
from meter.control.prepayment import Prepayment
from meter.control.tamper import Tamper
from meter.control.vitals import LEDGER, SAMPLING, Vitals
from meter.functions.function import STEP, Functions
from meter.registers.status import Status
from meter.requests import Requests

try:
    from micropython import heap_lock, heap_unlock
except ImportError:  # CPython has no heap to lock

    def heap_lock():
        """Do nothing."""

    def heap_unlock():
        """Do nothing."""


class Kept:
    def __init__(self):
        self.data = bytearray(120)
        self.is_ready = True
        self.is_due = False


class Keeper:
    """Stores nothing, counts events."""

    def __init__(self):
        self.control = Kept()
        self.events = self
        self.alarms = self.alarm_filter = 0
        self.codes = bytearray(256)

    def keep(self, kept):
        return True

    def log(self, at_s, code, detail):
        self.codes[code] += 1


class Contact:
    def __init__(self, closed):
        self.closed = closed

    def is_closed(self):
        return self.closed


class Relay:
    """Does what it is told after 100 ms."""

    def __init__(self):
        self.left_ms = 0
        self.at = 1

    def is_busy(self):
        return self.left_ms > 0

    def move(self, position):
        self.at = position
        self.left_ms = 100
        return True

    def step(self, elapsed_ms):
        self.left_ms = max(0, self.left_ms - elapsed_ms)

    def release(self):
        self.left_ms = 0

    def position(self):
        return self.at


class Quantities:
    systems = 3
    flags = 0
    p_total_mw = 5_000_000
    i_ma = [10_000, 20_000, 5_000]


class Total:
    counts_cwh = [0] * 6


class Ledger:
    total = Total


class Values:
    def serve(self, kinds, read):
        """Take no readers."""

    def value(self, key):
        return 0


class Watchdog:
    def __init__(self):
        self.fed = 0

    def feed(self):
        self.fed += 1


def now_s():
    return 800_000_000


keeper, status, requests = Keeper(), Status(), Requests()
button, relay = Contact(False), Relay()
control = LoadControl(
    Ledger, Quantities, Values(), keeper, now_s, bool, status, button, requests
)
breaker = control.breaker = Breaker(relay, control, Quantities, keeper, now_s, status, requests)
covers = [Contact(True), Contact(True), None, Contact(False)]
tamper = Tamper(covers, keeper, now_s, status)
watchdog = Watchdog()
vitals = Vitals(watchdog, None)
functions = Functions((control, tamper, breaker), lambda index: None)


def seconds(n):
    heap_lock()
    try:
        for _ in range(10 * n):
            vitals.pass_time(100)
            breaker.window(100_000_000)
            vitals.meet(SAMPLING)
            vitals.meet(LEDGER)
            functions.call(STEP, 100)
            vitals.has_fallen_silent()
            vitals.look_at_journal(vitals._attempts + 1, True)
            vitals.feed()
    finally:
        heap_unlock()


functions.call(STEP, 100)  # takes up what is kept
seconds(60)
print("at rest", breaker.state, watchdog.fed, sum(keeper.codes))
button.closed = True
seconds(4)
button.closed = False
seconds(1)
print("pushed for 4 s", breaker.state)
covers[0].closed = False
for _ in range(6):
    functions.call(STEP, 100)
seconds(10)
print("cover off", tamper.state, status.bits, keeper.codes[40])
breaker.ask(False, 0, 1)


def pulse():
    heap_lock()  # until the transition is done, which is logged and stored
    breaker.step(50)
    heap_unlock()


def deaf():
    heap_lock()
    for _ in range(200):
        vitals.pass_time(100)
        vitals.feed()
    heap_unlock()


pulse()
print(breaker.is_moving)
for _ in range(4):
    functions.call(STEP, 100)
Quantities.i_ma = [0, 0, 0]
seconds(10)
print("open", breaker.state, relay.at, keeper.codes[62], status.bits)
deaf()
print("deaf", watchdog.fed)

curve, limiter, credit = Curve(16_000, (200, 150, 110), (10, 60, 600)), Limiter(), Prepayment()
limiter.key, limiter.normal, limiter.min_over_s = 1, 100, 5
credit.top_up(1, 1_000, 0)


def judged(n):
    trips = overs = 0
    heap_lock()
    for second in range(n):
        trips += curve.step(18_000, 1_000)
        overs += limiter.step(101, second, 1_000)
        credit.step(second, 0, True)
    heap_unlock()
    return trips, overs


trips, overs = judged(500)
print(trips, overs, credit.remaining_cwh(500))
