"""A ring of records: the newest good one is what was stored last.

A record goes to the page after the newest good one, is read back and compared, and only then
counts as stored; the newest good record is never overwritten.  So at every moment, whatever the
power does, the last stored record stands on the chip whole.  How often a ring may be written
without wearing out is account.py's business.
"""

from micropython import const

from meter.errors import JournalError
from meter.journal import heads
from meter.journal.heads import Heads
from meter.journal.record import check_region, following, is_newer

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.journal.record import Page, Region, Store

NOTHING = const(-1)

_ATTEMPTS = const(3)  # pages tried by one append
_NO_PAGE = const(-1)
_ALL = const(1 << 20)  # pages


class Ring:
    """A ring of records on a store.

    store:   driver, see record.Store
    region:  row of store_map
    page:    record.Page, which may be lent to several rings

    stored:      records stored since the start
    bad_pages:   pages that did not hold what was written to them, since the start
    bus_errors:  appends that the bus refused, since the start
    damaged:     pages that were neither good nor blank, of those that the last recovery read
    found:       bytes of payload that the last recovery found, or NOTHING
    """

    def __init__(self, store: "Store", region: "Region", page: "Page") -> None:
        check_region(store, region)
        self.stored = 0
        self.bad_pages = 0
        self.bus_errors = 0
        self._store = store
        self._region = region
        self._page = page
        self._next = 0
        self._is_sent = False
        self.found = NOTHING
        self.rewind()

    @property
    def writes(self) -> int:
        """Return the pages ever written: the newest sequence number."""
        return self._sequence

    def recover(self, payload: bytearray) -> int:
        """Find the newest good record, copy its payload and return its length; NOTHING if none.

        To be called before the first append, and again if it raised.  A page that does not check
        is read three times before it is given up: what looks torn may be noise on the bus.  What
        is found is stored anew at once: a record whose write the power cut off at the very end may
        check today and not tomorrow.  Raises OSError if a page could not be read.

        Cost: 8 bytes on the bus per page, 132 for the first, the newest and the one behind it,
        some 400 per page that does not check, and one append.  If neither the newest page nor
        the one before it checks, all are read: 132 bytes per page.
        """
        self.rewind()
        while not self.search(_ALL, payload):
            pass
        return self.found

    def rewind(self) -> None:
        """Begin the recovery anew, for `search`."""
        self._heads: Heads | None = None
        self._is_recovered = False
        self._newest = _NO_PAGE
        self._is_copied = False
        self._sequence = 0
        self.damaged = 0

    def search(self, pages: int, payload: bytearray) -> bool:
        """Recover by and by: look at `pages` more; return True once all of recover() is done.

        Looking at heads.LOOKS heads counts as a page.  Raises OSError if a page could not be read,
        which is then looked at again.
        """
        if self._heads is None:
            self._heads = Heads(self._page, self._store, self._region)
        walk = self._heads
        walk.budget = pages * heads.LOOKS
        while not walk.is_done():
            if walk.budget <= 0:
                return False
            found = walk.look()
            is_first = self._newest == _NO_PAGE
            if found >= heads.EXPECTED and (is_first or is_newer(walk.sequence, self._sequence)):
                self._newest, self._sequence = walk.at - 1, walk.sequence
                self._is_copied = found == heads.GOOD
                if self._is_copied:
                    self._page.copy_payload(self._region[3], payload)
        self.damaged = walk.damaged
        if self._newest != _NO_PAGE and not self._is_copied and not self._copy_newest(payload):
            self._newest = _NO_PAGE
            self._sequence = 0
            walk.begin(False)
            return False
        self._heads = None
        self._next = self._after(self._newest)
        self._is_recovered = True
        self._store_anew(payload)
        return True

    def _copy_newest(self, payload: bytearray) -> bool:
        """Copy the payload of the newest page, or of the one before it if that was torn."""
        for _ in range(2):
            is_good = self._load(self._newest)
            if is_good and self._page.sequence() == self._sequence:
                self._page.copy_payload(self._region[3], payload)
                return True
            self.damaged += not is_good
            self._newest = (self._newest or self._region[1]) - 1
            self._sequence = following(self._sequence - 2)
        return False

    def _store_anew(self, payload: bytearray) -> None:
        if self._newest == _NO_PAGE:
            self.found = NOTHING
            return
        self.found = self._region[3]
        try:
            self.append(payload, self.found)
        except (OSError, JournalError):  # counted there; the page it was found on still stands
            pass

    def append(self, payload: bytearray, n: int) -> None:
        """Store the first `n` bytes of `payload`, `n` as store_map says, and read them back.

        Raises OSError if the bus refuses, JournalError if three pages in turn did not keep what
        was written, or before recover().  What was stored before stands in each case, and the
        next append tries again, after bad pages on the page behind them.

        Cost: 271 bytes on the bus and one write cycle; 12 ms at 400 kHz.
        """
        for _ in range(_ATTEMPTS):
            self.send(payload, n)
            if self._is_kept():
                return
        raise JournalError("{} pages in turn did not keep what was written".format(_ATTEMPTS))

    def send(self, payload: bytearray, n: int) -> None:
        """Begin to store as append() does; it counts once settle() has returned.

        For a supply that fails: the chip writes while the next record is made.
        """
        if not self._is_recovered:
            raise JournalError("append before recover: the newest record is not known")
        if n != self._region[3]:
            raise ValueError("payload of {} bytes: accepted: {}".format(n, self._region[3]))
        self._sequence = following(self._sequence)
        self._page.fill(self._region[2], n, self._sequence, payload)
        try:
            self._page.send(self._store, self._address(self._next))
        except OSError:
            self.bus_errors += 1
            raise
        self._is_sent = True

    def settle(self, payload: bytearray, n: int) -> None:
        """Read back what send() sent; store it anew if it is not there.  Raises as append()."""
        if not (self._is_sent and self._is_kept()):
            self.append(payload, n)

    def _is_kept(self) -> bool:
        """Read back what was sent; return whether it is there, and go on to the next page."""
        _, _, kind, size = self._region
        page = self._next
        self._is_sent = False
        try:
            is_kept = self._page.is_kept(
                self._store, self._address(page), kind, size, self._sequence
            )
        except OSError:
            self.bus_errors += 1
            raise
        self._next = self._after(page)
        if is_kept:
            self._newest = page
            self.stored += 1
        else:
            self.bad_pages += 1
        return is_kept

    def _load(self, page: int) -> bool:
        return self._page.load(
            self._store, self._address(page), self._region[2], self._region[3]
        )

    def _address(self, page: int) -> int:
        return (self._region[0] + page) * self._store.page

    def _after(self, page: int) -> int:
        """Return the page after `page` that is not the newest good one."""
        pages = self._region[1]
        page = (page + 1) % pages
        return (page + 1) % pages if page == self._newest else page
