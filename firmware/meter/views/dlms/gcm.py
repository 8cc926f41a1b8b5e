"""AES-GCM with 96-bit nonces and 96-bit tags, in place.  Source: NIST SP 800-38D, 7.1 and 7.2."""

from micropython import const

from meter.views.dlms import octets as definition

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    class Cipher(Protocol):
        """AES with one key in ECB mode; used in one direction only."""

        def encrypt(self, blocks: "bytes | bytearray") -> bytes:
            """Return whole blocks of 16 bytes, encrypted."""

        def decrypt(self, blocks: "bytes | bytearray") -> bytes:
            """Return whole blocks of 16 bytes, decrypted."""

    class Hash(Protocol):
        """The module octets or its twin."""

        def make_table(self, h: bytes) -> Sequence[int]:
            """Prepare a hash key."""

        def absorb(
            self,
            table: Sequence[int],
            state: bytearray,
            buf: "bytearray | bytes",
            at: int,
            n: int,
        ) -> None:
            """Take bytes into `state`."""

        def mix(self, stream: "bytearray | bytes", n: int, buf: bytearray, at: int) -> None:
            """Exclusive-or octets."""


TAG = const(12)  # bytes
_BLOCK = const(16)
_NONCE = const(12)
_BATCH = const(8)  # blocks of key stream that are made at a time


class Gcm:
    """AES-128-GCM with one key at a time, for whoever says set_key() first.

    new_aes:  key (16 bytes) -> Cipher; on boards cryptolib.aes(key, 1)
    octets:   the module octets, or a board's twin of it

    Warm: a batch of key stream is made at a time.  Buffers are bytearrays of less than 64 KB.
    """

    def __init__(self, new_aes: "Callable[[bytes], Cipher]", octets: "Hash" = definition) -> None:
        self._new_aes = new_aes
        self._hash = octets
        self._state = bytearray(_BLOCK)
        self._last = bytearray(_BLOCK)  # lengths, then the tag
        self._counters = bytearray(_BATCH * _BLOCK)
        self._prepare(bytes(_BLOCK))

    def set_key(self, key: bytes) -> None:
        """Use `key` (16 bytes) from now on.  Cold if it is another one."""
        if key != self._key:
            self._prepare(key)

    def _prepare(self, key: bytes) -> None:
        """Make the table of a key's hash key."""
        self._key = key
        self._aes = self._new_aes(key)
        self._table = self._hash.make_table(self._aes.encrypt(bytes(_BLOCK)))

    def encrypt(
        self, nonce: bytes, aad: "bytes | bytearray", buf: bytearray, at: int, n: int, tag_at: int
    ) -> None:
        """Encrypt buf[at : at + n] in place and write the tag to buf[tag_at : tag_at + 12].

        nonce:  12 bytes, never used before with this key
        aad:    what the tag covers beside the text
        """
        self._crypt(nonce, buf, at, n)
        self._make_tag(nonce, aad, buf, at, n)
        for k in range(TAG):
            buf[tag_at + k] = self._last[k]

    def decrypt(
        self, nonce: bytes, aad: "bytes | bytearray", buf: bytearray, at: int, n: int, tag_at: int
    ) -> bool:
        """Decrypt in place what encrypt() made; False, and nothing done, if the tag is wrong.

        The comparison takes the same time wherever the tags differ.
        """
        self._make_tag(nonce, aad, buf, at, n)
        difference = 0
        for k in range(TAG):
            difference |= buf[tag_at + k] ^ self._last[k]
        if difference:
            return False
        self._crypt(nonce, buf, at, n)
        return True

    def _crypt(self, nonce: bytes, buf: bytearray, at: int, n: int) -> None:
        """Exclusive-or with the key stream; its first block, of counter 1, is the tag's."""
        counters = self._counters
        for k in range(_BATCH):
            counters[k * _BLOCK : k * _BLOCK + _NONCE] = nonce
        counter = 1
        end = at + n
        while at < end:
            for k in range(0, _BATCH * _BLOCK, _BLOCK):
                counter += 1
                counters[k + 14] = counter >> 8
                counters[k + 15] = counter & 0xFF
            count = min(_BATCH * _BLOCK, end - at)
            self._hash.mix(self._aes.encrypt(counters), count, buf, at)
            at += count

    def _make_tag(
        self, nonce: bytes, aad: "bytes | bytearray", buf: bytearray, at: int, n: int
    ) -> None:
        """Leave the tag of ciphertext buf[at : at + n] in _last."""
        state = self._state
        last = self._last
        absorb = self._hash.absorb
        for k in range(_BLOCK):
            state[k] = last[k] = 0
        absorb(self._table, state, aad, 0, len(aad))
        absorb(self._table, state, buf, at, n)
        _put_bits(last, 8, len(aad))
        _put_bits(last, 16, n)
        absorb(self._table, state, last, 0, _BLOCK)
        for k, byte in enumerate(self._aes.encrypt(nonce + b"\0\0\0\1")):
            last[k] = state[k] ^ byte


def _put_bits(block: bytearray, end: int, octets: int) -> None:
    """Write the length of `octets` in bits, below 2**24, to end at block[end]."""
    bits = octets << 3
    block[end - 3] = bits >> 16
    block[end - 2] = bits >> 8 & 0xFF
    block[end - 1] = bits & 0xFF
