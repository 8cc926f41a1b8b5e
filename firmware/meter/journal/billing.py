"""What stands in a billing entry ("debiting logger") and in a daily one; docs/storage.md."""

import struct

from micropython import const

from meter.ledger import counts
from meter.ledger.energy import KINDS
from meter.ledger.tariffs import ENERGIES, TARIFFS

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.ledger.booking import Ledger

BILLING_BYTES = const(240)
BILLING_PAGES = const(2)
DAY_BYTES = const(120)

_BILLING_HEAD = "<IBHI"
_BILLING_AT = const(11)  # where the energies begin
_DAY_HEAD = "<IBI"
_DAY_AT = const(9)
_ENERGIES_SIZE = const(110)
_PEAKS = "<IIIIIIIBIIB"
_PEAKS_SIZE = const(38)
_PHASES_AT = const(_BILLING_AT + _ENERGIES_SIZE + _PEAKS_SIZE)


class Energies:
    """The registers at an instant: energies and tariffs of the total, cWh.

    counts_cwh:   A+, A-, QI..QIV
    tariffs_cwh:  A+ T1..T8, R+ T1..T8
    """

    def __init__(self) -> None:
        self.counts_cwh = [0] * KINDS
        self.tariffs_cwh = [0] * (TARIFFS * ENERGIES)


class BillingRecord(Energies):
    """A billing entry.

    at_s:            end of the period, s since 2000-01-01 UTC
    status:          as of the load profile
    periods:         number of debiting periods, 0..65535
    operating_s:     s
    peaks:           (W, end of its period in s) of tariff 1, of tariff 2, of all; (0, 0) if none
    accumulated_w:   accumulated peak, 40 bits
    threshold:       power threshold counter
    pulse_input:     counter of the pulse input, 40 bits
    phases_cwh:      A+ and A- of L1, of L2, of L3
    """

    def __init__(self) -> None:
        super().__init__()
        self.at_s = 0
        self.status = 0
        self.periods = 0
        self.operating_s = 0
        self.peaks = [(0, 0), (0, 0), (0, 0)]
        self.accumulated_w = 0
        self.threshold = 0
        self.pulse_input = 0
        self.phases_cwh = [0] * 6

    def take(self, ledger: "Ledger") -> None:
        """Take over what `ledger` stands at."""
        take(self, ledger)
        self.operating_s = ledger.operating_s
        self.phases_cwh = [count for phase in ledger.phases for count in phase.counts_cwh[:2]]

    def pack_into(self, payload: bytearray) -> None:
        """Write the entry to `payload`, BILLING_BYTES."""
        head = self.at_s, self.status, self.periods, self.operating_s
        struct.pack_into(_BILLING_HEAD, payload, 0, *head)
        _pack(payload, _BILLING_AT, self)
        at = _BILLING_AT + _ENERGIES_SIZE
        one, two, both = self.peaks
        last = (
            self.accumulated_w & 0xFFFFFFFF,
            self.accumulated_w >> 32,
            self.threshold,
            self.pulse_input & 0xFFFFFFFF,
            self.pulse_input >> 32,
        )
        struct.pack_into(_PEAKS, payload, at, *one, *two, *both, *last)
        counts.pack_list(payload, _PHASES_AT, self.phases_cwh)

    def unpack(self, payload: bytearray) -> None:
        """Take the entry from `payload`."""
        head = struct.unpack_from(_BILLING_HEAD, payload, 0)
        self.at_s, self.status, self.periods, self.operating_s = head
        _unpack(payload, _BILLING_AT, self)
        found = struct.unpack_from(_PEAKS, payload, _BILLING_AT + _ENERGIES_SIZE)
        self.peaks = [found[0:2], found[2:4], found[4:6]]
        self.accumulated_w = found[6] | found[7] << 32
        self.threshold = found[8]
        self.pulse_input = found[9] | found[10] << 32
        counts.unpack_list(payload, _PHASES_AT, self.phases_cwh)


class DayRecord(Energies):
    """A daily entry: at_s, status and operating_s as in BillingRecord."""

    def __init__(self) -> None:
        super().__init__()
        self.at_s = 0
        self.status = 0
        self.operating_s = 0

    def take(self, ledger: "Ledger") -> None:
        """Take over what `ledger` stands at."""
        take(self, ledger)
        self.operating_s = ledger.operating_s

    def pack_into(self, payload: bytearray) -> None:
        """Write the entry to `payload`, DAY_BYTES."""
        struct.pack_into(_DAY_HEAD, payload, 0, self.at_s, self.status, self.operating_s)
        _pack(payload, _DAY_AT, self)

    def unpack(self, payload: bytearray) -> None:
        """Take the entry from `payload`."""
        head = struct.unpack_from(_DAY_HEAD, payload, 0)
        self.at_s, self.status, self.operating_s = head
        _unpack(payload, _DAY_AT, self)


def take(record: Energies, ledger: "Ledger") -> None:
    """Copy the energies of the total from `ledger` to `record`."""
    counts.copy((ledger.total,), record.counts_cwh)
    record.tariffs_cwh = list(ledger.tariffs.counts_cwh)


def _pack(payload: bytearray, at: int, record: Energies) -> None:
    counts.pack_list(payload, at, record.counts_cwh)
    counts.pack_list(payload, at + 30, record.tariffs_cwh)


def _unpack(payload: bytearray, at: int, record: Energies) -> None:
    counts.unpack_list(payload, at, record.counts_cwh)
    counts.unpack_list(payload, at + 30, record.tariffs_cwh)
