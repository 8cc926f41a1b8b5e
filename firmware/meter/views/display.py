"""The display of the data sheet: which value is shown when, and the fields around it.

This is the meter's side of the glass: list, timing and meaning.  How a field becomes segments or
characters is glass.py's business.
"""

from micropython import const

from meter.registers import digits, obis, table
from meter.registers.lists import AUTOMATIC, BATTERY, MANUAL, TEST_RESOLUTION
from meter.registers.status import COVER_OPEN, DISCONNECTED, MAGNETIC_FIELD, TEST_MODE
from meter.requests import BUTTON, SHOW_TEST
from meter.views.button import EXTRA_LONG, LONG, SHORT

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.registers.lists import Lists
    from meter.registers.table import Values
    from meter.requests import Requests
    from meter.views.browse import Browser, History

SCROLL_MS = const(10_000)  # data sheet, automatic shift function
RETURN_MS = const(120_000)  # ... which the display returns to after the last push of the button
SEGMENT_TEST_MS = const(2_000)  # all segments on at the start, so that a dead one is seen
REFRESH_MS = const(500)  # also half the period of what flashes

TEST_KEYS = (
    table.ACTIVE_IMPORT,
    table.ACTIVE_EXPORT,
    table.REACTIVE_IMPORT,
    table.REACTIVE_EXPORT,
)


class Frame:
    """What the display shows at one moment; one object for the display's life.

    value:           "0036886", at most 8 digits beside point and sign
    identification:  "1.8.0"
    unit:            "kWh", or ""
    text:            "A+": the value in words, for displays that have letters
    tariff:          1..8, 0 without tariffs
    quadrant:        1..4, 0 while no phase carries current
    phases:          bytearray, 1 where L1, L2, L3 is lit at this moment: steadily when voltage and
                     current are there, every other refresh when the current is below cut-off
    has_error:       the error register is not zero
    has_tamper:      a cover is off, or there is a magnetic field
    is_disconnected:  the breaker is open
    is_test:         every segment is on
    """

    def __init__(self) -> None:
        self.value = ""
        self.identification = ""
        self.unit = ""
        self.text = ""
        self.tariff = 0
        self.quadrant = 0
        self.phases = bytearray(3)
        self.has_error = self.has_tamper = self.is_disconnected = False
        self.is_test = True


class Display:
    """Steps through the lists, by itself or at the push of the button.

    values:           reader of the register table
    systems:          measuring systems, 1..3
    lists:            registers.lists.Lists, looked at anew with every item
    requests:         requests.Requests, for the test mode
    open_history:     callable() -> browse.History, at the first long push
    energy_decimals:  0 or 1: energies in 7.0 or 6.1 kWh (data sheet, configuration 1, code A)
    present_mv:       voltage from which a phase counts as present
    cut_off_ma:       current below which a present phase flashes

    frame:            what is shown
    has_mains:        False: the battery list is shown, at a push of the button, and else nothing
    """

    def __init__(  # noqa: PLR0913, PLR0917  everything it works with is handed in
        self,
        values: "Values",
        systems: int,
        lists: "Lists",
        requests: "Requests",
        open_history: "Callable[[], History]",
        energy_decimals: int = 0,
        present_mv: int = 160_000,
        cut_off_ma: int = 10,
    ) -> None:
        self.frame = Frame()
        self.has_mains = True
        self._values = values
        self._systems = systems
        self._lists = lists
        self._requests = requests
        self._open_history = open_history
        self._energy_decimals = energy_decimals
        self._present_mv = present_mv
        self._cut_off_ma = cut_off_ma
        self._list = AUTOMATIC
        self._index = 0
        self._browser: Browser | None = None
        self._test_index = 0  # which energy the test mode follows
        self._had_mains = True
        self._shown_ms = 0  # how long this item has been shown
        self._manual_ms = 0  # time left of the manual shift function
        self._test_ms = SEGMENT_TEST_MS
        self._fresh_ms = 0  # time left until the next refresh
        self._is_lit = False  # the bright half of what flashes

    def press(self, kind: int = SHORT) -> None:
        """Take a push of the button.

        Short: the next item, and stay there.  Long: into history, see browse.  Extra long: test
        mode, and out of it; out of history.
        """
        was_manual = self._manual_ms > 0
        self._manual_ms = RETURN_MS
        self._fresh_ms = 0
        if not self.has_mains:
            self._show(BATTERY, self._index + 1 if was_manual else 0)
        elif self._is_testing():
            self._press_in_test(kind)
        elif self._browser is not None:
            if not self._browser.push(kind):
                self._browser = None
        elif kind == SHORT:
            self._show(MANUAL, self._index + 1 if was_manual else 0)
        elif kind == LONG:
            self._browse()
        else:
            self._test_index = 0
            self._requests.submit(SHOW_TEST, 1, BUTTON)

    def _browse(self) -> None:
        from meter.views.browse import Browser

        self._browser = Browser(self._open_history(), self._energy_decimals)

    def _is_testing(self) -> bool:
        return self._values.value(table.STATUS) & TEST_MODE != 0

    def _press_in_test(self, kind: int) -> None:
        """Short: follow the next energy that is registered.  Extra long: end it."""
        if kind == EXTRA_LONG:
            self._requests.submit(SHOW_TEST, 0, BUTTON)
            self._manual_ms = 0
            self._show(AUTOMATIC, 0)
            return
        showable = self._values.keys(table.LCD)
        for _ in range(len(TEST_KEYS)):
            self._test_index = (self._test_index + 1) % len(TEST_KEYS)
            if TEST_KEYS[self._test_index] in showable:
                break
        self._requests.submit(SHOW_TEST, self._test_index + 1, BUTTON)

    def step(self, elapsed_ms: int) -> bool:
        """Let `elapsed_ms` pass; return True if the frame has changed.

        Hot, but for the refresh twice a second and at each new item, which makes a few strings.
        """
        self._fresh_ms -= elapsed_ms
        if self.has_mains != self._had_mains:
            self._had_mains = self.has_mains
            self._manual_ms = 0
            self._browser = None
            self._show(AUTOMATIC if self.has_mains else BATTERY, 0)
        if self._test_ms > 0:
            self._test_ms -= elapsed_ms
        elif self._manual_ms > 0:
            self._manual_ms -= elapsed_ms
            if self._manual_ms <= 0:
                self._browser = None
                self._show(AUTOMATIC if self.has_mains else BATTERY, 0)
        else:
            self._shown_ms += elapsed_ms
            if self._shown_ms >= SCROLL_MS:
                self._show(self._list, self._index + 1)
        if self._fresh_ms > 0:
            return False
        self._fresh_ms = REFRESH_MS
        self._refresh()
        return True

    def _show(self, which: int, index: int) -> None:
        """Show an item of list `which`; where other lists are in force by now, that counts."""
        self._list = which
        self._index = index % max(len(self._lists.items[which]), 1)
        self._shown_ms = 0
        self._fresh_ms = 0

    def _refresh(self) -> None:
        frame = self.frame
        values = self._values
        items = self._lists.items[self._list]
        if not self.has_mains and (self._manual_ms <= 0 or not items):
            _clear(frame)
            return
        if self._is_testing():
            self._show_item(TEST_KEYS[self._test_index] + TEST_RESOLUTION)
        elif self._browser is not None:
            self._browser.show(frame)
        else:
            self._show_item(items[self._index % len(items)])
        self._is_lit = not self._is_lit
        for phase in range(1, self._systems + 1):
            frame.phases[phase - 1] = self._is_phase_lit(phase)
        frame.tariff = values.value(table.TARIFF)
        frame.quadrant = self._quadrant()
        frame.has_error = values.value(table.ERRORS) != 0
        bits = values.value(table.STATUS)
        frame.has_tamper = bits & (COVER_OPEN | MAGNETIC_FIELD) != 0
        frame.is_disconnected = bits & DISCONNECTED != 0
        frame.is_test = self._test_ms > 0

    def _show_item(self, item: int) -> None:
        frame = self.frame
        key = item & ~TEST_RESOLUTION
        value = self._values.value(key)
        if item == key:
            frame.value = table.value_text(key, value, self._energy_decimals)
        else:
            frame.value = digits.text(value, table.row(key).exponent, digits.TEST)
        frame.identification = obis.short(table.code(key))
        frame.unit = table.unit_text(key)
        frame.text = table.text(key)

    def _quadrant(self) -> int:
        active_mw = self._values.value(table.ACTIVE_POWER)
        capacitive_mvar = self._values.value(table.REACTIVE_POWER_EXPORT)
        if not any(self._has_current(phase) for phase in range(1, self._systems + 1)):
            return 0
        if active_mw >= 0:
            return 4 if capacitive_mvar else 1
        return 3 if capacitive_mvar else 2

    def _is_phase_lit(self, phase: int) -> bool:
        if self._values.value(table.VOLTAGE + phase) < self._present_mv:
            return False
        return self._is_lit or self._has_current(phase)

    def _has_current(self, phase: int) -> bool:
        return self._values.value(table.CURRENT + phase) >= self._cut_off_ma


def _clear(frame: Frame) -> None:
    frame.value = frame.identification = frame.unit = frame.text = ""
    frame.tariff = frame.quadrant = 0
    frame.phases[:] = b"\x00\x00\x00"
    frame.has_error = frame.has_tamper = frame.is_disconnected = frame.is_test = False
