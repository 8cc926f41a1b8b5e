"""The present value of every key of the register table, from ledger, quantities and settings."""

from micropython import const

from meter.ledger import energy
from meter.ledger.booking import TOTAL, quadrant
from meter.registers import table
from meter.units import CWH_PER_DWH

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.config import Settings
    from meter.ledger.booking import Ledger
    from meter.ledger.energy import Scope
    from meter.metrology.quantities import Quantities
    from meter.registers.events import EventLog

FIRMWARE_VERSION = 100  # 0.1.0 as 10000 * major + 100 * minor + patch
_S_PER_H = 3600

# Energies stored as one accumulator; R+ and R- are sums of two quadrants.
_ACCUMULATOR = {
    table.ACTIVE_IMPORT: energy.A_PLUS,
    table.ACTIVE_EXPORT: energy.A_MINUS,
    table.REACTIVE_QI: energy.Q1,
    table.REACTIVE_QII: energy.Q2,
    table.REACTIVE_QIII: energy.Q3,
    table.REACTIVE_QIV: energy.Q4,
}


class Values:
    """Reader of the table's values.

    ledger, quantities, events:  what it reads
    settings:    config.Settings
    """

    def __init__(
        self, ledger: "Ledger", quantities: "Quantities", events: "EventLog", settings: "Settings"
    ) -> None:
        self._ledger = ledger
        self._quantities = quantities
        self._events = events
        self._serial = int(settings.serial)

    def value(self, key: int) -> int:
        """Return the value of `key` in the unit of its row; KeyError where the table has none."""
        kind = key & ~3
        phase = key & 3
        if table.ACTIVE_IMPORT <= kind <= table.REACTIVE_QIV:
            return self._energy_dwh(kind, self._ledger.scopes[phase - 1 if phase else TOTAL])
        if kind in _MEASURED:
            return self._measured(kind, phase)
        return self._other(kind)

    def _energy_dwh(self, kind: int, scope: "Scope") -> int:
        if kind == table.REACTIVE_IMPORT:
            return scope.reactive_plus_cwh() // CWH_PER_DWH
        if kind == table.REACTIVE_EXPORT:
            return scope.reactive_minus_cwh() // CWH_PER_DWH
        return scope.counts_cwh[_ACCUMULATOR[kind]] // CWH_PER_DWH

    def _measured(self, kind: int, phase: int) -> int:
        quantities = self._quantities
        of_phase, total, sign = _MEASURED[kind]
        found: int = (
            getattr(quantities, of_phase)[phase - 1] if phase else getattr(quantities, total)
        )
        return found if sign == 0 else max(found * sign, 0)

    def _other(self, kind: int) -> int:
        if kind == table.FREQUENCY:
            return self._quantities.f_mhz
        if kind == table.OPERATING_TIME:
            return self._ledger.operating_s // _S_PER_H
        if kind == table.ERRORS:
            return self._events.errors
        if kind == table.SERIAL_NUMBER:
            return self._serial
        if kind == table.TARIFF:
            return self._ledger.tariffs.active
        if kind == table.FIRMWARE:
            return FIRMWARE_VERSION
        raise KeyError(kind)

    def quadrant(self) -> int:
        """Return the quadrant 1..4 of the total power."""
        return quadrant(self._quantities.p_total_mw, self._quantities.q_total_mvar)


# kind: (attribute of the phases, attribute of the total, sign: 0 as it is, +-1 that half of it)
_MEASURED = {
    table.ACTIVE_POWER_IMPORT: ("p_mw", "p_total_mw", 1),
    table.ACTIVE_POWER_EXPORT: ("p_mw", "p_total_mw", -1),
    table.REACTIVE_POWER_IMPORT: ("q_mvar", "q_total_mvar", 1),
    table.REACTIVE_POWER_EXPORT: ("q_mvar", "q_total_mvar", -1),
    table.ACTIVE_POWER: ("p_mw", "p_total_mw", 0),
    table.APPARENT_POWER: ("s_mva", "s_total_mva", 0),
    table.POWER_FACTOR: ("pf_permille", "pf_total_permille", 0),
    table.VOLTAGE: ("u_mv", "", 0),
    table.CURRENT: ("i_ma", "", 0),
}
