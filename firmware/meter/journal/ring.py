"""A ring of records: the newest good one is what was stored last.

A record goes to the page after the newest good one, is read back and compared, and only then
counts as stored; the newest good record is never overwritten.  So at every moment, whatever the
power does, the last stored record stands on the chip whole.  How often a ring may be written
without wearing out is account.py's business.
"""

from micropython import const

from meter.errors import JournalError
from meter.journal.record import Record, following, is_newer

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.journal.record import Store

NOTHING = const(-1)

_ATTEMPTS = const(3)  # pages tried by one append
_NO_PAGE = const(-1)


class Ring:
    """A ring of records on a store.

    store:   driver, see record.Store
    region:  row of store_map
    buffer:  bytearray of two pages, which may be lent to several rings

    stored:      records stored since the start
    bad_pages:   pages that did not hold what was written to them, since the start
    bus_errors:  appends that the bus refused, since the start
    damaged:     pages that were neither good nor blank at the last recovery
    found:       bytes of payload that the last recovery found, or NOTHING
    """

    def __init__(
        self, store: "Store", region: "tuple[int, int, int, int]", buffer: bytearray
    ) -> None:
        first_page, pages, kind, size = region
        last_page = store.size // store.page - 1
        if pages < 2 or not 0 <= first_page <= last_page + 1 - pages:
            raise ValueError(
                "{} pages from {}: accepted: two or more within 0..{}".format(
                    pages, first_page, last_page
                )
            )
        self.stored = 0
        self.bad_pages = 0
        self.bus_errors = 0
        self.damaged = 0
        self._store = store
        self._first_page = first_page
        self._pages = pages
        view = memoryview(buffer)
        self._record = Record(view[: store.page], kind, size)
        self._read_back = view[store.page : 2 * store.page]
        self._is_recovered = False
        self._next = 0
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

        Cost: 132 bytes on the bus per page, 396 per page that does not check, and one append.
        """
        self.rewind()
        while not self.search(self._pages, payload):
            pass
        return self.found

    def rewind(self) -> None:
        """Begin the recovery anew, for `search`."""
        self._is_recovered = False
        self._newest = _NO_PAGE
        self._sequence = 0
        self._searched = 0
        self.damaged = 0

    def search(self, pages: int, payload: bytearray) -> bool:
        """Recover by and by: look at `pages` more; return True once all of recover() is done.

        Raises OSError if a page could not be read, which is then looked at again.
        """
        record = self._record
        last = min(self._searched + pages, self._pages)
        while self._searched < last:
            page = self._searched
            if not record.load(self._store, self._address(page)):
                self.damaged += not record.is_blank()
            elif self._newest == _NO_PAGE or is_newer(record.sequence(), self._sequence):
                self._newest, self._sequence = page, record.sequence()
                record.copy_payload(payload)
            self._searched += 1
        if last < self._pages:
            return False
        self._next = self._after(self._newest)
        self._is_recovered = True
        if self._newest == _NO_PAGE:
            self.found = NOTHING
            return True
        self.found = record.size
        try:
            self.append(payload, record.size)
        except (OSError, JournalError):  # counted there; the page it was found on still stands
            pass
        return True

    def append(self, payload: bytearray, n: int) -> None:
        """Store the first `n` bytes of `payload`, `n` as store_map says, and read them back.

        Raises OSError if the bus refuses, JournalError if three pages in turn did not keep what
        was written, or before recover().  What was stored before stands in each case, and the
        next append tries again, after bad pages on the page behind them.

        Cost: 274 bytes on the bus and one write cycle; 12 ms at 400 kHz.
        """
        if not self._is_recovered:
            raise JournalError("append before recover: the newest record is not known")
        if n != self._record.size:
            raise ValueError("payload of {} bytes: accepted: {}".format(n, self._record.size))
        for _ in range(_ATTEMPTS):
            self._sequence = following(self._sequence)
            self._record.fill(self._sequence, payload)
            page = self._next
            try:
                is_kept = self._record.keep(self._store, self._address(page), self._read_back)
            except OSError:
                self.bus_errors += 1
                raise
            self._next = self._after(page)
            if is_kept:
                self._newest = page
                self.stored += 1
                return
            self.bad_pages += 1
        raise JournalError("{} pages in turn did not keep what was written".format(_ATTEMPTS))

    def _address(self, page: int) -> int:
        return (self._first_page + page) * self._store.page

    def _after(self, page: int) -> int:
        """Return the page after `page` that is not the newest good one."""
        page = (page + 1) % self._pages
        return (page + 1) % self._pages if page == self._newest else page
