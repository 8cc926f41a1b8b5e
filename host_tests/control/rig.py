"""A breaker on the real relay driver and the relay's model, without the rest of the meter."""

from boards.virtual.relay import Relay
from drivers.relay_bistable import RelayBistable
from meter.control.breaker import Breaker
from meter.control.settings import ControlSettings
from meter.registers.events import log_of
from meter.registers.status import Status
from meter.requests import Requests


class Kept:
    """Journal.kept.Kept without a chip; `stored` is what a power cut leaves."""

    def __init__(self, stored=None):
        self.stored = bytes(120) if stored is None else stored
        self.data = bytearray(self.stored)
        self.is_ready = True
        self.is_due = False
        self.is_refusing = False


class Keeper:
    def __init__(self, kept, logged, numbers):
        self.control = kept
        self.events = self.book = self
        self._numbers = numbers
        self._logged = logged

    def keep(self, kept):
        if kept.is_refusing:
            return False
        kept.stored = bytes(kept.data)
        kept.is_due = False
        self._logged.append(("stored", chr(kept.data[2]) if kept.data[2] else ""))
        return True

    def next_number(self, log):
        return self._numbers.get(log, 0)

    def log(self, at_s, code, detail):
        log = log_of(code)
        self._numbers[log] = self.next_number(log) + 1
        self._logged.append((code, detail))


class Quantities:
    systems = 3

    def __init__(self):
        self.i_ma = [10_000, 20_000, 5_000]
        self.flags = 0


class Configured:
    def __init__(self, **numbers):
        self.settings = ControlSettings(**numbers)


class Rig:
    """`run` lets time pass in steps of 20 ms, with a window every 200 ms."""

    def __init__(self, stored=None, relay=None, contact=True, **numbers):
        self.now_ms = 0
        self.logged = []
        self.numbers = {}  # of events in each log, all of them on the store at once
        self.kept = Kept(stored)
        self.quantities = Quantities()
        self.loaded_ma = list(self.quantities.i_ma)
        self.relay = relay or Relay(lambda: 0, lambda is_closed: None)
        self.relay._now_ns = lambda: self.now_ms * 1_000_000
        self.relay._switched = self._switched
        self.requests = Requests()
        self.requests.is_open = True
        self.status = Status()
        self.contact = contact
        self.configured = Configured(**numbers)
        self.start()

    def start(self):
        """Start the meter's program, as after a power cut."""
        self.relay.open_coil(0)
        self.relay.close_coil(0)
        self.kept.data[:] = self.kept.stored
        contact = self.relay if self.contact else None
        driver = RelayBistable(self.relay.open_coil, self.relay.close_coil, contact)
        keeper = Keeper(self.kept, self.logged, self.numbers)
        self.breaker = Breaker(
            driver, self.configured, self.quantities, keeper, lambda: 0, self.status, self.requests
        )

    def _switched(self, is_closed):
        self.quantities.i_ma[:] = self.loaded_ma if is_closed else [0, 0, 0]

    def run(self, ms, step_ms=20):
        for _ in range(0, ms, step_ms):
            self.now_ms += step_ms
            if self.now_ms % 200 < step_ms:
                self.breaker.window(200_000_000)
            self.breaker.step(step_ms)

    def put(self, state):
        """Have the breaker rest in `state`, stored so."""
        self.kept.stored = bytes([1, state]) + bytes(118)
        self.relay.is_closed_now = state == 1
        self._switched(state == 1)
        self.start()
        self.run(1000)
        self.logged.clear()

    def codes(self):
        return [code for code, _ in self.logged if code != "stored"]
