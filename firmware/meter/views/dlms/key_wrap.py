"""AES key wrap: how a new key travels under the master key.  Source: RFC 3394, 2.2.1 and 2.2.2."""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.views.dlms.gcm import Cipher

_INITIAL = b"\xa6" * 8
_ROUNDS = const(6)


def wrap(new_aes: "Callable[[bytes], Cipher]", kek: bytes, key: bytes) -> bytes:
    """Return `key` (16 bytes or more, whole eights) wrapped under `kek`, 8 bytes longer.

    new_aes:  as of gcm.Gcm
    """
    encrypt = new_aes(kek).encrypt
    blocks = [key[k : k + 8] for k in range(0, len(key), 8)]
    check = _INITIAL
    for t in range(_ROUNDS * len(blocks)):
        made = encrypt(check + blocks[t % len(blocks)])
        check = _count(made, t + 1)
        blocks[t % len(blocks)] = made[8:]
    return check + b"".join(blocks)


def unwrap(new_aes: "Callable[[bytes], Cipher]", kek: bytes, wrapped: bytes) -> "bytes | None":
    """Return the key in `wrapped`, or None if it was not wrapped under `kek`."""
    if len(wrapped) < 24 or len(wrapped) % 8:
        return None
    decrypt = new_aes(kek).decrypt
    blocks = [wrapped[k : k + 8] for k in range(8, len(wrapped), 8)]
    check = wrapped[:8]
    for t in range(_ROUNDS * len(blocks) - 1, -1, -1):
        made = decrypt(_count(check, t + 1) + blocks[t % len(blocks)])
        check = made[:8]
        blocks[t % len(blocks)] = made[8:]
    difference = 0
    for byte, expected in zip(check, _INITIAL):  # noqa: B905  the board's zip is never strict
        difference |= byte ^ expected
    return None if difference else b"".join(blocks)


def _count(block: bytes, t: int) -> bytes:
    """Return the first 8 bytes of `block` with the step's number, below 2**16, on their end."""
    return block[:6] + bytes((block[6] ^ t >> 8, block[7] ^ t & 0xFF))
