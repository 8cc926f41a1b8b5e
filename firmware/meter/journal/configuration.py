"""What was configured: two copies of each object, replaced as a whole.

A payload is version u8, length u16, object; in its last bytes stands the change that is to be
logged with it, so that object and change are stored together: number u24 of the entry in the log
of legal changes plus 1, time u32, old i32, new i32.  Which version a program knows stands in
KINDS.
"""

import struct

from micropython import const

from meter.errors import ConfigError, SealError
from meter.journal import store_map
from meter.journal.series import Series
from meter.registers import lists

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from meter.journal.record import Page, Store

    Change = tuple[int, int, int, int]
    Row = tuple[str, tuple[int, int, int, int], int, int, bool]

_HEAD = "<BH"
_HEAD_SIZE = const(3)
_CHANGE = "<HBIii"
_CHANGE_SIZE = const(15)
_COPIES = const(2)

SETTINGS = const(0)
CALIBRATION = const(1)
TARIFF_PLAN = const(2)
DISPLAY_LISTS = const(3)
KEYS = const(4)
CONTROL = const(5)
PASSIVE_PLAN = const(6)

# name, region, pages of a copy, version, whether it is legal: stored with the seal open only
KINDS = (
    ("settings", store_map.SETTINGS, 1, 1, True),
    ("calibration", store_map.CALIBRATION, 3, 1, True),
    ("tariff plan", store_map.TARIFF_PLAN, 3, 1, False),
    ("display lists", store_map.DISPLAY_LISTS, 1, 3, False),
    ("keys", store_map.KEYS, 2, 1, False),
    ("control", store_map.CONTROL, 1, 1, False),
    ("passive plan", store_map.PASSIVE_PLAN, 3, 1, False),
)
MIGRATIONS = {(DISPLAY_LISTS, 2): lists.from_version_2}
LOGGED = (SETTINGS, CALIBRATION, CONTROL)  # saved with the change that is to be logged


class Configuration:
    """The configuration on a store.

    store:         driver, see record.Store
    page:          record.Page, which may be lent to others
    is_seal_open:  callable
    kinds:         rows as of KINDS
    migrations:    {(kind, version): callable(object) -> object of the next version}

    refused:       copies that were there, but not of a known version
    """

    def __init__(
        self,
        store: "Store",
        page: "Page",
        is_seal_open: "Callable[[], bool]",
        kinds: "Sequence[Row]" = KINDS,
        migrations: "dict[tuple[int, int], Callable[[bytes], bytes]] | None" = None,
    ) -> None:
        self.refused = 0
        self._store = store
        self._page = page
        self._is_seal_open = is_seal_open
        self._kinds = kinds
        self._migrations = MIGRATIONS if migrations is None else migrations
        self._series: list[Series | None] = [None] * len(kinds)

    def load(self, kind: int) -> "bytes | None":
        """Return the object of `kind` in force, as of today's version; None if there is none.

        Raises OSError.
        """
        return self._load(kind, bytearray(self._searched(kind).size))

    def change(self, kind: int) -> "Change | None":
        """Return (number, at_s, old, new) that was saved with the object in force, None if none.

        Raises OSError.
        """
        payload = bytearray(self._searched(kind).size)
        if self._load(kind, payload) is None:
            return None
        at = len(payload) - _CHANGE_SIZE
        low, high, at_s, old, new = struct.unpack_from(_CHANGE, payload, at)
        number = low | high << 16
        has_room = _HEAD_SIZE + struct.unpack_from(_HEAD, payload, 0)[1] <= at
        return (number - 1, at_s, old, new) if number and has_room else None

    def save(self, kind: int, data: bytes, change: "Change | None" = None) -> None:
        """Replace the object of `kind`; the one in force stands until the new one does.

        change:  (number, at_s, old, new): what is to be logged once it is stored

        ConfigError if it is too long, SealError if it is legal and the seal closed; OSError,
        JournalError.
        """
        name, _, _, version, is_legal = self._kinds[kind]
        if is_legal and not self._is_seal_open():
            raise SealError(name, "change", "with the seal open")
        largest = self._searched(kind).size - _HEAD_SIZE - (_CHANGE_SIZE if change else 0)
        if len(data) > largest:
            raise ConfigError(name, "{} bytes".format(len(data)), "0..{}".format(largest))
        self.load(kind)  # so that the copy in force is the one that stays
        series = self._searched(kind)
        payload = bytearray(series.size)
        struct.pack_into(_HEAD, payload, 0, version, len(data))
        payload[_HEAD_SIZE : _HEAD_SIZE + len(data)] = data
        if change is not None:
            number = change[0] + 1
            at = len(payload) - _CHANGE_SIZE
            struct.pack_into(_CHANGE, payload, at, number & 0xFFFF, number >> 16, *change[1:])
        series.append(payload)

    def _load(self, kind: int, payload: bytearray) -> "bytes | None":
        """Read what is in force of `kind` to `payload`; return its object, None if none is."""
        series = self._searched(kind)
        for _ in range(_COPIES):
            if series.newest == 0:
                return None
            if series.read(series.newest, payload):
                found = self._understood(kind, payload)
                if found is not None:
                    return found
                self.refused += 1
            series.fall_back()
        return None

    def _searched(self, kind: int) -> Series:
        series = self._series[kind]
        if series is None:
            series = Series(
                self._store, self._kinds[kind][1], self._kinds[kind][2], self._page
            )
            while not series.search(_COPIES):
                pass
            self._series[kind] = series
        return series

    def _understood(self, kind: int, payload: bytearray) -> "bytes | None":
        """Return the object in `payload`, migrated to today's version; None if it is not known."""
        version, length = struct.unpack_from(_HEAD, payload, 0)
        data = bytes(payload[_HEAD_SIZE : _HEAD_SIZE + length])
        while version != self._kinds[kind][3]:
            migrate = self._migrations.get((kind, version))
            if migrate is None:
                return None
            data = migrate(data)
            version += 1
        return data if length <= len(payload) - _HEAD_SIZE else None
