"""The optical port: mode A at 300 baud, 7E1, and HDLC at 9600 baud, 8N1, on one line, sans-IO.

Idle it listens at 300 baud.  A flag (7E) means HDLC: the line goes to 9600 baud, and back after
the end of a session or 10 s without one.  A "/", or the break that one at 300 baud is for 9600
baud, after a silence means mode A at once.  A UART that is at 300 baud and sees pulses of a higher
speed says it has received a flag; the client's first frame is lost then, and its next one heard.

With the mode E sign-on (IEC 62056-21, 6.4.5 and annex E) the reader chooses after the
identification, V Z Y being 2 5 2 for HDLC at 9600 baud, confirmed at 300 baud, 0 Z 0 for the data:

    meter   /KAM5 backslash 2<type>   CR LF
    reader  ACK V Z Y                 CR LF

Without a choice the data follow at 300 baud.
"""

from micropython import const

from meter.views.dlms.frame import FLAG
from meter.views.mode_a import REACTION_MS

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Protocol

    from meter.views.dlms.hdlc import Link
    from meter.views.mode_a import ModeA

    class Format(Protocol):
        """What sets the format of a line."""

        def set_format(self, baud: int, even_parity: bool) -> None:
            """Go on with this speed, 7E1 or 8N1."""

        def has_sent(self) -> bool:
            """Return whether everything written has left."""


SLOW = const(300)
FAST = const(9600)
UNUSED_MS = const(10_000)  # at 9600 baud without a session
CHOICE_MS = const(2_000)  # 1500 ms and the last character (IEC 62056-21, 6.5.2)
_SILENCE_MS = const(500)  # before a "/" ends a session
_SLASH = const(0x2F)

# The reader's choice: ACK V Z Y CR LF.
_HDLC_CHOICE = b"\x06252\r\n"
_READ_FAST = b"\x06050\r\n"
_CHOICE = const(6)

_TEXT = const(0)  # mode A
_HDLC = const(1)
_CONFIRMING = const(2)  # the choice is sent back, then HDLC begins


class Port:
    """The protocol of one line that mode A and HDLC share.

    mode_a:  mode_a.ModeA; its `offers` says which sign-on
    link:    dlms.hdlc.Link
    line:    UART with set_format(baud, even_parity) and has_sent(); goes to 300 baud, 7E1
    """

    def __init__(self, mode_a: "ModeA", link: "Link", line: "Format") -> None:
        self.mode_a = mode_a
        self.link = link
        self._line = line
        self._state = _TEXT
        self._silent_ms = _SILENCE_MS
        self._unused_ms = 0
        self._choice = bytearray(_CHOICE)
        self._chosen = 0  # octets of it so far
        self._is_fast = False  # the data block goes at 9600 baud
        line.set_format(SLOW, even_parity=True)  # a start with other settings may find it faster

    @property
    def is_hdlc(self) -> bool:
        """True while the line is HDLC's."""
        return self._state == _HDLC

    def feed(self, buf: "bytearray | bytes", n: int) -> None:
        """Take the first `n` received octets of `buf`.  Hot as its protocols are."""
        at = 0
        if n and self._state == _HDLC and self._is_new_start(buf[0]):
            self._become_text()
        while at < n and self._state == _TEXT:
            octet = buf[at]
            if self.mode_a.is_offering:
                self._choose(octet)
            elif octet == FLAG and self.mode_a.is_idle:
                self._become_hdlc()
                break
            else:
                self.mode_a.take(octet)
            at += 1
        if self._state == _HDLC:
            self.link.feed(buf, n, at)
        if n:
            self._silent_ms = 0

    def step(self, elapsed_ms: int) -> None:
        """Let `elapsed_ms` pass.  Call it after feed().  Hot."""
        self.mode_a.step(elapsed_ms)
        self.link.step(elapsed_ms)
        self._silent_ms = min(self._silent_ms + elapsed_ms, CHOICE_MS)
        if self._state == _HDLC:
            self._unused_ms += elapsed_ms
            if self.link.is_connected:
                self._unused_ms = 0
            elif self._unused_ms > UNUSED_MS and not self.link.is_sending:
                self._become_text()
        elif self.mode_a.is_offering and not self._line.has_sent():
            self._silent_ms = 0
        elif self.mode_a.is_offering and self._silent_ms >= CHOICE_MS:
            self.mode_a.go_on()

    def take_output(self, buf: bytearray) -> int:
        """Fill `buf` with what is to be sent next; return the number of octets."""
        if self._state == _HDLC:
            return self.link.take_output(buf)
        if self._state == _CONFIRMING:
            return self._confirm(buf)
        n = self.mode_a.take_output(buf)
        if self._is_fast and not self.mode_a.is_busy and n == 0 and self._line.has_sent():
            self._become_text()
        return n

    def _is_new_start(self, octet: int) -> bool:
        """Return whether `octet` is a reader's that knows nothing of a session."""
        is_silent = self._silent_ms >= _SILENCE_MS and not self.link.is_sending
        return is_silent and octet in (_SLASH, 0)

    def _become_hdlc(self) -> None:
        self.mode_a.stop()
        self._state = _HDLC
        self._unused_ms = 0
        self._line.set_format(FAST, even_parity=False)

    def _become_text(self) -> None:
        self.link.disconnect()
        self._state = _TEXT
        self._is_fast = False
        self._line.set_format(SLOW, even_parity=True)

    def _choose(self, octet: int) -> None:
        """Take an octet of the reader's choice; what is none is passed over."""
        if octet == _HDLC_CHOICE[0]:
            self._chosen = 0
        self._choice[self._chosen] = octet
        self._chosen = (self._chosen + 1) % _CHOICE
        if self._chosen or self._choice[0] != _HDLC_CHOICE[0]:
            return
        if self._choice == _HDLC_CHOICE:
            self._state = _CONFIRMING
            return
        if self._choice == _READ_FAST:
            self._is_fast = True
            self._line.set_format(FAST, even_parity=True)
        self.mode_a.go_on()

    def _confirm(self, buf: bytearray) -> int:
        """Send the choice back, then begin with HDLC."""
        if self._silent_ms < REACTION_MS:
            return 0
        n = min(len(buf), _CHOICE - self._chosen)
        for k in range(n):
            buf[k] = self._choice[self._chosen + k]
        self._chosen += n
        if n == 0 and self._line.has_sent():
            self._chosen = 0
            self._become_hdlc()
        return n
