"""Which COSEM objects this meter has, under which names, and which client may do what with them.

An object is a number, its place in the catalogue. First come the objects that are no row of the
register table, then its keys, so that nothing of the table is copied here.
"""

from micropython import const

from meter.registers import obis, table

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

# Interface classes (IEC 62056-6-2) beside those of the register table.
DEMAND = const(5)
REGISTER_ACTIVATION = const(6)
PROFILE = const(7)
CLOCK = const(8)
SCRIPTS = const(9)
SPECIAL_DAYS = const(11)
ASSOCIATION = const(15)
SAP = const(17)
LOCAL_PORT = const(19)
CALENDAR = const(20)
SCHEDULE = const(22)
HDLC = const(23)
SECURITY = const(64)
DISCONNECT = const(70)
LIMITER = const(71)
ACCOUNT = const(111)
CREDIT = const(112)
CHARGE = const(113)
GATEWAY = const(115)

# Clients, as bits of who may read.
PUBLIC = const(1)
READER = const(2)
MANAGER = const(4)

# What `of` says of objects of class 1 and 3; with those of a log or channel added.
NAME = const(0)
COUNTER = const(1)
TYPE = const(2)
STATUS = const(3)
BILLED = const(4)
ALARMS = const(5)
ALARM_FILTER = const(6)
SETTINGS = const(7)
CALIBRATION = const(8)
SHOWN = const(9)
TRIM = const(10)
CYCLES = const(11)
LOADS = const(12)
EVENT = const(16)
DETAIL = const(32)
CONSTANT = const(0)
INTERVAL = const(16)
# ... and of class 7
LOAD = const(0)
DAYS = const(1)
BILLING = const(2)
LOG = const(16)
LISTS = const(32)  # + which of registers.lists

LOG_E = b"\x00\x05\x06\x02\x07\x08\x09"  # group E of each log's profile and event code

_MOST_CHANNELS = const(4)
_SIZE = const(10)
# class, A, C, D, E, of, who reads, attributes the manager writes (bit 0 of the first byte is
# attribute 1, of the second 9), methods the manager invokes (bit 0 is method 1)
_FIXED = (
    b"\x01\x00\x2a\x00\x00\x00\x07\x00\x00\x00"  # logical device name
    b"\x11\x00\x29\x00\x00\x00\x07\x00\x00\x00"  # SAP assignment
    b"\x0f\x00\x28\x00\x00\x00\x07\x00\x00\x01"  # current association
    b"\x0f\x00\x28\x00\x01\x01\x04\x00\x00\x00"  # public client's
    b"\x0f\x00\x28\x00\x02\x02\x04\x40\x00\x00"  # reader's: its password is written
    b"\x0f\x00\x28\x00\x03\x03\x04\x00\x00\x00"  # manager's
    b"\x40\x00\x2b\x00\x00\x00\x06\x00\x00\x02"  # security setup
    b"\x01\x00\x2b\x01\x00\x01\x07\x00\x00\x00"  # invocation counter
    b"\x01\x00\x60\x01\x02\x02\x07\x00\x00\x00"  # type
    b"\x08\x00\x01\x00\x00\x00\x07\x86\x00\x3f"  # clock
    b"\x17\x00\x16\x00\x00\x00\x06\xf2\x01\x00"  # HDLC setup of the port in use
    b"\x13\x00\x14\x00\x00\x00\x06\x08\x00\x00"  # local port setup
    b"\x03\x01\x00\x03\x00\x00\x06\x00\x00\x00"  # meter constants, imp/kWh and imp/kvarh
    b"\x03\x01\x00\x03\x01\x01\x06\x00\x00\x00"
    b"\x01\x00\x60\x0a\x01\x03\x06\x00\x00\x00"  # profile status
    b"\x01\x01\x00\x01\x02\x04\x06\x00\x00\x00"  # end of the last billing period
    b"\x01\x00\x61\x62\x00\x05\x06\x02\x00\x00"  # alarm register: what is written is cleared
    b"\x01\x00\x61\x62\x0a\x06\x06\x02\x00\x00"  # alarm filter
    b"\x01\x00\x60\x3d\x00\x07\x06\x02\x00\x00"  # settings; what is written changes them
    b"\x01\x00\x60\x3d\x01\x08\x06\x02\x00\x00"  # calibration record
    b"\x01\x00\x60\x3d\x02\x09\x06\x02\x00\x00"  # the lists below, packed
    b"\x01\x00\x60\x3d\x03\x0a\x06\x02\x00\x00"  # trim of the clock chip
    b"\x01\x00\x60\x3d\x04\x0b\x06\x00\x00\x00"  # mains cycles
    b"\x01\x00\x60\x3d\x05\x0c\x06\x02\x00\x00"  # settings of the load
    b"\x07\x00\x15\x00\x00\x23\x06\x04\x00\x00"  # lists: read-out, automatic, manual, battery
    b"\x07\x00\x15\x00\x01\x20\x06\x04\x00\x00"
    b"\x07\x00\x15\x00\x02\x21\x06\x04\x00\x00"
    b"\x07\x00\x15\x00\x03\x22\x06\x04\x00\x00"
    b"\x05\x01\x01\x04\x00\x00\x06\x00\x00\x00"  # demand of A+
    b"\x07\x01\x63\x01\x00\x00\x06\x00\x00\x01"  # load profile
    b"\x07\x01\x63\x02\x00\x01\x06\x00\x00\x00"  # daily values
    b"\x07\x00\x62\x01\x00\x02\x06\x00\x00\x02"  # billing
    b"\x09\x00\x0a\x00\x01\x01\x06\x00\x00\x01"  # scripts: end of billing, tariff
    b"\x09\x00\x0a\x00\x64\x02\x06\x00\x00\x01"
    b"\x16\x00\x0f\x00\x00\x00\x06\x08\x00\x00"  # schedule of billing
    b"\x06\x00\x0e\x00\x01\x00\x06\x00\x00\x00"  # register activation by tariff
    b"\x14\x00\x0d\x00\x00\x00\x06\xc0\x03\x01"  # activity calendar
    b"\x0b\x00\x0b\x00\x00\x00\x06\x02\x00\x03"  # special days
)
_BREAKER = (
    b"\x09\x00\x0a\x00\x6a\x03\x06\x00\x00\x01"  # its scripts
    b"\x46\x00\x60\x03\x0a\x00\x06\x08\x00\x03"  # disconnect control
    b"\x47\x00\x11\x00\x00\x00\x06\xfa\x05\x00"  # limiter
    b"\x6f\x00\x13\x00\x00\x00\x06\x00\x00\x03"  # account
    b"\x70\x00\x13\x0a\x00\x00\x06\x10\x00\x01"  # credit
    b"\x71\x00\x13\x14\x00\x00\x06\x00\x00\x00"  # charge
    b"\x73\x00\x13\x28\x00\x00\x06\x00\x00\x01"  # token gateway
)

# class, version, attributes, methods
_CLASSES = (
    b"\x01\x00\x02\x00\x03\x00\x03\x01\x04\x00\x05\x01\x06\x00\x04\x03\x07\x01\x08\x02"
    b"\x08\x00\x09\x06\x09\x00\x02\x01\x0b\x00\x02\x02\x0f\x01\x09\x04\x11\x00\x02\x01"
    b"\x13\x01\x09\x00\x14\x00\x0a\x01\x16\x00\x04\x00\x17\x01\x09\x00\x40\x00\x05\x02"
    b"\x46\x00\x04\x02\x47\x00\x0b\x00\x6f\x00\x13\x03\x70\x00\x0b\x03\x71\x00\x0d\x05"
    b"\x73\x00\x06\x01\x05\x00\x09\x02"
)


# Every meter has what is fixed and its logs; of the rest channels 0..n - 1, and the breaker's.
_LOGS = b"".join(
    [
        bytes((PROFILE, 0, 99, 98, e, LOG + log, READER | MANAGER, 0, 0, 0))
        + bytes((table.DATA, 0, 96, 11, e, EVENT + log, READER | MANAGER, 0, 0, 0))
        + bytes((table.DATA, 0, 96, 11, e + 16, DETAIL + log, READER | MANAGER, 0, 0, 0))
        for log, e in enumerate(LOG_E)
    ]
)
_CHANNELS = b"".join(
    [
        bytes((table.REGISTER, 1, k + 1, 29, 0, INTERVAL + k, READER | MANAGER, 0, 0, 0))
        for k in range(_MOST_CHANNELS)
    ]
)
_ROWS = _FIXED + _BREAKER + _LOGS + _CHANNELS
_BREAKER_AT = len(_FIXED) // _SIZE
_LOGS_AT = _BREAKER_AT + len(_BREAKER) // _SIZE
_CHANNELS_AT = _LOGS_AT + len(_LOGS) // _SIZE
_NAMES = b"".join([bytes(table.code(key)) for key in range(table.KEYS)])


class Catalogue:
    """The objects of one meter.

    keys:      those of the register table that DLMS shows here
    channels:  of the load profile
    has_breaker:  whether there is something to disconnect with

    count:     objects; they are numbered 0..count - 1
    """

    def __init__(self, keys: "Sequence[int]", channels: int, has_breaker: bool) -> None:
        rows = list(range(_LOGS_AT if has_breaker else _BREAKER_AT))
        rows += range(_LOGS_AT, _CHANNELS_AT + channels)
        self._rows = bytes(rows)
        self._keys = b"".join([bytes((key >> 8, key & 0xFF)) for key in keys])
        self._fixed = len(rows)
        self.count = self._fixed + len(keys)

    def find(self, class_id: int, name: bytes) -> int:
        """Return the object of a class and a logical name of 6 bytes, -1 if there is none."""
        for index in self.named(name):
            if self.class_id(index) == class_id:
                return index
        return -1

    def named(self, name: bytes) -> "list[int]":
        """Return the objects of a logical name of 6 bytes, whatever their class.

        Cost: no loop over the objects: a client may ask for fifty that there are not.
        """
        if name[1] != 0 or name[5] != 255:
            return []
        code = bytes((name[0], name[2], name[3], name[4]))
        found = []
        for at in _places(_ROWS, code, _SIZE, 1):
            index = self._rows.find(bytes((at,)))
            if index >= 0:
                found.append(index)
        for key in _places(_NAMES, code, 4, 0):
            for at in _places(self._keys, bytes((key >> 8, key & 0xFF)), 2, 0):
                found.append(self._fixed + at)
        return found

    def key(self, index: int) -> int:
        """Return the key of the register table, -1 if the object is not one of its rows."""
        if index < self._fixed:
            return -1
        at = 2 * (index - self._fixed)
        return self._keys[at] << 8 | self._keys[at + 1]

    def class_id(self, index: int) -> int:
        """Return the interface class."""
        if index < self._fixed:
            return _ROWS[self._rows[index] * _SIZE]
        found: int = table.row(self.key(index)).cosem_class
        return found

    def of(self, index: int) -> int:
        """Return which of its class an object outside of the table is, 0 for one of the table."""
        return _ROWS[self._rows[index] * _SIZE + 5] if index < self._fixed else 0

    def code(self, index: int) -> "tuple[int, int, int, int]":
        """Return (A, C, D, E)."""
        if index >= self._fixed:
            return table.code(self.key(index))
        at = self._rows[index] * _SIZE
        a, c, d, e = _ROWS[at + 1 : at + 5]
        return a, c, d, e

    def name(self, index: int) -> bytes:
        """Return the logical name."""
        return obis.logical_name(self.code(index))

    def can_see(self, index: int, client: int) -> bool:
        """Return whether `client` knows the object at all."""
        if index < self._fixed:
            return _ROWS[self._rows[index] * _SIZE + 6] & client != 0
        if client != PUBLIC:
            return True
        row = table.row(self.key(index))  # what identifies the meter is everyone's
        is_identity: bool = row.cosem_class == table.DATA and row.keep >= table.SETTINGS
        return is_identity

    def seen(self, client: int) -> "list[int]":
        """Return the objects that `client` knows."""
        fixed = self._fixed if client != PUBLIC else self.count
        found = [index for index in range(fixed) if self.can_see(index, client)]
        return found + list(range(fixed, self.count))

    def can_read(self, index: int, attribute: int) -> bool:
        """Return whether whoever sees the object may read the attribute."""
        return is_readable(self.class_id(index), attribute)

    def rights(self, index: int, client: int) -> "tuple[int, int]":
        """Return which attributes `client` may write and which methods it may invoke, bits."""
        if client != MANAGER or index >= self._fixed:
            return 0, 0
        at = self._rows[index] * _SIZE + 7
        return _ROWS[at] | _ROWS[at + 1] << 8, _ROWS[at + 2]

    def can_write(self, index: int, attribute: int, client: int) -> bool:
        """Return whether `client` may write the attribute."""
        return self.rights(index, client)[0] >> (attribute - 1) & 1 == 1

    def can_invoke(self, index: int, method: int, client: int) -> bool:
        """Return whether `client` may invoke the method."""
        return self.rights(index, client)[1] >> (method - 1) & 1 == 1


def is_readable(class_id: int, attribute: int) -> bool:
    """Return whether an attribute of a class may be read at all: secrets nobody may."""
    if class_id == ASSOCIATION and attribute == 7:
        return False
    return class_id != LOCAL_PORT or attribute < 7


def _places(table_: bytes, part: bytes, size: int, offset: int) -> "list[int]":
    """Return which rows of `size` bytes of a table hold `part` at `offset`."""
    found = []
    at = table_.find(part)
    while at >= 0:
        if at % size == offset:
            found.append(at // size)
        at = table_.find(part, at + 1)
    return found


def shape(class_id: int) -> "tuple[int, int, int]":
    """Return (version, attributes, methods) of an interface class."""
    at = 0
    while _CLASSES[at] != class_id:
        at += 4
    return _CLASSES[at + 1], _CLASSES[at + 2], _CLASSES[at + 3]
