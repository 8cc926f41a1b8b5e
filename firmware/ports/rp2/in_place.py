"""Lets functions run from the flash chip, where their files lie, instead of from copies in RAM.

MicroPython copies the byte code of an imported .mpy file to the heap.  It is the same bytes as in
the file, and a file of up to 4 KiB lies in one block of the filesystem, which the processor can
read like memory.  So once everything is imported, each function's pointer to its byte code is
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
_HEAD = "<HIIBH"  # size, CRC-32 of the first 64 bytes, of all, length of the name, functions


def _generator():
    yield


_FUNCTIONS = (type(_generator), type(lambda: None))


def settle(slot):
    """Turn the functions of all imported modules of `slot`; return the bytes of code turned."""
    threshold = gc.threshold()
    gc.threshold(-1)  # all that is made here is garbage at the end, none of it before
    with open(slot + "/" + _INDEX, "rb") as file:
        index = file.read()
    first = _XIP + _FLASH_BYTES - rp2.Flash().ioctl(4, 0) * _BLOCK
    modules = {}
    at = 0
    while at < len(index):
        size, head, whole, name, n = struct.unpack_from(_HEAD, index, at)
        at += struct.calcsize(_HEAD)
        modules[head] = (index[at : at + name].decode(), size, whole, at + name, n)
        at += name + 4 * n
    turned = 0
    for block in range(first, _XIP + _FLASH_BYTES, _BLOCK):
        module = modules.get(crc32(bytearray_at(block, 64)))
        if module is not None and crc32(bytearray_at(block, module[1])) == module[2]:
            turned += _turn(block, index, module)
    gc.threshold(threshold)
    gc.collect()
    return turned


def _turn(block, index, module):
    name, _, _, at, n = module
    found = sys.modules.get(name)
    if found is None:
        return 0
    known = {}
    for _ in range(n):
        offset, length = struct.unpack_from("<HH", index, at)
        at += 4
        known.setdefault(bytes(bytearray_at(block + offset, _KEY)), []).append((offset, length))
    turned = 0
    for function in _functions(found):
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
