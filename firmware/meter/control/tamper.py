"""Tampering that contacts tell of: covers and magnetic fields, debounced, with beginning and end.

What was open when the power went is remembered: its end is logged whenever it comes.
"""

from micropython import const

from meter.functions.function import Function
from meter.registers import events, status
from meter.registers.pulse_input import Debounce

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from meter.journal.keeper import Keeper
    from meter.parts import Contact
    from meter.registers.status import Status

# Contacts, in this order: event of the beginning and of the end, status bit, closed when tampered.
_KINDS = (
    (events.TERMINAL_COVER_REMOVED, events.TERMINAL_COVER_CLOSED, status.COVER_OPEN, False),
    (events.COVER_REMOVED, events.COVER_CLOSED, status.COVER_OPEN, False),
    (events.MODULE_REMOVED, events.MODULE_CLOSED, status.COVER_OPEN, False),
    (events.FIELD_ON, events.FIELD_OFF, status.MAGNETIC_FIELD, True),
)
_REST_MS = const(500)  # until a contact is believed
_KEPT_AT = const(28)  # of the bytes that are kept, behind the alarms


class Tamper(Function):
    """Watches contacts.

    contacts:  terminal cover, main cover, cover of the module area, magnet; None where not fitted.
               One that has position() tells with it where it is; that is the detail of its events

    state:     bits in this order, as they are believed
    """

    def __init__(
        self,
        contacts: "Sequence[Contact | None]",
        keeper: "Keeper",
        now_s: "Callable[[], int]",
        shown: "Status",
    ) -> None:
        self.state = 0
        self._contacts = contacts
        self._debounces = [Debounce(_REST_MS) for _ in contacts]
        self._keeper = keeper
        self._now_s = now_s
        self._shown = shown
        self._is_restored = False

    def step(self, elapsed_ms: int) -> None:
        """Look at the contacts.  Hot."""
        if not self._is_restored:
            self._restore()
            return
        for k in range(len(self._contacts)):
            contact = self._contacts[k]
            if contact is None:
                continue
            begins, ends, _, when_closed = _KINDS[k]
            debounce = self._debounces[k]
            debounce.step(contact.is_closed() == when_closed, elapsed_ms)
            if debounce.is_closed != bool(self.state >> k & 1):
                self.state ^= 1 << k
                tell = getattr(contact, "position", None)
                code = begins if debounce.is_closed else ends
                self._keeper.events.log(self._now_s(), code, tell() if tell is not None else 0)
                self._show()

    def step_unpowered(self, elapsed_ms: int) -> None:
        """Look at the contacts while the supply is failing; store what they tell at once."""
        before = self.state
        self.step(elapsed_ms)
        if self.state != before:
            self._keeper.store_events()
            self._keeper.keep(self._keeper.control)

    def _show(self) -> None:
        for kind in _KINDS:
            self._shown.put(kind[2], False)
        for k in range(len(_KINDS)):
            if self.state >> k & 1:
                self._shown.put(_KINDS[k][2], True)
        self._keeper.control.data[_KEPT_AT] = self.state
        self._keeper.control.is_due = True

    def _restore(self) -> None:
        if self._keeper.control.is_ready:
            self._is_restored = True
            self.state = self._keeper.control.data[_KEPT_AT] & 15
            for k in range(len(self._debounces)):
                self._debounces[k].is_closed = bool(self.state >> k & 1)
            if self.state:
                self._show()
