"""Three converters' frames over machine.SPI, read in the data-ready interrupt.

The reference chip's DRDY calls a hard interrupt, which exchanges a frame with each chip and moves
what came into a buffer of 512 frames a chip; the meter takes them from its other end.  So it may
be away for 128 ms at 4000 samples/s.  Nothing in the interrupt allocates.

Every chip gets the same words: a command that was queued, or NULL with its CRC.
"""

from array import array

from micropython import const
from uctypes import addressof

CHIPS = const(3)
_FRAME_BYTES = const(12)
_LAPS = const(64)
_NULL = b"\0\0\0\xcc\x9c\0\0\0\0\0\0\0"  # with the CRC of the word 0
_PATIENCE = const(20_000)  # looks at the frames' number for the next one, several periods
_SILENT = const(4)  # polls without a frame until the reference is given up


class FramePort:
    """The chips' wires.

    spi:      machine.SPI in mode 1, for the chips alone
    selects:  three machine.Pin, CS of each chip
    drdys:    three machine.Pin, DRDY of each chip
    move:     frame_check.move()
    frames:   in a chip's buffer

    buffers:  three array('B'), `frames` * 12 bytes
    """

    def __init__(self, spi, selects, drdys, move, frames=512):
        self._spi = spi
        self._selects = selects
        self._drdys = drdys
        self._move = move
        self.frames = frames
        self.buffers = [array("B", bytes(_FRAME_BYTES * frames)) for _ in range(CHIPS)]
        self._starts = array("I", [addressof(buffer) for buffer in self.buffers])
        self._null = bytearray(_NULL)
        self._command = bytearray(_FRAME_BYTES)
        self._out = self._null
        self._into = array("B", bytes(_FRAME_BYTES))
        self._into_at = addressof(self._into)
        self._mask = frames * _LAPS - 1
        self._count = 0  # frames, modulo mask + 1
        self._reference = 0
        self._is_running = False
        self._seen = 0
        self._polls = 0
        self._handler = self._take

    def start(self, synchronise):
        """Begin with the sample that follows `synchronise()`, into the first frame's place."""
        self._drdys[self._reference].irq(None)
        synchronise()
        self._count = 0
        self._is_running = True
        self.follow(self._reference)

    def _take(self, pin):
        """Exchange a frame with every chip.  In a hard interrupt: does not allocate."""
        spi = self._spi
        out = self._out
        at = self._count % self.frames * _FRAME_BYTES
        for k in range(CHIPS):
            select = self._selects[k]
            select(0)
            spi.write_readinto(out, self._into)
            select(1)
            self._move(self._into_at, self._starts[k] + at)
        self._out = self._null
        self._count = (self._count + 1) & self._mask

    def position(self):
        """Return how many frames are complete, modulo 64 buffers.  Hot.

        A reference whose DRDY has been silent for some polls gives way to the next chip.
        """
        count = self._count
        if count != self._seen:
            self._seen = count
            self._polls = 0
        else:
            self._polls += 1
            if self._polls > _SILENT:
                self._polls = 0
                self.follow((self._reference + 1) % CHIPS)
        return count

    def answer(self, chip, at):
        """Return the first word of frame `at` of chip 0..2, its 16 bits."""
        buffer = self.buffers[chip]
        return buffer[_FRAME_BYTES * at] << 8 | buffer[_FRAME_BYTES * at + 1]

    def has_stalled(self):
        """Return False: bytes cannot get out of step here."""
        return False

    def send(self, words):
        """Let the next frame carry up to three words; return whether there was one.

        Waits for it, so that the next command finds its place.
        """
        command = self._command
        for k in range(_FRAME_BYTES):
            command[k] = 0
        for k in range(len(words)):
            command[3 * k] = words[k] >> 16
            command[3 * k + 1] = words[k] >> 8 & 0xFF
        self._out = command
        for _ in range(_PATIENCE):
            if self._out is not command:
                return True
        self._out = self._null
        return False

    def follow(self, chip):
        """Take the DRDY of chip 0..2 as reference."""
        self._drdys[self._reference].irq(None)
        self._reference = chip
        if self._is_running:
            pin = self._drdys[chip]
            pin.irq(self._handler, pin.IRQ_FALLING, hard=True)
