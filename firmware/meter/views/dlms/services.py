"""GET, SET and ACTION of one association, in one piece, as lists and in blocks.

An answer longer than the client takes is made while it is sent: values come in items (a row of a
profile, an object of the object list), one item at a time is encoded, and what of it did not fit
waits for the next block.  While the line is busy with a block, the items of the next one are
encoded, one a step, so that the client need not wait for them.  The buffer they are encoded in is
that of all ports.
"""

from micropython import const

from meter.views.dlms import association as of
from meter.views.dlms.axdr import (
    BLOCK_NUMBER_INVALID,
    BLOCK_UNAVAILABLE,
    HARDWARE_FAULT,
    LONG_GET_ABORTED,
    NO_LONG_GET,
    NO_LONG_SET,
    OK,
    OTHER,
    Later,
    Malformed,
    Reader,
    Refused,
    length_size,
    put_length,
)

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.views.dlms.association import Association
    from meter.views.dlms.device import Device

GET = const(0xC0)
SET = const(0xC1)
ACTION = const(0xC3)

_GATHERED = const(2048)  # the largest value that is written in blocks
_BLOCK_HEAD = const(9)  # response, choice, invoke id, last, number, result; the length follows
_NORMAL_HEAD = const(3)
_AT_ONCE = const(16)  # objects of a list that are read in one step
_LEAST_ROOM = const(9)  # for what goes around the results of a list


class Services:
    """The services of one port.

    device:       device.Device
    association:  association.Association
    port:         requests.OPTICAL or MODULE
    """

    def __init__(self, device: "Device", association: "Association", port: int) -> None:
        self._objects = device.objects
        self._writing = device.writing
        self._association = association
        self._port = port
        self._item = device.item
        self.reset()

    def reset(self) -> None:
        """Forget transfers that are under way."""
        self._asked: list[tuple[int, bytes, int, int, bytes]] = []
        self._is_list = False
        self._next = 0  # of _asked
        self._value: object = None  # being sent, and how many items of it are left
        self._left = 0
        self._sent = 0
        self._rest = b""  # encoded, and not sent yet
        self._failed = OK  # why there is nothing behind it
        self._block = 0  # number of the last block sent, or taken; 0 if there is no transfer
        self._gathered = b""
        self._gathers = 0  # GET, SET or ACTION whose transfer it is
        self._kind = 0

    def serve(self, reader: Reader, answer: bytearray) -> int:
        """Answer a GET, SET or ACTION; Malformed if it cannot be parsed or was not agreed on.

        Later: it is to be served once more in the next step, which only a GET ever asks for.
        """
        service = reader.byte()
        kind = reader.byte()
        invoke = reader.byte()
        answer[0] = service + 4
        answer[1] = 1
        answer[2] = invoke
        if service == GET:
            return self._get(kind, reader, answer)
        if kind in (1, 4 if service == SET else 3):
            return self._one_go(service, kind, reader, answer)
        return self._in_blocks(service, kind, reader, answer)

    # ---- GET

    def _get(self, kind: int, reader: Reader, answer: bytearray) -> int:
        if kind == 2:
            return self._get_next(reader, answer)
        self.reset()
        self._gathers = GET
        self._is_list = kind == 3
        if kind not in (1, 3):
            raise Malformed
        for _ in range(self._count(reader) if self._is_list else 1):
            self._asked.append(self._descriptor(reader))
        reader.finish()
        if self._is_list:
            item = self._item
            self._rest = bytes(item.buf[: put_length(item.buf, 0, len(self._asked))])
        limit = self._association.room()
        has_blocks = self._association.allows(of.GET_BLOCKS)
        head = _NORMAL_HEAD if not has_blocks else _BLOCK_HEAD + length_size(limit)
        try:
            end = self._fill(answer, head, limit)
        except Refused as refusal:
            return self._get_error(answer, refusal.code)
        is_done = self._is_done()
        if is_done and end - head + _NORMAL_HEAD <= limit:
            answer[1] = kind
            if has_blocks:
                answer[_NORMAL_HEAD : _NORMAL_HEAD + end - head] = answer[head:end]
            self.reset()
            return _NORMAL_HEAD + end - head
        if not has_blocks or end == head:
            self.reset()
            return self._get_error(answer, BLOCK_UNAVAILABLE)
        if not self._is_list:  # blocks carry the data without the choice before it
            end -= 1
            answer[head:end] = answer[head + 1 : end + 1]
        return self._get_block(answer, head, end)

    def _get_next(self, reader: Reader, answer: bytearray) -> int:
        number = reader.number(4)
        reader.finish()
        if not self._association.allows(of.GET_BLOCKS):
            raise Malformed
        if self._gathers != GET or not self._block:
            return self._block_error(answer, number, NO_LONG_GET)
        if number != self._block:
            self.reset()
            return self._block_error(answer, number, BLOCK_NUMBER_INVALID)
        limit = self._association.room()
        head = _BLOCK_HEAD + length_size(limit)
        try:
            end = self._fill(answer, head, limit)
        except Refused:
            number = self._block + 1
            self.reset()
            return self._block_error(answer, number, LONG_GET_ABORTED)
        return self._get_block(answer, head, end)

    def _get_block(self, answer: bytearray, head: int, end: int) -> int:
        """Write the head of a block before its data, answer[head : end]."""
        n = end - head
        self._block += 1
        is_last = self._is_done()
        at = _BLOCK_HEAD + length_size(n)
        answer[at : at + n] = answer[head:end]
        put_length(answer, _BLOCK_HEAD, n)
        self._block_head(answer, is_last, self._block, 0)
        if is_last:
            self.reset()
        return at + n

    def _block_head(self, answer: bytearray, is_last: bool, number: int, choice: int) -> None:
        answer[1] = 2
        answer[3] = 1 if is_last else 0
        answer[4:8] = number.to_bytes(4, "big")
        answer[8] = choice

    def _block_error(self, answer: bytearray, number: int, code: int) -> int:
        self._block_head(answer, True, number, 1)
        answer[9] = code
        return 10

    def _get_error(self, answer: bytearray, code: int) -> int:
        self.reset()
        answer[1] = 1
        answer[3] = 1
        answer[4] = code
        return 5

    def _is_done(self) -> bool:
        is_sent = not self._rest and not self._failed
        return is_sent and self._left == 0 and self._next == len(self._asked)

    def _fill(self, answer: bytearray, at: int, limit: int) -> int:
        """Fill answer[at : limit] with what is left to send; return where it ends.

        It ends earlier after some objects of a list: no step may take long, whatever is asked.
        """
        item = self._item
        begin = at
        first = self._next
        has_blocks = self._association.allows(of.GET_BLOCKS)
        n = min(len(self._rest), limit - at)
        answer[at : at + n] = self._rest[:n]
        self._rest = self._rest[n:]
        at += n
        while at < limit and not self._is_done() and self._next - first < _AT_ONCE:
            if self._failed:
                raise Refused(self._failed)
            item.n = 0
            try:
                self._encode()
            except Later:
                if at == begin:
                    raise
                if not has_blocks:  # it would begin anew for ever: one search is kept
                    raise Refused(BLOCK_UNAVAILABLE) from None
                break  # the next block has it
            n = min(item.n, limit - at)
            answer[at : at + n] = item.buf[:n]
            at += n
            if n < item.n:
                self._rest = bytes(item.buf[n : item.n])
        return at

    def step(self) -> None:
        """Encode an item of the next block, unless there are enough.  Hot without a transfer."""
        if not self._block or self._gathers != GET or self._failed:
            return
        has_items = self._left or self._next < len(self._asked)
        if not has_items or len(self._rest) >= self._association.room():
            return
        item = self._item
        item.n = 0
        try:
            self._encode()
        except Later:
            return
        except Refused as refusal:
            self._failed = refusal.code
            return
        self._rest += item.buf[: item.n]

    def _encode(self) -> None:
        """Encode the next item; Refused if there is no value but an error."""
        item = self._item
        if self._left:
            self._left -= 1
            try:
                self._value.put(item, self._sent)  # type: ignore[attr-defined]
            except OSError:
                raise Refused(HARDWARE_FAULT) from None
            self._sent += 1
            return
        asked = self._asked[self._next]
        self._next += 1
        try:
            found = self._objects.read(self._association, *asked)
        except Later:
            self._next -= 1
            raise
        except Refused as refusal:
            code = refusal.code
        except OSError:
            code = HARDWARE_FAULT
        else:
            item.raw(b"\0")
            if isinstance(found, tuple):
                item.put(*found)  # type: ignore[arg-type]
            else:
                item.head(found.tag, found.count)
                self._value = found
                self._left = found.pieces
                self._sent = 0
            return
        if not self._is_list:
            raise Refused(code)
        item.raw(bytes((1, code)))

    # ---- SET and ACTION

    def _one_go(self, service: int, kind: int, reader: Reader, answer: bytearray) -> int:
        self.reset()
        targets = self._targets(service, kind != 1, reader)
        answer[1] = 5 if service == SET and kind == 4 else kind
        return self._apply(service, kind != 1, targets, reader, answer, _NORMAL_HEAD)

    def _apply(
        self,
        service: int,
        is_list: bool,
        targets: "list[tuple[int, bytes, int, int, bytes]]",
        reader: Reader,
        answer: bytearray,
        at: int,
    ) -> int:
        """Carry out what was asked; write the results to answer[at]; return where they end."""
        values = self._values(service, is_list, len(targets), reader)
        if is_list:
            at = put_length(answer, at, len(targets))
        for k in range(len(targets)):
            result = b""
            try:
                code = OK
                if service == SET:
                    self._writing.write(self._association, targets[k], values[k], self._port)
                else:
                    result = self._writing.invoke(
                        self._association, targets[k], values[k], self._port
                    )
            except Refused as refusal:
                code = refusal.code
            except Malformed:  # well-formed, but not as this attribute is
                code = OTHER
            except OSError:
                code = HARDWARE_FAULT
            answer[at] = code
            at += 1
            if service == ACTION:
                answer[at : at + 1 + len(result)] = (b"\1\0" + result) if result else b"\0"
                at += 2 + len(result) if result else 1
        return at

    def _values(self, service: int, is_list: bool, n: int, reader: Reader) -> "list[Reader]":
        """Return a reader for each value, None where an action has none."""
        if is_list and self._count(reader) != n:
            raise Malformed
        values = []
        for _ in range(n):
            at = reader.at
            if service != ACTION or is_list or reader.byte():
                at = reader.at
                reader.value()
                values.append(Reader(reader.buf, at, reader.at))
            else:
                values.append(Reader(b"\0", 0, 1))
        reader.finish()
        return values

    def _in_blocks(self, service: int, kind: int, reader: Reader, answer: bytearray) -> int:
        """Take a block of a SET or ACTION; carry it out with the last one.

        SET: 2 first, 3 next, 5 first of a list. ACTION: 4 first, 6 next, 5 first of a list.
        """
        bit = of.SET_BLOCKS if service == SET else of.ACTION_BLOCKS
        first, following = (2, 3) if service == SET else (4, 6)
        if kind not in (first, following, 5) or not self._association.allows(bit):
            raise Malformed
        if kind != following:
            self.reset()
            self._gathers = service
            self._kind = kind
            self._is_list = kind == 5
            self._asked = self._targets(service, self._is_list, reader)
        is_last = reader.byte() != 0
        number = reader.number(4)
        data = reader.take(reader.length())
        reader.finish()
        code = OK
        if self._gathers != service:
            code = NO_LONG_SET
        elif number != self._block + 1:
            code = BLOCK_NUMBER_INVALID
        elif len(self._gathered) + len(data) > _GATHERED:
            code = OTHER
        if code != OK:
            self.reset()
            return self._blocks_refused(service, answer, number, code)
        self._block = number
        self._gathered += data
        if not is_last:
            answer[1] = 2 if service == SET else 4
            answer[3:7] = number.to_bytes(4, "big")
            return 7
        return self._finish_blocks(service, number, answer)

    def _blocks_refused(self, service: int, answer: bytearray, number: int, code: int) -> int:
        if service == SET:
            answer[1] = 3
            answer[3] = code
            answer[4:8] = number.to_bytes(4, "big")
            return 8
        answer[3:5] = bytes((code, 0))
        return 5

    def _finish_blocks(self, service: int, number: int, answer: bytearray) -> int:
        targets, is_list = self._asked, self._is_list
        gathered = self._gathered
        self.reset()
        if service == ACTION and not is_list:  # a single parameter comes without its choice
            gathered = b"\1" + gathered
        reader = Reader(gathered, 0, len(gathered))
        answer[1] = (4 if is_list else 3) if service == SET else (3 if is_list else 1)
        end = self._apply(service, is_list, targets, reader, answer, _NORMAL_HEAD)
        if service == SET:
            answer[end : end + 4] = number.to_bytes(4, "big")
            end += 4
        return end

    # ---- what requests have in common

    def _count(self, reader: Reader) -> int:
        if not self._association.allows(of.MULTIPLE):
            raise Malformed
        n = reader.length()
        if n == 0 or n > 100:
            raise Malformed
        return n

    def _targets(
        self, service: int, is_list: bool, reader: Reader
    ) -> "list[tuple[int, bytes, int, int, bytes]]":
        """Read which attributes or methods are meant; their results must fit one answer."""
        n = self._count(reader) if is_list else 1
        if 3 * n + _LEAST_ROOM > self._association.room():
            raise Malformed
        return [self._target(service, reader) for _ in range(n)]

    def _target(self, service: int, reader: Reader) -> "tuple[int, bytes, int, int, bytes]":
        if service == SET:
            return self._descriptor(reader)
        return reader.number(2), reader.take(6), reader.byte(), 0, b""

    def _descriptor(self, reader: Reader) -> "tuple[int, bytes, int, int, bytes]":
        """Return (class, name, attribute, selector, its parameters); selector 0 is none."""
        class_id, name, attribute = reader.number(2), reader.take(6), reader.byte()
        if not reader.byte():
            return class_id, name, attribute, 0, b""
        if not self._association.allows(of.SELECTIVE_ACCESS):
            raise Malformed
        selector = reader.byte() or 255  # there is no selector 0 and no 255
        at = reader.at
        reader.value()
        return class_id, name, attribute, selector, bytes(reader.buf[at : reader.at])
