"""A series of numbered entries of one or more pages; with two places it is a pair of copies A/B.

Entry k, from 1 on, stands in place k mod places, so the place being written holds none of the
`places - 1` entries that count, and every entry is found by its number.
"""

from micropython import const

from meter.errors import JournalError
from meter.journal import heads
from meter.journal.heads import Heads
from meter.journal.record import check_region, is_newer

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.journal.record import Page, Region, Store

_ATTEMPTS = const(3)


class Series:
    """A series on a store.

    store:    driver, see record.Store
    region:   row of store_map
    pages:    of an entry, 1..8
    page:     record.Page, which may be lent to others

    size:     bytes of an entry
    depth:    entries that are kept
    newest:   number of the newest entry, 0 if there is none
    """

    def __init__(self, store: "Store", region: "Region", pages: int, page: "Page") -> None:
        check_region(store, region)
        self._places = region[1] // pages
        self.size = pages * region[3]
        self.depth = self._places - 1
        self.newest = 0
        self._store = store
        self._region = region
        self._pages = pages
        self._page = page
        self._last = 0  # the newest number that was ever given, to an entry that failed, too
        self._heads: Heads | None = None
        self._is_searched = False

    def search(self, places: int) -> bool:
        """Look at `places` more for the newest entry; return True once it is found.

        Looking at heads.LOOKS heads counts as a place.  Raises OSError if one could not be read,
        which is then looked at again.  Cost: as of Ring.recover(), without the append.
        """
        if self._is_searched or not places:
            return self._is_searched
        if self._heads is None:
            self._heads = Heads(self._page, self._store, self._region, self._pages)
        walk = self._heads
        walk.budget = places * heads.LOOKS
        while not walk.is_done():
            if walk.budget <= 0:
                return False
            if walk.look() >= heads.EXPECTED:
                self._consider(walk)
        if walk.is_trusting and not self._is_newest_whole():
            self.newest = 0
            walk.begin(False)
            return False
        self._heads = None
        self._last = self.newest
        self._is_searched = True
        return True

    def _consider(self, walk: Heads) -> None:
        """Take the entry whose first page was just looked at for the newest one, if it is."""
        number, place = walk.sequence, walk.at - 1
        if number == 0 or number % self._places != place:
            return
        is_newest = self.newest == 0 or is_newer(number, self.newest)
        if is_newest and (walk.is_trusting or self._number_at(place) == number):
            self.newest = number

    def _is_newest_whole(self) -> bool:
        """Return whether the newest entry checks, or else the one before it, and take that."""
        for _ in range(2):
            if self.newest == 0 or self._number_at(self.newest % self._places) == self.newest:
                return True
            self.newest -= 1
        return False

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
        _, _, kind, size = self._region
        for k in range(self._pages):
            start = self._address(number % self._places, k)
            is_good = self._page.load(self._store, start, kind + k, size)
            if not is_good or self._page.sequence() != number:
                return False
            self._page.copy_payload(size, payload, k * size)
        return True

    def fall_back(self) -> None:
        """Of two copies, let the other one be the newest; the next one then replaces this one."""
        self.newest = self._number_at((self.newest + 1) % self._places)

    def _number_at(self, place: int) -> int:
        """Return the number of the entry in `place`, 0 if none stands there whole."""
        _, _, kind, size = self._region
        number = 0
        for k in range(self._pages):
            if not self._page.load(self._store, self._address(place, k), kind + k, size):
                return 0
            if k and self._page.sequence() != number:
                return 0
            number = self._page.sequence()
        return number if number % self._places == place else 0

    def _write(self, number: int, payload: bytearray) -> bool:
        _, _, kind, size = self._region
        for k in range(self._pages):
            self._page.fill(kind + k, size, number, payload, k * size)
            address = self._address(number % self._places, k)
            if not self._page.keep(self._store, address, kind + k, size):
                return False
        return True

    def _address(self, place: int, k: int) -> int:
        return (self._region[0] + place * self._pages + k) * self._store.page
