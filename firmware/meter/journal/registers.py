"""The register journal: totals and tariffs in one ring, the registers of the phases in another.

When which of them is written, and what a power cut costs, stands in docs/storage.md, "Registers".
"""

import struct

from micropython import const

from meter.journal.account import Account
from meter.journal.ring import Ring
from meter.ledger import counts
from meter.ledger.energy import KINDS

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter.journal.record import Page, Region, Store
    from meter.ledger.booking import Ledger
    from meter.ledger.energy import Scope

_FINE_CWH = const(500)  # 5 Wh; a window adds 4.9 Wh at most, so less than 10 Wh can be lost
_FINEST_CWH = const(10)  # 0.1 Wh, on a FRAM
_FRAM = const(100_000_000)  # writes; no EEPROM takes as many
_COARSE_CWH = const(10_000)  # 0.1 kWh, what the display shows
_HOUR_S = const(3_600)
_TARIFFS_AT = const(30)  # behind the six counts of the total
_TIMES_AT = const(110)  # behind the sixteen counts of the tariffs
_TIMES = "<IIB"
_FORM_SHIFT = const(1)  # of the last byte: of the tariffs, behind whether the supply was failing


class _Part:
    """Scopes that are stored together, their ring, and what stands in it."""

    def __init__(
        self,
        store: "Store",
        region: "Region",
        scopes: "Sequence[Scope]",
        page: "Page",
    ) -> None:
        self.ring = Ring(store, region, page)
        self.account = Account(region[1], store.endurance)
        self._fine_cwh = _FINEST_CWH if store.endurance >= _FRAM else _FINE_CWH
        self.scopes = scopes
        self.record = bytearray(region[3])
        self.stored_cwh = [0] * (len(scopes) * KINDS)
        self.is_recovered = False

    def is_due(self, operating_s: int) -> bool:
        """Return whether a register has moved by as much as its account allows."""
        moved_cwh = counts.moved_cwh(self.scopes, self.stored_cwh)
        if moved_cwh < self._fine_cwh:
            return False
        return moved_cwh >= _COARSE_CWH or self.account.is_covered(self.ring.writes, operating_s)

    def write(self) -> None:
        """Store the counts with what else stands in the record."""
        self.send()
        self.settle()

    def send(self) -> None:
        """Begin to store, see Ring.send()."""
        counts.pack_into(self.record, 0, self.scopes)
        self.ring.send(self.record, len(self.record))

    def settle(self) -> None:
        """Store for good what send() was called for, see Ring.settle()."""
        self.ring.settle(self.record, len(self.record))
        counts.copy(self.scopes, self.stored_cwh)


class RegisterJournal:
    """Keeps a ledger on a store.

    store:    driver of an EEPROM or a FRAM, see record.Store
    regions:  rows of store_map for totals and for phases
    page:     record.Page, which may be lent to others
    ledger:   ledger.booking.Ledger

    is_recovered:   True once what was stored has been added to the ledger
    restored:       True if there was something
    was_orderly:    True if the newest record was written on a power-fail warning
    stored_at_s:    when the newest record was written, s since 2000-01-01 UTC
    """

    def __init__(
        self,
        store: "Store",
        regions: "Sequence[Region]",
        page: "Page",
        ledger: "Ledger",
    ) -> None:
        self._ledger = ledger
        self._totals = _Part(store, regions[0], (ledger.total,), page)
        self._phases = _Part(store, regions[1], ledger.phases, page)
        self._parts = (self._totals, self._phases)
        self._is_quick = store.endurance >= _FRAM
        self.is_recovered = False
        self.restored = False
        self.was_orderly = False
        self.stored_at_s = 0
        self._stored_operating_s = 0

    def recover(self, pages: int) -> bool:
        """Look at `pages` more of the store; return True once all is recovered.

        What is found is added to what was counted since the start.  Raises OSError, after which
        it may be called again.
        """
        for part in self._parts:
            if not part.is_recovered:
                if not part.ring.search(pages, part.record):
                    return False
                part.is_recovered = True
        for part in self._parts:
            if part.ring.found > 0:
                counts.add_from(part.record, 0, part.scopes)
            counts.copy(part.scopes, part.stored_cwh)
        if self._totals.ring.found > 0:
            self._restore_totals(self._totals.record)
        self._ledger.tariffs.skip(self._ledger.total)
        self.is_recovered = True
        return True

    def _restore_totals(self, record: bytearray) -> None:
        seconds, at_s, flags = struct.unpack_from(_TIMES, record, _TIMES_AT)
        ledger = self._ledger
        ledger.tariffs.restore(record, _TARIFFS_AT, flags >> _FORM_SHIFT, ledger.total)
        self._stored_operating_s = seconds
        ledger.operating_s += seconds
        self.stored_at_s = at_s
        self.was_orderly = flags & 1 == 1
        self.restored = True

    def step(self, at_s: int) -> bool:
        """Store what is due, one page at most, on a FRAM two; return whether anything was.

        Raises OSError or JournalError; the next call tries again.
        """
        now_s = self._ledger.operating_s
        has_stored = False
        if now_s - self._stored_operating_s >= _HOUR_S or self._totals.is_due(now_s):
            self.store_totals(at_s)
            if not self._is_quick:
                return True
            has_stored = True
        if self._phases.is_due(now_s):
            self._phases.write()
            has_stored = True
        return has_stored

    def store_totals(self, at_s: int) -> None:
        """Store totals and tariffs.  Raises as step()."""
        self._pack(at_s, is_last=False)
        self._totals.write()
        self._stored_operating_s = self._ledger.operating_s

    def store_phases(self) -> None:
        """Store the registers of the phases.  Raises as step()."""
        self._phases.write()

    def send_totals(self, at_s: int) -> None:
        """Begin to store totals and tariffs: the supply is failing.  Raises as step()."""
        self._pack(at_s, is_last=True)
        self._totals.send()

    def send_phases(self) -> None:
        """Begin to store the registers of the phases.  Raises as step()."""
        self._phases.send()

    def settle_totals(self) -> None:
        """Read back what send_totals() sent, store it anew if need be.  Raises as step()."""
        self._totals.settle()
        self._stored_operating_s = self._ledger.operating_s

    def settle_phases(self) -> None:
        """Read back what send_phases() sent, store it anew if need be.  Raises as step()."""
        self._phases.settle()

    def _pack(self, at_s: int, is_last: bool) -> None:
        """Write what stands behind the counts of the total; is_last: the supply is failing."""
        tariffs = self._ledger.tariffs
        tariffs.pack_into(self._totals.record, _TARIFFS_AT)
        flags = tariffs.form << _FORM_SHIFT | (1 if is_last else 0)
        times = self._ledger.operating_s, at_s, flags
        struct.pack_into(_TIMES, self._totals.record, _TIMES_AT, *times)

    @property
    def damaged(self) -> int:
        """Return how many pages were neither good nor blank at the recovery."""
        return self._totals.ring.damaged + self._phases.ring.damaged
