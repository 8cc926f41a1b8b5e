"""The display of the data sheet: which value is shown when, and the fields around it.

This is the meter's side of the glass: list, timing and meaning.  How a field becomes segments or
characters is glass.py's business.
"""

from micropython import const

from meter.registers import digits, obis, table

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.registers.table import Values

TEST_RESOLUTION = const(256)  # added to the key of an energy: shown in 3.4 kWh, for verification

SCROLL_MS = const(10_000)  # data sheet, automatic shift function
RETURN_MS = const(120_000)  # ... which the display returns to after the last push of the button
SEGMENT_TEST_MS = const(2_000)  # all segments on at the start, so that a dead one is seen
REFRESH_MS = const(500)  # also half the period of what flashes

ITEMS_MAX = const(16)  # of an automatic list (data sheet)


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
        self.has_error = False
        self.is_test = True


def default_items(systems: int) -> "tuple[int, ...]":
    """Return the automatic list: the energies, the powers, voltage and current of each phase."""
    items = [
        table.ACTIVE_IMPORT,
        table.ACTIVE_EXPORT,
        table.REACTIVE_IMPORT,
        table.REACTIVE_EXPORT,
        table.ACTIVE_POWER_IMPORT,
        table.ACTIVE_POWER_EXPORT,
    ]
    for phase in range(1, systems + 1):
        items.append(table.VOLTAGE + phase)
        items.append(table.CURRENT + phase)
    return tuple(items)


class Display:
    """Steps through a list of values, by itself or at the push of the button.

    values:           reader of the register table
    systems:          measuring systems, 1..3
    energy_decimals:  0 or 1: energies in 7.0 or 6.1 kWh (data sheet, configuration 1, code A)
    items:            1..16 keys, TEST_RESOLUTION added or not; default_items() without
    present_mv:       voltage from which a phase counts as present
    cut_off_ma:       current below which a present phase flashes

    Raises ValueError for a list that cannot be shown.
    """

    def __init__(
        self,
        values: "Values",
        systems: int,
        energy_decimals: int = 0,
        items: "tuple[int, ...] | None" = None,
        present_mv: int = 160_000,
        cut_off_ma: int = 10,
    ) -> None:
        showable = values.keys(table.LCD)
        if items is None:
            items = tuple([item for item in default_items(systems) if item in showable])
        self._items = items
        if not 1 <= len(self._items) <= ITEMS_MAX:
            raise ValueError(f"display items: {len(self._items)}, accepted: 1..16")
        for item in self._items:
            if item & ~TEST_RESOLUTION not in showable:
                raise ValueError(f"display item {item}: the display has no such value")
        self.frame = Frame()
        self._values = values
        self._systems = systems
        self._energy_decimals = energy_decimals
        self._present_mv = present_mv
        self._cut_off_ma = cut_off_ma
        self._index = 0
        self._shown_ms = 0  # how long this item has been shown
        self._manual_ms = 0  # time left of the manual shift function
        self._test_ms = SEGMENT_TEST_MS
        self._fresh_ms = 0  # time left until the next refresh
        self._is_lit = False  # the bright half of what flashes

    def press(self) -> None:
        """Take a push of the button: show the next item, and stay there."""
        self._manual_ms = RETURN_MS
        self._show(self._index + 1)

    def step(self, elapsed_ms: int) -> bool:
        """Let `elapsed_ms` pass; return True if the frame has changed.

        Hot, but for the refresh twice a second and at each new item, which makes a few strings.
        """
        self._fresh_ms -= elapsed_ms
        if self._test_ms > 0:
            self._test_ms -= elapsed_ms
        elif self._manual_ms > 0:
            self._manual_ms -= elapsed_ms
            if self._manual_ms <= 0:
                self._show(0)
        else:
            self._shown_ms += elapsed_ms
            if self._shown_ms >= SCROLL_MS:
                self._show(self._index + 1)
        if self._fresh_ms > 0:
            return False
        self._fresh_ms = REFRESH_MS
        self._refresh()
        return True

    def _show(self, index: int) -> None:
        self._index = index % len(self._items)
        self._shown_ms = 0
        self._fresh_ms = 0

    def _refresh(self) -> None:
        frame = self.frame
        values = self._values
        item = self._items[self._index]
        key = item & ~TEST_RESOLUTION
        value = values.value(key)
        if item == key:
            frame.value = table.value_text(key, value, self._energy_decimals)
        else:
            frame.value = digits.text(value, table.row(key).exponent, digits.TEST)
        frame.identification = obis.short(table.code(key))
        frame.unit = table.unit_text(key)
        frame.text = table.text(key)
        self._is_lit = not self._is_lit
        for phase in range(1, self._systems + 1):
            frame.phases[phase - 1] = self._is_phase_lit(phase)
        frame.tariff = values.value(table.TARIFF)
        frame.quadrant = self._quadrant()
        frame.has_error = values.value(table.ERRORS) != 0
        frame.is_test = self._test_ms > 0

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
