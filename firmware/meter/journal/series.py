"""A series of numbered entries of one or more pages; with two places it is a pair of copies A/B.

Entry k, from 1 on, stands in place k mod places, so the place being written holds none of the
`places - 1` entries that count, and every entry is found by its number.
"""

from micropython import const

from meter.errors import JournalError
from meter.journal.record import Record, is_newer

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.journal.record import Store

_ATTEMPTS = const(3)


class Series:
    """A series on a store.

    store:    driver, see record.Store
    region:   row of store_map
    pages:    of an entry, 1..8
    buffer:   bytearray of two pages, which may be lent to others

    size:     bytes of an entry
    depth:    entries that are kept
    newest:   number of the newest entry, 0 if there is none
    damaged:  places that held a page neither good nor blank when it was searched
    """

    def __init__(
        self, store: "Store", region: "tuple[int, int, int, int]", pages: int, buffer: bytearray
    ) -> None:
        first, count, kind, size = region
        view = memoryview(buffer)
        self.size = pages * size
        self.newest = 0
        self.damaged = 0
        self._store = store
        self._start = first * store.page
        self._places = count // pages
        self.depth = self._places - 1
        self._records = [Record(view[: store.page], kind + k, size) for k in range(pages)]
        self._read_back = view[store.page : 2 * store.page]
        self._last = 0  # the newest number that was ever given, to an entry that failed, too
        self._searched = 0
        self._is_searched = False

    def search(self, places: int) -> bool:
        """Look at `places` more for the newest entry; return True once all were looked at.

        Raises OSError if one could not be read, which is then looked at again.
        """
        last = min(self._searched + places, self._places)
        while self._searched < last:
            number = self._number_at(self._searched)
            if number and (self.newest == 0 or is_newer(number, self.newest)):
                self.newest = number
            self._searched += 1
        if last == self._places and not self._is_searched:
            self._last = self.newest
            self._is_searched = True
        return self._is_searched

    def oldest(self) -> int:
        """Return the number of the oldest entry that is kept, newest + 1 if there is none."""
        return max(1, self.newest - self.depth + 1)

    def append(self, payload: bytearray) -> int:
        """Store `payload`, `size` bytes, as the next entry; return its number.

        A place that does not keep it is passed over, its number stays without entry.  Raises
        OSError if the bus refuses, JournalError after three places or before search() is done.
        """
        if not self._is_searched:
            raise JournalError("append before search: the newest entry is not known")
        if len(payload) != self.size:
            raise ValueError("entry of {} bytes: accepted: {}".format(len(payload), self.size))
        number = self._last
        for _ in range(_ATTEMPTS):
            number += 1
            if self.newest and number % self._places == self.newest % self._places:
                number += 1
            if self._write(number, payload):
                self._last = self.newest = number
                return number
        raise JournalError("{} places in turn did not keep what was written".format(_ATTEMPTS))

    def read(self, number: int, payload: bytearray) -> bool:
        """Copy entry `number` to `payload`; return False if it is not there.  Raises OSError."""
        if not self.oldest() <= number <= self.newest:
            return False
        view = memoryview(payload)
        at = 0
        for k, record in enumerate(self._records):
            start = self._address(number % self._places, k)
            if not record.load(self._store, start) or record.sequence() != number:
                return False
            record.copy_payload(view[at:])
            at += record.size
        return True

    def fall_back(self) -> None:
        """Of two copies, let the other one be the newest; the next one then replaces this one."""
        self.newest = self._number_at((self.newest + 1) % self._places)

    def _number_at(self, place: int) -> int:
        """Return the number of the entry in `place`, 0 if none stands there whole."""
        number = 0
        for k, record in enumerate(self._records):
            if not record.load(self._store, self._address(place, k)):
                self.damaged += not record.is_blank()
                return 0
            if k and record.sequence() != number:
                return 0
            number = record.sequence()
        return number if number % self._places == place else 0

    def _write(self, number: int, payload: bytearray) -> bool:
        view = memoryview(payload)
        at = 0
        for k, record in enumerate(self._records):
            record.fill(number, view[at:])
            at += record.size
            address = self._address(number % self._places, k)
            if not record.keep(self._store, address, self._read_back):
                return False
        return True

    def _address(self, place: int, k: int) -> int:
        return self._start + (place * len(self._records) + k) * self._store.page
