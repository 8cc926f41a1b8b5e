"""Looking for the newest page without reading them all: by their heads.

Pages that were written one after the other have numbers that go up by the same step from place to
place, except behind the newest. So a page whose number is the one expected after its neighbour's
is taken for what it should be, by its first four bytes; every other is read whole and has to
check: the oldest, one that was passed over, a damaged one, and one of which noise on the bus
changed a bit. Blank pages behind a blank page are taken for that.

What is taken by its head only is not known to be good: whoever needs what stands on it reads it.
"""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.journal.record import Page, Region, Store

# What a place holds.
BLANK = const(0)
DAMAGED = const(1)
EXPECTED = const(2)  # the number that was expected; the rest was not looked at
GOOD = const(3)  # a record that checks; it is in the page

LOOKS = const(8)  # at a head take as long as reading a page
_MASK = const(0xFFFFFFFF)
_UNKNOWN = const(-1)


class Heads:
    """A walk over the first pages of the places of a region.

    page, store:  to read with and from
    region:       row of store_map
    stride:       pages of a place
    step:         by which the numbers of two places differ

    at:        place to be looked at next
    sequence:  number of the last one, if it was EXPECTED or GOOD
    is_trusting:  False while every page is read whole
    damaged:   pages that were neither good nor blank
    budget:    looks that may still be taken, see LOOKS
    """

    def __init__(
        self, page: "Page", store: "Store", region: "Region", stride: int = 1, step: int = 1
    ) -> None:
        self._page = page
        self._store = store
        self._start = region[0] * store.page
        self._stride = stride * store.page
        self._count = region[1] // stride
        self._kind = region[2]
        self._size = region[3]
        self._step = step
        self.budget = 0
        self.damaged = 0
        self.begin(True)

    def begin(self, is_trusting: bool) -> None:
        """Begin at the first place; is_trusting: False reads every page whole."""
        self.is_trusting = is_trusting
        self._expected = _UNKNOWN
        self._is_blank = False
        self.at = 0
        self.sequence = 0

    def is_done(self) -> bool:
        """Return whether all places were looked at."""
        return self.at >= self._count

    def look(self) -> int:
        """Look at the next place; return what it holds.  OSError: it is still the next one."""
        start = self._start + self.at * self._stride
        found = self._by_head(start) if self.is_trusting and self.at else _UNKNOWN
        if found == _UNKNOWN:
            found = self._whole(start)
        if found == BLANK:
            self._expected = _UNKNOWN
        elif found == DAMAGED:
            self.damaged += 1
            if self._expected != _UNKNOWN:
                self._expected = self._expected + self._step & _MASK
        else:
            self._expected = self.sequence + self._step & _MASK
        self._is_blank = found == BLANK
        self.at += 1
        return found

    def _by_head(self, start: int) -> int:
        """Return EXPECTED or BLANK if that is what the head says, else _UNKNOWN."""
        self.budget -= 1
        head = self._page.peek(self._store, start)
        if head == self._expected:
            self.sequence = head
            return EXPECTED
        return BLANK if self._is_blank and head == _MASK else _UNKNOWN

    def _whole(self, start: int) -> int:
        self.budget -= LOOKS
        if self._page.load(self._store, start, self._kind, self._size):
            self.sequence = self._page.sequence()
            return GOOD
        return BLANK if self._page.is_blank() else DAMAGED
