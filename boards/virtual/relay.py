"""The breaker's relays: two coils, an armature that stays, an auxiliary contact."""

_MOVE_NS = 20_000_000  # a pulse shorter than this moves nothing
_BURNT_NS = 2_000_000_000  # what a coil bears without a break
OPEN, CLOSE = 0, 1


class Relay:
    """Bistable relays, closed at first.

    now_ns:     callable
    switched:   callable(is_closed), told whenever the load is cut off or connected

    is_stuck:   True: welded, it stays where it is
    has_contact:  False: the auxiliary contact's wire is broken, which reads as open
    moves:      how often it has moved
    """

    def __init__(self, now_ns, switched):
        self._now_ns = now_ns
        self._switched = switched
        self._since_ns = [None, None]
        self.is_closed_now = True
        self.is_stuck = False
        self.has_contact = True
        self.moves = 0

    def open_coil(self, level):
        """Pin of the coil that opens."""
        self._drive(OPEN, level)

    def close_coil(self, level):
        """Pin of the coil that closes."""
        self._drive(CLOSE, level)

    def is_closed(self):
        """Return what the auxiliary contact says."""
        return self.is_closed_now and self.has_contact

    def _drive(self, coil, level):
        since_ns, now_ns = self._since_ns[coil], self._now_ns()
        if level and self._since_ns[1 - coil] is not None:
            raise AssertionError("both coils of the relay have current")
        if level and since_ns is None:
            self._since_ns[coil] = now_ns
        elif not level and since_ns is not None:
            self._since_ns[coil] = None
            if now_ns - since_ns > _BURNT_NS:
                raise AssertionError("a coil of the relay had current for too long")
            if now_ns - since_ns >= _MOVE_NS:
                self._move(coil == CLOSE)

    def _move(self, is_closed):
        if self.is_stuck or is_closed == self.is_closed_now:
            return
        self.is_closed_now = is_closed
        self.moves += 1
        self._switched(is_closed)
