"""The meter's end of an HDLC link, sans-IO.  Source: IEC 62056-46, normal response mode, window 1.

Every frame of the client is answered by one frame; what is no good frame for this station is not
answered.  The last frame is kept until the next one acknowledges it, so a lost one is sent again
and nothing is carried out twice.  A client that connects anew, another one too, starts afresh.
"""

from micropython import const

from meter.views.dlms import octets as definition
from meter.views.dlms.frame import OVERHEAD, Reader, Writer
from meter.views.dlms.negotiation import DEFAULT, Sizes

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Protocol

    from meter.views.dlms.frame import Check

    class Application(Protocol):
        """What a link carries: one association."""

        def open(self, client: int, server: int) -> bool:
            """Begin with a client's SAP at a logical device; False if it is not wanted."""

        def close(self) -> None:
            """The link is gone, and the association with it."""

        def handle(self, request: bytearray, n: int, answer: bytearray) -> int:
            """Write the answer to a complete APDU; return its octets, 0 for none.

            LATER: it is not there yet, and n = LATER in the next step goes on with it.
            """

        def step(self, elapsed_ms: int) -> None:
            """Let time pass."""


REQUEST_MAX = const(512)  # octets of an APDU
ANSWER_MAX = const(640)
INFORMATION_MAX = const(1024)  # octets of an information field from the meter
LATER = const(-1)  # instead of octets: the answer takes more steps
LOGICAL_DEVICE = const(1)  # management logical device, the only one
INTER_OCTET_MS = const(25)
INACTIVITY_S = const(120)

_LIST = const(24)  # octets of the parameters in an SNRM, which may come behind half a request
_FINAL = const(0x10)  # P/F
_SNRM = const(0x83)
_DISC = const(0x43)
_UI = const(0x03)
_UA = const(0x63)
_DM = const(0x0F)
_FRMR = const(0x87)
_RR = const(0x01)
_RNR = const(0x05)
_SREJ = const(0x0D)
_RESPONSES = (_UA, _DM, _FRMR, _UI)  # no command, or one that nobody answers

# What a FRMR complains of.
_UNKNOWN_CONTROL = const(0x01)
_TOO_LONG = const(0x04)

_TO_SERVER = b"\xe6\xe6\x00"  # LLC
_TO_CLIENT = b"\xe6\xe7\x00"
_NO_LLC = b""

_DISCONNECTED = const(0)
_CONNECTED = const(1)
_REJECTING = const(2)  # after FRMR: only SNRM and DISC help


class Link:
    """One link at a time on one line.

    application:    Application
    check:          the module octets, or a board's twin of it
    request_max, answer_max:  longest APDUs, octets; the first also the longest information field
                              to the meter

    A request is put together where its frames are received: each one behind what came before.

    address:        lower address (physical device), 16..16381
    inter_octet_ms: a frame that pauses for longer than this and a character is dropped
    character_ms:   duration of a character, ms
    inactivity_s:   a client that is silent for longer is disconnected, 0 = never
    sizes:          negotiation.Sizes
    """

    def __init__(
        self,
        application: "Application",
        check: "Check" = definition,
        request_max: int = REQUEST_MAX,
        answer_max: int = ANSWER_MAX,
    ) -> None:
        self._application = application
        self.address = 17
        self.inter_octet_ms = INTER_OCTET_MS
        self.character_ms = 1
        self.inactivity_s = INACTIVITY_S
        self.sizes = Sizes(INFORMATION_MAX, request_max)
        self._request_max = request_max
        self._request = bytearray(max(DEFAULT, request_max) + OVERHEAD + _LIST)
        self._reader = Reader(self._request, check)
        self._writer = Writer(check)
        self._copy = check.copy
        self._answer = bytearray(answer_max)
        self._small = bytearray(32)  # information of UA and FRMR
        self._state = _DISCONNECTED
        self._client = 0
        self._send = 0  # V(S)
        self._expected = 0  # V(R)
        self._request_octets = 0
        self._is_whole = True  # the next information field begins an APDU
        self._due = 0  # octets of a request that waits, LATER once its answer was begun
        self._answer_octets = 0
        self._answer_at = 0  # where the segment after the last one begins
        self._segment_at = 0  # where the last one began
        self._may_be_echo = False
        self._heard = False
        self._pause_ms = 0
        self._silent_ms = 0

    @property
    def is_connected(self) -> bool:
        """True from SNRM to DISC or time-out."""
        return self._state != _DISCONNECTED

    @property
    def is_sending(self) -> bool:
        """True while a frame waits to be taken."""
        return self._writer.is_busy

    def feed(self, buf: "bytearray | bytes", n: int, at: int = 0) -> None:
        """Take the received octets buf[at:n].  Hot.

        What asks for nothing new is answered at once, a request by step().  Until then octets are
        dropped: the request stands where they would go.
        """
        self._heard = self._heard or n > at
        while at < n and not self._due:
            at = self._reader.take(buf, at, n)
            if at == 0:
                break
            # A line carries one direction at a time: what comes while a frame goes is an echo.
            if not self._writer.is_busy:
                self._receive()

    def step(self, elapsed_ms: int) -> None:
        """Answer a request; let `elapsed_ms` pass.  Call it after feed().  Hot but for that."""
        self._application.step(elapsed_ms)
        if self._due:
            self._execute()
        if self._heard:
            self._heard = False
            self._pause_ms = 0
        elif self._reader.is_inside:
            self._pause_ms += elapsed_ms
            if self._pause_ms > self.inter_octet_ms + self.character_ms:
                self._reader.reset()
        if self._state != _DISCONNECTED:
            self._silent_ms += elapsed_ms
            if self.inactivity_s and self._silent_ms > 1000 * self.inactivity_s:
                self.disconnect()

    def take_output(self, buf: bytearray) -> int:
        """Fill `buf` with what is to be sent next; return the number of octets.  Hot."""
        return self._writer.take(buf)

    def disconnect(self) -> None:
        """End the link without a word, as the end of the line does."""
        self._writer.reset()
        self._reader.reset()
        self._due = 0
        if self._state != _DISCONNECTED:
            self._state = _DISCONNECTED
            self._application.close()

    def _receive(self) -> None:
        """Answer the frame in the reader."""
        reader = self._reader
        may_be_echo = self._may_be_echo
        self._may_be_echo = False
        if reader.upper != LOGICAL_DEVICE or 0 <= reader.lower != self.address:
            return
        if may_be_echo and self._is_echo():
            return
        control = reader.control & ~_FINAL
        if control == _SNRM:
            self._connect()
        elif control in _RESPONSES:
            return
        elif self._state == _DISCONNECTED:
            self._reply(_DM, 0)
        elif reader.client == self._client:
            self._silent_ms = 0
            self._serve(reader.control, control)

    def _is_echo(self) -> bool:
        """Return whether the frame is the one sent last: its client has the server's address."""
        reader = self._reader
        if reader.length + 2 != self._writer.total:
            return False
        octets = reader.octets
        for k in range(min(reader.length, len(octets))):
            if octets[k] != self._writer.octet(k + 1):
                return False
        return True

    def _connect(self) -> None:
        reader = self._reader
        if self._state != _DISCONNECTED:
            self._state = _DISCONNECTED
            self._application.close()
        self._client = reader.client
        self._silent_ms = 0
        self._send = self._expected = 0
        self._request_octets = self._answer_octets = self._answer_at = 0
        self._is_whole = True
        reader.first = 0
        if not self._application.open(reader.client, LOGICAL_DEVICE):
            self._reply(_DM, 0)
            return
        self._state = _CONNECTED
        self.sizes.read(reader.octets, reader.info_at, 0 if reader.is_cut else reader.info_octets)
        self._reply(_UA, self.sizes.write(self._small))

    def _serve(self, octet: int, control: int) -> None:
        if control == _DISC:
            self._state = _DISCONNECTED
            self._application.close()
            self._reply(_UA, 0)
        elif self._state == _REJECTING:
            self._reply(_FRMR, 3)
        elif not control & 1:
            self._take_information(octet)
        elif control & 3 == _RR and control & 0xF != _SREJ:
            self._go_on(control & 0xF, octet >> 5)
        else:
            self._reject(_UNKNOWN_CONTROL)

    def _take_information(self, octet: int) -> None:
        """Take a segment of a request, once; answer the whole request."""
        reader = self._reader
        if reader.info_octets > self.sizes.take:
            self._reject(_TOO_LONG)
        elif octet >> 5 != self._send:
            self._repeat()  # the answer was lost
        elif octet >> 1 & 7 != self._expected:
            self._ready()
        else:
            self._expected = self._expected + 1 & 7
            self._answer_octets = self._answer_at = 0
            if not self._append():
                self._reject(_TOO_LONG)
            elif reader.is_segmented or self._request_octets <= 0:
                self._ready()
            else:
                self._due = self._request_octets

    def _append(self) -> bool:
        """Put the information field behind the request; False if it has no room there."""
        reader = self._reader
        octets = reader.octets
        at = reader.info_at
        n = reader.info_octets
        if self._is_whole:
            self._request_octets = 0
            for octet in _TO_SERVER:
                if n == 0 or octets[at] != octet:
                    self._request_octets = -1  # no APDU: acknowledged, and that is all
                    break
                at += 1
                n -= 1
        self._is_whole = not reader.is_segmented
        first = self._request_octets
        if first < 0:
            return True
        if reader.is_cut or first + n > self._request_max:
            return False
        if n:
            self._copy(octets, at, n, octets, first)  # to the front: it may overlap
        self._request_octets = first + n
        reader.first = 0 if self._is_whole else first + n
        return True

    def _execute(self) -> None:
        """Have the request answered, or more of it; send the answer once it is whole."""
        n = self._application.handle(self._request, self._due, self._answer)
        if n == LATER:
            self._due = LATER
            return
        self._due = 0
        self._answer_octets = n
        if n:
            self._send_segment(0)
        else:
            self._ready()

    def _go_on(self, control: int, number: int) -> None:
        """Serve RR, RNR or REJ, which says that the frame before N(R) `number` has arrived."""
        if number == self._send - 1 & 7:
            self._repeat()
        elif number == self._send and self._answer_at < self._answer_octets and control != _RNR:
            self._send_segment(self._answer_at)
        else:
            self._ready()

    def _repeat(self) -> None:
        """Send the last segment again, if there is one that nobody has acknowledged."""
        if self._answer_at and self._reader.control >> 5 == self._send - 1 & 7:
            self._send = self._send - 1 & 7
            self._send_segment(self._segment_at)
        else:
            self._ready()

    def _send_segment(self, at: int) -> None:
        llc = _NO_LLC if at else _TO_CLIENT
        n = min(self._answer_octets - at, self.sizes.send - len(llc))
        self._segment_at = at
        self._answer_at = at + n
        control = self._expected << 5 | _FINAL | self._send << 1
        self._writer.start(self._reader, control, at + n < self._answer_octets)
        self._writer.finish(llc, self._answer, at, n)
        self._send = self._send + 1 & 7
        self._may_be_echo = True

    def _ready(self) -> None:
        self._reply(_RR | self._expected << 5, 0)

    def _reject(self, reason: int) -> None:
        """Answer FRMR: the control octet refused, V(R) and V(S), the reason."""
        small = self._small
        small[0] = self._reader.control
        small[1] = self._expected << 5 | self._send << 1
        small[2] = reason
        self._state = _REJECTING
        self._reply(_FRMR, 3)

    def _reply(self, control: int, n: int) -> None:
        """Send a frame with the first `n` octets of _small."""
        self._writer.start(self._reader, control | _FINAL, is_segmented=False)
        self._writer.finish(_NO_LLC, self._small, 0, n)
        self._may_be_echo = True
