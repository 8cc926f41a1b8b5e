"""Keys and passwords of the clients, as the configuration keeps them."""

from micropython import const

from meter.errors import ConfigError

PACKED = const(65)
LONGEST_PASSWORD = const(16)

# Ids of COSEM security setup, key transfer.
ENCRYPTION = const(0)
AUTHENTICATION = const(2)
MASTER = const(3)

_KEY = const(16)
_DEFAULT = (
    bytes(range(16))  # encryption
    + bytes(range(0xD0, 0xE0))  # authentication
    + bytes(range(0xE0, 0xF0))  # master
    + b"\x0812345678\0\0\0\0\0\0\0\0"  # password of the reading client
)


class Keys:
    """What the clients must know; the lab's defaults until something was stored.

    packed:  PACKED bytes, or None for the defaults; ConfigError if they are none
    """

    def __init__(self, packed: "bytes | None" = None) -> None:
        data = _DEFAULT if packed is None else packed
        if len(data) != PACKED or not 1 <= data[48] <= LONGEST_PASSWORD:
            raise ConfigError("keys", len(data), "{} bytes".format(PACKED))
        self._data = data

    @property
    def packed(self) -> bytes:
        """PACKED bytes."""
        return self._data

    @property
    def encryption(self) -> bytes:
        """EK, 16 bytes."""
        return self._data[:16]

    @property
    def authentication(self) -> bytes:
        """AK, 16 bytes."""
        return self._data[16:32]

    @property
    def master(self) -> bytes:
        """The key that wraps others, 16 bytes."""
        return self._data[32:48]

    @property
    def password(self) -> bytes:
        """The reading client's, 1..LONGEST_PASSWORD bytes."""
        return self._data[49 : 49 + self._data[48]]

    @property
    def are_default(self) -> bool:
        """Return whether one of the lab's defaults still stands."""
        data = self._data
        return any([data[at : at + 16] == _DEFAULT[at : at + 16] for at in (0, 16, 32, 49)])

    def with_key(self, key_id: int, key: bytes) -> bytes:
        """Return the keys, packed, with another one; ConfigError if there is no such key."""
        at = (0, -1, 16, 32)[key_id] if 0 <= key_id <= MASTER else -1
        if at < 0 or len(key) != _KEY:
            raise ConfigError("key", key_id, "0, 2, 3 of 16 bytes")
        return self._data[:at] + key + self._data[at + _KEY :]

    def with_password(self, password: bytes) -> bytes:
        """Return the keys, packed, with another password; ConfigError for a wrong length."""
        n = len(password)
        if not 1 <= n <= LONGEST_PASSWORD:
            raise ConfigError("password", n, "1..16 bytes")
        return self._data[:48] + bytes((n,)) + password + bytes(LONGEST_PASSWORD - n)


def are_equal(one: bytes, other: bytes) -> bool:
    """Compare in a time that does not depend on where they differ."""
    difference = len(one) ^ len(other)
    for k in range(len(one)):
        difference |= one[k] ^ (other[k] if k < len(other) else 0)
    return difference == 0
