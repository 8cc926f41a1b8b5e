"""The parameters of an HDLC link, in SNRM and UA.  Source: IEC 62056-46, 6.4.4.4.3.

    81 80 <octets> { 05 | 06 | 07 | 08, <octets>, <value> } ...

05 is the longest information field that the sender of the list will send, 06 the longest that it
takes, 07 and 08 are the windows.  Without a list both fields are 128 and both windows 1.
"""

from micropython import const

DEFAULT = const(128)
LEAST = const(32)
_FORMAT = const(0x81)
_GROUP = const(0x80)
_SENDS = const(5)
_TAKES = const(6)


class Sizes:
    """Information fields of one link, octets.

    send_max, take_max:  the longest that this end can send and take
    send, take:          what was agreed on
    """

    def __init__(self, send_max: int, take_max: int) -> None:
        self.send_max = send_max
        self.take_max = take_max
        self.send = self.take = DEFAULT

    def read(self, buf: bytearray, at: int, n: int) -> None:
        """Agree on what the list buf[at : at + n] proposes, as far as it can be read."""
        sends = takes = DEFAULT
        end = at + n
        if n > 3 and buf[at] == _FORMAT and buf[at + 1] == _GROUP:
            end = min(end, at + 3 + buf[at + 2])
            at += 3
            while at + 2 < end:
                identifier = buf[at]
                after = at + 2 + buf[at + 1]
                if after > end:
                    break
                value = 0
                for k in range(at + 2, after):
                    value = min(value << 8 | buf[k], 0xFFFF)
                if identifier == _SENDS:
                    sends = value
                elif identifier == _TAKES:
                    takes = value
                at = after
        self.send = max(LEAST, min(takes, self.send_max))
        self.take = max(LEAST, min(sends, self.take_max))

    def write(self, buf: bytearray) -> int:
        """Write the list of what was agreed on to `buf`; return its octets."""
        at = 3
        for identifier, value in ((_SENDS, self.send), (_TAKES, self.take)):
            buf[at] = identifier
            buf[at + 1] = 1 + (value > 0xFF)
            if value > 0xFF:
                at += 1
                buf[at + 1] = value >> 8
            buf[at + 2] = value & 0xFF
            at += 3
        for identifier in (7, 8):  # windows of one frame
            buf[at] = identifier
            buf[at + 1] = 4
            buf[at + 2] = buf[at + 3] = buf[at + 4] = 0
            buf[at + 5] = 1
            at += 6
        buf[0] = _FORMAT
        buf[1] = _GROUP
        buf[2] = at - 3
        return at
