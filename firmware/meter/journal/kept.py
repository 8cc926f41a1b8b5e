"""A few bytes that change now and then, and that must come back as they were: a ring of their own.

Whoever owns the bytes changes `data`.  What must not be used before it is stored (a counter, a
switching order) is stored at once; what may wait is left due, and paid for by the ring's account.
"""

from micropython import const

from meter.journal.account import Account
from meter.journal.ring import Ring

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.journal.record import Page, Region, Store


class Kept:
    """The bytes of one region.

    store:   driver, see record.Store
    region:  row of store_map
    page:    record.Page, which may be lent to others

    data:       the bytes, as long as the region's payload; zeros if nothing was stored
    is_ready:   True once what is on the store was found; before that nothing can be stored
    was_found:  True if there was something
    is_due:     set it to have `data` stored when the account allows it, and on a power failure
    """

    def __init__(self, store: "Store", region: "Region", page: "Page") -> None:
        self.data = bytearray(region[3])
        self.is_ready = False
        self.was_found = False
        self.is_due = False
        self.ring = Ring(store, region, page)
        self._account = Account(region[1], store.endurance)

    def search(self, pages: int) -> bool:
        """Look at `pages` more of the region; return True once `data` is what was stored last.

        Raises OSError, after which it may be called again.
        """
        if not self.is_ready:
            self.is_ready = self.ring.search(pages, self.data)
            self.was_found = self.is_ready and self.ring.found > 0
        return self.is_ready

    def store(self) -> None:
        """Store `data` now; it counts when this returns.

        OSError or JournalError: what was stored before still stands, or, after a power cut only,
        `data` does.
        """
        self.ring.append(self.data, len(self.data))
        self.is_due = False

    def send(self) -> None:
        """Begin to store `data`, see Ring.send()."""
        self.ring.send(self.data, len(self.data))

    def settle(self) -> None:
        """Read back what send() sent; store `data` anew if it is not there.  As store()."""
        self.ring.settle(self.data, len(self.data))
        self.is_due = False

    def step(self, operating_s: int) -> bool:
        """Store `data` if it is due and paid for; return whether it was.  Raises as store()."""
        if not self.is_due or not self._account.is_covered(self.ring.writes, operating_s):
            return False
        self.store()
        return True
