"""The pulse input: another meter's pulses, counted from the start on and kept over power cuts."""

from micropython import const

from meter.errors import ConfigError
from meter.functions.function import Function
from meter.registers.pulse_input import Debounce
from meter.requests import PRESET_PULSES

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.journal.profile import Profile
    from meter.parts import Contact
    from meter.registers.pulse_input import PulseInput
    from meter.requests import Requests

_REST_MS = const(30)
# The ring of the open interval takes 4 million writes: every 5 minutes for 20 years are 2.1.
_STORE_S = const(300)


class PulseCounter(Function):
    """Counts the closings of `contact` on `register`; serves PRESET_PULSES.

    Pulse and pause must last 100 ms each, two looks of the supervisor. A cut without warning costs
    the pulses of 5 minutes at most.

    is_restored:  what was counted before the start has been added
    """

    def __init__(
        self,
        register: "PulseInput",
        contact: "Contact | None",
        profile: "Profile",
        requests: "Requests",
    ) -> None:
        self._register = register
        self._contact = contact
        self._profile = profile
        self._debounce = Debounce(_REST_MS)
        self._early = 0  # pulses that came before the register was restored
        self._stored_milli = 0
        self._stored_s = 0
        self.is_restored = False
        requests.serve(PRESET_PULSES, self._preset)

    def restore(self, record: bytearray, at: int) -> None:
        """Take what PulseInput.pack_into() wrote."""
        self._register.restore(record, at)
        self._stored_milli = self._register.total_milli

    def step(self, elapsed_ms: int) -> None:
        """Look at the contact.  Hot."""
        if self._contact is not None:
            if self._debounce.step(self._contact.is_closed(), elapsed_ms):
                self._early += 1
            if self._early and self.is_restored:
                self._register.add(self._early)
                self._early = 0

    def second(self, now_s: int) -> None:
        """Have a count that has moved stored every 5 minutes."""
        if self._register.total_milli == self._stored_milli or not self.is_restored:
            return
        if not 0 <= now_s - self._stored_s < _STORE_S:
            self._profile.note_state()
            self._stored_milli = self._register.total_milli
            self._stored_s = now_s

    def _preset(self, milli: "int | bytes", source: int) -> int:
        """Serve PRESET_PULSES."""
        if not isinstance(milli, int) or not self.is_restored:
            raise ConfigError("pulse counter", milli, "a number, once the start is over")
        self._register.preset(milli)
        return 0
