"""Faults of every kind on the whole virtual meter, at random, for as long as one likes.

Energy is compared with the load's own, event numbers with the faults that were injected.
"""

import random
from collections import Counter

from boards.virtual.load import Load
from boards.virtual.world import EEPROM, World
from drivers import lcd_hd44780, rtc_ds3231
from host_tests.faults import kinds
from host_tests.faults.converters import Source
from meter.config import Settings
from meter.registers import events
from meter.requests import CONNECT, DISCONNECT
from meterctl.bench.simulation import Simulation

LOAD = "L1=2A@0.8ind,L2=4A,L3=-1A"
FACTORS = (0.1, 0.2, 0.3, 0.5, 1.0, 2.0)  # of the currents, anew with every fault
MONDAY_S = 800_323_200
SPACING_S = (300, 900)  # from one fault to the next: what one has set off is over
CUT_LOSS_WH = 10  # docs/storage.md, "Loss": without warning, per register
_STARTS = 10  # of a brown-out loop
LOOP_WRITES = 10  # of one page: docs/control.md, "Watchdog", has one in three starts
_STEP_MS = 50  # while there are samples: a buffer holds 128 ms, and the bus takes time


class Campaign:
    """Runs faults one after the other.

    lost_wh:       what power cuts without warning and lost converters have cost, per register
    worst_cut_wh:  the most that one cut has cost in one register
    worst_dead_s:  the longest that a lost converter was not counted beyond the time it was dead
    worst_error_s: ... and that a converter in order was, or one whose frames were bad
    worst_writes:  of one page in one brown-out loop
    """

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.faults = kinds.table()
        self.memory = bytearray(b"\xff" * (1 << 17))
        self.world = World(Load.parse(LOAD), waveform=False, memory=self.memory, start_s=MONDAY_S)
        self.source = Source(self.world)
        self.simulation = Simulation(self.world, Settings())
        self.lost_wh = Counter()
        self.worst_cut_wh = self.worst_dead_s = self.worst_error_s = 0.0
        self.lost_cuts = self.worst_writes = 0
        self.complaints = []  # what was not as it should be, a line each
        self.converter = 0  # that the last fault was done to
        self.run(120)

    def run(self, seconds, step_ms=1000):
        """Let simulated time pass in steps."""
        end_ns = self.world.clock.now_ns() + round(seconds * 10**9)
        while self.world.clock.now_ns() < end_ns:
            self.simulation.step(step_ms)

    def run_for(self, days):
        """Inject faults until `days` have passed and a round of all kinds is complete."""
        order = []
        turn = 0
        while order or self.world.clock.now_ns() < days * 86_400 * 10**9:
            if not order:
                due = [fault for fault in self.faults if turn % fault.every == 0]
                order = self.random.sample(due, len(due))
                turn += 1
            self._inject(order.pop())
        self.run(60)

    def errors_wh(self):
        """Return {register: what is missing beside lost_wh, Wh}; ends the run."""
        self.simulation.finish()
        true, found = self.simulation.true_registers(), self.simulation.exact()
        return {code: true[code] - found[code] - self.lost_wh[code] for code in true}

    def _inject(self, fault):
        self.world.disturb(i=[self.random.choice(FACTORS) for _ in range(3)])
        self.run(10)
        before = Counter(self.heard)
        getattr(self, fault.method)(self.random.randint(1, fault.longest_s))
        self.run(self.random.randint(*SPACING_S))
        counts = Counter(self.heard)
        counts.subtract(before)
        fault.injected += 1
        is_once, is_well = self._is_logged_once(fault, counts), self._is_well()
        fault.logged_once += is_once
        fault.recovered += is_well
        if not (is_once and is_well):
            found = {event: n for event, n in counts.items() if n}
            self.complaints.append(f"{fault.name}: {found}{'' if is_well else ', not well'}")

    def _is_logged_once(self, fault, counts):
        """Return whether each of its events is there once, and no others that it may not leave."""
        wanted = set()
        for code in fault.codes:
            if isinstance(code, tuple):  # of one converter
                detail = code[1] - 1 - self.converter
                wanted.add(code[0])
                if counts[code[0], detail] != 1:
                    return False
            else:
                wanted.add(code)
                if sum(n for (found, _), n in counts.items() if found == code) != 1:
                    return False
        return {code for (code, _), n in counts.items() if n} <= wanted | fault.beside

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
            and all(abs(u_mv - 230_000) < 2_300 for u_mv in meter.quantities.u_mv)
        )

    @property
    def heard(self):
        """(number, detail) of all events that reached the log since the first start."""
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
                heard.append((code, detail))
                inner(at_s, code, detail)

            log.log = listen

    def _random_NACKs(self, seconds):  # noqa: N802  by its name in the table
        self.world.disturb(i=(6.0, 6.0, 6.0))  # so that there is something to store
        self.world.i2c.refuses = lambda address: (
            EEPROM <= address < EEPROM + 8 and self.random.random() < 0.2
        )
        failures = self.simulation.meter.keeper.failures
        self.run(max(30, seconds))
        while self.simulation.meter.keeper.failures == failures:  # taken for a write under way
            self.run(1)
        self.world.i2c.refuses = None

    def _bus_stuck(self, seconds):
        self.world.i2c.stuck = True
        self.run(max(30, seconds))
        self.world.i2c.stuck = False

    def _data_line_held(self, seconds):
        self.world.i2c.held_clocks = self.random.randint(1, 9)
        self.run(seconds)

    def _sampling_stands_still(self, seconds):
        self.world.is_frozen = True
        self.run(max(5, seconds))
        self.world.is_frozen = False

    def _with_samples(self, do, dead_s):
        """Have `do` happen to one converter, with samples from before it until it is over.

        dead_s: how long the converter cannot measure
        """
        self.converter = self.random.randrange(3)
        before, began_ns = self._cut()
        self.source.use_converters()
        self.run(1.5, _STEP_MS)
        do(self.source.converters.chips[self.converter])
        self.run(2, _STEP_MS)
        after, end_ns = self._cut()
        self.source.use_sums()
        mains = self.world.mains.registers(began_ns, end_ns)
        for code, wh in before.items():
            missing = mains[code] - (after[code] - wh)
            self.lost_wh[code] += missing
            phase = int(code.split(".")[0]) // 20 - 1
            if phase >= 0 and mains[code]:
                missing_s = missing / mains[code] * (end_ns - began_ns) / 1e9
                if phase == self.converter and dead_s:
                    self.worst_dead_s = max(self.worst_dead_s, missing_s - dead_s)
                else:
                    self.worst_error_s = max(self.worst_error_s, abs(missing_s))

    def _cut(self):
        """Have everything booked that was measured so far; return registers and time."""
        self.source.cut()
        self.simulation.meter._measure(0)
        return self.simulation.exact(), self.world.measured_ns

    def _converters_frames_bad(self, seconds):
        def spoil(chip):
            for _ in range(10 * seconds):
                chip.corrupt = self.random.randint(1, 4)
                self.run(0.1, _STEP_MS)

        self._with_samples(spoil, 0)

    def _converter_frozen(self, seconds):
        def freeze(chip):
            chip.is_still = True
            self.run(seconds, _STEP_MS)
            chip.is_still = False

        self._with_samples(freeze, seconds)

    def _converter_unplugged(self, seconds):
        def unplug(chip):
            chip.unplug()
            self.run(seconds, _STEP_MS)
            chip.plug()

        self._with_samples(unplug, seconds)

    def _converter_resets_itself(self, _):
        self._with_samples(lambda chip: chip.brown_out(), 1e-3)

    def _clock_dead(self, seconds):
        self.world.i2c.refuses = lambda address: address == rtc_ds3231.ADDRESS
        self.run(max(5, seconds))
        self.world.i2c.refuses = None

    def _display_unplugged(self, seconds):
        self.world.i2c.refuses = lambda address: address == lcd_hd44780.ADDRESS
        self.run(max(15, seconds))  # an item is shown for 10 s
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

    def _relays_contact_broken(self, seconds):
        self.world.relay.has_contact = False
        self.run(max(10, seconds))
        self.world.relay.has_contact = True

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
        self._heard.append((events.POWER_UP, 0))  # logged before there was anyone to listen
        after = self.simulation.exact()
        for code, wh in before.items():
            self.lost_wh[code] += wh - after[code]
            self.worst_cut_wh = max(self.worst_cut_wh, wh - after[code])
        self.lost_cuts += 1

    def _brown_out_loop(self, seconds):
        before = self.world.eeprom.page_writes[:]
        for _ in range(_STARTS):
            self._power_cut_without_warning(seconds)
            self.run(3)
        written = max(
            now - was for now, was in zip(self.world.eeprom.page_writes, before, strict=True)
        )
        self.worst_writes = max(self.worst_writes, written)

    def _magnet(self, seconds):
        self.world.magnet.closed = True
        self.run(max(2, seconds))  # steps of a second, and half of one to be believed
        self.world.magnet.closed = False

    def _cover_off(self, seconds):
        self.world.cover.closed = False
        self.run(max(2, seconds))
        self.world.cover.closed = True

    def table(self):
        """Return what was found as lines of a table."""
        lines = ["| fault | injected | logged once | service back |", "|---|---|---|---|"]
        for fault in self.faults:
            cells = fault.name, fault.injected, fault.logged_once, fault.recovered
            lines.append("| " + " | ".join(map(str, cells)) + " |")
        return lines
