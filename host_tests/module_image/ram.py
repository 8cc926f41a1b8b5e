"""The RAM of a board that has imported modules, made by hand, and how to read it back.

Both follow MicroPython's structures (py/obj.h, py/objfun.h, py/qstr.h, py/gc.c) and nothing of the
tool that is tested with them but the names of the kinds.
"""

import struct

from meterctl.module_image import walk

START = 0x20000000
SIZE = 64 << 10
HEAP = START + 0x4000
BLOCKS = 3000
TABLE = HEAP - BLOCKS // 4 - BLOCKS // 8
OWN_NAMES = 100  # of MicroPython, in flash
KINDS = {name: 0x10040000 + 0x40 * k for k, name in enumerate(walk.KINDS)}
KINDS["namedtuple"] = 0x10013415  # the function that makes one, a Thumb address
AREA = START + 0x1F00
LAST_POOL = START + 0x1F40


class Ram:
    """What the board's RAM holds; objects are made by methods that return their word."""

    def __init__(self):
        self.data = bytearray(SIZE)
        self._next = 0
        self._names = []
        table = BLOCKS // 4
        area = TABLE, table, TABLE + table, HEAP, HEAP + 16 * BLOCKS
        struct.pack_into("<5I", self.data, AREA - START, *area)

    def allocate(self, data):
        """Return the address of a copy of `data` in the heap."""
        address = HEAP + 16 * self._next
        for k in range(-(-len(data) // 16)):
            block = self._next + k
            self.data[TABLE - START + block // 4] |= (2 if k else 1) << block % 4 * 2
        self._next += max(1, -(-len(data) // 16))
        self.data[address - START : address - START + len(data)] = data
        return address

    def words(self, *words):
        return self.allocate(struct.pack(f"<{len(words)}I", *words))

    def poke(self, address, word):
        struct.pack_into("<I", self.data, address - START, word)

    def name(self, text):
        """Return the number of a name."""
        if text not in self._names:
            self._names.append(text)
        return OWN_NAMES + self._names.index(text)

    def finish(self):
        """Make the pools of names; return the bytes of RAM."""
        pool, total = 0x10050000, OWN_NAMES
        for names in (self._names[:3], self._names[3:]):
            texts = [self.allocate(name.encode() + b"\0") for name in names]
            hashes = self.allocate(bytes(len(names)))
            lengths = self.allocate(bytes(map(len, names)))
            count = len(names)
            pool = self.words(pool, total, count + 2, count, hashes, lengths, *texts, 0, 0)
            total += count
        self.poke(LAST_POOL, pool)
        return bytes(self.data)

    # objects

    def number(self, value):
        return (value << 1 | 1) & 0xFFFFFFFF

    def text(self, text):
        return self.name(text) << 3 | 2

    def content(self, kind, data):
        """A str or bytes, with its content elsewhere."""
        return self.words(KINDS[kind], 7, len(data), self.allocate(data + b"\0"))

    def tuple(self, *items):
        return self.words(KINDS["tuple"], len(items), *items)

    def dict(self, **entries):
        """A map with a hole, as a hash table has."""
        table = [0, 0]
        for key, value in entries.items():
            table += [self.text(key), value]
        used = len(entries) << 3 | 1
        return self.words(KINDS["dict"], used, len(table) // 2, self.words(*table))

    def function(self, module, code, children=0, defaults=(), kind="function"):
        return self.words(KINDS[kind], module, children, self.allocate(code), *defaults)

    def raw_code(self, code, children=0, kind=2):
        return self.words(kind << 16, self.allocate(code), children, 0)

    def module(self, names=()):
        """A module whose code refers to `names`; its globals come later."""
        numbers = [self.name(name) for name in names]
        numbers += [0] * (len(numbers) % 2)
        table = struct.pack(f"<{len(numbers)}H", *numbers) + struct.pack("<I", self.number(5))
        constants = self.allocate(table)
        return self.words(KINDS["module"], 0, constants, constants + 2 * len(numbers))

    def set_globals(self, module, **entries):
        self.poke(module + 4, self.dict(__name__=self.text("m"), **entries))

    def class_(self, name, **members):
        """A class with three slots: how to make one, its base, its members."""
        head = struct.pack("<IHH12B", KINDS["type"], 0, self.name(name), *range(12))
        slots = struct.pack("<3I", 0x10012345, KINDS["object"], self.dict(**members))
        return self.allocate(head + slots)

    def named_tuples(self, name, *fields):
        head = struct.pack("<IHH12B", KINDS["type"], 0, self.name(name), *range(12))
        slots = [KINDS["namedtuple"], *(0x10012345 + 2 * k for k in range(7))]
        words = [*slots, len(fields), *map(self.name, fields)]
        return self.allocate(head + struct.pack(f"<{len(words)}I", *words))


class Reader:
    """Says what objects are, wherever they lie.

    data:   callable(address, bytes) -> bytes
    names:  {number: text}
    """

    def __init__(self, data, names):
        self._data = data
        self._names = names
        self._kinds = {address: name for name, address in KINDS.items()}

    def describe(self, address, depth=8):
        """Return the object at `address` as nested tuples without addresses."""
        word = self._words(address, 1)[0]
        if self._kinds.get(word) is None:  # of a class
            return ("of", self.describe(word, depth - 1), *self._tuple(address, depth))
        return (kind := self._kinds[word], *getattr(self, "_" + kind)(address, depth - 1))

    def _words(self, address, count):
        return struct.unpack(f"<{count}I", self._data(address, 4 * count))

    def _value(self, word, depth):
        if word & 3 == 1 or word & 3 == 3:
            return word >> 1
        if word & 7 == 2:
            return self._names[word >> 3]
        if word < 0x1000 or word in self._kinds or 0x10010000 < word < 0x10080000 or not depth:
            return "" if not depth else word
        return self.describe(word, depth)

    def _str(self, address, _):
        _, _, length, data = self._words(address, 4)
        return (self._data(data, length),)

    _bytes = _str

    def _tuple(self, address, depth):
        _, length = self._words(address, 2)
        return tuple(self._value(w, depth) for w in self._words(address + 8, length))

    def _dict(self, address, depth):
        _, flags, size, table = self._words(address, 4)
        entries = self._words(table, 2 * size)
        found = {
            self._names[key >> 3]: self._value(value, depth)
            for key, value in zip(entries[::2], entries[1::2], strict=True)
            if key
        }
        return flags >> 3, *sorted(found.items())

    def _module(self, address, depth):
        _, entries, names, objects = self._words(address, 4)
        numbers = struct.unpack(f"<{(objects - names) // 2}H", self._data(names, objects - names))
        known = tuple(self._names[number] for number in numbers if number)
        return *known, self._value(self._words(objects, 1)[0], depth), self._value(entries, depth)

    def _function(self, address, depth):
        _, module, children, code, default = self._words(address, 5)
        inner = ""
        if children:
            first = self._words(children, 1)[0]
            inner = self._data(self._words(first, 2)[1], 4)
        return self._value(module, 0), inner, self._data(code, 4), self._value(default, depth)

    _generator = _function

    def _type(self, address, depth):
        number = struct.unpack("<H", self._data(address + 6, 2))[0]
        make, base, members = self._words(address + 20, 3)
        if make == KINDS["namedtuple"]:
            count = self._words(address + 52, 1)[0]
            fields = self._words(address + 56, count)
            return self._names[number], *(self._names[field] for field in fields)
        return self._names[number], make, base, self._value(members, depth)

    def _object(self, *_):
        return ()

    def _staticmethod(self, address, depth):
        return (self._value(self._words(address + 4, 1)[0], depth),)
