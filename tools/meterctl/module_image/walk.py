"""Follows imported modules through a board's RAM, object by object.

Every kind of object that modules consist of has a function here that says what its words are:
numbers, names, or pointers to further objects and pieces.  What has none is refused with the way
to it, as is everything that could change once it is in flash: lists, instances.

MP = MicroPython's source, 32-bit, object representation A: py/obj.h, py/objfun.h, py/objtype.h,
py/emitglue.h, py/bc.h.
"""

import struct
from dataclasses import dataclass, field

from meterctl.module_image.memory import ImageError

_IS_FIXED = 2  # in a map's first word: nothing can be added, changed or removed
_BYTECODE = 2  # kind of a raw code, MP_CODE_BYTECODE
_SLOTS = 20  # of a class: where its words begin
_NAMED_TUPLE_SLOTS = 8  # of a class of named tuples; then follow its fields
KINDS = (
    "array", "bytearray", "bytes", "classmethod", "closure", "dict", "float", "frozenset",
    "function", "generator", "int", "module", "object", "property", "range", "staticmethod", "str",
    "tuple", "type",
)  # fmt: skip


@dataclass
class Piece:
    """Something allocated: what it will be in flash but for its pointers.

    links:  {offset of a word: (address in RAM of the piece it points into, where in it)}
    """

    data: bytearray
    links: dict = field(default_factory=dict)


class Walk:
    """What is reachable from a set of modules.

    kinds:   {name of a kind, KINDS: address of its type}; namedtuple: what makes a named tuple
    before:  how many names MicroPython itself has
    first:   the number that the image's first name gets

    names:   the names of the image, bytes, by number - first
    """

    def __init__(self, kinds, before, first):
        self.names = []
        self._before = before
        self._first = first
        self._numbers = {}
        self._named_tuple = kinds["namedtuple"]
        self._kinds = {kinds[name]: getattr(self, "_" + name) for name in KINDS}

    def follow(self, memory, names, modules):
        """Follow `modules`, {name: address}; only they may be met on the way.

        memory:  Memory
        names:   {number: bytes}, those in RAM

        Returns {address in RAM: Piece} in the order in which they were met.
        """
        self._memory = memory
        self._known = names
        self._modules = set(modules.values())
        self._pieces = {}
        self._work = []
        for name, address in modules.items():
            self._work.append((self._follow, address, name))
            while self._work:
                look, at, way = self._work.pop()
                if at not in self._pieces:
                    look(at, way)
        return self._pieces

    def name(self, number):
        """Return the number in the image of what is name `number` on the board."""
        is_final = number < self._before or 0 <= number - self._first < len(self.names)
        if is_final and number not in self._known:
            return number
        return self.number(self._known[number])

    def number(self, text):
        """Return the number in the image of the name `text`, bytes, which gets one if need be.

        Not for names that MicroPython has itself.
        """
        if text not in self._numbers:
            self._numbers[text] = self._first + len(self.names)
            self.names.append(text)
        return self._numbers[text]

    # ── pieces: what a pointer in an object points at ────────────────────────────────────────────

    def _piece(self, address):
        piece = Piece(bytearray(self._memory.data(address, self._memory.size(address))))
        self._pieces[address] = piece
        return piece

    def _opaque(self, address, _way):
        """Bytes: text, digits, byte code."""
        self._piece(address)

    def _constants(self, address, names_bytes, way):
        """What a module's code refers to: names by number, 16 bits each, then objects."""
        piece = self._piece(address)
        count = names_bytes // 2
        numbers = struct.unpack_from(f"<{count}H", piece.data)
        struct.pack_into(f"<{count}H", piece.data, 0, *map(self.name, numbers))
        self._values(piece, names_bytes, way)

    def _entries(self, address, way):
        """The table of a map: keys and values in turn."""
        piece = self._piece(address)
        for at in range(0, len(piece.data), 8):
            (key,) = struct.unpack_from("<I", piece.data, at)
            name = self._known.get(key >> 3, b"?").decode() if key & 7 == 2 else key
            self._values(piece, at, f"{way}.{name}", 2)

    def _children(self, address, way):
        """The functions defined in a function: each byte code, or a raw code."""
        piece = self._piece(address)
        for at, child in enumerate(struct.unpack(f"<{len(piece.data) // 4}I", piece.data)):
            if child:
                self._link(piece, 4 * at, self._code, way)

    def _code(self, address, way):
        first, second, kind = self._memory.data(address, 3)
        if first or second & 0x40:
            self._opaque(address, way)
            return
        if kind != _BYTECODE:
            raise ImageError(f"{way} has machine code, which an image cannot hold")
        piece = self._piece(address)
        self._link(piece, 4, self._opaque, way)
        self._link(piece, 8, self._children, way)

    # ── objects: their first word says what they are ─────────────────────────────────────────────

    def _follow(self, address, way):
        kind = self._memory.word(address)
        look = self._kinds.get(kind)
        if look is not None:
            look(address, way)
        elif self._memory.is_in_heap(kind) and self._is_of_named_tuples(kind):
            self._tuple(address, way)
            self._link(self._pieces[address], 0, self._follow, way)
        else:
            raise ImageError(f"{way} may change or is of an unknown kind; it cannot be in flash")

    def _module(self, address, way):
        if address not in self._modules:
            raise ImageError(f"{way} is a module that stays in RAM")
        piece = self._piece(address)
        self._link(piece, 4, self._follow, way)
        names, objects = struct.unpack_from("<2I", piece.data, 8)
        if self._memory.is_in_heap(names):
            self._constants(names, objects - names, way)
            piece.links[8] = names, 0
            piece.links[12] = names, objects - names

    def _dict(self, address, way):
        piece = self._piece(address)
        piece.data[4] |= _IS_FIXED
        self._link(piece, 12, self._entries, way)

    def _tuple(self, address, way):
        self._values(self._piece(address), 8, way)

    def _str(self, address, way):
        self._link(self._piece(address), 12, self._opaque, way)

    _bytes = _int = _array = _bytearray = _str  # alike: kind, two words, where the content is

    def _type(self, address, way):
        piece = self._piece(address)
        (number,) = struct.unpack_from("<H", piece.data, 6)
        struct.pack_into("<H", piece.data, 6, self.name(number))
        if self._is_of_named_tuples(address):
            self._values(piece, _SLOTS, way, _NAMED_TUPLE_SLOTS)
            fields = _SLOTS + 4 * _NAMED_TUPLE_SLOTS
            (count,) = struct.unpack_from("<I", piece.data, fields)
            for at in range(fields + 4, fields + 4 + 4 * count, 4):
                (number,) = struct.unpack_from("<I", piece.data, at)
                struct.pack_into("<I", piece.data, at, self.name(number))
        else:
            self._values(piece, _SLOTS, way)

    def _is_of_named_tuples(self, kind):
        return self._memory.word(kind + _SLOTS) == self._named_tuple

    def _function(self, address, way):
        piece = self._piece(address)
        self._link(piece, 4, self._follow, way)
        self._link(piece, 8, self._children, way)
        self._link(piece, 12, self._opaque, way)
        self._values(piece, 16, way)

    _generator = _function

    def _closure(self, address, way):
        piece = self._piece(address)
        self._link(piece, 4, self._follow, way)
        for at in range(12, len(piece.data), 4):
            self._link(piece, at, self._cell, way)

    def _cell(self, address, way):
        self._values(self._piece(address), 4, way)

    def _property(self, address, way):
        self._values(self._piece(address), 4, way)

    _staticmethod = _classmethod = _property

    def _frozenset(self, address, way):
        self._link(self._piece(address), 12, self._members, way)

    def _members(self, address, way):
        self._values(self._piece(address), 0, way)

    def _float(self, address, _way):
        self._piece(address)

    _range = _float

    def _object(self, address, _way):
        """An object of no class of its own: a mark that is nothing else."""
        self._piece(address)

    # ── words ────────────────────────────────────────────────────────────────────────────────────

    def _values(self, piece, offset, way, count=None):
        """Take `count` words of `piece` from `offset` on for objects, without a count all."""
        end = len(piece.data) if count is None else offset + 4 * count
        for at in range(offset, end, 4):
            (value,) = struct.unpack_from("<I", piece.data, at)
            if value & 7 == 2:
                struct.pack_into("<I", piece.data, at, self.name(value >> 3) << 3 | 2)
            elif value & 3 == 0:
                self._link(piece, at, self._follow, way)

    def _link(self, piece, at, look, way):
        """Have the word at `at` follow what it points at, if that is in the heap."""
        (target,) = struct.unpack_from("<I", piece.data, at)
        if self._memory.is_in_heap(target):
            piece.links[at] = target, 0
            self._work.append((look, target, way))
