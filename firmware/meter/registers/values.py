"""The present value of every key of the register table, and which of them this meter has."""

from micropython import const

from meter.ledger import energy
from meter.ledger.booking import TOTAL, quadrant
from meter.ledger.tariffs import place
from meter.metrology import connection
from meter.registers import table
from meter.units import CWH_PER_DWH

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from meter.calendar.clock import Clock
    from meter.config import Settings
    from meter.ledger.booking import Ledger
    from meter.ledger.energy import Scope
    from meter.metrology.quantities import Quantities
    from meter.registers.billed import Billed
    from meter.registers.events import EventLog
    from meter.registers.status import Status

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


# Energies that must be registered for a row to be there; R+ and R- need both their quadrants.
_NEEDS = {
    table.ACTIVE_EXPORT: 0b000010,
    table.REACTIVE_IMPORT: 0b001100,
    table.REACTIVE_EXPORT: 0b110000,
    table.REACTIVE_QI: 0b000100,
    table.REACTIVE_QII: 0b001000,
    table.REACTIVE_QIII: 0b010000,
    table.REACTIVE_QIV: 0b100000,
    table.REACTIVE_IMPORT_T1: 0b001100,
    table.REACTIVE_IMPORT_T5: 0b001100,
}


class Values:
    """Reader of the table's values.

    ledger, quantities, events, billed, clock, status:  what it reads
    settings:    config.Settings
    checksum:    CRC-32 of the legally relevant modules
    """

    def __init__(  # noqa: PLR0913, PLR0917  it reads everything
        self,
        ledger: "Ledger",
        quantities: "Quantities",
        events: "EventLog",
        settings: "Settings",
        billed: "Billed",
        clock: "Clock",
        status: "Status",
        checksum: int = 0,
    ) -> None:
        self._ledger = ledger
        self._quantities = quantities
        self._events = events
        self._settings = settings
        self._billed = billed
        self._clock = clock
        self._status = status
        self._checksum = checksum
        self._readers: dict[int, Callable[[int, int], int]] = {}

    def serve(self, kinds: "Sequence[int]", read: "Callable[[int, int], int]") -> None:
        """Have `read(kind, part)` tell the values of rows that not every meter has.

        kinds: keys of rows, from CREDIT on
        """
        for kind in kinds:
            self._readers[kind] = read

    def keys(self, view: int) -> "tuple[int, ...]":
        """Return the keys that `view` shows on this meter, in table order."""
        found = table.keys(view, self._quantities.systems)
        return tuple([key for key in found if self._has(key)])

    def _has(self, key: int) -> bool:
        kind, part = key & ~3, key & 3
        settings = self._settings
        needed = _NEEDS.get(kind, 0)
        if settings.energies & needed != needed or not self._has_phase(key):
            return False
        by_tariff = table.tariff_energy(key)
        if by_tariff >= 0:
            tariff = table.code(key)[3]
            is_kept = place(self._ledger.tariffs.form, by_tariff, tariff) >= 0
            return is_kept and 1 < settings.tariffs >= tariff
        if table.MAX_DEMAND <= kind <= table.MAX_DEMAND_HOUR:
            return part == 0 or settings.tariffs > 1
        if kind == table.PULSE_INPUT:
            return part == settings.pulse_unit
        if kind in (table.DATE, table.TIME):
            return settings.has_clock == 1
        return kind < table.CREDIT or kind in self._readers

    def _has_phase(self, key: int) -> bool:
        quantities = self._quantities
        kind, part = key & ~3, key & 3
        elements = connection.elements(quantities.systems, quantities.is_three_wire)
        if kind == table.U_ANGLE:
            return part in elements
        if kind >= table.FAILURES and kind <= table.THD_I:
            return part == 0 or part - 1 in elements
        if part == 0 or not quantities.is_three_wire or table.row(key).by != table.BY_PHASE:
            return True
        # U12, U32, I1 and I3; powers and energies are there in total only.
        is_element = part - 1 in connection.elements(quantities.systems, is_three_wire=True)
        return is_element and kind in (table.VOLTAGE, table.CURRENT)

    def value(self, key: int) -> int:
        """Return the value of `key` in the unit of its row; KeyError where the table has none."""
        kind = key & ~3
        phase = key & 3
        if table.ACTIVE_IMPORT <= kind <= table.REACTIVE_QIV:
            return self._energy_dwh(kind, self._ledger.scopes[phase - 1 if phase else TOTAL])
        if kind in _MEASURED:
            return self._measured(kind, phase)
        if kind == table.U_ANGLE:
            return self._quantities.u_angle_mdeg[phase]
        by_tariff = table.tariff_energy(key)
        if by_tariff >= 0:
            tariff = table.code(key)[3]
            return self._ledger.tariffs.count_cwh(by_tariff, tariff) // CWH_PER_DWH
        if kind >= table.DATE:
            reader = self._configured if kind < table.CREDIT else self._readers[kind]
            return reader(kind, phase)
        return self._closed(kind, phase) if kind >= table.MAX_DEMAND else self._other(kind)

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
            return int(self._settings.serial)
        if kind == table.TARIFF:
            return self._ledger.tariffs.active
        if kind == table.FIRMWARE:
            return FIRMWARE_VERSION
        raise KeyError(kind)

    def _closed(self, kind: int, part: int) -> int:
        """Return what billing, demand and pulse input say; stamps of peaks in standard time."""
        billed = self._billed
        demand = billed.demand
        found = 0
        if kind == table.MAX_DEMAND:
            found = demand.max_w[part]
        elif kind in (table.MAX_DEMAND_DATE, table.MAX_DEMAND_HOUR):
            peak_s = demand.max_s[part]
            found = billed.zone.standard_s(peak_s) if peak_s else 0
        elif kind in (table.BILLING_DATE, table.BILLING_HOUR):
            found = billed.zone.local_s(billed.closed_s) if billed.closed_s else 0
        elif kind == table.PULSE_INPUT:
            found = billed.pulse_input.total_milli
        elif kind == table.BILLING_PERIODS:
            found = billed.billing.periods
        elif kind == table.THRESHOLD:
            found = self._settings.threshold_w
        else:
            found = getattr(demand, _DEMAND[kind])
        return found

    def _configured(self, kind: int, part: int) -> int:
        settings = self._settings
        if kind in (table.DATE, table.TIME):
            is_valid = self._clock.is_valid()
            return self._billed.zone.local_s(self._clock.now_s()) if is_valid else 0
        if kind == table.ORDER_NUMBER:
            hundreds, rest = settings.country // 100, settings.country % 100
            country = (hundreds * 36 + rest // 10) * 36 + rest % 10  # its digits to the base 36
            return country if part else settings.order
        if kind == table.CONFIGURATION:
            return settings.configurations[part]
        if kind == table.CONFIGURATION_5:
            return settings.config_5
        if kind in (table.STATUS, table.CHECKSUM):
            return self._status.bits if kind == table.STATUS else self._checksum
        raise KeyError(kind)

    def mains_cycles(self) -> "tuple[int, int]":
        """Return the mains cycles counted since the start, and how often the count broke off."""
        return self._quantities.cycles, self._quantities.breaks

    def quadrant(self) -> int:
        """Return the quadrant 1..4 of the total power."""
        return quadrant(self._quantities.p_total_mw, self._quantities.q_total_mvar)


_DEMAND = {
    table.ACCUMULATED_DEMAND: "accumulated_w",
    table.LAST_DEMAND: "last_w",
    table.EXCEEDINGS: "exceedings",
}

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
