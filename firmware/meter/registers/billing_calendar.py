"""Billing: on which dates a billing ("debiting") period ends, and that each ends exactly once.

The target date GG and the interval HH are codes of the data sheet, configuration 2. A period is
closed at 00:00 local time, as the target date begins. With either code 00 the clock closes
nothing: closings come from outside only.
"""

import struct

from micropython import const

from meter.calendar import civil
from meter.errors import ConfigError

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.calendar.local import Zone

NEVER = 0xFFFFFFFF  # later than any instant
EXTERNAL = const(0)  # GG 00, HH 00
PACKED = const(8)

_LAST_TARGET = const(28)
_LAST_INTERVAL = const(24)
# (first code, months): the codes from there on are the same interval, beginning in January,
# February and so on.
_INTERVALS = ((13, 12), (7, 6), (4, 3), (2, 2), (1, 1))


class BillingCalendar:
    """The instants at which the clock closes a billing period.

    target_day:  GG, 1..28, or EXTERNAL
    interval:    HH, 1..24, or EXTERNAL
    zone:        local.Zone
    """

    def __init__(self, target_day: int, interval: int, zone: "Zone") -> None:
        _check("GG", target_day, 0 <= target_day <= _LAST_TARGET, "00..28")
        _check("HH", interval, 0 <= interval <= _LAST_INTERVAL, "00..24")
        self._is_external = EXTERNAL in (target_day, interval)
        self._day = target_day
        self._zone = zone
        self._months, self._first_month = months(interval)

    def next_after(self, utc_s: int) -> int:
        """Return the first closing later than `utc_s`, or NEVER."""
        if self._is_external:
            return NEVER
        year, month, _ = civil.date(self._zone.local_s(utc_s) // civil.DAY_S)
        while year <= civil.LAST_YEAR:
            if (month - self._first_month) % self._months == 0:
                local_s = civil.days(year, month, self._day) * civil.DAY_S
                closing_s = self._zone.utc_s(local_s)
                if closing_s > utc_s:
                    return closing_s
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        return NEVER

    def closings(self, after_s: int, until_s: int) -> "list[int]":
        """Return the closings later than `after_s` and not later than `until_s`, in order."""
        found = []
        closing_s = self.next_after(after_s)
        while closing_s <= until_s:
            found.append(closing_s)
            closing_s = self.next_after(closing_s)
        return found


class Billing:
    """Counts the billing periods; tells when one is due, again after any time without mains.

    calendar:  BillingCalendar
    now_s:     UTC second from which it watches the calendar, until restore() says better; NEVER
               if the clock is not valid: it watches from the first clock_set()

    periods:   billing periods closed since the meter was made
    """

    def __init__(self, calendar: BillingCalendar, now_s: int) -> None:
        self.periods = 0
        self._calendar = calendar
        self._passed_s = now_s  # no closing up to here is due any more
        self._next_s = calendar.next_after(now_s)

    def due(self, now_s: int) -> int:
        """Return the oldest closing that is due at `now_s`, or NEVER.

        The clock must be valid. Ask again after close(): several may be due.
        """
        return self._next_s if self._next_s <= now_s else NEVER

    def close(self, closing_s: int) -> None:
        """Count a period as closed at `closing_s`: what due() returned, or now, from outside."""
        self.periods += 1
        if closing_s == self._next_s:
            self._pass(closing_s)

    def clock_set(self, now_s: int) -> None:
        """Take note that the clock was set to `now_s`.

        A closing that now lies just ahead again does not come a second time. If the clock had run
        further ahead than that, the calendar is watched anew from `now_s`.
        """
        if self._passed_s > self._calendar.next_after(now_s):
            self._pass(now_s)

    def watch_from(self, now_s: int) -> None:
        """Watch the calendar anew from `now_s`; NEVER: from the first clock_set()."""
        self._pass(now_s)

    def pack_into(self, record: bytearray, at: int) -> None:
        """Write PACKED bytes from `at`."""
        struct.pack_into("<II", record, at, self.periods, self._passed_s)

    def restore(self, record: bytearray, at: int) -> None:
        """Take what pack_into() wrote; what fell due since then is due now."""
        self.periods, passed_s = struct.unpack_from("<II", record, at)
        self._pass(passed_s)

    def _pass(self, passed_s: int) -> None:
        self._passed_s = passed_s
        self._next_s = self._calendar.next_after(passed_s)


def months(interval: int) -> "tuple[int, int]":
    """Return (months from one closing to the next, month of the first one) of HH, 1..24."""
    for first_code, step in _INTERVALS:
        if interval >= first_code:
            return step, interval - first_code + 1
    return 1, 1


def code(step: int, first_month: int) -> int:
    """Return the HH of a closing every `step` months from `first_month` on, 0 if there is none."""
    for first_code, months_ in _INTERVALS:
        if step == months_ and 1 <= first_month <= step:
            return first_code + first_month - 1
    return EXTERNAL


def _check(field: str, value: int, is_good: bool, accepted: str) -> None:
    if not is_good:
        raise ConfigError(field, value, accepted)
