"""The DLMS server of one port: complete APDUs in, complete answers out.

What cannot be parsed or was not agreed on is answered by an exception, never by silence, so that a
client need not wait; whatever comes in, nothing is raised.
"""

from micropython import const

from meter.requests import OPTICAL
from meter.views.dlms import acse, services
from meter.views.dlms.association import (
    CLOSED,
    NOT_ASSOCIATED,
    PENDING,
    TEMPORARILY_NOT,
    UNKNOWN_SERVICE,
    Association,
    put,
)
from meter.views.dlms.axdr import Later, Malformed, Reader
from meter.views.dlms.hdlc import LATER
from meter.views.dlms.services import Services

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.views.dlms.device import Device
    from meter.views.dlms.hdlc import Link

_SERVER = const(1)  # address of the management logical device, the only one
_PASS_3 = b"\xc3\x01"
_PROVE = b"\x00\x0f\x00\x00\x28\x00\x00\xff\x01\x01\x09"  # class, name, method 1, octet-string


class Server:
    """One per port.

    device:  device.Device, shared by all ports
    port:    requests.OPTICAL or MODULE
    """

    def __init__(self, device: "Device", port: int) -> None:
        self._objects = device.objects
        self._lines = device.lines
        self._port = port - OPTICAL
        self.association = Association(device, device.security.lockouts(port - OPTICAL))
        self._services = Services(device, self.association, port)
        self._at = 0  # of the plain request that is served in several steps
        self._end_at = 0

    def lie_on(self, link: "Link", speed: int) -> None:
        """Take note of the link below and the code of its speed: 0 is 300, 9 is 115,200 baud."""
        association = self.association
        association.link = link
        association.speed = speed
        association.port = self._port
        self._lines.apply(link, self._port)

    def open(self, client: int, server: int) -> bool:
        """Let `client` begin with logical device `server`; False if there is no such pair."""
        self.close()
        return server == _SERVER and self.association.open(client)

    def close(self) -> None:
        """The line is down: no association, no transfer, and a new setup of it in force."""
        self._end()
        if self.association.link is not None:
            self._lines.apply(self.association.link, self._port)

    def _end(self) -> None:
        self.association.close()
        self._services.reset()

    def step(self, elapsed_ms: int) -> None:
        """Let time pass; do a little of what a request would otherwise wait for."""
        self.association.step(elapsed_ms)
        self._objects.step()
        self._services.step()

    def handle(self, request: bytearray, n: int, answer: bytearray) -> int:  # noqa: C901, PLR0911  the stack is short
        """Answer the APDU request[:n], which is deciphered in place; return the answer's length.

        answer:  association.PDU bytes
        0 if there is nothing to say; LATER if it takes more steps: in each of them n = LATER goes
        on.  Never raises on bad input.  One function, because the stack is short.
        """
        if n == 0:
            return 0
        association = self.association
        try:
            if n == LATER:
                at, end = self._at, self._end_at
            else:
                association.search.reset()
                tag = request[0]
                if tag == acse.AARQ:
                    self._services.reset()
                    return association.request(request, n, answer)
                if tag == acse.RLRQ:
                    self._services.reset()
                    return association.release(answer)
                is_open = association.state != CLOSED
                plain = association.unwrap(request, n) if is_open else NOT_ASSOCIATED
                if isinstance(plain, bytes):
                    return put(answer, plain)
                at, end = plain
            try:
                if association.state == PENDING:
                    length = self._prove(request, at, end, answer)
                elif request[at] in (services.GET, services.SET, services.ACTION):
                    length = self._services.serve(Reader(request, at, end), answer)
                else:
                    length = put(answer, UNKNOWN_SERVICE)
            except Later:
                self._at, self._end_at = at, end
                return LATER
            except Malformed:
                self._services.reset()
                length = put(answer, UNKNOWN_SERVICE)
            return association.wrap(answer, length)
        except OSError:  # no invocation counter could be stored
            self._end()
            return put(answer, TEMPORARILY_NOT)

    def _prove(self, request: bytearray, at: int, end: int, answer: bytearray) -> int:
        """Serve pass 3 of HLS, and nothing else."""
        reader = Reader(request, at, end)
        if reader.take(2) != _PASS_3:
            return put(answer, NOT_ASSOCIATED)
        invoke = reader.take(1)
        if reader.take(len(_PROVE)) != _PROVE:
            return put(answer, NOT_ASSOCIATED)
        token = reader.take(reader.length())
        reader.finish()
        proof = self.association.prove(token)
        if not proof:
            return put(answer, NOT_ASSOCIATED)
        return put(answer, b"\xc7\x01" + invoke + b"\x00\x01\x00\x09\x11" + proof)
