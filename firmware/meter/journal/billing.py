"""What stands in a billing entry ("debiting logger") and in a daily one; docs/storage.md."""

import struct

from micropython import const

from meter.ledger import counts
from meter.ledger.energy import KINDS
from meter.ledger.tariffs import IMPORT, REGISTERS, place

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.ledger.booking import Ledger

BILLING_BYTES = const(240)
BILLING_PAGES = const(2)
DAY_BYTES = const(120)

_DAY_HEAD = "<IBI"
DAY_AT = const(9)  # where the energies begin
DAY_FORM_AT = const(119)
_BILLING_HEAD = "<IBHI"
BILLING_AT = const(11)
_PEAKS = "<IIIIII"
PEAKS_AT = const(121)
ACCUMULATED_AT = const(145)
THRESHOLD_AT = const(150)
PULSES_AT = const(154)  # the phases follow
BILLING_FORM_AT = const(189)


class DayRecord:
    """A daily entry: the registers of the total at an instant.

    at_s:         end of the day, s since 2000-01-01 UTC
    status:       as of the load profile
    operating_s:  s
    counts_cwh:   A+, A-, QI..QIV, cWh
    tariffs_cwh:  energies by tariff as ledger.tariffs has them in tariff_form, cWh
    """

    def __init__(self) -> None:
        self.at_s = self.status = self.operating_s = 0
        self.counts_cwh = [0] * KINDS
        self.tariffs_cwh = [0] * REGISTERS
        self.tariff_form = IMPORT

    def take(self, ledger: "Ledger") -> None:
        """Take over what `ledger` stands at."""
        counts.copy((ledger.total,), self.counts_cwh)
        self.tariffs_cwh = list(ledger.tariffs.counts_cwh)
        self.tariff_form = ledger.tariffs.form
        self.operating_s = ledger.operating_s

    def pack_into(self, payload: bytearray) -> None:
        """Write the entry to `payload`, DAY_BYTES."""
        struct.pack_into(_DAY_HEAD, payload, 0, self.at_s, self.status, self.operating_s)
        counts.pack_list(payload, DAY_AT, self.counts_cwh + self.tariffs_cwh)
        payload[DAY_FORM_AT] = self.tariff_form

    def unpack(self, payload: bytearray) -> None:
        """Take the entry from `payload`."""
        head = struct.unpack_from(_DAY_HEAD, payload, 0)
        self.at_s, self.status, self.operating_s = head
        self._unpack_energies(payload, DAY_AT)
        self.tariff_form = payload[DAY_FORM_AT]

    def by_tariff_cwh(self, energy: int, tariff: int) -> int:
        """Return an energy of ledger.tariffs in `tariff` 1..8, cWh; -1 if it was not kept."""
        at = place(self.tariff_form, energy, tariff)
        return self.tariffs_cwh[at] if at >= 0 else -1

    def _unpack_energies(self, payload: bytearray, at: int) -> None:
        found = self.counts_cwh + self.tariffs_cwh
        counts.unpack_list(payload, at, found)
        self.counts_cwh = found[:KINDS]
        self.tariffs_cwh = found[KINDS:]


class BillingRecord(DayRecord):
    """A billing entry: what a daily one has, of the end of the period, and more.

    periods:         number of debiting periods, 0..65535
    peaks:           (W, end of its period in s) of tariff 1, of tariff 2, of all; (0, 0) if none
    accumulated_w:   accumulated peak, 40 bits
    threshold:       power threshold counter
    pulse_input:     counter of the pulse input, 40 bits
    phases_cwh:      A+ and A- of L1, of L2, of L3
    """

    def __init__(self) -> None:
        super().__init__()
        self.periods = self.accumulated_w = self.threshold = self.pulse_input = 0
        self.peaks = [(0, 0), (0, 0), (0, 0)]
        self.phases_cwh = [0] * 6

    def take(self, ledger: "Ledger") -> None:
        """Take over what `ledger` stands at."""
        super().take(ledger)
        self.phases_cwh = [count for phase in ledger.phases for count in phase.counts_cwh[:2]]

    def pack_into(self, payload: bytearray) -> None:
        """Write the entry to `payload`, BILLING_BYTES."""
        head = self.at_s, self.status, self.periods, self.operating_s
        struct.pack_into(_BILLING_HEAD, payload, 0, *head)
        counts.pack_list(payload, BILLING_AT, self.counts_cwh + self.tariffs_cwh)
        one, two, both = self.peaks
        struct.pack_into(_PEAKS, payload, PEAKS_AT, *one, *two, *both)
        counts.pack_list(payload, ACCUMULATED_AT, [self.accumulated_w])
        struct.pack_into("<I", payload, THRESHOLD_AT, self.threshold)
        many = self.phases_cwh[:]
        many.insert(0, self.pulse_input)
        counts.pack_list(payload, PULSES_AT, many)
        payload[BILLING_FORM_AT] = self.tariff_form

    def unpack(self, payload: bytearray) -> None:
        """Take the entry from `payload`."""
        head = struct.unpack_from(_BILLING_HEAD, payload, 0)
        self.at_s, self.status, self.periods, self.operating_s = head
        self._unpack_energies(payload, BILLING_AT)
        self.tariff_form = payload[BILLING_FORM_AT]
        found = struct.unpack_from(_PEAKS, payload, PEAKS_AT)
        self.peaks = [found[0:2], found[2:4], found[4:6]]
        many = [0]
        counts.unpack_list(payload, ACCUMULATED_AT, many)
        self.accumulated_w = many[0]
        self.threshold = struct.unpack_from("<I", payload, THRESHOLD_AT)[0]
        many = [0] * 7
        counts.unpack_list(payload, PULSES_AT, many)
        self.pulse_input = many[0]
        self.phases_cwh = many[1:]
