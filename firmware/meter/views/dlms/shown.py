"""The lists as profiles: which values mode A reads out, and which the display shows.

Attribute 3 names the values and is written as a whole; attribute 2 is one row, of what they are
now.  A value goes by class, logical name and attribute 2 of its row of the register table; the
data index tells apart what is shown of one row: 0 the value, 1 its date, 2 its hour, 3 the value
with the resolution of the test.
"""

from micropython import const

from meter.errors import ConfigError
from meter.registers import digits, lists, table
from meter.views.dlms import times
from meter.views.dlms.axdr import ARRAY, OTHER, STRUCTURE, Refused
from meter.views.dlms.items import Items

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter.views.dlms.axdr import Encoder, Reader
    from meter.views.dlms.items import Found
    from meter.views.dlms.objects import Objects

_NOT_SORTED = ("s4HobH", 0, b"\0\0\0\0\0\0", 0, 0)
_FIRST_IN_FIRST_OUT = const(1)
_DATE = const(1)
_HOUR = const(2)
_TEST = const(3)
_STAMPS = (digits.DATE, digits.HOUR, digits.CLOCK)


def read(objects: "Objects", which: int, attribute: int) -> "Found":
    """Return attribute 2..8 of list `which`; objects: objects.Objects."""
    items = objects.lists.items[which]
    if attribute == 2:
        return Items(1, lambda out, k: _put(out, objects, items, k), len(items) + 1)
    if attribute == 3:
        return Items(len(items), lambda out, k: _put_object(out, items[k]))
    if attribute == 6:
        return _NOT_SORTED
    if attribute == 5:
        return "e", _FIRST_IN_FIRST_OUT
    return "I", 0 if attribute == 4 else 1  # no period; the one row is always there


def written(objects: "Objects", which: int, value: "Reader") -> bytes:
    """Return the packed lists with `which` as attribute 3 in `value` says; Refused."""
    view = table.MODEA if which == lists.READ_OUT else table.LCD
    keys = objects.values.keys(view)
    found = [_item(value, keys) for _ in range(value.count(ARRAY))]
    value.finish()
    items = list(objects.lists.items)
    items[which] = found
    try:
        objects.lists.check(items)
    except ConfigError:
        raise Refused(OTHER) from None
    return lists.pack(items)


def _put(out: "Encoder", objects: "Objects", items: "Sequence[int]", k: int) -> None:
    """Encode the head of the row, or its k-th value."""
    if k == 0:
        out.head(STRUCTURE, len(items))
        return
    key = items[k - 1] & ~lists.TEST_RESOLUTION
    if table.row(key).form in _STAMPS:
        local_s = objects.values.value(key)
        out.put("o", times.shown(local_s) if local_s else times.NOWHERE)
        return
    found = objects.row(key, 2)
    assert isinstance(found, tuple)
    out.put(*found)  # type: ignore[arg-type]


def _index(item: int) -> int:
    form = table.row(item & ~lists.TEST_RESOLUTION).form
    if item & lists.TEST_RESOLUTION:
        return _TEST
    return _DATE if form == digits.DATE else _HOUR if form == digits.HOUR else 0


def _name(key: int) -> bytes:
    a, c, d, e = table.code(key)
    return bytes((a, 0, c, d, e, 255))


def _put_object(out: "Encoder", item: int) -> None:
    key = item & ~lists.TEST_RESOLUTION
    out.put("s4HobH", table.row(key).cosem_class, _name(key), 2, _index(item))


def _item(value: "Reader", keys: "tuple[int, ...]") -> int:
    """Read an item; Refused if no key of `keys` is meant."""
    class_id, name, attribute, index = value.get("s4HobH")
    for key in keys:
        if attribute != 2 or name != _name(key) or class_id != table.row(key).cosem_class:
            continue
        for item in (key, key | lists.TEST_RESOLUTION):
            if _index(item) == index:
                return item
    raise Refused(OTHER)
