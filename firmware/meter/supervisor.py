"""The meter as a whole: what runs in which order, with what it runs on handed in.

step() reads the clock, measures, stores, shows and takes what views ask for, and feeds the
watchdog last and only if measuring, booking and storing are alive. A function or a view that
raises is counted, logged and left out for a minute; it never stops measuring.
"""

from micropython import const

from meter import assembly
from meter.calendar.clock import Clock, NoChip
from meter.control.vitals import LEDGER, SAMPLING, Vitals
from meter.functions.configure import Configure
from meter.functions.function import STEP, WINDOW, Functions
from meter.functions.timekeeping import TimeKeeper
from meter.journal.keeper import Keeper
from meter.ledger.booking import THREE_WIRE, Ledger
from meter.ledger.energy import A_PLUS
from meter.metrology.acquisition import FLAG_OVERRANGE, FLAG_OVERRANGE_U
from meter.metrology.quantities import Quantities
from meter.registers import events
from meter.registers.billed import Billed
from meter.registers.lists import Lists
from meter.registers.status import Status
from meter.registers.values import Values
from meter.requests import Requests
from meter.tasks import FIRST, Guarded, PulseTask
from meter.views.pulses import PulseTrain

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.calendar.tariff_source import TariffSource
    from meter.config import Settings
    from meter.control.breaker import Breaker
    from meter.control.load_control import LoadControl
    from meter.control.tamper import Tamper
    from meter.metrology.acquisition import Window
    from meter.parts import Parts
    from meter.quality.watch import VoltageWatch
    from meter.tasks import Attendant
    from meter.views.display import Display


_WINDOWS_A_STEP = const(8)  # of the shortest, 150 ms, more than a step of a second brings


class Meter:
    """One meter on one board.

    parts:     Parts
    settings:  config.Settings of a meter that has none on its store
    is_new:    True: they take the place of what is on the store

    settings:        in force
    quantities, ledger, values, events, clock:  what views and tools read
    requests:        how views ask for changes, see requests.Requests
    functions:       function.Functions, in the order of assembly.functions()
    keeper:          what is stored, and how often the store refused
    overruns:        how often samples were lost
    load_control:    control.load_control.LoadControl, with limiter and prepayment
    breaker:         control.breaker.Breaker, None on a meter without one
    tamper, quality: control.tamper.Tamper, quality.watch.VoltageWatch or None
    vitals:          control.vitals.Vitals
    view_failures, function_failures:  how often a view, a function raised
    """

    attendant: "Attendant"
    tariffs: "TariffSource"
    display: "Display"
    load_control: "LoadControl"
    tamper: "Tamper"
    quality: "VoltageWatch | None" = None

    def __init__(self, parts: "Parts", settings: "Settings", is_new: bool = False) -> None:
        self._parts = parts
        self._configure = Configure(parts.store, settings, is_new, self.is_seal_open)
        if self._configure.settings.pulse_ms != settings.pulse_ms:  # a board knows those given
            parts.pulse_output.set_pulse_ms(self._configure.settings.pulse_ms)
        self.settings = settings = self._configure.settings
        is_three_wire = settings.booking == THREE_WIRE
        self.quantities = Quantities(parts.calibration, settings.systems, is_three_wire)
        self.ledger = Ledger(
            settings.booking, settings.creep_mw, settings.energies, settings.tariffs
        )
        chip = parts.clock if settings.has_clock else NoChip()
        self.clock = Clock(chip, settings.clock_limit_s)
        self.requests = Requests()
        self.keeper = Keeper(
            parts.store,
            parts.fram,
            self.ledger,
            self.clock.now_s,
            self._configure.may_store_legal,
            settings.channels,
            settings.period_min,
        )
        self.events = self.keeper.events
        self._configure.serve(self.requests, self.keeper, self.clock.now_s)
        self.billed = Billed(settings)
        self.status = Status()
        self.values = Values(
            self.ledger,
            self.quantities,
            self.events,
            settings,
            self.billed,
            self.clock,
            self.status,
            parts.checksum,
        )
        self.breaker: Breaker | None = None
        self.view_failures = self.function_failures = self.overruns = 0
        self.vitals = Vitals(parts.watchdog, parts.memory)
        self._overrange = 0
        self._is_down = False
        self.pulses = PulseTrain(
            0, settings.pulses_per_kwh, settings.pulse_ms, settings.led_when_idle == 1
        )
        self._has_pulses = False
        if self._configure.is_known:
            self.keeper.recover()
        self._follow_recovery()
        self.pulse_task = PulseTask(self.pulses, parts.pulse_output, self.ledger)
        self.lists = Lists(self.values)
        made = assembly.functions(self, parts, settings)
        self.functions = Functions(made, self._function_failed)
        self._time = TimeKeeper(
            self.clock,
            self.keeper,
            self.events,
            self.functions,
            self.requests,
            self.billed.zone,
            self.status,
            self.is_seal_open,
        )
        views = assembly.views(self, parts, settings)
        self._views = tuple([Guarded(view) for view in views])
        assembly.log_start(self, parts)

    def is_seal_open(self) -> bool:
        """Return whether the verification seal is broken; no protocol can make it so."""
        seal = self._parts.seal
        return seal is not None and not seal.is_closed()

    def step(self, elapsed_ms: int) -> None:
        """Do what is due; elapsed_ms: since the last call, 0..1000.  Call every 100 ms or more."""
        if self._is_supply_failing():
            self.power_fail()
            self._time.wait(elapsed_ms)
            self.tamper.step_unpowered(elapsed_ms)
            if self._parts.has_battery and self.settings.has_battery:
                self.display.has_mains = False
                self._note_failure(self._views[0].step(elapsed_ms))
            self.vitals.feed()
            return
        if self._is_down:
            self._is_down = False
            self._log(events.POWER_UP, events.WITHOUT_RESTART)
            self.keeper.note_power_up()
        self.display.has_mains = True
        self.vitals.pass_time(elapsed_ms)
        self._time.step(elapsed_ms)
        self._measure(elapsed_ms)
        self.pulse_task.step()
        self.ledger.pass_time(elapsed_ms)
        self.functions.call(STEP, elapsed_ms)
        self._configure.step(elapsed_ms)
        if self._configure.is_known:
            self.keeper.step(elapsed_ms)
        else:
            self._configure.ask_again(elapsed_ms)
        self.vitals.look_at_journal(self.keeper.attempts, self._configure.is_known)
        self._follow_recovery()
        self.requests.is_open = True
        for view in self._views:
            if self._is_supply_failing():
                break  # the next step has no time to lose
            self._note_failure(view.step(elapsed_ms))
        self.requests.is_open = False
        self.vitals.feed()

    @property
    def is_restart_due(self) -> bool:
        """True once the meter is to be built anew after power_fail(): settings have changed."""
        return self._configure.is_restart_due

    def restart(self) -> None:
        """Let is_restart_due become true in a moment."""
        self._configure.restart()

    def request(self, kind: int, value: "int | bytes" = 0) -> int:
        """Submit a request from outside of step(), as whoever built the meter; see requests."""
        self.requests.is_open = True
        try:
            return self.requests.submit(kind, value)
        finally:
            self.requests.is_open = False

    def _is_supply_failing(self) -> bool:
        supply = self._parts.supply
        return supply is not None and supply.is_failing()

    def power_fail(self) -> None:
        """Store everything, once per failure; until the supply is back nothing else is done."""
        if not self._is_down:
            self._is_down = True
            if self.breaker is not None:
                self.breaker.power_fail()
            self._parts.pulse_output.set_led_between(False)
            self.finish()
            self.keeper.store_events()
            self._log(events.POWER_DOWN, 0)  # the totals say so, too, if this is the end

    def finish(self) -> None:
        """Book what was measured and store the registers: before the supply goes away."""
        self._measure(0)
        window = self._parts.source.flush()
        if window is not None:
            self._book(window)
        profile = self.keeper.profile
        self.pulse_task.keep(profile.state)
        self.keeper.store_registers()
        self.pulse_task.forget(profile.state)
        self._follow_recovery()

    def _measure(self, elapsed_ms: int) -> None:
        source = self._parts.source
        for _ in range(_WINDOWS_A_STEP):
            window = source.poll()
            if window is None:
                break
            self.vitals.meet(SAMPLING)
            self._book(window)
            self.vitals.meet(LEDGER)
            self.functions.call(WINDOW, window.duration_ns)
            if not self._is_down:  # else everything is stored in a moment
                self.keeper.window()
        if self.vitals.has_fallen_silent():
            self._log(events.MEASUREMENT_ERROR, events.SILENT)
        if source.overruns != self.overruns:
            self.overruns = source.overruns
            self._log(events.MEASUREMENT_ERROR, self.overruns)
        if self._parts.faults is not None:
            fault = self._parts.faults.take_fault()
            if fault:
                self._log(events.MEASUREMENT_ERROR, fault)

    def _book(self, window: "Window") -> None:
        quantities = self.quantities
        quantities.update(window)
        self.ledger.book(quantities.window_p_mw, quantities.window_q_mvar, window.duration_ns)
        is_creeping = self.ledger.is_creeping(quantities.window_p_mw)
        self.pulse_task.window(window.duration_ns, is_creeping)
        began = window.flags & ~self._overrange
        self._overrange = window.flags
        if began & FLAG_OVERRANGE:
            self._log(events.MEASUREMENT_ERROR, events.OVERRANGE)
        if began & FLAG_OVERRANGE_U:
            self._log(events.MEASUREMENT_ERROR, events.OVERRANGE_U)

    def _function_failed(self, index: int) -> None:
        self.function_failures += 1
        self._log(events.PROGRAM_ERROR, index)

    def _log(self, code: int, detail: int) -> None:
        self.events.log(self.clock.now_s(), code, detail)

    def _follow_recovery(self) -> None:
        """Give of pulses from before the start those that were due; log how that ended."""
        registers = self.keeper.registers
        if registers.is_recovered and not self._has_pulses:
            if registers.was_orderly:
                self.events.log(registers.stored_at_s, events.POWER_DOWN, 0)
                self.keeper.note_power_up()
            self.pulses.rebase(self.ledger.total.exact_pj(A_PLUS))
            self._has_pulses = True
        if self.keeper.profile.is_ready:
            self.pulse_task.take(self.keeper.profile.state)

    def _note_failure(self, found: int) -> None:
        """Count and log what Guarded.step() found of a view."""
        if found:
            self.view_failures += 1
            if found == FIRST:
                self._log(events.VIEW_RESTARTED, self.view_failures)
