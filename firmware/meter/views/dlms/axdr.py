"""A-XDR of COSEM data: one encoder into a buffer made at start, one reader that trusts no length.

Both are told the types by a *form*, one letter a value:

    ? bool    B H I  unsigned of 8, 16, 32 bits    b h i  the same, signed
    e enum    o  octet-string    T  date-time as octet-string of 12    n  null-data, takes no value
    w  bit-string of 24          s3  structure of three, whose values follow
    r  bytes that are encoded already; only written

Source: IEC 61334-6, IEC 62056-5-3 (DLMS data types).
"""

import struct

from micropython import const

from meter.errors import MeterError

ARRAY = const(1)
STRUCTURE = const(2)
_BITS = const(4)
OCTETS = const(9)
_DATE_TIME = const(25)
_U8 = const(17)
_U32 = const(6)

# What a request ends with when it is refused: data-access-result and action-result alike.
OK = const(0)
HARDWARE_FAULT = const(1)
TEMPORARY = const(2)
DENIED = const(3)
UNDEFINED = const(4)
CLASS_INCONSISTENT = const(9)
UNAVAILABLE = const(11)
TYPE_UNMATCHED = const(12)
BLOCK_UNAVAILABLE = const(14)
LONG_GET_ABORTED = const(15)
NO_LONG_GET = const(16)
NO_LONG_SET = const(18)
BLOCK_NUMBER_INVALID = const(19)
OTHER = const(250)

_NUMBERS = "?BbeHhIi"
_NUMBER_TAGS = b"\x03\x11\x0f\x16\x12\x10\x06\x05"
_NUMBER_SIZES = b"\1\1\1\1\2\2\4\4"
_SIGNED = "bhi"
# Bytes of the types of fixed length, by tag; 255 is no such type.
_SIZES = (
    b"\x00\xff\xff\x01\xff\x04\x04\xff\xff\xff\xff\xff\xff\x01\xff\x01"
    b"\x02\x01\x02\xff\x08\x08\x01\x04\x08\x0c\x05\x04"
)
_DEEPEST = const(8)


class Malformed(MeterError):
    """An APDU that cannot be parsed; which byte of it is wrong nobody is told."""


class Later(MeterError):
    """The answer takes longer than a step may: the request is to be served again in the next."""


class Refused(MeterError):
    """A service is refused; `code` is its data-access-result or action-result."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Encoder:
    """Encodes into `buf`, of which the first `n` bytes are used."""

    def __init__(self, size: int) -> None:
        self.buf = bytearray(size)
        self.n = 0

    def head(self, tag: int, count: int) -> None:
        """Begin an array or structure of `count`."""
        self.buf[self.n] = tag
        self.n = put_length(self.buf, self.n + 1, count)

    def raw(self, data: "bytes | bytearray") -> None:
        """Append bytes as they are."""
        self.buf[self.n : self.n + len(data)] = data
        self.n += len(data)

    def put(self, form: str, *values: "int | bytes") -> None:
        """Append `values` as `form` says.  Numbers are taken modulo their range."""
        k = 0
        at = 0
        while at < len(form):
            letter = form[at]
            at += 1
            if letter == "s":
                self.head(STRUCTURE, ord(form[at]) - 48)
                at += 1
                continue
            if letter == "n":
                self.raw(b"\0")
                continue
            value = values[k]
            k += 1
            if isinstance(value, int):
                self._number(letter, value)
            else:
                if letter != "r":
                    self.head(OCTETS, len(value))
                self.raw(value)

    def byte(self, value: int) -> None:
        """Append an unsigned of 8 bits."""
        struct.pack_into(">BB", self.buf, self.n, _U8, value & 0xFF)
        self.n += 2

    def word(self, value: int) -> None:
        """Append an unsigned of 32 bits."""
        struct.pack_into(">BI", self.buf, self.n, _U32, value & 0xFFFFFFFF)
        self.n += 5

    def _number(self, letter: str, value: int) -> None:
        if letter == "w":
            struct.pack_into(">HBH", self.buf, self.n, 0x0418, value >> 16, value & 0xFFFF)
            self.n += 5
            return
        k = _NUMBERS.index(letter)
        size = _NUMBER_SIZES[k]
        form = (">BB", ">BH", ">BI")[size >> 1]
        value &= (0xFF, 0xFFFF, 0xFFFFFFFF)[size >> 1]
        struct.pack_into(form, self.buf, self.n, _NUMBER_TAGS[k], value)
        self.n += 1 + size


class Reader:
    """Reads buf[at : end]; Malformed where something is cut off or unknown."""

    def __init__(self, buf: "bytearray | bytes", at: int, end: int) -> None:
        self.buf = buf
        self.at = at
        self.end = end

    def skip(self, n: int) -> int:
        """Pass over `n` bytes; return where they begin."""
        at = self.at
        if not 0 <= n <= self.end - at:
            raise Malformed
        self.at = at + n
        return at

    def byte(self) -> int:
        """Return the next byte."""
        return self.buf[self.skip(1)]

    def number(self, size: int) -> int:
        """Return the next `size` bytes as an unsigned number, most significant first."""
        found = 0
        for _ in range(size):
            found = found << 8 | self.byte()
        return found

    def take(self, n: int) -> bytes:
        """Return the next `n` bytes."""
        at = self.skip(n)
        return bytes(self.buf[at : at + n])

    def length(self) -> int:
        """Return a length or count: one byte below 128, or 81, 82 and one or two."""
        first = self.byte()
        if first < 0x80:
            return first
        if first not in (0x81, 0x82):
            raise Malformed
        return self.number(first - 0x80)

    def value(self, depth: int = 0) -> None:
        """Pass over one value of any type."""
        tag = self.byte()
        if tag in (ARRAY, STRUCTURE):
            if depth == _DEEPEST:
                raise Malformed
            for _ in range(self.length()):
                self.value(depth + 1)
        elif tag == _BITS:
            self.skip((self.length() + 7) >> 3)
        elif tag in (OCTETS, 10, 12):
            self.skip(self.length())
        elif tag < len(_SIZES) and _SIZES[tag] != 255:
            self.skip(_SIZES[tag])
        else:
            raise Malformed

    def count(self, tag: int) -> int:
        """Return of how many an array or structure is; Refused if it is none."""
        if self.byte() != tag:
            raise Refused(TYPE_UNMATCHED)
        return self.length()

    def get(self, form: str) -> "list[int | bytes]":
        """Return the values of `form`; Refused if one is of another type."""
        found: list[int | bytes] = []
        at = 0
        while at < len(form):
            letter = form[at]
            at += 1
            if letter == "s":
                if self.count(STRUCTURE) != ord(form[at]) - 48:
                    raise Refused(TYPE_UNMATCHED)
                at += 1
            elif letter in "oT":
                found.append(self._octets(letter))
            else:
                k = _NUMBERS.index(letter)
                if self.byte() != _NUMBER_TAGS[k]:
                    raise Refused(TYPE_UNMATCHED)
                number = self.number(_NUMBER_SIZES[k])
                if letter in _SIGNED and number >> (8 * _NUMBER_SIZES[k] - 1):
                    number -= 1 << 8 * _NUMBER_SIZES[k]
                found.append(number)
        return found

    def integer(self, form: str) -> int:
        """Return the only value of `form`, a number."""
        found = self.get(form)[0]
        assert isinstance(found, int)
        return found

    def octets(self) -> bytes:
        """Return an octet-string."""
        return self._octets("o")

    def _octets(self, letter: str) -> bytes:
        tag = self.byte()
        if letter == "T" and tag == _DATE_TIME:
            return self.take(12)
        if tag != OCTETS:
            raise Refused(TYPE_UNMATCHED)
        found = self.take(self.length())
        if letter == "T" and len(found) != 12:
            raise Refused(TYPE_UNMATCHED)
        return found

    def finish(self) -> None:
        """Malformed unless all was read."""
        if self.at != self.end:
            raise Malformed


def put_length(buf: bytearray, at: int, n: int) -> int:
    """Write length or count `n`, below 65536, at buf[at]; return where it ends."""
    if n < 0x80:
        buf[at] = n
        return at + 1
    if n < 0x100:
        buf[at] = 0x81
        buf[at + 1] = n
        return at + 2
    buf[at] = 0x82
    buf[at + 1] = n >> 8
    buf[at + 2] = n & 0xFF
    return at + 3


def length_size(n: int) -> int:
    """Return how many bytes put_length() takes for `n`."""
    return 1 if n < 0x80 else 2 if n < 0x100 else 3
