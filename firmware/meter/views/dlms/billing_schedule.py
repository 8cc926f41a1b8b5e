"""Class 22, single action schedule: when the clock ends billing periods, by the codes GG and HH.

Every execution is at 00:00 of the target date GG, local time; the interval HH says which months.
"""

from micropython import const

from meter.registers import billing_calendar
from meter.views.dlms import codes
from meter.views.dlms.axdr import ARRAY, OTHER, Refused
from meter.views.dlms.items import Items

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.config import Settings
    from meter.views.dlms.axdr import Reader
    from meter.views.dlms.items import Found

SCRIPT = b"\x00\x00\x0a\x00\x01\xff"  # ends a period, as number 1

_MIDNIGHT = b"\0\0\0\0"
_ANY = const(0xFF)
_MONTHS = const(12)
_LAST_TARGET = const(28)
_ONE_TIME = const(1)  # types: one execution, or several at one time of the day, with wildcards
_SAME_TIME = const(3)


def read(settings: "Settings", attribute: int) -> "Found":
    """Return an attribute."""
    if attribute == 2:
        return "s2oH", SCRIPT, 1
    months = _months(settings)
    if attribute == 3:
        return "e", _SAME_TIME if len(months) > 1 else _ONE_TIME
    day = settings.target_day

    def put(out, k):  # type: ignore[no-untyped-def]
        out.put("s2oo", _MIDNIGHT, bytes((_ANY, _ANY, months[k], day, _ANY)))

    return Items(len(months), put)


def _months(settings: "Settings") -> bytes:
    """Return the months in which a period ends; of every month only the wildcard."""
    if billing_calendar.EXTERNAL in (settings.target_day, settings.interval):
        return b""
    step, first = billing_calendar.months(settings.interval)
    return bytes((_ANY,)) if step == 1 else bytes(range(first, _MONTHS + 1, step))


def written(settings: "Settings", value: "Reader") -> "tuple[int, bytes]":
    """Return the request, kind and value, that writes the executions.

    Refused unless they are what GG and HH can say: none, or 00:00 of one day 1..28 of every month
    or of 1, 2, 4, 6, 12 months as far from each other.
    """
    n = value.count(ARRAY)
    if n > _MONTHS:
        raise Refused(OTHER)
    days, found = [], []
    for _ in range(n):
        time, date = value.get("s2oo")
        assert isinstance(time, bytes)
        assert isinstance(date, bytes)
        is_midnight = time in (_MIDNIGHT, b"\0\0\0\xff")
        if not is_midnight or len(date) != 5 or date[:2] + date[4:] != b"\xff\xff\xff":
            raise Refused(OTHER)
        days.append(date[3])
        found.append(date[2])
    value.finish()
    found.sort()
    day = days[0] if n else 0
    if n and (days != [day] * n or not 1 <= day <= _LAST_TARGET):
        raise Refused(OTHER)
    return codes.change(settings, (codes.GG, day), (codes.HH, _interval(found)))


def _interval(months: "list[int]") -> int:
    """Return the code HH of some months, in order; Refused if there is none."""
    if not months:
        return billing_calendar.EXTERNAL
    if months == [_ANY]:
        return 1
    step = _MONTHS // len(months)
    found = billing_calendar.code(step, months[0])
    if not found or months != list(range(months[0], _MONTHS + 1, step)):
        raise Refused(OTHER)
    return found
