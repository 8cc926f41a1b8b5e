"""AES key unwrap: how a new key arrives under the master key.  Source: RFC 3394, 2.2.2."""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.views.dlms.gcm import Cipher

_INITIAL = b"\xa6" * 8
_ROUNDS = const(6)


def unwrap(new_aes: "Callable[[bytes], Cipher]", kek: bytes, wrapped: bytes) -> "bytes | None":
    """Return the key in `wrapped`, or None if it was not wrapped under `kek`.

    new_aes:  as of gcm.Gcm
    """
    if len(wrapped) < 24 or len(wrapped) % 8:
        return None
    decrypt = new_aes(kek).decrypt
    blocks = [wrapped[k : k + 8] for k in range(8, len(wrapped), 8)]
    check = wrapped[:8]
    for t in range(_ROUNDS * len(blocks) - 1, -1, -1):
        step = bytes((check[6] ^ t + 1 >> 8, check[7] ^ t + 1 & 0xFF))
        made = decrypt(check[:6] + step + blocks[t % len(blocks)])
        check = made[:8]
        blocks[t % len(blocks)] = made[8:]
    difference = 0
    for byte, expected in zip(check, _INITIAL):  # noqa: B905  the board's zip is never strict
        difference |= byte ^ expected
    return None if difference else b"".join(blocks)
