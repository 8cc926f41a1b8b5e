"""What the star of the voltages tells: unbalance, a lost neutral, current without voltage."""

from micropython import const

from meter.quality import phasors
from meter.registers import events

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter.metrology.quantities import Quantities
    from meter.registers.events import EventLog

# Bits of what is found; 0..2: current without voltage on L1..L3.
_NEUTRAL = const(3)
_HOLD_S = const(5)
_ENDED = const(-10)  # added to the detail, as connection_watch does
_PRESENT_MV = const(160_000)
_CURRENT_MA = const(500)
_STAR_PERCENT = const(15)  # zero-sequence voltage without a neutral; and one phase above
_HIGH_PERCENT = const(110)


class Star:
    """Logs a current without voltage and a missing neutral that hold for their time.

    quantities:  what it looks at
    measuring:   indices of the systems that measure
    log:         registers.events.EventLog
    """

    def __init__(
        self, quantities: "Quantities", measuring: "Sequence[int]", log: "EventLog"
    ) -> None:
        self._quantities = quantities
        self._measuring = measuring
        self._log = log
        self._found = self._faults = self._held_s = 0

    def second(self, now_s: int, nominal_mv: int) -> int:
        """Look, with Un = `nominal_mv`; return u2 in 1/1000, 0 where there is none to be had."""
        quantities = self._quantities
        u_mv, i_ma = quantities.u_mv, quantities.i_ma
        found = u2_permille = 0
        for k in self._measuring:
            if u_mv[k] < _PRESENT_MV and i_ma[k] > _CURRENT_MA:
                found |= 1 << k
        if quantities.systems == 3 and not quantities.is_three_wire:
            angles = quantities.u_angle_mdeg
            u2_permille = phasors.unbalance_permille(u_mv, angles)
            star_mv = phasors.vector_mv(u_mv, angles, 0)
            is_high = 100 * max(u_mv) > _HIGH_PERCENT * nominal_mv
            if is_high and 100 * star_mv > _STAR_PERCENT * nominal_mv:
                found |= 1 << _NEUTRAL
        if found != self._found:
            self._found = found
            self._held_s = 0
        self._held_s += 1
        if self._held_s == _HOLD_S:
            self._tell(now_s, found)
        return u2_permille

    def _tell(self, now_s: int, found: int) -> None:
        changed, self._faults = found ^ self._faults, found
        for k in range(_NEUTRAL + 1):
            if changed >> k & 1:
                code = events.NEUTRAL_MISSING if k == _NEUTRAL else events.CURRENT_WITHOUT_VOLTAGE
                more = 0 if found >> k & 1 else _ENDED
                self._log.log(now_s, code, (1 if k == _NEUTRAL else k + 1) + more)
