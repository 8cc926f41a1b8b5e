"""GHASH of Galois/Counter Mode: the definition.  Source: NIST SP 800-38D, 6.3 and 6.4.

Multiplies by the hash key nibble by nibble through a table (Shoup).  Boards do the same in machine
code, ports/thumb/octets.py.
"""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

_TOP = const(124)  # shift of the first nibble of a block

# A nibble shifted out at the low end comes back at the high end, reduced: topmost 16 of 128 bits.
REDUCTION = tuple(
    [
        (k & 1) * 0x1C20 ^ (k >> 1 & 1) * 0x3840 ^ (k >> 2 & 1) * 0x7080 ^ (k >> 3) * 0xE100
        for k in range(16)
    ]
)


def make_table(h: bytes) -> "Sequence[int]":
    """Return the products of the hash key `h` (16 bytes) and each nibble, 128 bits each.  Cold."""
    product = int.from_bytes(h, "big")
    table = [0] * 16
    for bit in (8, 4, 2, 1):
        table[bit] = product
        product = product >> 1 ^ (product & 1) * (0xE1 << 120)
    for k in range(16):
        table[k] = table[k & 8] ^ table[k & 4] ^ table[k & 2] ^ table[k & 1]
    return table


def absorb(
    table: "Sequence[int]", state: bytearray, buf: "bytearray | bytes", at: int, n: int
) -> None:
    """Take buf[at : at + n] into `state` (16 bytes), the last block filled up with zeros."""
    end = at + n
    while at < end:
        for k in range(min(16, end - at)):
            state[k] ^= buf[at + k]
        at += 16
        block = int.from_bytes(state, "big")
        product = 0
        for _ in range(32):
            product = product >> 4 ^ REDUCTION[product & 15] << 112 ^ table[block & 15]
            block >>= 4
        state[:] = product.to_bytes(16, "big")
