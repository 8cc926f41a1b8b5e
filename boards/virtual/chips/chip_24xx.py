"""24xx serial EEPROM with a 16-bit word address.

Data sheets: 24LC512 Microchip DS20001754, 24FC1025 Microchip DS20001941 (section numbers below are
the latter's).  Modelled: the page buffer that rolls over inside its page, the write cycle during
which the chip does not answer, the block bit, sequential reads that stay inside a block, what a
power cut leaves of a page, worn pages, a dead and a busy chip.
"""

import os
from array import array

from boards.virtual.chips import ChipMisuse

_BLOCK = 0x10000  # bytes behind one 16-bit word address, section 5.0
_BLANK = 0xFF


class PowerCut(BaseException):
    """The power went away; passes through every `except Exception`, as the real thing does."""


class Model:
    """One row of the parts list: size and page in bytes, write cycle in ns, block bit."""

    def __init__(self, size, page, write_ns, block_bit):
        self.size = size
        self.page = page
        self.write_ns = write_ns
        self.block_bit = block_bit  # bit of the 7-bit bus address that selects the block


LC512 = Model(size=0x10000, page=128, write_ns=5_000_000, block_bit=0)
FC1025 = Model(size=0x20000, page=128, write_ns=5_000_000, block_bit=0x04)


class MemoryFile:
    """The cells in a file: every page is in the file before the bus hears of it.

    So nothing that a driver has read back is lost when the process dies.  A new file is blank
    (0xFF) and appears whole; a file of another size is refused with ValueError.
    """

    def __init__(self, path, size):
        if not os.path.exists(path):
            with open(path + ".new", "wb") as new:
                new.write(bytes([_BLANK]) * size)
            os.replace(path + ".new", path)
        self._fd = os.open(path, os.O_RDWR)
        self._size = os.fstat(self._fd).st_size
        if self._size != size:
            os.close(self._fd)
            raise ValueError("{}: {} bytes, accepted: {}".format(path, self._size, size))

    def __len__(self):
        return self._size

    def __getitem__(self, key):
        if isinstance(key, slice):
            return os.pread(self._fd, key.stop - key.start, key.start)
        return os.pread(self._fd, 1, key)[0]

    def __setitem__(self, key, data):
        os.pwrite(self._fd, data, key.start)

    def close(self):
        """Close the file."""
        os.close(self._fd)


class Chip24xx:
    """An EEPROM.

    model:   row of the parts list
    now_ns:  callable, simulated time
    memory:  bytearray or MemoryFile of model.size; None = blank cells in RAM
    strict:  False: misuse does what the silicon does instead of raising ChipMisuse

    page_writes:   write cycles of every page so far
    bytes_to_cut:  bytes on the bus and into cells until the power goes; None = it stays
    tear:          callable(old, new, done) -> what the cut leaves of a page of which `done` bytes
                   were written; None = these are new, the others old
    unstable:      {address: callable() -> byte}, cells that read differently each time
    """

    def __init__(self, model, now_ns, memory=None, strict=True):
        self.memory = bytearray([_BLANK]) * model.size if memory is None else memory
        if len(self.memory) != model.size:
            raise ValueError("memory: {} bytes, accepted: {}".format(len(self.memory), model.size))
        self.page_writes = array("L", bytes(array("L").itemsize * (model.size // model.page)))
        self.worn_pages = set()  # pages that take a write and keep their old bytes
        self.dead = False  # True: acknowledges nothing
        self.stuck_busy = False  # True: the running or next write cycle never ends
        self.bytes_to_cut = None  # see above
        self.tear = None
        self.unstable = {}
        self._model = model
        self._now_ns = now_ns
        self._strict = strict
        self._busy_until_ns = 0
        self._pointer = 0
        self._head = 0  # word-address bytes still to come
        self._data = bytearray()

    def slaves(self, address):
        """Return where the chip answers: one bus address per block."""
        blocks = self._model.size // _BLOCK
        return {address | k * self._model.block_bit: _Block(self, k) for k in range(blocks)}

    def is_busy(self):
        """Return whether a write cycle runs."""
        return self._now_ns() < self._busy_until_ns or (
            self.stuck_busy and self._busy_until_ns > 0
        )

    def start(self, block, read):
        """See the package."""
        self._spend()
        if self.dead:
            return False
        if self.is_busy():
            if read and self._strict:
                raise ChipMisuse("24xx: read during the write cycle; poll with a write (7.0)")
            return False
        self._data = bytearray()
        self._pointer = block * _BLOCK + self._pointer % _BLOCK
        self._head = 0 if read else 2
        return True

    def write(self, byte):
        """See the package."""
        self._spend()
        if self._head:
            self._head -= 1
            shift = 8 * self._head
            self._pointer = self._pointer & ~(0xFF << shift) | byte << shift
        else:
            offset = self._pointer % self._model.page + len(self._data)
            if self._strict and offset >= self._model.page:
                raise ChipMisuse(
                    "24xx: write past the end of a page at 0x{:05x} (6.2)".format(self._pointer)
                )
            self._data.append(byte)
        return True

    def read(self):
        """See the package."""
        self._spend()
        at = self._pointer
        self._pointer = at + 1
        if (at + 1) % _BLOCK == 0:
            self._pointer = at + 1 - _BLOCK  # sequential reads stay in their block, section 8.3
        if at in self.unstable:
            return self.unstable[at]()
        return self.memory[at]

    def stop(self):
        """See the package; after data bytes the write cycle begins (6.2)."""
        if not self._data:
            return
        page = self._model.page
        first = self._pointer // page * page
        old = bytes(self.memory[first : first + page])
        new = bytearray(old)
        for k, byte in enumerate(self._data):
            new[(self._pointer + k) % page] = byte
        self._data = bytearray()
        self._busy_until_ns = self._now_ns() + self._model.write_ns
        self.page_writes[first // page] += 1
        if first // page not in self.worn_pages:
            for k in range(first, first + page):
                self.unstable.pop(k, None)
            self._program(first, old, bytes(new))

    def power_cycle(self):
        """Let the supply go and come back: only the cells survive."""
        self._busy_until_ns = self._pointer = self._head = 0
        self._data = bytearray()
        self.bytes_to_cut = None

    def _program(self, first, old, new):
        size = len(new)
        left, self.bytes_to_cut = self.bytes_to_cut, None
        if left is None or left > size:
            self.memory[first : first + size] = new
            self.bytes_to_cut = None if left is None else left - size
            return
        tear = self.tear or _first_bytes
        self.memory[first : first + size] = tear(old, new, left)
        raise PowerCut

    def _spend(self):
        if self.bytes_to_cut is not None:
            if self.bytes_to_cut == 0:
                raise PowerCut
            self.bytes_to_cut -= 1


class _Block:
    """One 64 KiB block of a chip, at its own bus address."""

    def __init__(self, chip, block):
        self._chip = chip
        self._block = block
        self.write = chip.write
        self.read = chip.read
        self.stop = chip.stop

    def start(self, read):
        return self._chip.start(self._block, read)


def _first_bytes(old, new, done):
    return new[:done] + old[done:]
