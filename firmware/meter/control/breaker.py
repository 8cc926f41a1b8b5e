"""The breaker: who may move it, when, and what becomes of it if the power goes meanwhile.

Before a pulse the intention is stored, after it the result; a start that finds an intention
without a result carries it out.  With the result stands the number that its event has on the
store: a start that does not find that event logs it.  Above the short-circuit limit the breaker is
never opened: a command is refused, what the meter itself has decided waits.
"""

import struct

from micropython import const

from meter.control import disconnector
from meter.control.disconnector import CONNECTED, MANUAL, READY, REMOTE
from meter.errors import ConfigError
from meter.functions.function import Function
from meter.metrology.acquisition import FLAG_OVERRANGE
from meter.registers import events, status
from meter.requests import BUTTON, CONNECT, DISCONNECT

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from meter.control.settings import ControlSettings
    from meter.journal.keeper import Keeper
    from meter.metrology.quantities import Quantities
    from meter.registers.status import Status
    from meter.requests import Requests

    class Configured(Protocol):
        """See load_control.LoadControl."""

        settings: ControlSettings

    class Relay(Protocol):
        """See drivers/relay_bistable.py."""

        def is_busy(self) -> bool:
            """Return whether a pulse or the time to settle is still running."""

        def move(self, position: int) -> bool:
            """Begin a pulse towards 0 open or 1 closed."""

        def step(self, elapsed_ms: int) -> None:
            """Let time pass."""

        def release(self) -> None:
            """Take the current off the coils."""

        def position(self) -> int:
            """Return 0 open, 1 closed, -1 unknown."""


# Why the breaker moved: low byte of an event's detail.
BY_COMMAND = const(1)
BY_BUTTON = const(2)
BY_CURVE = const(3)
BY_CREDIT = const(4)
BY_LIMITER = const(5)
RESUMED = const(0x80)  # or-ed: a power cut came between

# What is wrong with it: detail of BREAKER_FAILED.
STAYS = const(1)  # the contact says another position than was wished
CONDUCTS = const(2)  # current flows although it is open

# Its part of the bytes that are kept.
_AT = const(0)
_FORM = "<BBBBH"  # layout, state, intended letter or 0, cause, rest of the reconnect delay s
_LAYOUT = const(1)
_DONE_AT = const(76)  # behind those of the voltage quality
_DONE = "<IBB"  # number that the event of the last switching has in its log, letter or 0, cause

_UNKNOWN = const(-1)
_STALE_MS = const(2_000)  # currents older than this say nothing
_LEAK_MA = const(250)  # more than this through an open breaker is not induced
_DOUBT_MS = const(2_000)  # how long something must be wrong
_RETRY_MS = const(5_000)  # until the next attempt; doubles
_LONGEST_RETRY_MS = const(1_280_000)


class Breaker(Function):
    """Disconnect control.

    relay:       see Relay
    configured:  has the ControlSettings in force, `settings`
    quantities:  currents, and the flags of the last window
    keeper:      keeps the state (its `control`), and logs

    state, mode: of COSEM disconnect control
    lock_s:      what is left of the reconnect delay
    cause:       why it last moved, BY_*
    is_failed:   it does not do what it should, see STAYS and CONDUCTS
    is_known:    the stored state is there; before that nothing is moved
    """

    def __init__(  # noqa: PLR0913, PLR0917  everything it works with is handed in
        self,
        relay: "Relay",
        configured: "Configured",
        quantities: "Quantities",
        keeper: "Keeper",
        now_s: "Callable[[], int]",
        shown: "Status",
        requests: "Requests",
    ) -> None:
        self._relay = relay
        self._configured = configured
        self._quantities = quantities
        self._keeper = keeper
        self._now_s = now_s
        self._shown = shown
        self.state = CONNECTED
        self.lock_s = 0
        self.cause = 0
        self.is_failed = False
        self.is_known = False
        self._letter = ""  # of the transition under way
        self._is_looked_up = False  # whether the last switching of the start before was logged
        self._is_begun = False  # its pulse was given
        self._silent_ms = _STALE_MS
        self._doubt_ms = 0
        self._wait_ms = 0
        self._retry_ms = _RETRY_MS
        requests.serve(DISCONNECT, self._disconnect)
        requests.serve(CONNECT, self._connect)

    @property
    def mode(self) -> int:
        """COSEM control mode, 0..6."""
        return self._configured.settings.mode

    def is_connected(self) -> bool:
        """Return whether the load is: as the contact says, or else by what was last done."""
        position = self._relay.position()
        return self.state == CONNECTED if position == _UNKNOWN else position == 1

    @property
    def is_moving(self) -> bool:
        """Whether a transition is under way."""
        return self._letter != ""

    def window(self, duration_ns: int) -> None:
        """Take note that there are currents to go by."""
        self._silent_ms = 0

    def step(self, elapsed_ms: int) -> None:
        """Carry on what is under way; look whether the breaker does what it should.  Hot."""
        self._relay.step(elapsed_ms)
        if self._silent_ms < _STALE_MS:
            self._silent_ms += elapsed_ms
        if not self.is_known:
            self._recover()
        elif self._letter:
            self._carry_on()
        else:
            self._supervise(elapsed_ms)
        self._shown.put(status.DISCONNECTED, self.state != CONNECTED)

    def second(self, now_s: int) -> None:
        """Let the reconnect delay run."""
        if self.lock_s > 0 and self.is_known:
            self.lock_s -= 1

    def ask(self, connect: bool, medium: int, cause: int) -> bool:
        """Begin what is wished; return False, and change nothing, where it is not to be."""
        return self._ask(connect, medium, cause) == ""

    def power_fail(self) -> None:
        """Take the current off the coils; a pulse that was cut short is given anew."""
        if self._relay.is_busy():
            self._is_begun = False
        self._relay.release()

    def _disconnect(self, value: "int | bytes", source: int) -> int:
        return self._serve(False, source)

    def _connect(self, value: "int | bytes", source: int) -> int:
        return self._serve(True, source)

    def _serve(self, connect: bool, source: int) -> int:
        """Serve CONNECT and DISCONNECT; returns the state that is on its way."""
        by_button = source == BUTTON
        accepted = self._ask(
            connect, MANUAL if by_button else REMOTE, BY_BUTTON if by_button else BY_COMMAND
        )
        if accepted:
            raise ConfigError("connect" if connect else "disconnect", self.state, accepted)
        return disconnector.target(self._letter) if self._letter else self.state

    def _ask(self, connect: bool, medium: int, cause: int) -> str:
        """Begin; return "", or else when it would be accepted."""
        if not self.is_known or self._letter:
            return "once the breaker has come to rest"
        letter = disconnector.transition(self.mode, self.state, medium, connect)
        if letter == disconnector.IMPOSSIBLE:
            return "what mode {} allows in this state".format(self.mode)
        moves = disconnector.moves(letter)
        if moves and connect and self.lock_s:
            return "in {} s".format(self.lock_s)
        if moves and not connect and not self._may_open():
            return "at currents known to be below {} mA".format(self._configured.settings.short_ma)
        before = self.cause, self.lock_s
        self.cause = cause
        if cause == BY_CURVE:
            self.lock_s = self._configured.settings.reconnect_s
        if not self._store(letter):
            self.cause, self.lock_s = before
            self._pack("")
            return "once the store answers"
        self._letter = letter
        self._is_begun = not moves
        if not moves:
            self._finish()
        return ""

    def _may_open(self) -> bool:
        """Return whether every current is known and not above Ik."""
        if self._silent_ms >= _STALE_MS or self._quantities.flags & FLAG_OVERRANGE:
            return False
        return max(self._quantities.i_ma) <= self._configured.settings.short_ma

    def _carry_on(self) -> None:
        wanted = disconnector.target(self._letter) == CONNECTED
        if not self._is_begun:
            if wanted or self._may_open():
                self._is_begun = self._relay.move(1 if wanted else 0)
        elif not self._relay.is_busy():
            self._finish()

    def _finish(self) -> None:
        """Take the transition as done, and log it with what the contact says."""
        letter, self._letter = self._letter, ""
        self.state = disconnector.target(letter)
        self._log_done(letter, self.cause)
        self.cause &= ~RESUMED
        self._doubt_ms = 0
        self._retry_ms = self._wait_ms = _RETRY_MS
        if not self._store(""):  # the intention stands, and may be carried out again
            self._keeper.control.is_due = True

    def _supervise(self, elapsed_ms: int) -> None:
        """Log a breaker that does not do what it should, and try to move it again."""
        fault = self._fault()
        if (fault != 0) == self.is_failed:
            self._doubt_ms = 0
        else:
            self._doubt_ms += elapsed_ms
            if self._doubt_ms >= _DOUBT_MS:
                self.is_failed = fault != 0
                self._doubt_ms = 0
                self._log(events.BREAKER_FAILED if fault else events.BREAKER_RESTORED, fault)
        if fault == 0 or not self.is_failed:
            self._retry_ms = self._wait_ms = _RETRY_MS
            return
        self._wait_ms -= elapsed_ms
        is_closing = self.state == CONNECTED
        if self._wait_ms <= 0 and (is_closing or self._may_open()):
            self._relay.move(1 if is_closing else 0)
            self._retry_ms = self._wait_ms = min(2 * self._retry_ms, _LONGEST_RETRY_MS)

    def _fault(self) -> int:
        """Return STAYS, CONDUCTS, or 0."""
        if self._relay.is_busy():
            return STAYS if self.is_failed else 0  # as it was
        position = self._relay.position()
        if position != _UNKNOWN and (position == 1) != (self.state == CONNECTED):
            return STAYS
        if self.state != CONNECTED and max(self._quantities.i_ma) > _LEAK_MA:
            return CONDUCTS
        return 0

    def _recover(self) -> None:
        """Take up the stored state; a new meter's breaker stays as its contact says it is."""
        kept = self._keeper.control
        if not kept.is_ready or not self._look_up():
            return
        self.is_known = True
        layout, state, letter, cause, lock_s = struct.unpack_from(_FORM, kept.data, _AT)
        if layout == _LAYOUT:
            self.state, self.cause, self.lock_s = state, cause, lock_s
            if letter:
                self._letter = chr(letter)
                self.cause |= RESUMED
        elif self._relay.position() == 0:
            self.state = READY

    def _look_up(self) -> bool:
        """Log the last switching if a cut kept it from its log; return False if not known yet."""
        data = self._keeper.control.data
        number, letter, cause = struct.unpack_from(_DONE, data, _DONE_AT)
        if not letter or self._is_looked_up:
            return True
        try:
            is_logged = self._keeper.book.next_number(events.DISCONNECT) > number
        except OSError:  # asked again with the next step
            return False
        self._is_looked_up = True
        if not is_logged:
            self._log_done(chr(letter), cause | RESUMED)
            self._keeper.control.is_due = True
        return True

    def _log_done(self, letter: str, cause: int) -> None:
        """Log a switching with what the contact says; pack as which entry."""
        self._note_done(letter, cause)
        position = self._relay.position()
        detail = cause | disconnector.target(letter) << 8 | (position + 1) << 16
        self._log(disconnector.event(letter), detail)

    def _note_done(self, letter: str, cause: int) -> None:
        """Pack which switching is logged now, and as which entry."""
        try:
            number = self._keeper.book.next_number(events.DISCONNECT)
        except OSError:  # logged, but not to be logged again
            number, letter = 0, ""
        done = ord(letter) if letter else 0
        struct.pack_into(_DONE, self._keeper.control.data, _DONE_AT, number, done, cause)

    def _pack(self, letter: str) -> None:
        intended = ord(letter) if letter else 0
        struct.pack_into(
            _FORM,
            self._keeper.control.data,
            _AT,
            _LAYOUT,
            self.state,
            intended,
            self.cause,
            self.lock_s,
        )

    def _store(self, letter: str) -> bool:
        self._pack(letter)
        return self._keeper.keep(self._keeper.control)

    def _log(self, code: int, detail: int) -> None:
        self._keeper.events.log(self._now_s(), code, detail)
