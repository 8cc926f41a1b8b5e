"""The loops over octets that a board has in machine code: all definitions in one place.

The twin is ports/thumb/octets.py.
"""

from meter.views.dlms.fcs import update
from meter.views.dlms.ghash import absorb, make_table

__all__ = ("absorb", "copy", "make_table", "mix", "update")


def copy(source: "bytearray | bytes", at: int, n: int, target: bytearray, to: int) -> None:
    """Copy source[at : at + n] to target[to : to + n]; a slice would allocate.  Hot."""
    for k in range(n):
        target[to + k] = source[at + k]


def mix(stream: "bytearray | bytes", n: int, buf: bytearray, at: int) -> None:
    """Exclusive-or the first `n` octets of `stream` into buf[at : at + n].  Hot."""
    for k in range(n):
        buf[at + k] ^= stream[k]
