"""What the supervisor runs beside measuring: one view each, wired to its driver.

Every task has step(), bounded in work.  Tasks read the meter; none of them can change it.
"""

import struct
from array import array

from micropython import const

from meter.functions.function import Function
from meter.ledger.energy import A_MINUS, A_PLUS, Q1, Q2, Q3, Q4
from meter.views import glass
from meter.views.button import NONE, PushButton

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from meter.ledger.booking import Ledger
    from meter.views.display import Display
    from meter.views.pulses import PulseTrain

    class Task(Protocol):
        """One view with its driver."""

        def step(self, elapsed_ms: int) -> None:
            """Do a bounded piece of work."""

    class PulseOutput(Protocol):
        """Player of pulse words, see PulseTask."""

        def write(self, words: array[int], first: int, n: int) -> int:
            """Take words; return how many."""

        def has_starved(self) -> bool:
            """Return True once after the words ran out, and at the start."""

        def set_led_between(self, is_on: bool) -> None:
            """Set the LED between pulses."""

        def set_pulse_ms(self, pulse_ms: int) -> None:
            """Set the length of a pulse, 30 or 80 ms; before the first one."""

    class Screen(Protocol):
        """Driver of a display."""

        def show(self, content: bytearray) -> None:
            """Take over what is to be shown."""

        def step(self) -> None:
            """Send a slice of what changed."""

    class Button(Protocol):
        """The push button."""

        def is_closed(self) -> bool:
            """Return whether it is held down."""

    class LineProtocol(Protocol):
        """A sans-IO protocol."""

        def feed(self, buf: bytearray, n: int) -> None:
            """Take `n` received bytes."""

        def step(self, elapsed_ms: int) -> None:
            """Let time pass."""

        def take_output(self, buf: bytearray) -> int:
            """Fill `buf` with what is to be sent; return the number of bytes."""

    class Uart(Protocol):
        """A serial line."""

        def read_into(self, buf: bytearray) -> int:
            """Move received bytes to `buf`; return how many."""

        def write(self, buf: bytearray, first: int, n: int) -> int:
            """Take bytes to send; return how many."""

        def set_format(self, baud: int, even_parity: bool) -> None:
            """Go on with this speed, 7E1 or 8N1."""

        def has_sent(self) -> bool:
            """Return whether everything written has left."""


_REST_MS = const(60_000)
FIRST = const(1)  # of failures, see Guarded
AGAIN = const(2)
_WORDS = const(64)  # of one window: 1 s at 28 Hz needs 31
_LEAD_WORD = const(10_000)  # 50 ms of nothing, 5000 ticks of 10 us: how late a window may come
_PORT_BUFFER = const(32)
_PORT_ROUNDS = const(16)  # in a step: 512 bytes, 44 ms at 115,200 baud
_OWED = "<I"
_OWED_AT = const(55)  # of the state that rides with the open interval, behind functions.billing's
_FOLLOWED = ((A_PLUS,), (A_MINUS,), (Q1, Q2), (Q3, Q4))


class Guarded:
    """A task that may fail without stopping the meter: one that raised stays out for a minute."""

    def __init__(self, task: "Task") -> None:
        self.task = task
        self.rest_ms = 0
        self.calm_ms = _REST_MS  # how long it has worked since it raised last

    def step(self, elapsed_ms: int) -> int:
        """Step it; return 0, AGAIN if it raised, FIRST if it did not for a minute before."""
        if self.rest_ms > 0:
            self.rest_ms -= elapsed_ms
            return 0
        try:
            self.task.step(elapsed_ms)
        except Exception:  # noqa: BLE001  the one place: whatever a view does, measuring goes on
            was_calm = self.calm_ms >= _REST_MS
            self.rest_ms = _REST_MS
            self.calm_ms = 0
            return FIRST if was_calm else AGAIN
        self.calm_ms += elapsed_ms
        return 0


class PulseTask:
    """Plays the energy of A+, or of what it is told to follow, on LED and S0.

    train:   views.pulses.PulseTrain
    output:  write(words, first, n) -> words accepted; has_starved() -> True once after the output
             ran out of words, and at the start; set_led_between(is_on)
    """

    def __init__(self, train: "PulseTrain", output: "PulseOutput", ledger: "Ledger") -> None:
        self._train = train
        self._output = output
        self._scope = ledger.total
        self._followed: Sequence[int] = _FOLLOWED[0]
        self._lead = array("I", [_LEAD_WORD])
        self._owes_lead = False
        self._words = array("I", [0] * _WORDS)
        self._first = 0
        self._n = 0
        self._pending_ns = 0
        self._has_queue = False  # from before the start

    def follow(self, which: int) -> None:
        """Play A+, A-, R+ or R- (0..3) from now on, without a pulse for what was before."""
        self._followed = _FOLLOWED[which]
        self._train.rebase(self._energy_pj())

    def keep(self, state: bytearray) -> None:
        """Write to `state` how many pulses of A+ are due that the output has not taken."""
        if not self._has_queue:
            return
        owed = 0
        if self._followed == _FOLLOWED[0]:
            owed = self._train.owed(self._energy_pj())
            for k in range(self._first, self._first + self._n):
                owed += self._words[k] & 1
        struct.pack_into(_OWED, state, _OWED_AT, owed)

    def take(self, state: bytearray) -> None:
        """Queue the pulses that keep() wrote to `state` before the start, at the first call."""
        if not self._has_queue:
            self._has_queue = True
            self._train.waiting += struct.unpack_from(_OWED, state, _OWED_AT)[0]
            self.forget(state)

    def forget(self, state: bytearray) -> None:
        """Have `state` say that no pulse is due, once it was stored."""
        if self._has_queue:
            struct.pack_into(_OWED, state, _OWED_AT, 0)

    def _energy_pj(self) -> int:
        return sum([self._scope.exact_pj(kind) for kind in self._followed])

    def window(self, duration_ns: int, is_creeping: bool) -> None:
        """Take over the energy that a window of `duration_ns` booked.  Warm."""
        self._pending_ns += duration_ns
        self.step()
        if self._n:
            return  # the output is behind: this window's pulses come with the next one's
        self._owes_lead = self._output.has_starved()
        self._first = 0
        self._n = self._train.window(self._energy_pj(), self._pending_ns, is_creeping, self._words)
        self._pending_ns = 0
        self._output.set_led_between(self._train.led_between)

    def step(self) -> None:
        """Hand over as many words as the output takes.  Hot."""
        if self._owes_lead:
            self._owes_lead = self._output.write(self._lead, 0, 1) == 0
        if self._n and not self._owes_lead:
            taken = self._output.write(self._words, self._first, self._n)
            self._first += taken
            self._n -= taken


class DisplayTask:
    """Shows the display list on the glass and on the character display, whichever is fitted.

    display:   views.display.Display
    pictures:  drivers of the glass (show(ram), step()), or empty
    texts:     drivers of character displays (show(lines), step()), or empty
    button:    is_closed() -> bool, or None
    """

    def __init__(
        self,
        display: "Display",
        pictures: "Sequence[Screen]",
        texts: "Sequence[Screen]",
        button: "Button | None",
    ) -> None:
        self._display = display
        self._pictures = pictures
        self._texts = texts
        self._button = button
        self._push = PushButton()
        self._ram = bytearray(glass.RAM)
        self._lines = bytearray(glass.COLUMNS * glass.LINES)

    def step(self, elapsed_ms: int) -> None:
        """Advance the list; send the drivers a slice of what changed."""
        if self._button is not None:
            push = self._push.step(self._button.is_closed(), elapsed_ms)
            if push != NONE:
                self._display.press(push)
        if self._display.step(elapsed_ms):
            glass.segments(self._display.frame, self._ram)
            glass.characters(self._display.frame, self._lines)
            for picture in self._pictures:
                picture.show(self._ram)
            for text in self._texts:
                text.show(self._lines)
        for picture in self._pictures:
            picture.step()
        for text in self._texts:
            text.step()


class PortTask:
    """Joins a protocol to a UART.

    protocol:  feed(buf, n), step(elapsed_ms), take_output(buf) -> n
    uart:      read_into(buf) -> n, write(buf, first, n) -> bytes accepted
    """

    def __init__(self, protocol: "LineProtocol", uart: "Uart") -> None:
        self._protocol = protocol
        self._uart = uart
        self._received = bytearray(_PORT_BUFFER)
        self._sending = bytearray(_PORT_BUFFER)
        self._first = 0
        self._n = 0

    def step(self, elapsed_ms: int) -> None:
        """Move received bytes in and waiting bytes out, at most some buffers of each."""
        self._receive()
        self._protocol.step(elapsed_ms)
        self._send()

    def attend(self) -> None:
        """Do so in the middle of a step, so that what needs none is answered soon.  Hot."""
        if self._receive():
            self._send()

    def _receive(self) -> bool:
        """Hand over what has come; return whether there was something."""
        total = 0
        for _ in range(_PORT_ROUNDS):
            n = self._uart.read_into(self._received)
            if n:
                self._protocol.feed(self._received, n)
            total += n
            if n < _PORT_BUFFER:
                break
        return total > 0

    def _send(self) -> None:
        for _ in range(_PORT_ROUNDS):
            if self._n == 0:
                self._first = 0
                self._n = self._protocol.take_output(self._sending)
            taken = self._uart.write(self._sending, self._first, self._n) if self._n else 0
            if taken == 0:
                break
            self._first += taken
            self._n -= taken


class Attendant(Function):
    """Has the ports pass on in the middle of a step what needs none: a client waits less.

    ports:  PortTask
    """

    def __init__(self) -> None:
        self.ports: list[PortTask] = []

    def window(self, duration_ns: int) -> None:
        """Between booking and what else comes of a window.  Hot."""
        self.step(0)

    def step(self, elapsed_ms: int) -> None:
        """Between measuring and storing.  Hot."""
        for port in self.ports:
            port.attend()
