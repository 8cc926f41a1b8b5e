"""Objects of the load: disconnect control and limiter, read and written by their settings."""

from micropython import const

from meter.control.limiter import GROUPS
from meter.registers import table
from meter.registers.table import DATA
from meter.views.dlms import times
from meter.views.dlms.axdr import ARRAY, OTHER, Refused
from meter.views.dlms.items import Items

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.calendar.local import Zone
    from meter.control.load_control import LoadControl
    from meter.views.dlms.axdr import Reader
    from meter.views.dlms.catalogue import Catalogue
    from meter.views.dlms.items import Found

SCRIPTS = b"\x00\x00\x0a\x00\x6a\xff"
_NO_NAME = b"\0\0\0\0\0\0"
_VALUE = const(2)  # attribute of a register


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


def change(class_id: int, value: "Reader") -> bytes:
    """Return what the settings become, as control.settings has it: filter of alarms, or mode."""
    name, form = ("alarm_filter", "I") if class_id == DATA else ("mode", "e")
    return _say(name, value.integer(form))


def limit(attribute: int, value: "Reader", objects: "Catalogue", zone: "Zone") -> bytes:
    """Return what the settings become with an attribute of the limiter; Refused.

    Written are monitored value, thresholds, durations, emergency profile with its groups, actions:
    attributes 2, 4 to 9, 11.
    """
    if attribute == 2:
        return _say("key", _watched(value, objects))
    if attribute == 8:
        profile, at, duration_s = value.get("s3HTI")
        at_s = 0 if at == times.NOWHERE else times.instant(_octets(at), zone)
        said = "profile_id={},activation_s={},duration_s={}"
        return said.format(int(profile), at_s, int(duration_s)).encode()
    if attribute == 9:
        groups = [value.integer("H") for _ in range(value.count(ARRAY))]
        if len(groups) > GROUPS or 0 in groups:  # 0 is none
            raise Refused(OTHER)
        groups += [0] * (GROUPS - len(groups))
        said = ",".join(["group_{}={}".format(k + 1, groups[k]) for k in range(GROUPS)])
        return said.encode()
    if attribute == 11:
        over, over_action, under, under_action = value.get("s2s2oHs2oH")
        if over != SCRIPTS or under != SCRIPTS:
            raise Refused(OTHER)
        said = "over_action={},under_action={}"
        return said.format(int(over_action), int(under_action)).encode()
    name = ("normal", "emergency", "min_over_s", "min_under_s")[attribute - 4]
    return _say(name, value.integer("I"))


def _watched(value: "Reader", objects: "Catalogue") -> int:
    """Return the key of a monitored value, 0 of none; Refused if it is no number that is shown."""
    class_id, name, attribute = value.get("s3Hob")
    if class_id == 0 and name == _NO_NAME:
        return 0
    name = _octets(name)
    key = -1
    if class_id in (table.REGISTER, table.EXTENDED_REGISTER) and len(name) == len(_NO_NAME):
        index = objects.find(int(class_id), name)
        key = objects.key(index) if index >= 0 else -1
    if key < 0 or attribute != _VALUE:
        raise Refused(OTHER)
    return key


def _say(name: str, value: int) -> bytes:
    return "{}={}".format(name, value).encode()


def _octets(value: "int | bytes") -> bytes:
    assert isinstance(value, bytes)
    return value
