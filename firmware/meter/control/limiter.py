"""Limiter (COSEM class 71): watches one value of the register table against a threshold.

The conditions are those of the interface class as Gurux' GXDLMSLimiter has them; when a duration
counts as reached is not confirmed by the standard's text: here, once it is full.
"""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

# What a step has brought; NORMAL again or OVER, and whether the threshold in force has changed.
NOTHING = const(0)
OVER = const(1)
UNDER = const(2)
CHANGED = const(4)

# Actions: selectors of the disconnect script table.
NO_ACTION = const(0)
DISCONNECT = const(1)
CONNECT = const(2)

GROUPS = const(4)
_MS = const(1_000)


class Limiter:
    """One limiter; its attributes may be set at any time between two steps.

    key:                    of the register table; its value is taken as COSEM has it; 0: none
    normal, emergency:      thresholds, in the unit and scale of that attribute
    min_over_s, min_under_s:  how long above, not above, before an action follows
    profile_id, activation_s, duration_s:  the emergency profile: its group, from when (UTC), s
    groups:                 ids for which an emergency profile counts, at most GROUPS
    over_action, under_action:  NO_ACTION, DISCONNECT, CONNECT

    is_emergency:           whether the emergency threshold is in force
    is_over:                whether the value was last found to be over for long enough
    """

    def __init__(self) -> None:
        self.key = 0
        self.normal = 0
        self.emergency = 0
        self.min_over_s = 0
        self.min_under_s = 0
        self.profile_id = 0
        self.activation_s = 0
        self.duration_s = 0
        self.groups: Sequence[int] = ()
        self.over_action = NO_ACTION
        self.under_action = NO_ACTION
        self.is_emergency = False
        self.is_over = False
        self._past_ms = 0  # how long the value has been on the other side

    @property
    def active(self) -> int:
        """The threshold in force."""
        return self.emergency if self.is_emergency else self.normal

    def step(self, value: int, now_s: int, elapsed_ms: int) -> int:
        """Take `value`, the mean over `elapsed_ms`; return NOTHING, OVER or UNDER, and CHANGED."""
        found = CHANGED if self._choose(now_s) else NOTHING
        if (value > self.active) == self.is_over:
            self._past_ms = 0
            return found
        self._past_ms += elapsed_ms
        if self._past_ms < (self.min_under_s if self.is_over else self.min_over_s) * _MS:
            return found
        self._past_ms = 0
        self.is_over = not self.is_over
        return found | (OVER if self.is_over else UNDER)

    def begin_anew(self) -> None:
        """Take the value as not over: what was done about it was undone, and is done again."""
        self.is_over = False
        self._past_ms = 0

    def _choose(self, now_s: int) -> bool:
        """Choose the threshold; return whether it has changed."""
        was = self.is_emergency
        is_due = 0 <= now_s - self.activation_s < self.duration_s
        self.is_emergency = is_due and self.profile_id in self.groups
        return was != self.is_emergency
