"""Where the functions of the compiled files are, for firmware/ports/rp2/in_place.py.

For each module, one after the other, little-endian: size of the file u16, CRC-32 of its first 64
bytes and of all u32 each, length of the name u8, number of functions u16; the name; for each
function offset and length of its byte code, u16 each.
"""

import struct
from binascii import crc32

from meterctl import mpy

NAME = "code.index"
_HEAD = "<HIIBH"
_BLOCK = 4096  # of the filesystem; what lies beyond the first one of a file is not in one piece
_INLINE = 512  # smaller files have no block of their own
_IN_INTERRUPTS = "ports/"


def code_index(files):
    """Return the index of `files`, {path: bytes}, those apart that may run in interrupts.

    files:  in an order in which they can be imported one by one
    """
    index = b""
    for path, data in files.items():
        if path.startswith(_IN_INTERRUPTS) or not _INLINE < len(data) <= _BLOCK:
            continue
        places = mpy.bytecode_places(data)
        name = path.removesuffix(".mpy").removesuffix("/__init__").replace("/", ".").encode()
        crcs = crc32(data[:64]), crc32(data)
        index += struct.pack(_HEAD, len(data), *crcs, len(name), len(places)) + name
        index += b"".join(struct.pack("<HH", *place) for place in places)
    return index
