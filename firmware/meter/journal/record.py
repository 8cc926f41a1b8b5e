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
            """Fill `buf` from `start`; OSError from the bus."""

        def write_page(self, start: int, data: "bytearray | memoryview") -> None:
            """Write within one page and wait until it is in the cells; OSError from the bus."""


OVERHEAD = const(8)  # bytes of a page that are not payload

_HEAD = const(4)
_CRC = const(4)
_HALF = const(0x80000000)
_MASK = const(0xFFFFFFFF)
_ATTEMPTS = const(3)  # readings of a page that does not check: what looks torn may be noise
_BLANK = b"\xff" * 128


class Record:
    """The record in `page`, a buffer as long as a page of the store.

    kind:  0..255
    size:  bytes of payload, 1 .. page - 8, at most 255
    """

    def __init__(self, page: memoryview, kind: int, size: int) -> None:
        largest = min(len(page) - OVERHEAD, 0xFF)
        if not 1 <= size <= largest:
            raise ValueError("payload of {} bytes: accepted: 1..{}".format(size, largest))
        self.page = page
        self.size = size
        self._crc_at = len(page) - _CRC
        self._checked = page[: self._crc_at]
        self._payload = page[_HEAD : _HEAD + size]
        self._rest = page[_HEAD + size : self._crc_at]
        self._seed = binascii.crc32(bytes((kind, size)))

    def fill(self, sequence: int, payload: "bytearray | memoryview") -> None:
        """Make the page the record of the first `size` bytes of `payload`."""
        struct.pack_into("<I", self.page, 0, sequence)
        self._payload[:] = memoryview(payload)[: self.size]
        self._rest[:] = bytes(len(self._rest))
        struct.pack_into("<I", self.page, self._crc_at, self._crc())

    def is_good(self) -> bool:
        """Return whether the page checks."""
        stored: int = struct.unpack_from("<I", self.page, self._crc_at)[0]
        return stored == self._crc()

    def is_blank(self) -> bool:
        """Return whether the page was never written: all FF."""
        return self.page == memoryview(_BLANK)[: len(self.page)]

    def load(self, store: "Store", start: int) -> bool:
        """Read the page at `start`; return whether it checks.  Raises OSError."""
        for _ in range(_ATTEMPTS):
            store.read_into(start, self.page)
            if self.is_good():
                return True
            if self.is_blank():
                break
        return False

    def keep(self, store: "Store", start: int, read_back: memoryview) -> bool:
        """Write the page to `start`; return whether it reads the same.  Raises OSError."""
        store.write_page(start, self.page)
        store.read_into(start, read_back)
        return read_back == self.page

    def sequence(self) -> int:
        """Return the sequence number, 0..2**32 - 1; meaningful if the page checks."""
        number: int = struct.unpack_from("<I", self.page, 0)[0]
        return number

    def copy_payload(self, into: "bytearray | memoryview") -> None:
        """Copy the payload to the first `size` bytes of `into`."""
        memoryview(into)[: self.size] = self._payload

    def _crc(self) -> int:
        return binascii.crc32(self._checked, self._seed)


def is_newer(sequence: int, other: int) -> bool:
    """Return whether `sequence` comes after `other`, up to half the circle ahead of it."""
    return 0 < (sequence - other & _MASK) < _HALF


def following(sequence: int) -> int:
    """Return the next sequence number."""
    return sequence + 1 & _MASK
