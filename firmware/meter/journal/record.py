"""One record: what stands on one page of the store.

    offset    bytes
    0         4      sequence number, little-endian, compared by sequence arithmetic
    4         n      payload
    4 + n     ...    zeros up to page - 4
    page - 4  4      CRC-32 (IEEE 802.3) of kind, n and everything before it, little-endian

Kind (what the payload is, and which layout) and n are one byte each and stand before the first
byte for the CRC only: where a kind is kept, and how long it is, store_map.py says.  So 120 bytes
of a 128-byte page are payload, and a record of another kind, another layout or another length
does not check.  One CRC covers all values that must agree: a page torn by a power cut is as if it
had never been begun.  Neither does a blank page check, all 00 or all FF.

All who store share one Page: it is filled, sent and read back within a call, or read and copied
from.  Who stores keeps kind and size only.
"""

import binascii
import struct

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Protocol

    class Store(Protocol):
        """Bytes at addresses, written in pages: a driver."""

        size: int
        page: int
        endurance: int

        def read_into(self, start: int, buf: "bytearray | memoryview") -> None:
            """Fill `buf` from `start`, once a write that runs has ended; OSError from the bus."""

        def write_page(self, start: int, data: "bytearray | memoryview") -> None:
            """Send `data`, within one page, and let it be written; OSError from the bus."""

    Region = tuple[int, int, int, int]


OVERHEAD = const(8)  # bytes of a page that are not payload

HEAD = const(4)  # of them, before the payload
_CRC = const(4)
_PAGE = const(128)
_HALF = const(0x80000000)
_MASK = const(0xFFFFFFFF)
_ATTEMPTS = const(3)  # readings of a page that does not check: what looks torn may be noise
_BLANK = b"\xff" * _PAGE
_ZEROS = bytes(_PAGE)


class Page:
    """A page of the store in RAM, and the record in it.

    kind and size of every call: of the record, 0..255, and bytes of its payload, 1..120.
    """

    def __init__(self) -> None:
        self._page = memoryview(bytearray(_PAGE))
        self._checked = self._page[: _PAGE - _CRC]
        self._head = bytearray(HEAD)
        self._kind = bytearray(2)

    def fill(
        self, kind: int, size: int, sequence: int, payload: "bytearray | memoryview", at: int = 0
    ) -> None:
        """Make the page the record of `size` bytes of `payload`, from `at` on."""
        page = self._page
        struct.pack_into("<I", page, 0, sequence)
        page[HEAD : HEAD + size] = memoryview(payload)[at : at + size]
        page[HEAD + size :] = memoryview(_ZEROS)[: _PAGE - HEAD - size]
        struct.pack_into("<I", page, _PAGE - _CRC, self._crc(kind, size))

    def is_good(self, kind: int, size: int) -> bool:
        """Return whether the page checks."""
        stored: int = struct.unpack_from("<I", self._page, _PAGE - _CRC)[0]
        return stored == self._crc(kind, size)

    def is_blank(self) -> bool:
        """Return whether the page was never written: all FF."""
        return self._page == _BLANK

    def read(self, store: "Store", start: int) -> None:
        """Read the page at `start`, once.  Raises OSError."""
        store.read_into(start, self._page)

    def load(self, store: "Store", start: int, kind: int, size: int) -> bool:
        """Read the page at `start`; return whether it checks.  Raises OSError."""
        for _ in range(_ATTEMPTS):
            store.read_into(start, self._page)
            if self.is_good(kind, size):
                return True
            if self.is_blank():
                break
        return False

    def peek(self, store: "Store", start: int) -> int:
        """Return the sequence number at `start`, unchecked; the page stays.  Raises OSError.

        Cost: 8 bytes on the bus.
        """
        store.read_into(start, self._head)
        number: int = struct.unpack("<I", self._head)[0]
        return number

    def send(self, store: "Store", start: int) -> None:
        """Begin to write the page to `start`.  Raises OSError."""
        store.write_page(start, self._page)

    def is_kept(self, store: "Store", start: int, kind: int, size: int, sequence: int) -> bool:
        """Return whether that record reads back from `start`.  Raises OSError."""
        self._page[0] ^= 0xFF  # what is here already is not what is read
        store.read_into(start, self._page)
        return self.is_good(kind, size) and self.sequence() == sequence

    def keep(self, store: "Store", start: int, kind: int, size: int) -> bool:
        """Write the page to `start`; return whether it reads the same.  Raises OSError."""
        sequence = self.sequence()
        self.send(store, start)
        return self.is_kept(store, start, kind, size, sequence)

    def sequence(self) -> int:
        """Return the sequence number, 0..2**32 - 1; meaningful if the page checks."""
        number: int = struct.unpack_from("<I", self._page, 0)[0]
        return number

    def copy_payload(self, size: int, into: "bytearray | memoryview", at: int = 0) -> None:
        """Copy the `size` bytes of payload to `into`, from `at` on."""
        memoryview(into)[at : at + size] = self._page[HEAD : HEAD + size]

    def _crc(self, kind: int, size: int) -> int:
        self._kind[0] = kind
        self._kind[1] = size
        return binascii.crc32(self._checked, binascii.crc32(self._kind))


def check_region(store: "Store", region: "Region") -> None:
    """ValueError unless `region`, a row of store_map, fits the store and a page."""
    first, pages, _, size = region
    last = store.size // store.page - 1
    if pages < 2 or not 0 <= first <= last + 1 - pages:
        raise ValueError(
            "{} pages from {}: accepted: two or more within 0..{}".format(pages, first, last)
        )
    if not 1 <= size <= _PAGE - OVERHEAD:
        raise ValueError("payload of {} bytes: accepted: 1..{}".format(size, _PAGE - OVERHEAD))


def is_newer(sequence: int, other: int) -> bool:
    """Return whether `sequence` comes after `other`, up to half the circle ahead of it."""
    return 0 < (sequence - other & _MASK) < _HALF


def following(sequence: int) -> int:
    """Return the next sequence number."""
    return sequence + 1 & _MASK
