"""A log of many small entries, several to a page.

Entries come in batches of `per_page`.  A batch that grows is written to its home, page
`batch mod pages`, and to the page behind it in turn: the one written before stands until the new
one does, and the last entry lands at home.  So an odd number of entries is written at a time.
"""

from micropython import const

from meter.errors import JournalError
from meter.journal import heads
from meter.journal.heads import Heads
from meter.journal.record import check_region, is_newer

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.journal.record import Page, Region, Store

ABSENT = const(-1)

_LOOKS = const(8)
_NO_PAGE = const(-1)
_TAG_BITS = const(8)
_TAG = const(0xFF)
_USED = const(0x1F)  # of what is known of a batch: its entries; above them three bits of its lap


class Log:
    """A log on a store.

    store:    driver, see record.Store
    region:   row of store_map
    entry:    bytes of an entry
    page:     record.Page, which may be lent to others

    per_page: entries on a page
    depth:    entries that are kept at least, once there are as many
    total:    entries ever written, less than 2**24; the next one has this number
    tag:      of the newest page, 0..255
    """

    def __init__(self, store: "Store", region: "Region", entry: int, page: "Page") -> None:
        check_region(store, region)
        _, pages, _, size = region
        self.per_page = size // entry
        self.depth = (pages - 2) * self.per_page
        self.total = 0
        self.tag = 0
        self._entry = entry
        self._store = store
        self._region = region
        self._pages = pages
        self._page = page
        self._payload = bytearray(size)
        self._known = bytearray(pages)  # by home page: how many entries its batch has
        self._newest = _NO_PAGE
        self._batch = 0  # that the newest page belongs to
        self._heads: Heads | None = None
        self._is_searched = False
        self._verified = 0  # home pages that were read whole since the search
        self._cached = _NO_PAGE  # batch that is in the payload
        self._cached_end = 0
        self._cached_tag = 0

    def search(self, pages: int) -> bool:
        """Look at `pages` more for the newest one; return True once it is found.

        Looking at heads.LOOKS heads counts as a page.  Raises OSError if one could not be read,
        which is then looked at again.  Cost: 8 bytes on the bus per page, 132 more for the first,
        the newest two and the one behind, and for each with less entries than fit.
        """
        if self._is_searched or not pages:
            return self._is_searched
        if self._heads is None:
            step = self.per_page << _TAG_BITS
            self._heads = Heads(self._page, self._store, self._region, 1, step)
        walk = self._heads
        walk.budget = pages * heads.LOOKS
        while not walk.is_done():
            if walk.budget <= 0:
                return False
            if walk.look() >= heads.EXPECTED:
                self._consider(walk.at - 1, walk.sequence)
        if self._newest != _NO_PAGE:
            newest = self.total << _TAG_BITS | self.tag
            if not self._load(self._newest) or self._page.sequence() != newest:
                self._known[self._batch % self._pages] = 0
                self._find_before()
            if self._newest != _NO_PAGE:
                self._know(self._batch, self.total)
        self._heads = None
        self._is_searched = True
        return True

    def verify(self) -> bool:
        """Read one page more whole; return False if all were.  Raises OSError.

        After the last one no entry is counted that cannot be read.
        """
        while self._verified < self._pages:
            page = self._verified
            if self._known[page] and page != self._batch % self._pages:
                batch = self._batch - (self._batch - page) % self._pages
                if not self._load(page) or not self._is_of(batch):
                    self._known[page] = 0
                self._verified += 1
                return True
            self._verified += 1
        return False

    def _is_of(self, batch: int) -> bool:
        """Return whether the page that was just loaded is of `batch`."""
        return ((self._page.sequence() >> _TAG_BITS) - 1) // self.per_page == batch

    def confirm(self) -> None:
        """Look at the newest page again and again; one that does not always check is left behind.

        For a page that nobody knows to have been read back: its write may have been cut off.
        """
        for _ in range(_LOOKS):
            self._page.read(self._store, self._address(self._newest))
            if not self._page.is_good(self._region[2], self._region[3]):
                self._fall_back()
                return

    def oldest(self) -> int:
        """Return the number of the oldest entry that is kept, `total` if there is none."""
        if self._newest == _NO_PAGE:
            return self.total
        batch = self.total // self.per_page  # the next entry's: its home and the page behind it
        return max(0, (batch - self._pages + 2) * self.per_page)

    def count(self, first: int, end: int) -> int:
        """Return how many of the entries first..end - 1 are there.  Cost: no page is read."""
        found = 0
        first = max(first, self.oldest())
        for batch in range(first // self.per_page, (end - 1) // self.per_page + 1):
            start = batch * self.per_page
            found += max(0, min(self._entries(batch), end - start) - max(0, first - start))
        return found

    def nth(self, first: int, k: int) -> int:
        """Return the number of the k-th entry, from 0, that is there from `first` on, or `total`.

        Cost: no page is read.
        """
        number = max(first, self.oldest())
        while number < self.total:
            batch = number // self.per_page
            there = batch * self.per_page + self._entries(batch) - number
            if k < there:
                return number + k
            k -= max(0, there)
            number = (batch + 1) * self.per_page
        return self.total

    def append(self, entries: bytearray, n: int, tag: int = 0) -> int:
        """Write up to `n` entries, one page; return how many: an odd number that fits the page.

        All entries of a page have one tag; a new one begins a new page.  Raises OSError,
        JournalError if the page did not keep it or search() is not done.
        """
        if not self._is_searched:
            raise JournalError("append before search: the newest entry is not known")
        if self.total % self.per_page and tag != self.tag:
            self._close()
        self._cached = _NO_PAGE
        used = self.total % self.per_page
        n = min(n, self.per_page - used)
        n -= 1 - n % 2
        if used:
            self._load_newest()
        at, size = used * self._entry, n * self._entry
        payload = memoryview(self._payload)
        payload[at : at + size] = memoryview(entries)[:size]
        payload[at + size :] = bytes(len(payload) - at - size)
        batch = self.total // self.per_page
        is_away = (self.per_page - used - n) % 2
        self._write(self.total + n, (batch + is_away) % self._pages, tag)
        return n

    def read(self, number: int, entry: bytearray) -> int:
        """Copy entry `number` to `entry` and return its page's tag, ABSENT if it is not there.

        Raises OSError.  Cost: 132 bytes on the bus, none if the page is that of the last call.
        """
        if not self.oldest() <= number < self.total:
            return ABSENT
        batch = number // self.per_page
        if batch != self._cached and not self._cache(batch):
            return ABSENT
        if number >= self._cached_end:
            return ABSENT
        at = number % self.per_page * self._entry
        memoryview(entry)[: self._entry] = memoryview(self._payload)[at : at + self._entry]
        return self._cached_tag

    def _cache(self, batch: int) -> bool:
        """Load `batch` into the payload; return False if it is not there."""
        self._cached = _NO_PAGE
        if batch != self._batch:
            if not self._load(batch % self._pages):
                self._known[batch % self._pages] = 0
                return False
        elif not self._load(self._newest):
            self._fall_back()
            if batch != self._batch or not self._load(self._newest):
                return False
        sequence = self._page.sequence()
        end = sequence >> _TAG_BITS
        if not batch * self.per_page < end <= (batch + 1) * self.per_page:
            return False
        self._page.copy_payload(self._region[3], self._payload)
        self._cached, self._cached_end, self._cached_tag = batch, end, sequence & _TAG
        return True

    def skip_to(self, number: int) -> None:
        """Let the next entry be `number` or later, and on a new page.  Raises as append()."""
        if self.total % self.per_page:
            self._close()
        self.total = max(self.total, -(-number // self.per_page) * self.per_page)

    def _close(self) -> None:
        """End the open batch at home, for the page behind it is the next one's home."""
        if self._newest != self._batch % self._pages:
            self._cached = _NO_PAGE
            self._load_newest()
            self._write(self.total, self._batch % self._pages, self.tag)
        self.total = (self._batch + 1) * self.per_page

    def _write(self, total: int, page: int, tag: int) -> None:
        """Write the payload to `page`; a page that does not keep it is left behind."""
        _, _, kind, size = self._region
        self._page.fill(kind, size, total << _TAG_BITS | tag, self._payload)
        if not self._page.keep(self._store, self._address(page), kind, size):
            self.total = (total // self.per_page + 2) * self.per_page
            raise JournalError("page {} of a log did not keep what was written".format(page))
        self._adopt(page, total, tag)
        self._know(self._batch, total)

    def _know(self, batch: int, total: int) -> None:
        """Remember how many entries `batch` has, `total` entries being there with its last."""
        lap = batch // self._pages << 5 & 0xE0
        self._known[batch % self._pages] = lap | total - batch * self.per_page

    def _entries(self, batch: int) -> int:
        """Return how many entries of `batch` are there."""
        known = self._known[batch % self._pages]
        is_same = known & 0xE0 == batch // self._pages << 5 & 0xE0
        return known & _USED if is_same else 0

    def _consider(self, page: int, sequence: int) -> None:
        """Take the page that was just loaded for the newest one, if it is."""
        total = sequence >> _TAG_BITS
        batch = (total - 1) // self.per_page
        if total == 0 or page not in (batch % self._pages, (batch + 1) % self._pages):
            return
        if page == batch % self._pages:
            self._know(batch, total)
        if self._newest == _NO_PAGE or is_newer(sequence, self.total << _TAG_BITS | self.tag):
            self._adopt(page, total, sequence & _TAG)

    def _adopt(self, page: int, total: int, tag: int) -> None:
        self._newest = page
        self._batch = (total - 1) // self.per_page
        self.total = total
        self.tag = tag

    def _load(self, page: int) -> bool:
        return self._page.load(
            self._store, self._address(page), self._region[2], self._region[3]
        )

    def _address(self, page: int) -> int:
        return (self._region[0] + page) * self._store.page

    def _load_newest(self) -> None:
        if not self._load(self._newest):
            self._fall_back()
            raise JournalError("the newest page of a log does not check any more")
        self._page.copy_payload(self._region[3], self._payload)

    def _fall_back(self) -> None:
        """Take the copy before the newest page, which was cut off and checked by chance."""
        batch = self._batch
        self._find_before()
        if self._newest == _NO_PAGE or self._batch != batch:
            self.total = batch * self.per_page  # what stands before it is not added to

    def _find_before(self) -> None:
        """Let the newest page be the one that was before it."""
        lost, batch, pages = self._newest, self._batch, self._pages
        self._newest = _NO_PAGE
        self.total = 0
        for back in range(pages):
            page = (batch + 1 - back) % pages
            if page == lost or not self._load(page):
                continue
            if self._is_of(batch - max(back - 1, 0)):
                sequence = self._page.sequence()
                self._adopt(page, sequence >> _TAG_BITS, sequence & _TAG)
                break
