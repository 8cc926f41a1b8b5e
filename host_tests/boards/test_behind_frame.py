"""pico_3ph: a command reaches the state machines between two frames, as executed machine code."""

from array import array

import pytest

from meterctl import cortex_m0plus

_MODULES = ("ports.rp2.behind_frame",)
_DMA, _PIO1 = 0x5000_0000, 0x5030_0000
_REGISTER, _FIFO = 0x84, 0x18
_FRAME_LOOKS = 4  # looks at the register within a frame: its words come one after the other
_WORDS = [0xA000_0100, 0x1234_5600, 0x5678_9A00]


class Wires:
    """Frames pass as the register is looked at.

    looks:    at the register, and of those `between` between two frames
    written:  (looks so far, offset within a frame, word) that came into the FIFO
    """

    def __init__(self, core, at=0, between=40):
        self.looks = at
        self.between = between
        self.written = []
        core.map_registers(_DMA, 0x1000, self._read, self._refuse)
        core.map_registers(_PIO1, 0x1000, self._refuse, self._write)

    def offset(self, looks):
        """Return the offset within a frame, 0 between two."""
        within = looks % (_FRAME_LOOKS + self.between) - self.between
        return 4 * within if within > 0 else 0

    def _read(self, offset, width):
        assert (offset, width) == (_REGISTER, 4)
        number = self.looks // (_FRAME_LOOKS + self.between)
        found = 0x2000_1000 + 16 * number + self.offset(self.looks)
        self.looks += 1
        return found

    def _write(self, offset, width, value):
        assert (offset, width) == (_FIFO, 4)
        self.written.append((self.looks, self.offset(self.looks - 1), value))

    def _refuse(self, *access):
        raise AssertionError(f"access {access}")


@pytest.fixture
def core():
    return cortex_m0plus.Core(cortex_m0plus.compile_modules(_MODULES))


def block(words, looks=1000):
    return array("I", [_DMA + _REGISTER, looks, _PIO1 + _FIFO, len(words), *words])


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("at", [0, 20, 39, 40, 41, 43, 44])
def test_words_are_put_together_just_after_a_frame_has_ended(core, at, count):
    wires = Wires(core, at)
    assert core.call("put", block(_WORDS[:count])) > 0
    looks = {seen for seen, _, _ in wires.written}
    assert [word for _, _, word in wires.written] == _WORDS[:count]
    assert len(looks) == 1  # none between the words
    (last,) = looks
    assert wires.offset(last - 1) == 0
    assert wires.offset(last - 2) != 0


def test_nothing_is_put_if_no_frame_begins(core):
    wires = Wires(core, between=10**9)
    assert core.call("put", block(_WORDS, looks=500)) == 0
    assert wires.written == []


def test_nothing_is_put_if_a_frame_never_ends(core):
    wires = Wires(core)
    wires.offset = lambda _: 4
    assert core.call("put", block(_WORDS, looks=500)) == 0
    assert wires.written == []


def test_a_look_takes_less_time_than_a_frame(core):
    """A frame's words come at 15.96 us / 4: its looks must be closer than its last 3 words."""
    wires = Wires(core, between=400)
    core.call("put", block(_WORDS))
    assert core.cycles["put"] / wires.looks < 125 * 15.96 * 3 / 4 / 10
