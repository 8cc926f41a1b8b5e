"""Makes the image of a firmware's modules on a board, over mpremote.

The board imports the modules as ever, as many as fit; its RAM is read, the image made here and
written into the blocks of a file on the board.  That is repeated, with what is in the image out of
the way, until all modules are in it.
"""

import base64
import errno
import secrets
import zlib
from ast import literal_eval
from binascii import crc32

from mpremote.transport import TransportExecError

from meterctl.module_image.layout import BLOCK_BYTES, Layout
from meterctl.module_image.memory import ImageError, Memory
from meterctl.module_image.walk import Walk

INDEX = "modules.index"
_BLOCKS = "modules.image"
_RAM = 0x20000000  # RP2040 Datasheet, 2.6.2: 256 KiB in stripes, where all but the stack is
_RAM_BYTES = 256 << 10
_LOW_BYTES = 24 << 10  # of which MicroPython's variables and the heap's table take the most
_FLASH = 0x10000000
_FLASH_BYTES = 2 << 20
_GROWTH = 1.6  # an image is 1.5 times as large as the modules' files
_ENOUGH = 60_000  # bytes of heap that stay free while modules are imported
_OTHER_NAMES = 256  # room for those that are known before the image is found
_BATCH = 8
_NEAR = 512  # bytes of free heap that are not worth a request of their own
FULL = ("OSError: 28", "OSError: [Errno 28] ENOSPC")
_CHUNK = 768
_WINDOW_BITS = 10  # what the board unpacks with: 1 KiB of its memory

_SETUP = """
import binascii, gc, micropython, rp2, struct, sys
from array import array
from collections import namedtuple
from machine import mem32
from uctypes import bytearray_at
gc.threshold(8192)
def send(ranges):
    for address, size in ranges:
        for k in range(address, address + size, {chunk}):
            n = min({chunk}, address + size - k)
            sys.stdout.write(binascii.b2a_base64(bytearray_at(k, n)))
def crc(address, size):
    return binascii.crc32(bytearray_at(address, size))
sys.path[:0] = {folders!r}
"""
_KINDS = """
def generator():
    yield
def closure():
    x = 0
    def inside():
        return x
    return inside
slots = id(namedtuple('N', 'n')) + 20
print(dict(
    module=id(type(sys)), dict=id(dict), tuple=id(tuple), str=id(str), bytes=id(bytes),
    int=id(int), type=id(type), function=id(type(send)), generator=id(type(generator)),
    closure=id(type(closure())), property=id(property), staticmethod=id(staticmethod),
    classmethod=id(classmethod), array=id(array), bytearray=id(bytearray),
    frozenset=id(frozenset), float=id(float), range=id(range), object=id(object),
    namedtuple=mem32[slots]))
"""
# Fills a file with blocks that end in a mark and prints where they lie.
_RESERVE = """
count = rp2.Flash().ioctl(4, 0)
begin = {end} - count * 4096
block = bytearray(4096)
with open({path!r}, 'wb') as f:
    for n in range({blocks}):
        struct.pack_into('<II', block, 4088, {mark}, n)
        f.write(memoryview(block)[4 * (n & -n and len(bin(n & -n)) - 2):])
found = [0] * {blocks}
for a in range(begin, {end}, 4096):
    if mem32[a + 4088] == {mark}:
        found[mem32[a + 4092]] = a
print((begin, found))
"""
_WRITE = """
import deflate, io
at, block = {at}, bytearray(bytearray_at({at} & -4096, 4096))
data = deflate.DeflateIO(io.BytesIO(binascii.a2b_base64({packed!r})), deflate.ZLIB).read()
block[at & 4095 : (at & 4095) + len(data)] = data
flash = rp2.Flash()
flash.writeblocks(((at & -4096) - {end}) // 4096 + flash.ioctl(4, 0), block)
print(crc(at, len(data)))
"""
_MOUNT = """
from ports.rp2 import module_image
module_image.mount({folder!r})
"""
_IMPORT = """
for name in {names!r}:
    __import__(name)
gc.collect()
print(gc.mem_free())
"""
_IMPORTED = "print({name: id(module) for name, module in sys.modules.items()})"


class Board:
    """A board whose filesystem holds a firmware.

    transport:  of mpremote, in the raw REPL
    folder:     where the image belongs and what mounts it is, such as /a
    modules:    folder of the modules' files
    write:      callable(path, bytes) that writes a file
    """

    def __init__(self, transport, folder, modules, write):
        self._transport = transport
        self._folder = folder
        self._modules = modules
        self._write = write

    def make_image(self, modules, size, on_steps):
        """Make the image.

        modules:   names of the modules, each behind what it imports
        size:      bytes of their files together
        on_steps:  called with the number of modules imported since the last call

        Raises ImageError, OSError if the filesystem is full, and what the transport raises.
        """
        self._start()
        end = _FLASH + _FLASH_BYTES
        count = int(size * _GROWTH) // BLOCK_BYTES + 1
        path, mark = f"{self._folder}/{_BLOCKS}", secrets.randbits(29)
        program, blocks = self._ask(_RESERVE.format(path=path, blocks=count, end=end, mark=mark))
        if not all(blocks):
            raise ImageError("the blocks of the image were not found in the flash chip")
        micropython = program - _FLASH, self._ask(f"print(crc({_FLASH}, {program - _FLASH}))")
        kinds = self._ask(_KINDS)
        left, layout, written = list(modules), None, {}
        while left:
            if layout is not None:
                self._start()
                self._run(_MOUNT.format(folder=self._folder))
            group = self._import(left, on_steps)
            packages = [] if left[len(group) :] else _packages(modules)
            self._ask(_IMPORT.format(names=packages))
            memory = self._memory()
            if layout is None:
                last_pool = memory.last_pool
                before = min(memory.names(last_pool))
                walk = Walk(kinds, before, before + _OTHER_NAMES)
                layout = Layout(blocks, before + _OTHER_NAMES, last_pool, kinds["tuple"])
            del left[: len(group)]
            found = self._ask(_IMPORTED)
            imported = {name: found[name] for name in group + packages}
            layout.add(walk.follow(memory, memory.names(last_pool), imported), imported, walk)
            index = layout.index(walk.names, micropython)
            for at, data in layout.contents().items():
                if written.get(at) != data:
                    self._write_block(at, data, end)
                    written[at] = data
            self._write(f"{self._folder}/{INDEX}", index)

    def _start(self):
        self._transport.enter_raw_repl(soft_reset=True)
        self._run(_SETUP.format(chunk=_CHUNK, folders=[self._folder, self._modules]))

    def _import(self, names, on_steps):
        """Import some of `names`, in their order, as long as there is room; return them."""
        for n in range(_BATCH, len(names) + _BATCH, _BATCH):
            batch = names[n - _BATCH : n]
            free = self._ask(_IMPORT.format(names=batch))
            on_steps(len(batch))
            if free < _ENOUGH:
                break
        return names[:n]

    def _memory(self):
        """Return the board's RAM, of its heap what is in use."""
        data = bytearray(_RAM_BYTES)
        data[:_LOW_BYTES] = self._read([(_RAM, _LOW_BYTES)])
        ranges = Memory(_RAM, bytes(data)).used(_NEAR)
        content = self._read(ranges)
        for address, size in ranges:
            data[address - _RAM : address - _RAM + size] = content[:size]
            content = content[size:]
        return Memory(_RAM, bytes(data))

    def _read(self, ranges):
        lines = self._run(f"send({ranges!r})").split()
        return b"".join(map(base64.b64decode, lines))

    def _write_block(self, address, data, end):
        packer = zlib.compressobj(9, zlib.DEFLATED, _WINDOW_BITS)
        packed = base64.b64encode(packer.compress(data) + packer.flush())
        if self._ask(_WRITE.format(at=address, packed=packed, end=end)) != crc32(data):
            raise ImageError("the image reads back differently")

    def _ask(self, script):
        return literal_eval(self._run(script).decode())

    def _run(self, script):
        try:
            return self._transport.exec(script)
        except TransportExecError as error:
            said = error.error_output.strip().splitlines()[-1]
            if said in FULL:
                raise OSError(errno.ENOSPC, _BLOCKS) from None
            raise ImageError(f"the board says {said}") from None


def _packages(modules):
    """Return the packages that `modules` are in; they come last, since an import changes them."""
    parts = [module.split(".") for module in modules]
    return sorted({".".join(part[:depth]) for part in parts for depth in range(1, len(part))})
