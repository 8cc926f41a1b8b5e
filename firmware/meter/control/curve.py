"""Smart disconnect: three steps of load and time, after which the breaker is to open.

Source: Kamstrup 162M/382M technical description 5512-1040, page 40.
"""

from micropython import const

from meter.errors import ConfigError

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

STEPS = const(3)
_PERCENT = const(100)
_MS = const(1_000)
_LONGEST_S = const(65_535)
_STEEPEST = const(1_000)


class Curve:
    """Trips at more than k1 % of the limit for t1, k2 % for t1 + t2 or k3 % for t1 + t2 + t3.

    limit:      of what is compared, > 0; its unit is the caller's
    factors:    k1 >= k2 >= k3, percent, 1..1000
    delays_s:   t1 <= t2 <= t3, 0..65535 s

    Time counts from the beginning of the first mean above a step, and anew once one is not above.
    """

    def __init__(self, limit: int, factors: "Sequence[int]", delays_s: "Sequence[int]") -> None:
        k1, k2, k3 = factors
        t1, t2, t3 = delays_s
        good = _STEEPEST >= k1 >= k2 >= k3 >= 1
        _check("disconnect factors", factors, good, "1000 >= k1 >= k2 >= k3 >= 1 %")
        good = 0 <= t1 <= t2 <= t3 <= _LONGEST_S
        _check("disconnect delays", delays_s, good, "0 <= t1 <= t2 <= t3 <= 65535 s")
        _check("disconnect limit", limit, limit > 0, "more than 0")
        self._above = tuple([limit * k for k in factors])
        self._after_ms = (t1 * _MS, (t1 + t2) * _MS, (t1 + t2 + t3) * _MS)
        self._over_ms = [0] * STEPS

    def step(self, value: int, elapsed_ms: int) -> bool:
        """Take a mean over `elapsed_ms`; return whether the breaker is to open.  Warm."""
        is_tripped = False
        value *= _PERCENT
        for k in range(STEPS):
            if value > self._above[k]:
                self._over_ms[k] += elapsed_ms
                is_tripped = is_tripped or self._over_ms[k] >= self._after_ms[k]
            else:
                self._over_ms[k] = 0
        return is_tripped

    def is_same(self, other: "Curve") -> bool:
        """Return whether `other` has the same limits and times."""
        return self._above == other._above and self._after_ms == other._after_ms

    def reset(self) -> None:
        """Begin anew: the breaker has opened."""
        for k in range(STEPS):
            self._over_ms[k] = 0


def _check(field: str, value: object, is_good: bool, accepted: str) -> None:
    if not is_good:
        raise ConfigError(field, value, accepted)
