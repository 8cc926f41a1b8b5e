"""Places the pieces of an image in flash, turns their pointers, and lists what is where.

The image is the content of a file that fills whole blocks of the filesystem.  littlefs begins the
n-th block of a file with pointers to earlier ones (its SPEC.md, "CTZ skip-lists"); what is left of
each block holds pieces, none of which crosses its end.

The index, a file of its own, tells the board, firmware/ports/rp2/module_image.py, where all is:

    0   CRC-32 of what follows
    4   bytes and CRC-32 of MicroPython, from the start of the flash chip
    12  address of the variable that holds the newest pool of names
    16  address of the tuple (name, module, name, module ...)
    20  number of blocks
    24  bytes of the pool of names
    28  for each block: address of its content, bytes, CRC-32
    ..  the pool: MicroPython's qstr_pool_t, but for its first word, what was the newest before
"""

import struct
from binascii import crc32

from meterctl.module_image.memory import ImageError

BLOCK_BYTES = 4096
HEAD = struct.Struct("<6I")
BLOCK = struct.Struct("<3I")
_POOL = struct.Struct("<6I")
_SPARE_NAMES = 16  # MicroPython makes its next pool twice as large as it takes this one to be
_ALIGN = 4


def begin_of(n):
    """Return where the content of the n-th block of a file begins."""
    return 0 if n == 0 else 4 * (n & -n).bit_length()


class Layout:
    """An image in the making.

    blocks:     addresses of the file's blocks in its order, the n-th free from begin_of(n) on
    first:      number of the first name
    last_pool:  address of the variable that holds the newest pool of names
    pair:       address of the type of tuples
    """

    def __init__(self, blocks, first, last_pool, pair):
        self._blocks = blocks
        self._contents = [bytearray(begin_of(n)) for n in range(len(blocks))]
        self._first = first
        self._last_pool = last_pool
        self._pair = pair
        self._modules = []
        self._texts = []
        self._open = 0  # blocks before this one stay as they are

    def add(self, pieces, modules, walk):
        """Take `pieces` up, {address in RAM: Piece}, and the `modules` {name: address in RAM}."""
        places = {address: self._place(piece.data) for address, piece in pieces.items()}
        for address, piece in pieces.items():
            for at, (target, inner) in piece.links.items():
                struct.pack_into("<I", piece.data, at, places[target] + inner)
            self._change(places[address], piece.data)
        for name, address in modules.items():
            self._modules += [walk.number(name.encode()) << 3 | 2, places[address]]

    def index(self, names, micropython):
        """Return the index of the image, bytes, and take up what it refers to.

        What is added later goes into further blocks.

        names:        those of the image, bytes each
        micropython:  (bytes, CRC-32)
        """
        words = [self._pair, len(self._modules), *self._modules]
        modules = self._place(struct.pack(f"<{len(words)}I", *words))
        hashes = self._place(bytes(map(_hash, names)))
        lengths = self._place(bytes(map(len, names)))
        self._texts += [self._place(name + b"\0") for name in names[len(self._texts) :]]
        pool = _POOL.pack(0, self._first, _SPARE_NAMES, len(names), hashes, lengths)
        pool += struct.pack(f"<{len(names)}I", *self._texts)
        contents = self.contents()
        self._open = len(contents)
        index = HEAD.pack(*micropython, self._last_pool, modules, len(contents), len(pool))
        for address, data in contents.items():
            index += BLOCK.pack(address, len(data), crc32(data))
        index += pool
        return struct.pack("<I", crc32(index)) + index

    def contents(self):
        """Return {address: content} of the blocks that hold something."""
        return {
            block + begin_of(n): bytes(content[begin_of(n) :])
            for n, (block, content) in enumerate(zip(self._blocks, self._contents, strict=True))
            if len(content) > begin_of(n)
        }

    def _place(self, data):
        """Place `data`, at most 4072 bytes, in the first block with room; return its address."""
        for n in range(self._open, len(self._blocks)):
            content = self._contents[n]
            at = len(content)
            if at + len(data) <= BLOCK_BYTES:
                content.extend(data)
                content.extend(bytes(-len(content) % _ALIGN))
                return self._blocks[n] + at
        raise ImageError(f"the image does not fit into {len(self._blocks)} blocks")

    def _change(self, address, data):
        """Write `data` over what was placed at `address`."""
        content = self._contents[self._blocks.index(address & -BLOCK_BYTES)]
        at = address % BLOCK_BYTES
        content[at : at + len(data)] = data


def _hash(name):
    """Return what MicroPython keeps of a name to find it by (py/qstr.c qstr_compute_hash)."""
    found = 5381
    for byte in name:
        found = (found * 33) ^ byte
    return found & 0xFF or 1
