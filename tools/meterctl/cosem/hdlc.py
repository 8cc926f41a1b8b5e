"""The client's end of HDLC: one frame goes, one comes, window 1 (IEC 62056-46)."""

import click

from meter.views.dlms import fcs

_FLAG = 0x7E
_SERVER = 0x03  # logical device 1, one octet
_SNRM = 0x93
_DISC = 0x53
_UA = 0x73
_DM = 0x1F
_TRIES = 3  # a line at rest at 300 baud takes the first frame for a wake-up
_TIMEOUT_S = 3.0
_SEGMENT = 128
_LLC = b"\xe6\xe6\x00"
_LLC_BYTES = 3


class Link:
    """A connection of client `sap` on a line.Line."""

    def __init__(self, line, sap):
        self._line = line
        self._address = bytes((_SERVER, sap << 1 | 1))
        self._answer_address = bytes((sap << 1 | 1, _SERVER))
        self._heard = b""
        self._sent = self._received = 0

    def connect(self):
        """Begin; click.ClickException if nobody answers or the meter does not want this client."""
        self._sent = self._received = 0
        control, _, _ = self._exchange(_SNRM, b"", False)
        if control != _UA:
            raise click.ClickException(f"{self._line.place}: the meter refuses this client")

    def disconnect(self):
        """End it; the meter need not answer."""
        self._try(self._frame(_DISC, b"", False))

    def ask(self, apdu):
        """Return the answer to an APDU."""
        data = _LLC + apdu
        for at in range(0, len(data), _SEGMENT):
            is_last = at + _SEGMENT >= len(data)
            control = self._received << 5 | 0x10 | self._sent << 1
            found = self._exchange(control, data[at : at + _SEGMENT], not is_last)
            self._sent = (self._sent + 1) % 8
        answer = b""
        while True:
            control, info, is_segmented = found
            if control & 1:
                raise click.ClickException(f"{self._line.place}: the meter ended the connection")
            self._received = (self._received + 1) % 8
            answer += info
            if not is_segmented:
                return answer[_LLC_BYTES:]
            found = self._exchange(self._received << 5 | 0x11, b"", False)

    def _exchange(self, control, info, is_segmented):
        """Send a frame until one comes; return its (control, information, whether more follow)."""
        frame = self._frame(control, info, is_segmented)
        for _ in range(_TRIES):
            answer = self._try(frame)
            if answer is not None:
                return answer
        raise click.ClickException(f"{self._line.place}: no meter answers there in HDLC")

    def _try(self, frame):
        """Send a frame; return what _exchange() does, None if nothing comes."""
        self._heard = b""
        self._line.send(frame)
        while found := self._line.receive(_TIMEOUT_S):
            self._heard += found
            answer = self._take()
            if answer is not None:
                return answer
        return None

    def _frame(self, control, info, is_segmented):
        length = 2 + len(self._address) + 1 + 2 + (len(info) + 2 if info else 0)
        head = (0xA000 | is_segmented << 11 | length).to_bytes(2, "big")
        head += self._address + bytes((control,))
        body = head + (_check(head) + info if info else b"")
        return bytes((_FLAG,)) + body + _check(body) + bytes((_FLAG,))

    def _take(self):
        """Return the first good frame of what was heard; None while there is none."""
        heard = self._heard
        for at in range(len(heard) - 3):
            if heard[at] != _FLAG or heard[at + 1] >> 4 != 0xA:
                continue
            field = int.from_bytes(heard[at + 1 : at + 3], "big")
            body = heard[at + 1 : at + 1 + (field & 0x7FF)]
            is_whole = len(body) == field & 0x7FF and len(body) > 6
            if is_whole and body[2:4] == self._answer_address and _is_good(body):
                info = body[7:-2] if len(body) > 9 else b""
                return body[4], info, bool(field & 0x800)
        return None


def _check(octets):
    return (fcs.update(fcs.START, octets, 0, len(octets)) ^ 0xFFFF).to_bytes(2, "little")


def _is_good(octets):
    return fcs.update(fcs.START, octets, 0, len(octets)) == fcs.GOOD
