"""Invocation counters of DLMS: numbers that are used once, whatever the power does.

What is stored is a ceiling ahead of what was used.  After a start a counter goes on from its
ceiling, so nothing below it is sent or accepted again; up to STEP numbers are left out by that.

Wear: a write for STEP numbers of a counter, and it lifts the ceilings of all.  Three pages of
1,000,000 cycles take 192 million numbers: 20 years with one every 3.3 s.
"""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.journal.kept import Kept

STEP = const(64)
COUNTERS = const(8)
LAST = 0xFFFF_FFFF
_BYTES = const(4)


class InvocationCounters:
    """Counters 0..COUNTERS - 1 of 32 bits each; one is for one key and one direction.

    kept:  journal.kept.Kept, whose bytes are the ceilings
    keep:  callable(kept) -> True once its bytes are stored, see Keeper.keep
    """

    def __init__(self, kept: "Kept", keep: "Callable[[Kept], bool]") -> None:
        self._kept = kept
        self._keep = keep
        self._used: list[int] = []  # the greatest number used of each, once the ceilings are known

    def used(self, counter: int) -> int:
        """Return the greatest number that may have been used, 0 for none."""
        if not self._used:
            if not self._kept.is_ready:
                return LAST
            self._used = [self._ceiling(k) for k in range(COUNTERS)]
        return self._used[counter]

    def next(self, counter: int) -> int:
        """Return a number never returned before, 1 or more; 0 if none is left or can be stored."""
        number = self.used(counter)
        return number + 1 if number < LAST and self.accept(counter, number + 1) else 0

    def accept(self, counter: int, number: int) -> bool:
        """Use `number`; False if it is not greater than all used before, or cannot be stored."""
        if not self.used(counter) < number <= LAST:
            return False
        if number > self._ceiling(counter) and not self._store(counter, number):
            return False
        self._used[counter] = number
        return True

    def restart(self, counter: int) -> bool:
        """Begin again at 0, with a new key; call it once that is stored.  False: not stored."""
        self.used(counter)
        return bool(self._used) and self._store(counter, 0)

    def _store(self, counter: int, number: int) -> bool:
        """Store ceilings ahead of `number` and of what the other counters have used."""
        data = self._kept.data
        before = bytes(data)
        was = self._used[counter]
        self._used[counter] = number
        for k in range(COUNTERS):
            ceiling = min(self._used[k] + STEP, LAST) if self._used[k] else 0
            data[k * _BYTES : (k + 1) * _BYTES] = ceiling.to_bytes(_BYTES, "little")
        if self._keep(self._kept):
            return True
        data[:] = before
        self._used[counter] = was
        return False

    def _ceiling(self, counter: int) -> int:
        at = counter * _BYTES
        return int.from_bytes(self._kept.data[at : at + _BYTES], "little")
