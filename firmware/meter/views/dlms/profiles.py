"""Profile generic: which rows and columns of a history a client wants, and their encoding."""

from micropython import const

from meter.registers import obis
from meter.views.dlms import times
from meter.views.dlms.axdr import (
    ARRAY,
    HARDWARE_FAULT,
    OTHER,
    STRUCTURE,
    TEMPORARY,
    Later,
    Refused,
)

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from meter.views.dlms.axdr import Encoder, Reader
    from meter.views.dlms.histories import History, Spans


class Rows:
    """Rows of a history that were asked for, one after the other.

    count:  how many
    """

    def __init__(self, history: "History", spans: "Spans", columns: "Sequence[int]") -> None:
        self._history = history
        self._spans = spans
        self._columns = columns
        self._at = 0
        self._number = spans[0][0] if spans else 0
        self.tag = ARRAY
        self.count = self.pieces = sum([history.count(first, end) for first, end in spans])

    def put(self, out: "Encoder", _: int) -> None:
        """Encode the next row; Refused if the store does not give it, OSError."""
        is_there = False
        while not is_there:
            while self._at < len(self._spans) and self._number >= self._spans[self._at][1]:
                self._at += 1
                if self._at < len(self._spans):
                    self._number = self._spans[self._at][0]
            if self._at == len(self._spans):
                raise Refused(HARDWARE_FAULT)
            is_there = self._history.put(out, self._number, self._columns)
            self._number += 1


class Search:
    """A search by time that takes several steps: a log is read as a whole, a profile in halves."""

    def __init__(self) -> None:
        self._asked: tuple[int, int, int] | None = None
        self._walk: Iterator[None] = iter(())
        self._found: Spans = []

    def reset(self) -> None:
        """Forget what was found."""
        self._asked = None

    def spans(self, which: int, history: "History", from_s: int, to_s: int) -> "Spans":
        """Return [(first, end)] of the rows stamped from `from_s` to `to_s`; Later, OSError.

        which:  object, tells histories apart
        """
        asked = which, from_s, to_s
        if self._asked != asked:
            self._found = []
            self._walk = iter(history.walk(from_s, to_s, self._found))
        self._asked = None  # a store that fails ends the walk: it begins anew
        for _ in self._walk:
            self._asked = asked
            raise Later
        return self._found


def select(
    history: "History", which: int, selector: int, request: "Reader | None", search: Search
) -> Rows:
    """Return the rows that a request selects; without selector all.

    which:    object
    request:  at the selection's parameters; Refused if they are not understood
    """
    if not history.ready():
        raise Refused(TEMPORARY)
    all_columns = range(history.width)
    if request is None:
        return Rows(history, [history.whole()], all_columns)
    if selector == 1:
        return _by_range(history, which, request, search)
    if selector != 2:
        raise Refused(OTHER)
    first, last, first_column, last_column = [int(n) for n in request.get("s4IIHH")]
    if not first or not first_column:
        raise Refused(OTHER)
    begin = history.nth(first - 1)
    end = history.whole()[1] if last == 0 else min(history.whole()[1], history.nth(last - 1) + 1)
    columns = all_columns[first_column - 1 : last_column or len(all_columns)]
    return Rows(history, [(begin, end)] if begin < end and len(columns) else [], columns)


def _by_range(history: "History", which: int, request: "Reader", search: Search) -> Rows:
    """Select by the clock: restricting object, from, to, and the columns that are wanted."""
    if request.count(STRUCTURE) != 4:
        raise Refused(OTHER)
    if _column(history, request) != 0:  # nothing but the clock restricts
        raise Refused(OTHER)
    begin, end = request.get("TT")
    assert isinstance(begin, bytes)
    assert isinstance(end, bytes)
    from_s = times.instant(begin, history.zone, is_limit=True)
    to_s = times.instant(end, history.zone, is_limit=True)
    wanted: list[int] = []
    for _ in range(request.count(ARRAY)):
        column = _column(history, request)
        if column in wanted:  # no row is longer than one with each column once
            raise Refused(OTHER)
        wanted.append(column)
    spans = search.spans(which, history, from_s, to_s)
    return Rows(history, spans, wanted or range(history.width))


def _column(history: "History", request: "Reader") -> int:
    """Read a capture object; return which column it is.  Refused if it is none."""
    class_id, name, attribute, index = request.get("s4HobH")
    assert isinstance(name, bytes)
    for k in range(history.width):
        captured, code, of = history.column(k)
        if (class_id, name, attribute, index) == (captured, obis.logical_name(code), of, 0):
            return k
    raise Refused(OTHER)
