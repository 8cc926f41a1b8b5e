"""Faults of every kind on the whole virtual meter, at random, for as long as one likes.

Energy is compared with the load's own, event numbers with the faults that were injected.
"""

import random
from collections import Counter

from boards.virtual.load import Load
from boards.virtual.world import EEPROM, World
from drivers import lcd_hd44780, rtc_ds3231
from meter.config import Settings
from meter.registers import events
from meter.requests import CONNECT, DISCONNECT
from meterctl.bench.simulation import Simulation

LOAD = "L1=10A@0.8ind,L2=20A,L3=-5A"
MONDAY_S = 800_323_200
SPACING_S = (200, 400)  # from one fault to the next: what one has set off is over
CUT_LOSS_WH = 10  # docs/storage.md, "Loss": without warning, per register


class Fault:
    """One kind: what it does, for how long at most, and the events it must leave, once each."""

    def __init__(self, name, longest_s, codes):
        self.name, self.longest_s, self.codes = name, longest_s, codes
        self.injected = self.logged_once = self.recovered = 0


FAULTS = (
    Fault("random NACKs (20 %)", 120, (events.NV_MEMORY_ERROR,)),
    Fault(  # it takes store, clock and display along
        "bus stuck", 300, (events.NV_MEMORY_ERROR, events.CLOCK_INVALID, events.VIEW_RESTARTED)
    ),
    Fault("converter frozen", 120, (events.MEASUREMENT_ERROR,)),
    Fault("clock dead", 600, (events.CLOCK_INVALID,)),
    Fault("display unplugged", 600, (events.VIEW_RESTARTED,)),
    Fault(  # as it is told to open; told to close again afterwards
        "relay welded",
        120,
        (
            events.DISCONNECTED_REMOTELY,
            events.BREAKER_FAILED,
            events.BREAKER_RESTORED,
            events.CONNECTED_REMOTELY,
        ),
    ),
    Fault("noise on the optical line", 60, ()),
    Fault("noise on the module line", 60, ()),
    Fault("brown-out with warning", 60, (events.POWER_DOWN, events.POWER_UP)),
    Fault("power cut without warning", 10, (events.POWER_UP,)),
    Fault("magnet", 60, (events.FIELD_ON, events.FIELD_OFF)),
    Fault("cover off", 60, (events.TERMINAL_COVER_REMOVED, events.TERMINAL_COVER_CLOSED)),
)
# What a fault may leave beside its own events: a store that is kept waiting, a clock not read.
_BESIDE = {events.NV_MEMORY_ERROR, events.CLOCK_INVALID}


class Campaign:
    """Runs faults one after the other.

    lost_wh:       what power cuts without warning have cost, per register
    worst_cut_wh:  the most that one of them has cost in one of them
    """

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.faults = [Fault(fault.name, fault.longest_s, fault.codes) for fault in FAULTS]
        self.memory = bytearray(b"\xff" * (1 << 17))
        self.world = World(Load.parse(LOAD), waveform=False, memory=self.memory, start_s=MONDAY_S)
        self.simulation = Simulation(self.world, Settings())
        self.lost_wh = Counter()
        self.worst_cut_wh = 0.0
        self.lost_cuts = 0
        self.run(120)

    def run(self, seconds):
        """Let simulated time pass in steps of a second."""
        end_ns = self.world.clock.now_ns() + seconds * 10**9
        while self.world.clock.now_ns() < end_ns:
            self.simulation.step(1000)

    def run_for(self, days):
        """Inject faults until `days` have passed."""
        order = []
        while self.world.clock.now_ns() < days * 86_400 * 10**9:
            if not order:
                order = self.random.sample(range(len(self.faults)), len(self.faults))
            self._inject(self.faults[order.pop()])
        self.run(60)

    def errors_wh(self):
        """Return {register: what is missing beside what the cuts have cost, Wh}; ends the run."""
        self.simulation.finish()
        true, found = self.simulation.true_registers(), self.simulation.exact()
        return {code: true[code] - found[code] - self.lost_wh[code] for code in true}

    def _inject(self, fault):
        before = self._logged()
        name = fault.name.replace(" ", "_").split("_(")[0].replace("-", "_")
        getattr(self, "_" + name)(self.random.randint(2, fault.longest_s))
        self.run(self.random.randint(*SPACING_S))
        counts = Counter(self._logged())
        counts.subtract(before)
        fault.injected += 1
        others = {code for code, n in counts.items() if n and code not in fault.codes}
        is_once = all(counts[code] == 1 for code in fault.codes)
        fault.logged_once += is_once and others <= _BESIDE
        fault.recovered += self._is_well()

    def _logged(self):
        """Return how often each event was logged since the start of the program."""
        return Counter(self.codes)

    def _is_well(self):
        meter, world = self.simulation.meter, self.world
        age_s = meter.clock.now_s() - meter.keeper.registers.stored_at_s
        return (
            meter.clock.status == 0
            and not meter.breaker.is_failed
            and meter.breaker.is_connected()
            and not any(view.rest_ms > 0 for view in meter._views)
            and meter.function_failures == 0
            and abs(meter.clock.now_s() - world.rtc.seconds()) <= 1
            and age_s >= 0
        )

    @property
    def codes(self):
        """Numbers of all events that reached the log since the first start."""
        self._listen()
        return self._heard

    def _listen(self):
        if not hasattr(self, "_heard"):
            self._heard = []
            self._listened = None
        log = self.simulation.meter.events
        if self._listened is not log:
            self._listened = log
            heard, inner = self._heard, log.log

            def listen(at_s, code, detail):
                heard.append(code)
                inner(at_s, code, detail)

            log.log = listen

    def _random_NACKs(self, seconds):  # noqa: N802  by its name in the table
        self.world.i2c.refuses = lambda address: (
            EEPROM <= address < EEPROM + 8 and self.random.random() < 0.2
        )
        self.run(max(60, seconds))
        self.world.i2c.refuses = None

    def _bus_stuck(self, seconds):
        self.world.i2c.stuck = True
        self.run(max(30, seconds))
        self.world.i2c.stuck = False

    def _converter_frozen(self, seconds):
        self.world.is_frozen = True
        self.run(max(5, seconds))
        self.world.is_frozen = False

    def _clock_dead(self, seconds):
        self.world.i2c.refuses = lambda address: address == rtc_ds3231.ADDRESS
        self.run(max(5, seconds))
        self.world.i2c.refuses = None

    def _display_unplugged(self, seconds):
        self.world.i2c.refuses = lambda address: address == lcd_hd44780.ADDRESS
        self.run(max(5, seconds))
        self.world.i2c.refuses = None

    def _relay_welded(self, seconds):
        self.world.relay.is_stuck = True
        self.simulation.meter.request(DISCONNECT)
        self.run(max(10, seconds))
        self.world.relay.is_stuck = False
        while self.world.relay.is_closed_now:
            self.run(1)
        self.run(5)
        self.simulation.meter.request(CONNECT)
        self.run(5)

    def _noise_on_the_optical_line(self, seconds):
        self._noise(self.world.optical, seconds)

    def _noise_on_the_module_line(self, seconds):
        self._noise(self.world.module, seconds)

    def _noise(self, uart, seconds):
        for _ in range(seconds):
            uart.receive(self.random.randbytes(20))
            self.run(1)
        uart.transmitted()

    def _brown_out_with_warning(self, seconds):
        self.world.supply.is_low = True
        self.simulation.step(20)
        self.world.is_frozen = True
        self.run(seconds)
        self.world.is_frozen = False
        self.world.supply.is_low = False

    def _power_cut_without_warning(self, seconds):
        before = self.simulation.exact()
        self.world.is_frozen = True
        self.world.advance_to(self.world.clock.now_ns() + seconds * 10**9)
        self.world.is_frozen = False
        self.world.optical.transmitted()
        stepped = self.simulation._stepped_ms
        self.simulation = Simulation(self.world, Settings())
        self.simulation._stepped_ms = max(stepped, self.world.clock.now_ns() // 10**6)
        self._listen()
        self._heard.append(events.POWER_UP)  # logged before there was anyone to listen
        after = self.simulation.exact()
        for code, wh in before.items():
            self.lost_wh[code] += wh - after[code]
            self.worst_cut_wh = max(self.worst_cut_wh, wh - after[code])
        self.lost_cuts += 1

    def _magnet(self, seconds):
        self.world.magnet.closed = True
        self.run(seconds)
        self.world.magnet.closed = False

    def _cover_off(self, seconds):
        self.world.cover.closed = False
        self.run(seconds)
        self.world.cover.closed = True

    def table(self):
        """Return what was found as lines of a table."""
        lines = ["| fault | injected | logged once | service back |", "|---|---|---|---|"]
        for fault in self.faults:
            cells = fault.name, fault.injected, fault.logged_once, fault.recovered
            lines.append("| " + " | ".join(map(str, cells)) + " |")
        return lines
