"""Imported modules come out of the image as they were in RAM, at addresses in flash."""

import struct
from binascii import crc32

import pytest

from host_tests.module_image import ram as board
from meterctl.module_image.layout import BLOCK, HEAD, Layout, begin_of
from meterctl.module_image.memory import ImageError, Memory
from meterctl.module_image.walk import Walk

FIRST = board.OWN_NAMES + 50
FLASH = 0x10100000
MICROPYTHON = (0xA0000, 0x12345678)


@pytest.fixture
def ram():
    return board.Ram()


def blocks(count, order=1):
    return [FLASH + 4096 * k for k in range(count)][::order]


def image_of(ram, modules, places):
    """Return (Layout, Walk, Memory, names in RAM) of the modules in `ram`."""
    memory = Memory(board.START, ram.finish())
    names = memory.names(memory.last_pool)
    walk = Walk(board.KINDS, min(names), FIRST)
    layout = Layout(places, FIRST, memory.last_pool, board.KINDS["tuple"])
    layout.add(walk.follow(memory, names, modules), modules, walk)
    return layout, walk, memory, names


class Flash:
    """What the board reads: the image's blocks, through its index."""

    def __init__(self, layout, walk):
        self.index = layout.index(walk.names, MICROPYTHON)
        self.contents = layout.contents()
        self.head = HEAD.unpack_from(self.index, 4)
        self.pool = self.index[-self.head[5] :]
        count = self.head[4]
        self.listed = [BLOCK.unpack_from(self.index, 28 + 12 * k) for k in range(count)]

    def data(self, address, size):
        for begin, content in self.contents.items():
            if begin <= address < begin + len(content):
                at = address - begin
                return (content + bytes(64))[at : at + size]
        raise AssertionError(f"{address:#x} is outside of the image")

    def names(self):
        _, total, _, count, _, lengths = struct.unpack_from("<6I", self.pool)
        texts = struct.unpack_from(f"<{count}I", self.pool, 24)
        sizes = self.data(lengths, count)
        return {total + k: self.data(texts[k], sizes[k]).decode() for k in range(count)}

    def modules(self):
        """Return {name: address}, as the tuple of the index says."""
        kind, count = struct.unpack("<2I", self.data(self.head[3], 8))
        assert kind == board.KINDS["tuple"]
        words = struct.unpack(f"<{count}I", self.data(self.head[3] + 8, 4 * count))
        names = self.names()
        return {names[n >> 3]: at for n, at in zip(words[::2], words[1::2], strict=True)}


def rich_module(ram):
    """Return a module with one of everything that modules consist of."""
    module = ram.module(("energy", "step", "__init__"))
    inner = ram.words(ram.raw_code(b"\0\x40in"), 0)
    step = ram.function(module, b"\x01stepcode", inner, (ram.number(3),))
    rows = ram.named_tuples("Row", "code", "unit")
    row = ram.words(rows, 2, ram.text("1.8.0"), ram.number(27))
    ram.set_globals(
        module,
        LIMIT=ram.number(230),
        step=step,
        later=ram.function(module, b"\x01gen", 0, (0,), "generator"),
        Ledger=ram.class_("Ledger", step=step, also=ram.words(board.KINDS["staticmethod"], step)),
        ROWS=ram.tuple(row, row, ram.content("bytes", b"\x01\x02"), ram.content("str", b"kWh")),
        mark=ram.words(board.KINDS["object"]),
    )
    return module


def test_an_image_holds_what_was_imported_with_every_name_and_pointer_in_place(ram):
    module = rich_module(ram)
    layout, walk, memory, names = image_of(ram, {"m": module}, blocks(3, -1))
    flash = Flash(layout, walk)
    texts = {number: text.decode() for number, text in names.items()}
    before = board.Reader(memory.data, texts).describe(module)
    assert "step" in str(before)
    assert "kWh" in str(before)
    assert board.Reader(flash.data, flash.names()).describe(flash.modules()["m"]) == before


def test_no_map_in_an_image_can_be_changed(ram):
    module = rich_module(ram)
    flash = Flash(*image_of(ram, {"m": module}, blocks(2))[:2])
    entries = struct.unpack("<I", flash.data(flash.modules()["m"] + 4, 4))[0]
    assert struct.unpack("<I", flash.data(entries + 4, 4))[0] & 2


def test_the_index_tells_whether_a_single_bit_of_the_image_is_wrong(ram):
    flash = Flash(*image_of(ram, {"m": rich_module(ram)}, blocks(2))[:2])
    assert struct.unpack_from("<I", flash.index)[0] == crc32(flash.index[4:])
    assert flash.head[:2] == MICROPYTHON
    assert flash.head[2] == board.LAST_POOL
    assert [(at, length) for at, length, _ in flash.listed] == [
        (at, len(content)) for at, content in flash.contents.items()
    ]
    assert all(crc32(flash.contents[at]) == expected for at, _, expected in flash.listed)


def test_the_pool_of_names_is_what_micropython_keeps(ram):
    flash = Flash(*image_of(ram, {"m": rich_module(ram)}, blocks(2))[:2])
    before, total, allocated, count, hashes, lengths = struct.unpack_from("<6I", flash.pool)
    assert (before, total) == (0, FIRST)
    assert allocated == 16  # so that the pool that MicroPython makes next stays small
    names = list(flash.names().values())
    assert len(set(names)) == len(names) == count
    assert flash.data(lengths, count) == bytes(map(len, names))
    at = names.index("step")
    # 5381 * 33 ^ each byte in turn, the low 8 bits
    assert flash.data(hashes + at, 1)[0] == 0xFF & (
        (((5381 * 33 ^ 0x73) * 33 ^ 0x74) * 33 ^ 0x65) * 33 ^ 0x70
    )


def test_nothing_is_put_where_the_filesystem_keeps_pointers(ram):
    modules = {}
    for k in range(40):
        modules[f"m{k}"] = module = ram.module((f"m{k}", f"name{k}"))
        code = b"\x01" + bytes([k]) * 700
        ram.set_globals(module, step=ram.function(module, code, 0, (0,)))
    flash = Flash(*image_of(ram, modules, blocks(12))[:2])
    # littlefs SPEC.md: block n of a file begins with ctz(n) + 1 pointers, block 0 with none
    pointers = (0, 1, 2, 1, 3, 1, 2, 1, 4, 1, 2, 1)
    for address, content in flash.contents.items():
        n = (address - FLASH) // 4096
        assert begin_of(n) == address % 4096 == 4 * pointers[n]
        assert address % 4096 + len(content) <= 4096
    assert set(flash.modules()) == set(modules)


def test_modules_of_a_second_round_refer_to_those_of_the_first(ram):
    first = ram.module(("energy", "step"))
    ram.set_globals(first, step=ram.function(first, b"\x01stepcode", 0, (0,)))
    layout, walk, _, _ = image_of(ram, {"first": first}, blocks(4))
    flash = Flash(layout, walk)
    place = flash.modules()["first"]
    again = board.Ram()
    second = again.module(("energy", "other"))
    again.set_globals(second, first=place, own=again.text("energy"))
    memory = Memory(board.START, again.finish())
    names = memory.names(board.LAST_POOL)
    modules = {"second": second}
    layout.add(walk.follow(memory, names, modules), modules, walk)
    flash = Flash(layout, walk)
    assert flash.modules()["first"] == place
    read = board.Reader(flash.data, flash.names())
    assert ("first", read.describe(place, 6)) in read.describe(flash.modules()["second"])[-1]
    assert list(flash.names().values()).count("energy") == 1


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda ram: ram.words(0x10049990, 1, 2, 3), "m.x may change"),
        (lambda ram: ram.words(ram.class_("Meter"), 0, 0, 0), "m.x may change"),
        (lambda ram: ram.module(), "m.x is a module that stays in RAM"),
    ],
    ids=["a list", "an instance", "a module that is not to be in the image"],
)
def test_what_cannot_be_in_flash_is_refused_by_name(ram, make, why):
    module = ram.module(("x", "y", "z", "m"))
    ram.set_globals(module, x=make(ram))
    with pytest.raises(ImageError, match=f"^{why}"):
        image_of(ram, {"m": module}, blocks(2))


def test_machine_code_is_refused(ram):
    module = ram.module(("x", "y", "z", "m"))
    children = ram.words(ram.raw_code(b"code", kind=5), 0)
    ram.set_globals(module, f=ram.function(module, b"\x01code", children, (0,)))
    with pytest.raises(ImageError, match=r"^m\.f has machine code"):
        image_of(ram, {"m": module}, blocks(2))


def test_an_image_that_does_not_fit_is_refused(ram):
    module = ram.module(("x", "y", "z", "m"))
    ram.set_globals(module, f=ram.function(module, b"\x01" + bytes(3000), 0, (0,)))
    other = ram.module(("x",))
    ram.set_globals(other, f=ram.function(other, b"\x01" + bytes(3000), 0, (0,)))
    with pytest.raises(ImageError, match="does not fit into 1 blocks"):
        image_of(ram, {"m": module, "n": other}, blocks(1))


def test_a_ram_without_a_heap_or_with_two_is_refused(ram):
    with pytest.raises(ImageError, match="found 0 times"):
        _ = Memory(board.START, bytes(1 << 16)).heap
    twice = bytearray(ram.data)
    at = board.AREA - board.START
    other = struct.pack("<5I", board.TABLE, 16, board.TABLE + 16, board.HEAP, board.HEAP + 1024)
    twice[at - 64 : at - 44] = other
    with pytest.raises(ImageError, match="found 2 times"):
        _ = Memory(board.START, bytes(twice)).heap


def test_only_used_parts_of_the_heap_need_to_be_read(ram):
    first = ram.allocate(bytes(40))
    ram._next += 100
    second = ram.allocate(bytes(16))
    memory = Memory(board.START, bytes(ram.data))
    assert memory.used(256) == [(first, 48), (second, 16)]
    assert memory.used(4096) == [(first, second + 16 - first)]
