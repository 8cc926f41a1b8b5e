"""Three converters' frames by PIO and DMA, without the CPU.

Three state machines run the same program in step, on the same CS and SCLK, each with a DOUT of its
own: so the frames of all chips are aligned bit by bit, whatever a chip answers or fails to answer.
A frame begins when the reference chip's DRDY is low; if that stays high for 1 % more than a sample
period it begins all the same.  So a dead reference costs the others one sample in a hundred until
another one is chosen, and a DRDY that is stuck low makes the frames 7 % too frequent (15 % at
8000 samples/s), which the chips' status tells.  Every state machine's words go to a buffer of its
own by DMA, which is restarted as in sampler.py.

DIN is common: a command goes to all chips.  The frame that follows when nothing is queued is NULL
with its CRC.

DS = RP2040 Datasheet, build 2025-02-20: section 2.5 DMA, chapter 3 PIO.
"""

# The state machine's program is no Python: set() and the delay in brackets are instructions.
# pyright: reportCallIssue=false, reportIndexIssue=false
# pyright: reportUndefinedVariable=false, reportArgumentType=false
# The stubs lack channel, read and write of rp2.DMA.
# pyright: reportAttributeAccessIssue=false
# ruff: noqa: F821, PLR0915

from array import array

import rp2
from machine import mem32
from micropython import const
from uctypes import addressof

from ports.rp2 import behind_frame

CHIPS = const(3)
_FRAME_BYTES = const(16)

_FREQUENCY_HZ = const(25_000_000)  # 4 clocks a bit
_FIRST_MACHINE = const(4)  # of PIO1, which nothing else uses
_PIO1 = const(0x5030_0000)  # DS 3.7
_CTRL = const(0x000)
_FDEBUG = const(0x008)
_TXF0 = const(0x010)
_RXF0 = const(0x020)
_IRQ = const(0x030)  # flags, write 1 to clear
_SILENT = const(1)
_SM0_EXECCTRL = const(0x0CC)
_SM_DISTANCE = const(0x18)
_ENABLE = const(0x007)  # in CTRL: state machines 0, 1, 2
_RESTART = const(0x770)  # and their clock dividers
_RXSTALL = const(0x007)  # in FDEBUG, write 1 to clear
_JMP_PIN = const(0x1F << 24)  # in EXECCTRL
_DREQ_PIO1_RX0 = const(12)  # DS 2.5.3.1
_DMA = const(0x5000_0000)  # DS 2.5.7
_DMA_CHANNEL = const(0x40)
_WRITE_ADDR = const(0x04)
_AL2_WRITE_ADDR_TRIG = const(0x2C)
_LAPS_BITS = const(8)  # log2 of the bytes of the lap channel's table
_LAPS = const(64)

_NULL_CRC = const(0xCC9C00)  # of a frame that begins with the word 0
_PATIENCE = const(30_000)  # looks at the DMA for the end of a frame, 2 ms
_COUNT = const(3)  # of behind_frame.put()'s block
# Instructions as words, DS 3.4; MicroPython takes milliseconds to assemble a text.
_PULL = const(0x80A0)
_MOV_Y_OSR = const(0xA047)
_SHIFT = const(8)  # commands leave the upper 24 bits first


def _make_program(rounds, looks):
    """Return the program: a frame, `rounds` * 10.24 us, then up to `looks` + 1 looks at DRDY.

    A frame takes 15.96 us, all but the rounds and looks; a look, 0.68 us.
    """

    @rp2.asm_pio(
        sideset_init=rp2.PIO.OUT_LOW,
        set_init=rp2.PIO.OUT_HIGH,
        out_init=rp2.PIO.OUT_LOW,
        in_shiftdir=rp2.PIO.SHIFT_LEFT,
        out_shiftdir=rp2.PIO.SHIFT_LEFT,
        autopush=True,
        push_thresh=24,
        pull_thresh=24,
    )
    def program():
        # y is the CRC of NULL; a word that is not queued is x.  SCLK is the side-set pin, CS the
        # set pin.  A bit changes with the rising edge and is taken with the falling one.
        wrap_target()
        label("frame")
        set(pins, 0).side(0)
        mov(x, null).side(0)
        pull(noblock).side(0)
        label("status")
        out(pins, 1).side(1)[1]
        in_(pins, 1).side(0)
        jmp(not_osre, "status").side(0)
        mov(x, y).side(0)
        pull(noblock).side(0)
        label("u")
        out(pins, 1).side(1)[1]
        in_(pins, 1).side(0)
        jmp(not_osre, "u").side(0)
        mov(x, null).side(0)
        pull(noblock).side(0)
        label("i")
        out(pins, 1).side(1)[1]
        in_(pins, 1).side(0)
        jmp(not_osre, "i").side(0)
        pull(noblock).side(0)
        label("crc")
        out(pins, 1).side(1)[1]
        in_(pins, 1).side(0)
        jmp(not_osre, "crc").side(0)
        set(pins, 1).side(0)
        set(x, rounds).side(0)
        mov(isr, x).side(0)
        in_(null, 4).side(0)
        mov(x, isr).side(0)
        mov(isr, null).side(0)
        label("wait")
        jmp(x_dec, "wait").side(0)[15]
        set(x, looks).side(0)
        label("look")
        jmp(pin, "not_ready").side(0)
        jmp("frame").side(0)
        label("not_ready")
        jmp(x_dec, "look").side(0)[15]
        irq(0).side(0)
        wrap()

    return program


class FramePort:
    """The chips' wires.

    sclk, cs, din:  machine.Pin of the common lines
    douts, drdys:   three machine.Pin each
    rate:           4000 or 8000 samples/s, by CLKIN 8.192 MHz
    frames:         in a chip's buffer

    buffers:        three array('I'), `frames` * 4 words
    """

    def __init__(self, sclk, cs, din, douts, drdys, rate, frames):  # noqa: PLR0913, PLR0917
        self._pins = (sclk, cs, din)
        self._douts = douts
        self._drdys = drdys
        self._reference = 0
        self._program = _make_program(21, 31) if rate == 4000 else _make_program(9, 25)
        self.frames = frames
        self._bytes = frames * _FRAME_BYTES
        self.buffers = [array("I", bytes(self._bytes)) for _ in range(CHIPS)]
        self._tables = []
        self._channels = []
        self._machines = ()
        for buffer in self.buffers:
            # The lap channel wraps its read pointer within an aligned block (DS 2.5.1.2).
            table = array("I", bytes(2 << _LAPS_BITS))
            for index in range(len(table)):
                table[index] = addressof(buffer)
            self._tables.append(table)
            self._channels.append((rp2.DMA(), rp2.DMA()))
        self._data, self._lap = self._channels[CHIPS - 1]
        # Of those that drive DIN the last one wins (DS 3.2).
        fifo = _PIO1 + _TXF0 + 4 * (CHIPS - 1)
        written = _DMA + _DMA_CHANNEL * self._data.channel + _WRITE_ADDR
        self._command = array("I", (written, _PATIENCE, fifo, 0, 0, 0, 0))
        self._begin = addressof(self.buffers[CHIPS - 1])
        self._laps = _aligned(self._tables[CHIPS - 1])

    def start(self, synchronise):
        """Begin with the sample that follows `synchronise()`, into the first frame's place."""
        mem32[_PIO1 + _CTRL] = 0
        sclk, cs, din = self._pins
        self._machines = [
            rp2.StateMachine(
                _FIRST_MACHINE + k, self._program, freq=_FREQUENCY_HZ, in_base=self._douts[k],
                out_base=din, set_base=cs, sideset_base=sclk, jmp_pin=self._drdys[self._reference],
            )
            for k in range(CHIPS)
        ]  # fmt: skip
        for machine in self._machines:
            machine.put(_NULL_CRC, _SHIFT)
            machine.exec(_PULL)
            machine.exec(_MOV_Y_OSR)
        for k in range(CHIPS):
            self._start_channel(k)
        mem32[_PIO1 + _FDEBUG] = _RXSTALL
        synchronise()
        mem32[_PIO1 + _CTRL] = _ENABLE | _RESTART

    def _start_channel(self, k):
        data, lap = self._channels[k]
        data.active(0)
        lap.active(0)
        lap.config(
            read=_aligned(self._tables[k]),
            write=_DMA + _DMA_CHANNEL * data.channel + _AL2_WRITE_ADDR_TRIG,
            count=1,
            ctrl=lap.pack_ctrl(inc_write=False, ring_sel=False, ring_size=_LAPS_BITS),
        )
        data.config(
            read=_PIO1 + _RXF0 + 4 * k,
            write=addressof(self.buffers[k]),
            count=len(self.buffers[k]),
            ctrl=data.pack_ctrl(
                inc_read=False,
                treq_sel=_DREQ_PIO1_RX0 + k,
                chain_to=lap.channel,
                high_pri=True,
            ),
            trigger=True,
        )

    def position(self):
        """Return how many frames are complete, modulo 64 buffers.  Hot."""
        while True:
            begun = self._lap.read
            offset = self._data.write - self._begin
            # At the very end the next lap begins within a few clocks; until then nothing is
            # certain.
            if offset != self._bytes and begun == self._lap.read:
                return ((begun - self._laps >> 2) * self._bytes + offset) // _FRAME_BYTES

    def has_stalled(self):
        """Return whether a word found no room: the chips' words are out of step.  Hot."""
        return bool(mem32[_PIO1 + _FDEBUG] & _RXSTALL)

    def is_silent(self):
        """Return whether a frame began since the last call without the reference's DRDY.  Hot."""
        if mem32[_PIO1 + _IRQ] & _SILENT:
            mem32[_PIO1 + _IRQ] = _SILENT
            return True
        return False

    def send(self, words):
        """Let the next frame begin with up to three words (a command, its datum, the CRC).

        Waits for the end of a frame, 250 us at most, so that all words go out with one.  Returns
        whether there was one.
        """
        command = self._command
        command[_COUNT] = len(words)
        for k in range(len(words)):
            command[_COUNT + 1 + k] = words[k] << _SHIFT
        return bool(behind_frame.put(command))

    def follow(self, chip):
        """Take the DRDY of chip 0..2 as reference."""
        self._reference = chip
        if not self._machines:
            return
        number = _number(self._drdys[chip])
        mem32[_PIO1 + _CTRL] = 0  # all at once, so that they stay in step
        for k in range(CHIPS):
            at = _PIO1 + _SM0_EXECCTRL + _SM_DISTANCE * k
            mem32[at] = mem32[at] & ~_JMP_PIN | number << 24
        mem32[_PIO1 + _CTRL] = _ENABLE
        mem32[_PIO1 + _IRQ] = _SILENT


def _aligned(table):
    return (addressof(table) + (1 << _LAPS_BITS) - 1) >> _LAPS_BITS << _LAPS_BITS


def _number(pin):
    """Return the GPIO number of a machine.Pin."""
    text = str(pin)  # Pin(GPIO26, ...)
    return int(text[text.index("GPIO") + 4 : text.index(",")])
