"""The meter as a whole: what runs in which order, with what it runs on handed in.

step() measures first, stores second, shows third, and feeds the watchdog last and only if
measuring is alive. A view that raises is counted, logged and left out for a minute; it never stops
measuring.
"""

import struct

from micropython import const

from meter.errors import JournalError
from meter.ledger.booking import PACKED, Ledger
from meter.ledger.energy import A_PLUS, KINDS
from meter.metrology.quantities import Quantities
from meter.registers import events
from meter.registers.values import Values
from meter.tasks import DisplayTask, PortTask, PulseTask
from meter.views.display import Display
from meter.views.mode_a import ModeA
from meter.views.pulses import PulseTrain

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from meter.config import Settings
    from meter.journal.ring import Ring
    from meter.metrology.acquisition import Window
    from meter.metrology.calibration import Calibration
    from meter.tasks import Button, PulseOutput, Screen, Uart

    class WindowSource(Protocol):
        """Where windows come from: metrology.acquisition.Acquisition or a model."""

        @property
        def overruns(self) -> int:
            """Return how often samples were lost."""

        def poll(self) -> Window | None:
            """Return the next complete window."""

        def flush(self) -> Window | None:
            """Close the open window and return it."""

    class Clock(Protocol):
        """Time of day."""

        def now_s(self) -> int:
            """Return UTC seconds since 2000-01-01."""

        def is_valid(self) -> bool:
            """Return False if the clock has stopped meanwhile."""

    class Watchdog(Protocol):
        """Resets the processor unless fed."""

        def feed(self) -> None:
            """Start its time anew."""

    class Task(Protocol):
        """One view with its driver."""

        def step(self, elapsed_ms: int) -> None:
            """Do a bounded piece of work."""


_COMMIT_CWH = const(500)  # 5 Wh; a window adds 4.9 Wh at most, so less than 10 Wh can be lost
_RETRY_MS = const(1_000)  # after the store failed
_HOUR_S = const(3_600)
_HOURS_SIZE = const(4)
_VIEW_REST_MS = const(60_000)  # how long a view that raised stays out
_WINDOWS_A_STEP = const(4)
_ALIVE_MS = const(2_000)  # without a window for longer than this the watchdog is left to bite
_EVENTS = const(64)


class Parts:
    """What a board's build() hands over.

    source:        window source: poll() -> Window or None, flush(), overruns
    calibration:   metrology.calibration.Calibration
    journal:       journal.ring.Ring of the registers
    hours:         journal.ring.Ring of the operating time
    clock:         now_s() -> UTC seconds since 2000-01-01, is_valid()
    pulse_output:  see tasks.PulseTask
    pictures, texts, button:  see tasks.DisplayTask
    optical:       UART of the optical port, see tasks.PortTask, or None
    watchdog:      feed(), or None
    """

    source: "WindowSource"
    calibration: "Calibration"
    journal: "Ring"
    hours: "Ring"
    clock: "Clock"
    pulse_output: "PulseOutput"
    pictures: "Sequence[Screen]" = ()
    texts: "Sequence[Screen]" = ()
    button: "Button | None" = None
    optical: "Uart | None" = None
    watchdog: "Watchdog | None" = None


class _Guarded:
    """A task that may fail without stopping the meter."""

    def __init__(self, task: "Task") -> None:
        self.task = task
        self.rest_ms = 0


class Meter:
    """One meter on one board.

    parts:     Parts
    settings:  config.Settings

    quantities, ledger, values, events:  what views and tools read
    overruns:        how often samples were lost
    view_failures:   how often a view raised
    store_failures:  how often a store refused
    restored:        True if registers were found in the journal
    """

    def __init__(self, parts: Parts, settings: "Settings") -> None:
        self._parts = parts
        self.quantities = Quantities(parts.calibration)
        self.ledger = Ledger(settings.booking, settings.creep_mw)
        self.events = events.EventLog(_EVENTS)
        self.values = Values(self.ledger, self.quantities, self.events, settings)
        self.view_failures = 0
        self.store_failures = 0
        self.overruns = 0
        self._silent_ms = 0
        self._retry_ms = 0
        self._operating_ms = 0
        self._committed_s = 0
        self._record = bytearray(PACKED)
        self._hours_record = bytearray(_HOURS_SIZE)
        self._committed = [0] * len(self.ledger.scopes) * KINDS
        self.pulses = PulseTrain(
            0, settings.pulses_per_kwh, settings.pulse_ms, settings.led_when_idle
        )
        self.restored = False
        self._is_recovered = False
        self._recover()
        self._pulse_task = PulseTask(self.pulses, parts.pulse_output, self.ledger)
        self._views = self._make_views(settings)
        self.events.log(parts.clock.now_s(), events.POWER_UP, 0)
        if not parts.clock.is_valid():
            self.events.log(parts.clock.now_s(), events.CLOCK_INVALID, 0)

    def _make_views(self, settings: "Settings") -> "tuple[_Guarded, ...]":
        parts = self._parts
        systems = self.quantities.systems
        self.display = Display(self.values, systems, settings.decimals)
        views = [_Guarded(DisplayTask(self.display, parts.pictures, parts.texts, parts.button))]
        if parts.optical is not None:
            mode_a = ModeA(
                self.values,
                systems,
                settings.serial,
                settings.manufacturer,
                settings.type_code,
                settings.decimals,
            )
            views.append(_Guarded(PortTask(mode_a, parts.optical)))
        return tuple(views)

    def step(self, elapsed_ms: int) -> None:
        """Do what is due; elapsed_ms: since the last call, 0..1000.  Call every 100 ms or more."""
        self._measure(elapsed_ms)
        self._pulse_task.step()
        self._count_hours(elapsed_ms)
        self._store(elapsed_ms)
        for view in self._views:
            self._step_view(view, elapsed_ms)
        if self._parts.watchdog is not None and self._silent_ms <= _ALIVE_MS:
            self._parts.watchdog.feed()

    def finish(self) -> None:
        """Book the open window and store everything: before the supply goes away."""
        self._measure(0)
        window = self._parts.source.flush()
        if window is not None:
            self._book(window)
        if not self._is_recovered:
            self._recover()
        if self._is_recovered:
            self._commit()
            self._commit_hours()

    def _measure(self, elapsed_ms: int) -> None:
        source = self._parts.source
        self._silent_ms += elapsed_ms
        for _ in range(_WINDOWS_A_STEP):
            window = source.poll()
            if window is None:
                break
            self._silent_ms = 0
            self._book(window)
        if source.overruns != self.overruns:
            self.overruns = source.overruns
            self.events.log(self._parts.clock.now_s(), events.MEASUREMENT_ERROR, self.overruns)

    def _book(self, window: "Window") -> None:
        quantities = self.quantities
        quantities.update(window)
        self.ledger.book(quantities.window_p_mw, quantities.window_q_mvar, window.duration_ns)
        is_creeping = self.ledger.is_creeping(quantities.window_p_mw)
        self._pulse_task.window(window.duration_ns, is_creeping)

    def _count_hours(self, elapsed_ms: int) -> None:
        self._operating_ms += elapsed_ms
        if self._operating_ms >= 1000:
            self.values.operating_s += self._operating_ms // 1000
            self._operating_ms %= 1000

    def _store(self, elapsed_ms: int) -> None:
        if self._retry_ms > 0:
            self._retry_ms -= elapsed_ms
        elif not self._is_recovered:
            self._recover()
        elif self.ledger.moved_cwh(self._committed) >= _COMMIT_CWH:
            self._commit()
        elif self.values.operating_s - self._committed_s >= _HOUR_S:
            self._commit_hours()

    def _commit(self) -> None:
        self.ledger.pack_into(self._record)
        if self._append(self._parts.journal, self._record):
            self.ledger.copy_counts(self._committed)

    def _commit_hours(self) -> None:
        struct.pack_into("<I", self._hours_record, 0, self.values.operating_s)
        if self._append(self._parts.hours, self._hours_record):
            self._committed_s = self.values.operating_s

    def _append(self, ring: "Ring", record: bytearray) -> bool:
        try:
            ring.append(record, len(record))
        except (OSError, JournalError) as error:
            self._note_store_failure(error)
            return False
        return True

    def _recover(self) -> None:
        """Take up what the journal holds, on top of what was measured while it could not be read.

        Nothing is stored before: a chip that was deaf at the start must not lose to a young
        register.
        """
        try:
            has_registers = self._parts.journal.recover(self._record) == PACKED
            has_hours = self._parts.hours.recover(self._hours_record) == _HOURS_SIZE
        except OSError as error:
            self._note_store_failure(error)
            return
        if has_registers:
            self.ledger.restore(self._record)
        if has_hours:
            self._committed_s = struct.unpack_from("<I", self._hours_record, 0)[0]
            self.values.operating_s += self._committed_s
        self.pulses.rebase(self.ledger.total.exact_pj(A_PLUS))
        self.ledger.copy_counts(self._committed)
        self.restored = has_registers
        self._is_recovered = True

    def _note_store_failure(self, error: Exception) -> None:
        self.store_failures += 1
        self._retry_ms = _RETRY_MS
        if self.store_failures & (self.store_failures - 1) == 0:  # the 1st, 2nd, 4th, 8th ...
            code = error.errno if isinstance(error, OSError) else 0
            self.events.log(self._parts.clock.now_s(), events.NV_MEMORY_ERROR, code or 0)

    def _step_view(self, view: _Guarded, elapsed_ms: int) -> None:
        if view.rest_ms > 0:
            view.rest_ms -= elapsed_ms
            return
        try:
            view.task.step(elapsed_ms)
        except Exception:  # noqa: BLE001  the one place: whatever a view does, measuring goes on
            self.view_failures += 1
            view.rest_ms = _VIEW_REST_MS
            self.events.log(self._parts.clock.now_s(), events.VIEW_RESTARTED, self.view_failures)
