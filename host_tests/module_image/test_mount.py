"""An image is mounted only where it belongs, and only whole; else the board says why and stops."""

import importlib
import struct
import sys
import types
from binascii import crc32

import pytest

from host_tests.module_image import ram as board
from host_tests.module_image.test_image import FIRST, blocks, image_of, rich_module

_XIP = 0x10000000
_MICROPYTHON = bytes(range(256)) * 16
_BEFORE = 0x20003000  # the newest pool of names when mount() is called


class Chip:
    """What mount() sees of a board: words and bytes at addresses."""

    def __init__(self, contents, names_before):
        self.areas = {_XIP: bytearray(_MICROPYTHON)}
        self.areas |= {at: bytearray(data) for at, data in contents.items()}
        ram = bytearray(0x4000)
        struct.pack_into("<I", ram, board.LAST_POOL - board.START, _BEFORE)
        struct.pack_into("<4I", ram, _BEFORE - board.START, 0, names_before - 7, 10, 7)
        self.areas[board.START] = ram

    def bytes_at(self, address, size):
        for begin, data in self.areas.items():
            if begin <= address and address + size <= begin + len(data):
                return memoryview(data)[address - begin : address - begin + size]
        raise AssertionError(f"{address:#x} is nowhere")

    def __getitem__(self, address):
        return struct.unpack("<I", self.bytes_at(address, 4))[0]

    def __setitem__(self, address, word):
        raise AssertionError(f"{address:#x} was written before all was checked")


class Found(Exception):
    """mount() has checked everything and begins to write."""


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Return a function that makes a board with an image and returns (chip, mount)."""

    def made(names_before=FIRST):
        ram = board.Ram()
        layout, walk, _, _ = image_of(ram, {"m": rich_module(ram)}, blocks(2))
        index = layout.index(walk.names, (len(_MICROPYTHON), crc32(_MICROPYTHON)))
        (tmp_path / "modules.index").write_bytes(index)
        chip = Chip(layout.contents(), names_before)

        def addressof(pool):
            chip.areas[0x20008000] = pool
            return 0x20008000

        fakes = types.SimpleNamespace(bytearray_at=chip.bytes_at, addressof=addressof)
        monkeypatch.setitem(sys.modules, "machine", types.SimpleNamespace(mem32=chip))
        monkeypatch.setitem(sys.modules, "uctypes", fakes)
        monkeypatch.delitem(sys.modules, "ports.rp2.module_image", raising=False)
        module = importlib.import_module("ports.rp2.module_image")
        monkeypatch.delitem(sys.modules, "ports.rp2.module_image")
        return chip, lambda: module.mount(str(tmp_path))

    return made


def test_a_whole_image_on_its_own_micropython_is_accepted(make):
    chip, mount = make()

    def write(address, word):
        assert (address, word) == (0x20008000, _BEFORE)  # what was the newest pool comes before
        raise Found

    chip.__class__ = type("Ready", (Chip,), {"__setitem__": lambda _, at, word: write(at, word)})
    with pytest.raises(Found):
        mount()


def test_every_flipped_byte_of_an_image_is_noticed(make):
    chip, mount = make()
    for begin in list(chip.areas):
        if begin > _XIP and begin < board.START:
            content = chip.areas[begin]
            for at in range(0, len(content), 211):
                content[at] ^= 1
                with pytest.raises(ValueError, match="damaged: flash it again"):
                    mount()
                content[at] ^= 1


def test_another_micropython_is_noticed(make):
    chip, mount = make()
    chip.areas[_XIP][1234] ^= 0x10
    with pytest.raises(ValueError, match="not the MicroPython"):
        mount()


def test_a_damaged_index_is_noticed(make, tmp_path):
    _, mount = make()
    index = tmp_path / "modules.index"
    whole = index.read_bytes()
    for at in (*range(4, len(whole), 31), len(whole) - 1):
        index.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(ValueError, match=r"modules\.index is damaged"):
            mount()


def test_an_index_that_is_cut_short_is_noticed(make, tmp_path):
    _, mount = make()
    index = tmp_path / "modules.index"
    whole = index.read_bytes()
    for size in (0, 27, 28, 40, len(whole) - 1):
        index.write_bytes(whole[:size])
        with pytest.raises(ValueError, match=r"modules\.index is damaged"):
            mount()


def test_too_many_names_before_the_image_are_noticed(make):
    _, mount = make(names_before=FIRST + 1)
    with pytest.raises(ValueError, match="too many names"):
        mount()
