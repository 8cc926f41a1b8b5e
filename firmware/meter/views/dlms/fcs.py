"""The check sequence of HDLC frames, FCS-16: the definition.  Source: ISO/IEC 13239, RFC 1662 C.

Boards do the same in machine code, ports/thumb/octets.py.
"""

import struct

from micropython import const

START = const(0xFFFF)
GOOD = const(0xF0B8)  # over octets and their check sequence: sent inverted, low octet first
_POLYNOMIAL = const(0x8408)  # x**16 + x**12 + x**5 + 1, lowest power first


def _remainder(octet: int) -> int:
    for _ in range(8):
        octet = octet >> 1 ^ (octet & 1) * _POLYNOMIAL
    return octet


TABLE = b"".join([struct.pack("<H", _remainder(octet)) for octet in range(256)])


def update(fcs: int, buf: "bytearray | bytes", at: int, n: int) -> int:
    """Return the sequence that `fcs` becomes with buf[at : at + n].  Hot."""
    table = TABLE
    for k in range(at, at + n):
        row = 2 * ((fcs ^ buf[k]) & 0xFF)
        fcs = fcs >> 8 ^ table[row] ^ table[row + 1] << 8
    return fcs
