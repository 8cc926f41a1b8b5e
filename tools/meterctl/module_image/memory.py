"""A copy of a board's RAM: its words, the blocks of its heap, its interned names.

MP = MicroPython's source: py/mpstate.h mp_state_mem_area_t, py/gc.c, py/qstr.h qstr_pool_t.
"""

import struct
from dataclasses import dataclass
from functools import cached_property

_BLOCK = 16  # bytes of a heap block
_HEAD, _TAIL, _MARK = 1, 2, 3  # what the heap's table says of a block
_SORTED = 1 << 31  # beside total_prev_len
_POOL_WORDS = 6


class ImageError(Exception):
    """No image can be made of what is in the board's RAM; one line."""


@dataclass(frozen=True)
class Heap:
    """The area that the garbage collector looks after: addresses, ends exclusive."""

    table: int
    start: int
    end: int


class Memory:
    """A copy of RAM.

    start:  address of its first byte
    data:   bytes
    """

    def __init__(self, start, data):
        self.start = start
        self._data = data

    def __contains__(self, address):
        return 0 <= address - self.start < len(self._data)

    def data(self, address, size):
        """Return `size` bytes from `address`."""
        at = address - self.start
        if at < 0 or at + size > len(self._data):
            raise ImageError(f"{address:#x} is outside of the board's RAM")
        return self._data[at : at + size]

    def word(self, address):
        """Return the 32 bits at `address`."""
        return struct.unpack("<I", self.data(address, 4))[0]

    def words(self, address, count):
        """Return `count` words from `address`."""
        return struct.unpack(f"<{count}I", self.data(address, 4 * count))

    @cached_property
    def heap(self):
        """Where the heap lies: found by what its description must be, which must be unique."""
        found = set()
        for address in range(self.start, self.start + len(self._data) - 24, 4):
            table, size, finalisers, *rest = self.words(address, 6)
            if size == 0 or table not in self or not table + size <= finalisers < table + 2 * size:
                continue
            for start, end in (rest[:2], rest[1:]):  # there may be another table before them
                if start >= finalisers and end - start == size * 4 * _BLOCK:
                    found.add(Heap(table, start, end))
        if len(found) != 1:
            raise ImageError(f"the board's heap was found {len(found)} times, not once")
        return found.pop()

    def is_in_heap(self, address):
        """Whether `address` is of a heap block."""
        return self.heap.start <= address < self.heap.end

    def size(self, address):
        """Return the bytes that were allocated at `address`, a multiple of 16."""
        block, rest = divmod(address - self.heap.start, _BLOCK)
        if rest or self._kind(block) not in (_HEAD, _MARK):
            raise ImageError(f"{address:#x} is not the start of an allocation")
        end = block + 1
        while end * _BLOCK < self.heap.end - self.heap.start and self._kind(end) == _TAIL:
            end += 1
        return (end - block) * _BLOCK

    def used(self, near):
        """Return [(address, size)] of the heap's blocks in use, with gaps smaller than `near`."""
        found = []
        for block in range((self.heap.end - self.heap.start) // _BLOCK):
            if self._kind(block):
                address = self.heap.start + block * _BLOCK
                if found and address - sum(found[-1]) < near:
                    found[-1] = found[-1][0], address + _BLOCK - found[-1][0]
                else:
                    found.append((address, _BLOCK))
        return found

    def _kind(self, block):
        return self.data(self.heap.table + block // 4, 1)[0] >> block % 4 * 2 & 3

    @cached_property
    def last_pool(self):
        """The address of the variable that holds the newest pool of names, which is unique."""
        ends = {}
        for address in range(self.start, self.heap.table - 3, 4):
            pool = self.word(address)
            if self.is_in_heap(pool) and (total := self._total(pool)):
                ends.setdefault(total, []).append(address)
        newest = ends[max(ends)] if ends else []
        if len(newest) != 1:
            raise ImageError(f"the board's names were found {len(newest)} times, not once")
        return newest[0]

    def _total(self, pool):
        """Return how many names there are with those of `pool`; 0 if it is no pool."""
        if pool % _BLOCK or self._kind((pool - self.heap.start) // _BLOCK) != _HEAD:
            return 0
        before, total, allocated, length, hashes, lengths = self.words(pool, _POOL_WORDS)
        if not 0 < length <= allocated < 4096 or total & _SORTED:
            return 0
        if not (self.is_in_heap(hashes) and self.is_in_heap(lengths)):
            return 0
        if self.is_in_heap(before) and self._total(before) != total:
            return 0
        return total + length

    def names(self, last_pool):
        """Return {number of a name: its bytes} of the names that are in RAM.

        last_pool:  address of the variable, as of `last_pool`
        """
        found = {}
        pool = self.word(last_pool)
        while self.is_in_heap(pool):
            before, total, _, length, _, lengths = self.words(pool, _POOL_WORDS)
            if lengths in self:
                texts = self.words(pool + 4 * _POOL_WORDS, length)
                sizes = self.data(lengths, length)
                for k, (text, size) in enumerate(zip(texts, sizes, strict=True)):
                    found[total + k] = bytes(self.data(text, size))
            pool = before
        return found
