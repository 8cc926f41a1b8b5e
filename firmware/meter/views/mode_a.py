"""EN 62056-21 mode A read-out, sans-IO: received bytes in, bytes to send out, time as an argument.

    reader  /?!  or  /?<device address>!                  CR LF
    meter   /KAM <type>                                   CR LF    no baud digit: stay at 300 baud
            STX  <code>(<value>*<unit>)  per line         CR LF
                 !                                        CR LF    ETX BCC

With `offers` the identification is that of mode E.  Whoever drives this (see port.py) then
waits for the reader's choice and lets the block follow, or nothing.

What is not such a request is dropped without an answer, so noise, other protocols, characters with
a wrong parity (they arrive with bit 7 set) and a mode C client's acknowledge need no rule of their
own.  A NAK right after the block has it sent once more.
"""

from array import array

from micropython import const

from meter.registers import digits, obis, table
from meter.registers.lists import READ_OUT

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Sequence

    from meter.registers.lists import Lists
    from meter.registers.table import Values

_NAK = const(0x15)
_SLASH = const(0x2F)
_ZERO = const(0x30)
_END = b"!\r\n\x03"  # of the data block, with its ETX

REACTION_MS = const(250)  # 200..1500 ms from the request to its answer (IEC 62056-21, mode A, tr)
SILENCE_MS = const(1500)  # longest gap between two characters of a message (same, ta)
# A NAK comes within 1500 ms of the last character; as much again for those that the port still
# holds when the last one is taken from here.
REPEAT_MS = const(3000)
_ADDRESS_MAX = const(32)

# Pieces of an answer, in this order: identification, STX, a line per value, end, BCC.
_IDENTIFICATION = const(0)
_BLOCK = const(1)
_LINES = const(2)

# A line takes the RP2040 10 ms to make and 300 baud 700 ms to send.
_PIECES_A_STEP = const(1)

# States.  Up to _ADDRESS and from there to _ASKED each waits for one character of _REQUEST.
_REQUEST = b"/?!\r\n"
_IDLE = const(0)
_ADDRESS = const(2)  # takes address characters until the "!"
_ASKED = const(5)  # the reaction time runs
_ANSWERING = const(6)
_OFFERING = const(7)  # the reader may choose


class ModeA:
    """The meter's end of a mode A line.

    values:           reader of the register table
    lists:            registers.lists.Lists, whose read-out list is looked at with each request
    address:          device address, text; its leading zeros do not count
    manufacturer:     three capital letters (FLAG code); capitals promise a reaction after 200 ms
    type_code:        1..16 printable characters without "/" and "!"
    energy_decimals:  0 or 1, as on the display

    offers:           True: the identification is that of mode E

    Raises ValueError for an identification that no reader could take.
    """

    def __init__(
        self,
        values: "Values",
        lists: "Lists",
        address: str,
        manufacturer: str,
        type_code: str,
        energy_decimals: int = 0,
    ) -> None:
        if len(manufacturer) != 3 or not all("A" <= c <= "Z" for c in manufacturer):
            raise ValueError(f"manufacturer {manufacturer!r}: accepted: AAA..ZZZ")
        if not 1 <= len(type_code) <= 16 or not all(
            " " <= c <= "~" and c not in "/!" for c in type_code
        ):
            raise ValueError(
                f"type_code {type_code!r}: accepted: 1..16 printable characters, no / or !"
            )
        self._values = values
        self._energy_decimals = energy_decimals
        self._lists = lists
        self._follow(lists.items[READ_OUT])
        self._address = address.lstrip("0").encode()
        self.offers = False
        # The space stands where a mode B or C meter puts its baud character; 5 is 9600.
        self._identification = f"/{manufacturer} {type_code}\r\n".encode()
        self._offer = f"/{manufacturer}5\\2{type_code}\r\n".encode()

        self._state = _IDLE
        self._heard = False  # a byte came since the last step, so time starts at that step
        self._waited_ms = 0
        self._length = 0  # address characters so far
        self._fits = 0  # of these, how many fit the own address; -1: they do not
        self._repeat_ms = 0  # time left for a NAK

        self._allowed = 0  # pieces that may still be made before the next step
        self._piece = b""  # being sent
        self._taken = 0  # bytes of it already taken
        self._next = 0  # the piece after it
        self._bcc = 0

    def _follow(self, keys: "Sequence[int]") -> None:
        """Read out `keys` from now on."""
        self._keys = keys
        self._stamps = tuple([table.stamp_key(key) for key in keys])
        self._read = array("q", [0] * len(keys))
        self._read_stamps = array("q", [0] * len(keys))

    @property
    def is_busy(self) -> bool:
        """True from the end of a request to the end of its answer."""
        return self._state >= _ASKED

    @property
    def is_idle(self) -> bool:
        """True if nothing of a request has come."""
        return self._state == _IDLE

    @property
    def is_offering(self) -> bool:
        """True from the end of a mode E identification until go_on() or stop()."""
        return self._state == _OFFERING

    def go_on(self) -> None:
        """Let the data block follow the identification."""
        self._state = _ANSWERING

    def stop(self) -> None:
        """Drop a request or what is left of its answer."""
        self._state = _IDLE
        self._piece = b""
        self._taken = 0

    def feed(self, buf: "bytearray | bytes", n: int) -> None:
        """Take the first `n` received bytes of `buf`; bit 7 marks a bad character.  Hot."""
        for k in range(n):
            self.take(buf[k])

    def take(self, byte: int) -> None:
        """Take one received byte.  Hot."""
        if self._state >= _ASKED:
            return
        self._heard = True
        self._waited_ms = 0
        state = self._state
        if byte == _SLASH:
            self._state = 1
            self._next = _IDENTIFICATION
        elif state != _IDLE and byte == _REQUEST[state]:
            if state == _ADDRESS and self._length and self._fits != len(self._address):
                self._state = _IDLE  # somebody else is meant
            else:
                self._state = state + 1
        elif state == _ADDRESS and 0x20 <= byte <= 0x7E and self._length < _ADDRESS_MAX:
            self._compare(byte)
            return
        elif state == _IDLE and byte == _NAK and self._repeat_ms > 0:
            self._state = _ASKED
            self._next = _BLOCK
        else:
            self._state = _IDLE
        self._length = 0
        self._fits = 0
        self._repeat_ms = 0

    def _compare(self, byte: int) -> None:
        self._length += 1
        fits = self._fits
        if fits == 0 and byte == _ZERO:
            return
        if 0 <= fits < len(self._address) and self._address[fits] == byte:
            self._fits = fits + 1
        else:
            self._fits = -1

    def step(self, elapsed_ms: int) -> None:
        """Let `elapsed_ms` pass.  Hot.

        Call it after feed(): the time before a byte was fed does not count as silence after it.
        """
        self._allowed = _PIECES_A_STEP
        if self._heard:
            self._heard = False
            return
        self._repeat_ms -= min(elapsed_ms, self._repeat_ms)
        if self._state == _ASKED:
            self._waited_ms += elapsed_ms
            if self._waited_ms >= REACTION_MS:
                self._state = _ANSWERING
        elif _IDLE < self._state < _ASKED:
            self._waited_ms += elapsed_ms
            if self._waited_ms > SILENCE_MS:
                self._state = _IDLE

    def take_output(self, buf: bytearray) -> int:
        """Fill `buf` with what is to be sent next; return the number of bytes, 0 for nothing.

        Warm: makes one line between two steps, then the rest comes after the next one.
        """
        n = 0
        while self._state == _ANSWERING and n < len(buf):
            if self._taken == len(self._piece):
                if self._allowed == 0:
                    break
                self._allowed -= 1
                self._advance()
            while n < len(buf) and self._taken < len(self._piece):
                buf[n] = self._piece[self._taken]
                n += 1
                self._taken += 1
        return n

    def _advance(self) -> None:
        """Make the next piece of the answer, or end it."""
        if self._next == _BLOCK and self._piece is self._offer:
            self._piece = b""
            self._taken = 0
            self._state = _OFFERING
            return
        number = self._next - _LINES
        self._next += 1
        self._taken = 0
        if number < 0:
            if number == _IDENTIFICATION - _LINES:
                self._piece = self._offer if self.offers else self._identification
                if self._lists.items[READ_OUT] is not self._keys:
                    self._follow(self._lists.items[READ_OUT])
                for k, key in enumerate(self._keys):  # all values of one moment
                    self._read[k] = self._values.value(key)
                    if self._stamps[k] >= 0:
                        self._read_stamps[k] = self._values.value(self._stamps[k])
                self._allowed = 0
            else:
                self._piece = b"\x02"
                self._bcc = 0
        elif number <= len(self._keys):
            self._piece = self._line(number) if number < len(self._keys) else _END
            for byte in self._piece:  # BCC: exclusive or of all after STX, ETX included
                self._bcc ^= byte
        elif number == len(self._keys) + 1:
            self._piece = bytes((self._bcc,))
        else:
            self._piece = b""
            self._state = _IDLE
            self._repeat_ms = REPEAT_MS

    def _line(self, number: int) -> bytes:
        key = self._keys[number]
        value = table.value_text(key, self._read[number], self._energy_decimals)
        unit = table.unit_text(key)
        mark = "*" if unit else ""
        stamp = ""
        if self._stamps[number] >= 0:
            stamp = f"({digits.stamp(self._read_stamps[number])})"
        return f"{obis.short(table.code(key))}({value}{mark}{unit}){stamp}\r\n".encode()
