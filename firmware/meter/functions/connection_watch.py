"""Watch over the connection: what is wrong with it is logged, and when it is right again."""

from micropython import const

from meter.functions.function import Function
from meter.metrology import connection
from meter.registers import events

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.metrology.quantities import Quantities

_CURRENT_REVERSED = connection.BITS  # and the two bits behind it: L1 to L3
_HOLD_S = const(3)

_SEQUENCE = const(4)  # of PHASE_REVERSAL; 1..3 there: the voltage of this system is reversed
_RIGHT_AGAIN = const(-10)  # added to the detail of any of them; as from faults.LOST to faults.BACK
_LOST_L1 = const(-11)  # of MEASUREMENT_ERROR, see metrology.faults

# First bit, its event and detail, then those of the next two by what the detail moves on; a bit
# without such a step stands alone.
_EVENTS = (
    (connection.MISSING, events.PHASE_ASYMMETRY, 21, 1),
    (connection.REVERSED, events.PHASE_REVERSAL, 1, 1),
    (connection.DEAD, events.MEASUREMENT_ERROR, _LOST_L1, -1),
    (connection.BACKWARD, events.PHASE_REVERSAL, _SEQUENCE, 0),
    (connection.IRREGULAR, events.PHASE_ASYMMETRY, 1, 0),
    (_CURRENT_REVERSED, events.CURRENT_REVERSAL, 1, 1),
)


class ConnectionWatch(Function):
    """Looks at the connection once a second; what holds for 3 s counts.

    quantities:  what it looks at
    log:         registers.events.EventLog
    reverse_mw:  a phase that exports as much as this has its current reversed: for a meter that
                 registers import only; 0: it may export
    has_faults:  the converters tell themselves when they are dead

    state:       bits of metrology.connection, and behind them 3 for reversed currents
    """

    def __init__(
        self,
        quantities: "Quantities",
        log: "events.EventLog",
        reverse_mw: int = 0,
        has_faults: bool = False,
    ) -> None:
        self.state = 0
        self._quantities = quantities
        self._log = log
        self._reverse_mw = reverse_mw
        self._silent = 7 << connection.DEAD if has_faults else 0
        self._seen = 0
        self._held_s = 0

    def second(self, now_s: int) -> None:
        """Look at the connection."""
        quantities = self._quantities
        found = connection.state(quantities)
        if self._reverse_mw and not quantities.is_three_wire:
            for k in range(quantities.systems):
                if quantities.p_mw[k] <= -self._reverse_mw:
                    found |= 1 << _CURRENT_REVERSED + k
        if found != self._seen:
            self._seen = found
            self._held_s = 0
        self._held_s += 1
        if self._held_s != _HOLD_S:
            return
        changed = (found ^ self.state) & ~self._silent
        self.state = found
        for bit, event, detail, step in _EVENTS:
            for k in range(3 if step else 1):
                if changed >> bit + k & 1:
                    more = 0 if found >> bit + k & 1 else _RIGHT_AGAIN
                    self._log.log(now_s, event, detail + k * step + more)
