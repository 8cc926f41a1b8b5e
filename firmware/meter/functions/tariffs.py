"""The tariff in force: from the time table, the module's inputs or a command."""

from micropython import const

from meter.calendar import tariff_plan
from meter.calendar.civil import DAY_S, weekday
from meter.calendar.tariff_source import TariffSource
from meter.errors import ConfigError, JournalError
from meter.functions.function import Function
from meter.journal import configuration
from meter.ledger.energy import A_PLUS
from meter.registers import events
from meter.registers.pulse_input import Debounce
from meter.registers.status import TARIFF_COMMANDED
from meter.requests import COMMAND_TARIFF, WRITE_TARIFF_PLAN

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter.calendar.clock import Clock
    from meter.calendar.tariff_plan import TariffPlan
    from meter.config import Settings
    from meter.journal.keeper import Keeper
    from meter.ledger.booking import Ledger
    from meter.parts import Contact
    from meter.registers.billed import Billed
    from meter.registers.status import Status
    from meter.requests import Requests

_FRIDAY = const(5)
_REST_MS = const(200)  # an input is believed after ten cycles without change


class Tariffs(Function):
    """Puts the tariff in force that its source says; serves the command and new time tables.

    inputs:  Contacts of the tariff module, the lowest first

    source:  calendar.tariff_source.TariffSource
    """

    def __init__(  # noqa: PLR0913, PLR0917  everything it works with is handed in
        self,
        settings: "Settings",
        ledger: "Ledger",
        billed: "Billed",
        clock: "Clock",
        keeper: "Keeper",
        status: "Status",
        inputs: "Sequence[Contact]",
        requests: "Requests",
    ) -> None:
        self.source = TariffSource(
            settings.tariff_source, settings.tariffs, billed.zone, settings.fallback_tariff
        )
        self._tariffs = settings.tariffs
        self._ledger = ledger
        self._billed = billed
        self._clock = clock
        self._keeper = keeper
        self._status = status
        self._inputs = inputs
        self._debounces = [Debounce(_REST_MS) for _ in inputs]
        self._closed = 0  # bits of the inputs as they are believed
        self._are_plans_known = False
        self._is_plan_stored = True
        requests.serve(COMMAND_TARIFF, self._command)
        requests.serve(WRITE_TARIFF_PLAN, self._write_plan)
        self._load_plans()

    def step(self, elapsed_ms: int) -> None:
        """Look at the inputs.  Hot."""
        closed = 0
        for index in range(len(self._inputs)):
            debounce = self._debounces[index]
            debounce.step(self._inputs[index].is_closed(), elapsed_ms)
            if debounce.is_closed:
                closed |= 1 << index
        if closed != self._closed:
            self._closed = closed
            self._put_in_force()

    def second(self, now_s: int) -> None:
        """Follow the time table."""
        if not self._are_plans_known:
            self._load_plans()
        if self._clock.is_valid() and self.source.activate(now_s):
            self._is_plan_stored = False
            day = self._billed.zone.local_s(now_s) // DAY_S
            self._keeper.events.log(now_s, events.TARIFF_ACTIVATED, day)
        if not self._is_plan_stored:
            self._store_plan()
        self._put_in_force()

    def is_working_day(self, now_s: int) -> bool:
        """Return whether it is one by the time table, without one Monday to Friday.

        While the clock is invalid no day is known to be.
        """
        day = self._billed.zone.local_s(now_s) // DAY_S
        plan = self.source.active
        if plan is None:
            is_working = weekday(day) <= _FRIDAY
        else:
            is_working = plan.day_type(day) == tariff_plan.WORKING
        return is_working and self._clock.is_valid()

    def restore(self, commanded: int) -> None:
        """Take up a command that was in force before the start."""
        if commanded <= self._tariffs:
            self.source.command(commanded)
            self._put_in_force()

    def _put_in_force(self) -> None:
        """Have the tariff that now counts booked from here on."""
        now_s = self._clock.now_s()
        tariff = self.source.tariff(now_s, self._clock.is_valid(), self._closed)
        self._status.put(TARIFF_COMMANDED, self.source.commanded != 0)
        tariffs = self._ledger.tariffs
        if tariff == tariffs.active:
            return
        tariffs.active = tariff
        if self._clock.is_valid() and self._keeper.profile.is_ready:
            self._billed.demand.step(now_s, self._ledger.total.counts_cwh[A_PLUS], tariff)

    def _command(self, tariff: "int | bytes", source: int) -> int:
        """Serve COMMAND_TARIFF; returns the tariff now in force."""
        if not isinstance(tariff, int):
            raise ConfigError("commanded tariff", tariff, "a number")
        self.source.command(tariff)
        self._put_in_force()
        return self._ledger.tariffs.active

    def _write_plan(self, packed: "int | bytes", source: int) -> int:
        """Serve WRITE_TARIFF_PLAN; returns 1 if it is in force, 0 if it waits for its day."""
        if isinstance(packed, int):
            raise ConfigError("tariff plan", packed, "304 bytes")
        plan = tariff_plan.unpack(packed)
        self.source.check(plan)
        now_s = self._clock.now_s()
        today = self._billed.zone.local_s(now_s) // DAY_S
        if plan.activation_day > today or (plan.activation_day and not self._clock.is_valid()):
            self._keeper.configuration.save(configuration.PASSIVE_PLAN, packed)
            self.source.passive = plan
            return 0
        self._keeper.configuration.save(configuration.TARIFF_PLAN, packed)
        self.source.active = plan
        self._put_in_force()
        return 1

    def _store_plan(self) -> None:
        """Store the plan that has come into force; if the store refuses, the next second will."""
        try:
            if self.source.active is not None:
                packed = self.source.active.pack()
                self._keeper.configuration.save(configuration.TARIFF_PLAN, packed)
            self._is_plan_stored = True
        except (OSError, JournalError):
            pass

    def _load_plans(self) -> None:
        try:
            active = self._load(configuration.TARIFF_PLAN)
            passive = self._load(configuration.PASSIVE_PLAN)
        except OSError:  # the fallback tariff counts until the store answers
            return
        self._are_plans_known = True
        self.source.active = active
        # The copy of a plan that has become the active one stays where it is.
        if passive is None or active is None or passive.pack() != active.pack():
            self.source.passive = passive

    def _load(self, kind: int) -> "TariffPlan | None":
        packed = self._keeper.configuration.load(kind)
        if packed is None:
            return None
        try:
            plan = tariff_plan.unpack(packed)
            self.source.check(plan)
        except ConfigError:  # written by a version that had other plans, or with more tariffs
            return None
        return plan
