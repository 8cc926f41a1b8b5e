"""Finds the modules of the firmware in the flash chip, where `meterctl flash` has put them.

What a module is made of, functions, classes, dictionaries, names, lies there as it would in RAM
after an import, every pointer to its place in flash (tools/meterctl/module_image).  It can be used
as it is, but not changed.  What is left to do at the start: check that MicroPython and the image
are those that belong together, to the last bit; let MicroPython know the names; and list the
modules as imported.

DS = RP2040 Datasheet, build 2025-02-20: section 2.6.3, XIP.  MP = MicroPython's source: py/qstr.h,
qstr_pool_t; py/objlist.h.
"""

import os
import struct
import sys
from binascii import crc32

from machine import mem32
from micropython import const
from uctypes import addressof, bytearray_at

INDEX = "modules.index"  # its layout: tools/meterctl/module_image/layout.py
_XIP = const(0x10000000)
_HEAD_BYTES = const(28)
_SIZE = const(6)  # in what os.stat() returns
_BLOCK_BYTES = const(12)
_TOTAL = const(4)  # in a pool of names: how many there are before it
_LENGTH = const(12)
_ITEMS = const(12)  # in a list: where its items are


def mount(folder):
    """Make the modules of the image whose index is in `folder` importable.

    Raises OSError if there is none, ValueError if it does not belong to this MicroPython or is
    damaged.  Cost: 16 cycles a byte of MicroPython and the image; RAM for 4 bytes a name.
    """
    path = folder + "/" + INDEX
    head = bytearray(_HEAD_BYTES)
    blocks = pool = b""
    with open(path, "rb") as file:
        file.readinto(head)
        expected, size, micropython, newest, listed, n, names = struct.unpack("<7I", head)
        if os.stat(path)[_SIZE] == _HEAD_BYTES + _BLOCK_BYTES * n + names:
            blocks = file.read(_BLOCK_BYTES * n)
            pool = bytearray(names)
            file.readinto(pool)
    if crc32(pool, crc32(blocks, crc32(memoryview(head)[4:]))) != expected:
        raise ValueError(INDEX + " is damaged: flash the firmware again")
    if crc32(bytearray_at(_XIP, size)) != micropython:
        raise ValueError("this is not the MicroPython the firmware was put on: flash it again")
    for at in range(0, _BLOCK_BYTES * n, _BLOCK_BYTES):
        address, length, expected = struct.unpack_from("<3I", blocks, at)
        if crc32(bytearray_at(address, length)) != expected:
            raise ValueError("the firmware in the flash chip is damaged: flash it again")
    before, at = mem32[newest], addressof(pool)
    if mem32[before + _TOTAL] + mem32[before + _LENGTH] > mem32[at + _TOTAL]:
        raise ValueError("too many names are known before the firmware is found")
    mem32[at] = before
    mem32[newest] = at  # which keeps the pool
    found = [()]
    mem32[mem32[id(found) + _ITEMS]] = listed
    for k in range(0, len(found[0]), 2):
        sys.modules[found[0][k]] = found[0][k + 1]
