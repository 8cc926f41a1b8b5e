"""Lets functions run from the flash chip, where their files lie, instead of from copies in RAM.

MicroPython copies the byte code of an imported .mpy file to the heap.  It is the same bytes as in
the file, and a file of up to 4 KiB lies in one block of the filesystem, which the processor can
read like memory.  So as soon as a module is imported, each function's pointer to its byte code is
turned to the block, and the garbage collector takes the copy.  A pointer is turned only if what it
points at and what the block holds are the same to the last byte; a MicroPython that keeps its
functions differently loses nothing but the room.  Blocks change only when the filesystem is
written, which the running firmware never does; `meterctl flash` writes the slot that does not run.

Code that runs in interrupts stays in RAM: the flash chip cannot be read while it is written.

DS = RP2040 Datasheet, build 2025-02-20: section 2.6.3, XIP; mp_obj_fun_bc_t: MicroPython's
py/objfun.h; the index: tools/meterctl/code_index.py.
"""

import gc
import struct
import sys
from binascii import crc32

import rp2
from machine import mem32
from micropython import const
from uctypes import bytearray_at

_INDEX = "code.index"
_XIP = const(0x10000000)
_FLASH_BYTES = const(2 << 20)
_BLOCK = const(4096)
_BYTECODE_AT = const(12)  # in a function object: type, context, children, byte code
_KEY = const(6)  # no byte code is shorter
_BLOCK_COUNT = const(4)  # of a block device's ioctl
_MPY = const(0x064D)  # how a .mpy file begins
_HEAD_BYTES = const(13)
_HEAD = "<HIIBH"  # size, CRC-32 of the first 64 bytes, of all, length of the name, functions


def _generator():
    yield


_FUNCTIONS = (type(_generator), type(lambda: None))


def settle(last):
    """Import the modules up to `last` one by one and turn their functions.

    Returns the bytes of code turned.  Cost: 35 ms, and some 10 ms a module beside its import.
    """
    with open(sys.path[0] + "/" + _INDEX, "rb") as file:
        index = file.read()
    blocks = _blocks()
    turned = 0
    at = 0
    while at < len(index):
        size, head, whole, name, n = struct.unpack_from(_HEAD, index, at)
        at += _HEAD_BYTES + name
        module = index[at - name : at].decode()
        if module not in sys.modules:
            __import__(module)
            for block in blocks.get(head, ()):
                if crc32(bytearray_at(block, size)) == whole:
                    turned += _turn(sys.modules[module], block, index, at, n)
                    break
        if module == last:
            break
        at += 4 * n
    gc.collect()
    return turned


def _blocks():
    """Return {CRC-32 of its first 64 bytes: addresses of the blocks of the filesystem}."""
    found = {}
    end = _XIP + _FLASH_BYTES
    blocks = rp2.Flash().ioctl(_BLOCK_COUNT, 0) or 0
    for block in range(end - blocks * _BLOCK, end, _BLOCK):
        if mem32[block] & 0xFFFF == _MPY:
            found.setdefault(crc32(bytearray_at(block, 64)), []).append(block)
    return found


def _turn(module, block, index, at, n):
    """Turn the functions of `module`, whose file lies in `block`; return the bytes turned."""
    known = {}
    for place in range(at, at + 4 * n, 4):
        offset, length = struct.unpack_from("<HH", index, place)
        known.setdefault(bytes(bytearray_at(block + offset, _KEY)), []).append((offset, length))
    turned = 0
    for function in _functions(module):
        pointer = id(function) + _BYTECODE_AT
        copy = mem32[pointer]
        for offset, length in known.get(bytes(bytearray_at(copy, _KEY)), ()):
            if bytearray_at(copy, length) == bytearray_at(block + offset, length):
                mem32[pointer] = block + offset
                turned += length
                break
    return turned


def _functions(module):
    """Yield the functions of `module` and of the classes in it, imported ones too."""
    for value in module.__dict__.values():
        if isinstance(value, _FUNCTIONS):
            yield value
        elif isinstance(value, type):
            for attribute in value.__dict__.values():
                if isinstance(attribute, _FUNCTIONS):
                    yield attribute
