"""HDLC frames of type 3: out of a stream of octets, and into one.  Source: IEC 62056-46, 6.4.

    7E | A, segmentation, length 2 | destination 1, 2, 4 | source 1 | control 1 | HCS 2
       | information | FCS 2 | 7E

A frame without information has no HCS.  7E may stand inside a frame: its length field cuts it.
"""

from micropython import const

from meter.views.dlms import octets as definition
from meter.views.dlms.fcs import GOOD, START

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Protocol

    class Check(Protocol):
        """The module octets or its twin."""

        def update(self, fcs: int, buf: "bytearray | bytes", at: int, n: int) -> int:
            """Return what `fcs` becomes with some octets."""

        def copy(
            self, source: "bytearray | bytes", at: int, n: int, target: bytearray, to: int
        ) -> None:
            """Copy `n` octets."""


FLAG = const(0x7E)
OVERHEAD = const(12)  # octets between the flags around the longest addresses
_TYPE = const(0xA)
_SEGMENTED = const(0x08)
_SHORTEST = const(7)  # both addresses of one octet, no information
_HUNTING = const(-1)
_LONGEST_ADDRESS = const(4)


class Reader:
    """Cuts frames out of what is received and checks them.

    octets:  where a frame is put, from octets[first] on; OVERHEAD octets at least lie behind it
    check:   the module octets, or a board's twin of it

    first may be changed between two frames.  After take() has found a frame, until it is called
    again:
    length:                   octets from format field to FCS
    is_cut:                   the frame is longer than `octets`; its end was checked and not kept
    address, address_octets:  destination, as it was sent; 1, 2 or 4 octets
    client:                   source, 0..127
    control, is_segmented
    info_at, info_octets:     information field, octets[info_at] on
    """

    def __init__(self, octets: bytearray, check: "Check" = definition) -> None:
        self._update = check.update
        self._copy = check.copy
        self.octets = octets
        self.first = 0
        self._at = _HUNTING
        self._fcs = 0
        self.length = 0
        self.is_cut = False
        self.address = bytearray(_LONGEST_ADDRESS)
        self.address_octets = 0
        self.client = 0
        self.control = 0
        self.is_segmented = False
        self.info_at = 0
        self.info_octets = 0

    @property
    def is_inside(self) -> bool:
        """True if part of a frame has come."""
        return self._at > 0

    def reset(self) -> None:
        """Forget a part of a frame."""
        self._at = _HUNTING

    def take(self, buf: "bytearray | bytes", at: int, n: int) -> int:
        """Take octets of buf[at:n] up to the end of a good frame; return where the next one is.

        Returns 0 if all was taken and there was no such frame.  Hot.
        """
        octets = self.octets
        first = self.first
        while at < n:
            position = self._at
            if 1 < position < self.length:
                count = min(n - at, self.length - position)
                kept = min(count, len(octets) - first - position)
                if kept > 0:
                    self._copy(buf, at, kept, octets, first + position)
                self._fcs = self._update(self._fcs, buf, at, count)
                self._at = position + count
                at += count
                continue
            octet = buf[at]
            at += 1
            if position == 1:
                self.length = length = (octets[first] & 7) << 8 | octet
                octets[first + 1] = octet
                self._fcs = self._update(START, octets, first, 2)
                self._at = 2 if length >= _SHORTEST else _HUNTING
            elif octet == FLAG:
                self._at = 0  # it may close one frame and open the next
                if position > 0 and self._is_good():
                    return at
            elif position == 0 and octet >> 4 == _TYPE:
                octets[first] = octet
                self._at = 1
            else:
                self._at = _HUNTING
        return 0

    def _is_good(self) -> bool:
        if self._fcs != GOOD:
            return False
        octets = self.octets
        first = self.first
        length = self.length
        address = self.address
        n = 1
        while not octets[first + 1 + n] & 1:
            n += 1
            if n == _LONGEST_ADDRESS + 1:
                return False
        self.address_octets = n
        at = first + 2 + n
        if n == 3 or n + 6 > length or not octets[at] & 1:
            return False  # an address of three octets; no room for the rest; a long client address
        for k in range(n):
            address[k] = octets[first + 2 + k]
        self.client = octets[at] >> 1
        self.control = octets[at + 1]
        self.is_segmented = bool(octets[first] & _SEGMENTED)
        self.is_cut = first + length > len(octets)
        self.info_at = at + 4
        self.info_octets = max(0, length - n - 8)
        if self.info_octets:
            return self._update(START, octets, first, n + 6) == GOOD
        return length == n + 6

    @property
    def upper(self) -> int:
        """Upper part of the destination, the logical device."""
        address = self.address
        if self.address_octets == _LONGEST_ADDRESS:
            return address[0] << 6 & 0x3F80 | address[1] >> 1
        return address[0] >> 1

    @property
    def lower(self) -> int:
        """Lower part of the destination, the physical device; -1 if there is none."""
        address = self.address
        if self.address_octets == _LONGEST_ADDRESS:
            return address[2] << 6 & 0x3F80 | address[3] >> 1
        return address[1] >> 1 if self.address_octets == 2 else -1


class Writer:
    """Turns a head and an information field that lies somewhere else into a frame.

    check:  as of Reader
    """

    def __init__(self, check: "Check" = definition) -> None:
        self._update = check.update
        self._copy = check.copy
        self._head = bytearray(16)  # flag to information field, with what was put before it
        self._tail = bytearray(3)
        self._tail[2] = FLAG
        self._head_octets = 0
        self._info = self._tail
        self._info_at = 0
        self._info_octets = 0
        self._next = 0
        self.total = 0

    @property
    def is_busy(self) -> bool:
        """True until all of the frame was taken."""
        return self._next < self.total

    def reset(self) -> None:
        """Drop what was not taken yet."""
        self._next = self.total = 0

    def start(self, reader: Reader, control: int, is_segmented: bool) -> None:
        """Begin a frame to the sender of the frame in `reader`, from where that was sent to."""
        head = self._head
        head[0] = FLAG
        head[1] = _TYPE << 4 | is_segmented * _SEGMENTED
        head[3] = reader.client << 1 | 1
        at = 4
        for k in range(reader.address_octets):
            head[at] = reader.address[k]
            at += 1
        head[at] = control
        self._head_octets = at + 1

    def finish(self, before: bytes, info: bytearray, at: int, n: int) -> None:
        """End the frame with the information `before` (3 octets or none) and info[at : at + n].

        `info` must stay as it is until the frame was taken.  Hot.
        """
        head = self._head
        end = self._head_octets
        is_informed = len(before) + n > 0
        length = end + 1 + len(before) + n + 2 * is_informed
        head[1] = head[1] & 0xF8 | length >> 8
        head[2] = length & 0xFF
        fcs = self._update(START, head, 1, end - 1)
        if is_informed:
            head[end] = ~fcs & 0xFF
            head[end + 1] = ~fcs >> 8 & 0xFF
            for k in range(len(before)):
                head[end + 2 + k] = before[k]
            fcs = self._update(fcs, head, end, 2 + len(before))
            end += 2 + len(before)
            fcs = self._update(fcs, info, at, n)
        self._tail[0] = ~fcs & 0xFF
        self._tail[1] = ~fcs >> 8 & 0xFF
        self._head_octets = end
        self._info = info
        self._info_at = at
        self._info_octets = n
        self._next = 0
        self.total = length + 2

    def octet(self, position: int) -> int:
        """Return the octet of the frame at `position`, 0..total - 1, flags included."""
        if position < self._head_octets:
            return self._head[position]
        position -= self._head_octets
        if position < self._info_octets:
            return self._info[self._info_at + position]
        return self._tail[position - self._info_octets]

    def take(self, buf: bytearray) -> int:
        """Fill `buf` with octets to be sent next; return how many, 0 for none.  Hot."""
        start = self._next
        n = min(len(buf), self.total - start)
        behind_info = self._head_octets + self._info_octets
        k = 0
        while k < n:
            at = start + k
            if at < self._head_octets:
                source, end = self._head, self._head_octets
            elif at < behind_info:
                source, end = self._info, behind_info
                at += self._info_at - self._head_octets
            else:
                source, end = self._tail, self.total
                at -= behind_info
            count = min(n, end - start) - k
            self._copy(source, at, count, buf, k)
            k += count
        self._next = start + n
        return n
