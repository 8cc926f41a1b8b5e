"""What was stored, as pairs of key and value, for whoever browses it on the display."""

from micropython import const

from meter.calendar.civil import DAY_S
from meter.journal.billing import BILLING_BYTES, BillingRecord
from meter.journal.profile import Entry
from meter.ledger.energy import A_MINUS, A_PLUS, Q1, Q2, Q3, Q4
from meter.registers import table
from meter.registers.lists import TEST_RESOLUTION

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.calendar.local import Zone
    from meter.journal.keeper import Keeper

    Shown = list[tuple[int, int]]

_CWH_PER_DWH = const(10)
_BY_TARIFF = (  # the data sheet's entry tells of four tariffs
    table.ACTIVE_IMPORT_T1,
    table.REACTIVE_IMPORT_T1,
    table.ACTIVE_EXPORT_T1,
    table.REACTIVE_EXPORT_T1,
)
_GAINS = (
    table.ACTIVE_IMPORT,
    table.ACTIVE_EXPORT,
    table.REACTIVE_IMPORT,
    table.REACTIVE_EXPORT,
)


class History:
    """Reader of billing entries and of the load profile; each call reads the store.

    Raises OSError.  Times are local.
    """

    def __init__(self, keeper: "Keeper", zone: "Zone", keys: "tuple[int, ...]") -> None:
        self._keeper = keeper
        self._zone = zone
        self._keys = keys

    def periods(self) -> int:
        """Return how many billing entries there are."""
        series = self._keeper.billing
        return series.newest + 1 - series.oldest()

    def period(self, age: int) -> "Shown":
        """Return what the entry of `age` periods ago says, [] if it is not there."""
        series = self._keeper.billing
        payload = bytearray(BILLING_BYTES)
        if not 0 <= age < self.periods() or not series.read(series.newest - age, payload):
            return []
        record = BillingRecord()
        record.unpack(payload)
        cwh = record.counts_cwh
        end_s = self._zone.local_s(record.at_s)
        found = [
            (table.BILLING_DATE, end_s),
            (table.BILLING_HOUR, end_s),
            (table.BILLING_PERIODS, record.periods),
            (table.ACTIVE_IMPORT, cwh[A_PLUS] // _CWH_PER_DWH),
            (table.ACTIVE_EXPORT, cwh[A_MINUS] // _CWH_PER_DWH),
            (table.REACTIVE_IMPORT, (cwh[Q1] + cwh[Q2]) // _CWH_PER_DWH),
            (table.REACTIVE_EXPORT, (cwh[Q3] + cwh[Q4]) // _CWH_PER_DWH),
        ]
        for first in _BY_TARIFF:
            for key in range(first, first + 4):
                by_tariff_cwh = record.by_tariff_cwh(table.tariff_energy(key), key - first + 1)
                if by_tariff_cwh >= 0:
                    found.append((key, by_tariff_cwh // _CWH_PER_DWH))
        for at, part in enumerate((1, 2, 0)):
            power_w, peak_s = record.peaks[at]
            found.append((table.MAX_DEMAND + part, power_w))
            stamp_s = self._zone.standard_s(peak_s) if peak_s else 0
            found.append((table.MAX_DEMAND_HOUR + part, stamp_s))
            found.append((table.MAX_DEMAND_DATE + part, stamp_s))
        found.append((table.ACCUMULATED_DEMAND, record.accumulated_w))
        found.append((table.OPERATING_TIME, record.operating_s // 3_600))
        found.append((table.EXCEEDINGS, record.threshold))
        for unit in range(4):
            found.append((table.PULSE_INPUT + unit, record.pulse_input))
        return [pair for pair in found if pair[0] in self._keys]

    def entries(self) -> int:
        """Return how many entries the load profile has."""
        profile = self._keeper.profile
        return profile.log.total - profile.oldest()

    def newest_day(self) -> int:
        """Return the local day of the newest entry, -1 if there is none."""
        profile = self._keeper.profile
        entry = Entry(4)
        number = profile.log.total - 1
        while number >= profile.oldest():
            if profile.read(number, entry):
                return (self._zone.local_s(entry.end_s) - 1) // DAY_S
            number -= 1
        return -1

    def first_of_day(self, day: int) -> int:
        """Return the number of the first entry that ends after local `day` has begun."""
        return self._keeper.profile.find(self._zone.utc_s(day * DAY_S) + 1)

    def entry(self, number: int) -> "Shown":
        """Return what entry `number` of the load profile says, [] if it is not there."""
        profile = self._keeper.profile
        entry = Entry(4)
        if not profile.read(number, entry):
            return []
        end_s = self._zone.local_s(entry.end_s)
        found = [(table.DATE, end_s), (table.TIME, end_s)]
        for key, gain_cwh in zip(_GAINS, entry.gains_cwh):  # noqa: B905  no strict on a board
            if key in self._keys:
                found.append((key | TEST_RESOLUTION, gain_cwh // _CWH_PER_DWH))
        return found
