"""Reads code out of a compiled MicroPython module (.mpy, version 6).

Source of the format: MicroPython documentation, "MicroPython .mpy files", and py/persistentcode.c.
"""

_MAGIC = ord("M")
_VERSION = 6
_KIND_BYTECODE, _KIND_NATIVE, _KIND_VIPER, _KIND_ASM = 2, 3, 4, 5
_OBJECT_TEXT = (5, 6)  # string and bytes, stored with a zero behind them
_OBJECT_NUMBER = (7, 8, 9)  # integer, float and complex, stored as text without one
_OBJECT_TUPLE = 10


def assembler_functions(data):
    """Return the machine code of the inline-assembler functions in `data`, in their order there.

    data:  bytes of a .mpy file whose other functions are bytecode
    Raises ValueError for any other file.
    """
    return [data[at : at + n] for kind, at, n in _functions(data) if kind == _KIND_ASM]


def _functions(data):
    """Return (kind, offset, length) of the code of every function, the module's own first."""
    reader = _Reader(data)
    magic, version, _, _ = reader.take(4)
    if (magic, version) != (_MAGIC, _VERSION):
        raise ValueError(f"mpy header {data[:2]!r}: only version {_VERSION} is known")
    strings, objects = reader.number(), reader.number()
    for _ in range(strings):
        length = reader.number()
        if not length & 1:  # an odd one names a string of the interpreter
            reader.take((length >> 1) + 1)
    for _ in range(objects):
        _skip_object(reader)
    functions = []
    _read_code(reader, functions)
    if reader.position != len(data):
        raise ValueError(f"mpy file of {len(data)} bytes ends at {reader.position}")
    return functions


class _Reader:
    def __init__(self, data):
        self._data = data
        self.position = 0

    def take(self, n):
        taken = self._data[self.position : self.position + n]
        if len(taken) < n:
            raise ValueError(f"mpy file of {len(self._data)} bytes is cut short")
        self.position += n
        return taken

    def number(self):
        """Read an unsigned number: 7 bits a byte, most significant first, bit 7 = more follows."""
        value = 0
        while True:
            (byte,) = self.take(1)
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                return value


def _skip_object(reader):
    (kind,) = reader.take(1)
    if kind == _OBJECT_TUPLE:
        for _ in range(reader.number()):
            _skip_object(reader)
    elif kind in _OBJECT_TEXT:
        reader.take(reader.number() + 1)
    elif kind in _OBJECT_NUMBER:
        reader.take(reader.number())


def _read_code(reader, functions):
    """Read one function and those inside it; append kind, offset and length of each."""
    head = reader.number()
    kind = _KIND_BYTECODE + (head & 3)
    functions.append((kind, reader.position, head >> 3))
    reader.take(head >> 3)
    if kind in (_KIND_NATIVE, _KIND_VIPER):
        raise ValueError("mpy file holds native or viper code, which needs relocation")
    if kind == _KIND_ASM:
        for _ in ("scope flags", "number of arguments", "types"):
            reader.number()
    if head & 4:
        for _ in range(reader.number()):
            _read_code(reader, functions)
