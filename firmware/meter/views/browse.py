"""Browsing history on the display with one button: what push leads where.

             menu: 98.1.0 billing history, 99.1.0 load profile
    short    the other one                         long   into it
             billing: the newest entry, value by value
    short    next value                            long   the entry before
             load profile: a month, then a day, then entries from the beginning of that day
    short    the month, the day before; next value, next entry      long   take it; the next day

An extra long push leads back by one, and from the menu out.  Imported at the first long push.
"""

from micropython import const

from meter.calendar import civil
from meter.registers import digits, obis, table
from meter.registers.lists import TEST_RESOLUTION
from meter.views.button import EXTRA_LONG, LONG

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Protocol

    from meter.views.display import Frame

    class History(Protocol):
        """Reader of what was stored, see functions.history.History."""

        def periods(self) -> int:
            """Return how many billing entries there are."""

        def period(self, age: int) -> list[tuple[int, int]]:
            """Return keys and values of one."""

        def entries(self) -> int:
            """Return how many entries the load profile has."""

        def newest_day(self) -> int:
            """Return the newest local day, -1 without any."""

        def first_of_day(self, day: int) -> int:
            """Return the number of a day's first entry."""

        def entry(self, number: int) -> list[tuple[int, int]]:
            """Return keys and values of one."""


_MENU = const(0)
_BILLING = const(1)
_MONTH = const(2)
_DAY = const(3)
_ENTRIES = const(4)

_CODES = ("98.1.0", "99.1.0")
_NOTHING = "NO REG"
_END = "END"
_ERROR = "ERROR"


class Browser:
    """A walk through history.

    history:          see History
    energy_decimals:  as of the display
    """

    def __init__(self, history: "History", energy_decimals: int) -> None:
        self._history = history
        self._energy_decimals = energy_decimals
        self._place = _MENU
        self._choice = 0  # of the menu
        self._age = 0  # of the billing entry
        self._day = 0
        self._number = 0  # of the profile's entry
        self._index = 0  # of the value
        self._shown: list[tuple[int, int]] = []
        self._is_bad = False

    def push(self, kind: int) -> bool:
        """Take a push; return False if it leads out."""
        self._is_bad = False
        if kind == EXTRA_LONG:
            if self._place == _MENU:
                return False
            self._place = _MENU
            return True
        try:
            self._walk(kind == LONG)
        except OSError:
            self._is_bad = True
        return True

    def _walk(self, is_long: bool) -> None:
        place = self._place
        if place == _MENU:
            self._leave_menu(is_long)
        elif place == _BILLING:
            if is_long:
                self._load(self._history.period(self._age + 1))
                self._age += 1
            elif self._shown:
                self._index = (self._index + 1) % len(self._shown)
        elif place in (_MONTH, _DAY):
            self._choose_day(is_long)
        elif is_long:
            self._day += 1
            self._enter_day()
        else:
            self._index += 1
            if self._index >= len(self._shown):
                self._number += 1
                self._load(self._history.entry(self._number))

    def _choose_day(self, is_long: bool) -> None:
        if not is_long:
            year, month, _ = civil.date(self._day)
            first = civil.days(year, month, 1) if self._place == _MONTH else self._day
            self._day = max(first - 1, 0)
        elif self._place == _MONTH:
            self._place = _DAY
        else:
            self._place = _ENTRIES
            self._enter_day()

    def _enter_day(self) -> None:
        self._number = self._history.first_of_day(self._day)
        self._load(self._history.entry(self._number))

    def _leave_menu(self, is_long: bool) -> None:
        if not is_long:
            self._choice ^= 1
        elif self._choice == 0:
            self._load(self._history.period(0))
            self._age = 0
            self._place = _BILLING
        else:
            self._day = self._history.newest_day()
            self._place = _MONTH if self._day >= 0 else _ENTRIES
            self._shown = []

    def _load(self, shown: "list[tuple[int, int]]") -> None:
        self._shown = shown
        self._index = 0

    def show(self, frame: "Frame") -> None:
        """Fill value, identification, unit and text of `frame`."""
        frame.unit = ""
        frame.identification = _CODES[self._choice]
        frame.text = "Billing" if self._choice == 0 else "Load profile"
        if self._is_bad:
            frame.value = _ERROR
        elif self._place == _MENU:
            count = self._history.periods() if self._choice == 0 else self._history.entries()
            frame.value = digits.text(count, 0, digits.COUNT)
        elif self._place in (_MONTH, _DAY):
            year, month, day = civil.date(self._day)
            frame.value = f"{year % 100:02d}.{month:02d}"
            if self._place == _DAY:
                frame.value += f".{day:02d}"
        elif self._shown:
            self._show_pair(frame)
        else:
            frame.value = _END if self._age or self._day > 0 else _NOTHING

    def _show_pair(self, frame: "Frame") -> None:
        item, value = self._shown[self._index]
        key = item & ~TEST_RESOLUTION
        if item == key:
            frame.value = table.value_text(key, value, self._energy_decimals)
        else:
            frame.value = digits.text(value, table.row(key).exponent, digits.TEST)
        frame.identification = obis.short(table.code(key))
        frame.unit = table.unit_text(key)
        frame.text = table.text(key)
