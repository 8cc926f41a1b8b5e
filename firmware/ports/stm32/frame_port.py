"""Three converters' frames over SPI, read in the data-ready interrupt.

The reference chip's DRDY calls a hard interrupt, which exchanges a frame with each chip and puts
what comes into a buffer of 512 frames a chip; the meter takes them from its other end.  So it may
be away for 128 ms at 4000 samples/s.  Nothing in the interrupt allocates.

machine.SPI sets the controller up and resets and identifies the chips.  In the interrupt machine
code drives the controller's registers (exchange.py), so that its time can be counted.

Every chip gets the same words: a command that was queued, or NULL with its CRC.
"""

from array import array

from machine import mem16
from micropython import const
from uctypes import addressof

_FRAME_BYTES = const(12)  # on the wires
_WORDS = const(4)
_LAPS = const(64)
_NULL = b"\0\0\0\xcc\x9c\0\0\0\0\0\0\0"  # with the CRC of the word 0
_PATIENCE = const(20_000)  # looks at the frames' number for the next one, several periods
_SILENT = const(4)  # polls without a frame until the reference is given up

_CR1 = const(0x00)  # RM0410, SPI registers
_CR2 = const(0x04)
_SPE = const(1 << 6)
_OCTETS = const(0x1700)  # DS = 8 bits; FRXTH: a single byte sets RXNE
_BSRR = const(0x18)  # RM0410, GPIO registers

# Words of the block that exchange() takes, which has them all
_OUT = const(1)
_COUNT = const(3)


class FramePort:
    """The chips' wires.

    controller:  address of the SPI controller's registers, set up by machine.SPI in mode 1, for
                 the chips alone
    selects:     three machine.Pin, CS of each chip
    drdys:       three machine.Pin, DRDY of each chip
    exchange:    exchange.exchange()
    frames:      in a chip's buffer, a power of two

    buffers:     three array('I'), `frames` * 4 words
    """

    def __init__(self, controller, selects, drdys, exchange, frames=512):
        self._controller = controller
        self._drdys = drdys
        self.frames = frames
        self.buffers = [array("I", bytes(4 * _WORDS * frames)) for _ in selects]
        self._null = array("B", _NULL)
        self._command = array("B", bytes(_FRAME_BYTES))
        self._null_at = addressof(self._null)
        block = [controller, self._null_at, self._null_at, 0, frames - 1, frames * _LAPS - 1]
        for k in range(len(selects)):
            select = selects[k]
            block += (select.gpio() + _BSRR, 1 << select.pin(), addressof(self.buffers[k]))
        block.append(0)
        self._block = array("I", block)
        self._reference = 0
        self._is_running = False
        self._seen = 0
        self._polls = 0
        self._handler = self._take
        self._exchange = exchange

    def start(self, synchronise):
        """Begin with the sample that follows `synchronise()`, into the first frame's place."""
        self._drdys[self._reference].irq(None)
        mem16[self._controller + _CR1] &= ~_SPE
        mem16[self._controller + _CR2] = _OCTETS
        mem16[self._controller + _CR1] |= _SPE
        synchronise()
        self._block[_COUNT] = 0
        self._is_running = True
        self.follow(self._reference)

    def _take(self, pin):
        """Exchange a frame with every chip.  In a hard interrupt: does not allocate."""
        self._exchange(self._block)

    def position(self):
        """Return how many frames are complete, modulo 64 buffers.  Hot."""
        count = self._block[_COUNT]
        if count != self._seen:
            self._seen = count
            self._polls = 0
        else:
            self._polls += 1
        return count

    def has_stalled(self):
        """Return False: bytes cannot get out of step here."""
        return False

    def is_silent(self):
        """Return whether the reference's DRDY has brought no frame for some polls.  Hot."""
        return self._polls > _SILENT

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
        self._block[_OUT] = addressof(command)
        for _ in range(_PATIENCE):
            if self._block[_OUT] == self._null_at:
                return True
        self._block[_OUT] = self._null_at
        return False

    def follow(self, chip):
        """Take the DRDY of chip 0..2 as reference."""
        self._drdys[self._reference].irq(None)
        self._reference = chip
        self._polls = 0
        if self._is_running:
            pin = self._drdys[chip]
            pin.irq(self._handler, pin.IRQ_FALLING, hard=True)
