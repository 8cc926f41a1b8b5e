"""Objects of the load: disconnect control and limiter, read and written by their settings."""

from micropython import const

from meter.registers import table
from meter.registers.table import DATA
from meter.views.dlms import times
from meter.views.dlms.catalogue import DISCONNECT
from meter.views.dlms.items import Items

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.calendar.local import Zone
    from meter.control.load_control import LoadControl
    from meter.views.dlms.axdr import Reader
    from meter.views.dlms.items import Found

SCRIPTS = b"\x00\x00\x0a\x00\x6a\xff"
_NO_NAME = b"\0\0\0\0\0\0"


def disconnect(control: "LoadControl", attribute: int) -> "Found":
    """Class 70."""
    breaker = control.breaker
    assert breaker is not None
    if attribute == 2:
        return "?", int(breaker.is_connected())
    return "e", breaker.state if attribute == 3 else breaker.mode


def limiter(control: "LoadControl", zone: "Zone", attribute: int) -> "Found":
    """Class 71."""
    of = control.limiter
    if attribute == 2:
        if not of.key:
            return "s3Hob", 0, _NO_NAME, 0
        a, c, d, e = table.code(of.key)
        return "s3Hob", table.row(of.key).cosem_class, bytes((a, 0, c, d, e, 255)), 2
    if attribute == 8:
        at_s = of.activation_s
        at = times.stamp(at_s, zone) if at_s else times.NOWHERE
        return "s3HoI", of.profile_id, at, of.duration_s
    if attribute == 9:
        return Items(len(of.groups), lambda out, k: out.put("H", of.groups[k]))
    if attribute == 11:
        return "s2s2oHs2oH", SCRIPTS, of.over_action, SCRIPTS, of.under_action
    numbers = of.active, of.normal, of.emergency, of.min_over_s, of.min_under_s
    return ("?", int(of.is_emergency)) if attribute == 10 else ("I", numbers[attribute - 3])


def change(class_id: int, attribute: int, value: "Reader") -> bytes:
    """Return what the settings of the load become with an attribute, as control.settings has it.

    Written are the limiter's thresholds and durations, attributes 4 to 7, the mode of the
    disconnect control, and the filter of alarms.
    """
    if class_id == DATA:
        name, form = "alarm_filter", "I"
    elif class_id == DISCONNECT:
        name, form = "mode", "e"
    else:
        name, form = ("normal", "emergency", "min_over_s", "min_under_s")[attribute - 4], "I"
    return "{}={}".format(name, value.integer(form)).encode()
