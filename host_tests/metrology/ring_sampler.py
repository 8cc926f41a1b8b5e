"""A sampler whose sets come from plain lists: what a test says is what was sampled."""

from array import array


class System:
    def __init__(self, size, ranges, limit):
        self.u = array("h", bytes(2 * size))
        self.ranges = tuple(array("i", bytes(4 * size)) for _ in range(ranges))
        self.limits = (limit,) * ranges


class RingSampler:
    """signals: per system (u, [i per range]), lists of equal length; all is there at once."""

    size = 1024
    mask = size - 1
    set_ns = 250_000
    half = 32
    u_full_scale = 1 << 15

    def __init__(self, signals, limit=1 << 19):
        self.systems = tuple(System(self.size, len(ranges), limit) for _, ranges in signals)
        self.written = 0
        self.overruns = 0
        self.gap = False
        self.gaps_at = []
        self._signals = signals
        self._n = len(signals[0][0])

    def poll(self, limit):
        assert 0 <= limit <= self.size
        self.gap = bool(self.gaps_at) and self.gaps_at[0] == self.written
        if self.gap:
            self.gaps_at.pop(0)
            self.overruns += 1
            return 0
        end = min(self._n, self.written + limit, *self.gaps_at[:1] or [self._n])
        for system, (u, ranges) in zip(self.systems, self._signals, strict=True):
            for k in range(self.written, end):
                system.u[k & self.mask] = u[k]
                for ring, values in zip(system.ranges, ranges, strict=True):
                    ring[k & self.mask] = values[k]
        n = end - self.written
        self.written = end
        return n
