"""Samples the RP2040's converter without the CPU: I_high, U, I_low, 144,144 codes/s.

The converter runs freely in round robin and paces a DMA channel (*data*) that fills one buffer
from end to end.  There it chains to a second channel (*lap*), whose single transfer writes the
buffer's address back into the first one's WRITE_ADDR_TRIG, and all over again: endless, without an
interrupt.  The lap channel reads that address from a table of 64 equal words; its read pointer
counts the laps, so a CPU that comes late by up to 64 laps (7.2 s) still knows that it lost
something.

DS = RP2040 Datasheet, build 2025-02-20: section 2.5 DMA, section 4.9 ADC and Temperature Sensor.
"""

# The stubs lack channel, read and write of rp2.DMA.
# pyright: reportAttributeAccessIssue=false

from array import array

import rp2
from machine import mem32
from micropython import const
from uctypes import addressof

from meter.metrology import layout

# DS 4.9.6, list of registers
_ADC_CS = const(0x4004C000)
_ADC_FCS = const(0x4004C008)
_ADC_FIFO = const(0x4004C00C)
_ADC_DIV = const(0x4004C010)
_CS_EN = const(1 << 0)
_CS_START_MANY = const(1 << 3)
_CS_READY = const(1 << 8)
_CS_RROBIN = const(7 << 16)  # ADC0, ADC1, ADC2; AINSEL = 0 begins with ADC0
_FCS_EN = const(1 << 0)
_FCS_DREQ_EN = const(1 << 3)
_FCS_UNDER = const(1 << 10)  # write 1 to clear
_FCS_OVER = const(1 << 11)  # write 1 to clear; the FIFO was full and lost a code
_FCS_LEVEL = const(15 << 16)
_FCS_THRESH_1 = const(1 << 24)

_CLOCKS = const(333)  # of 48 MHz from one conversion to the next; DIV = clocks - 1 (DS 4.9.2.2)
_DREQ_ADC = const(36)  # DS 2.5.3.1
_DMA = const(0x50000000)  # DS 2.5.7
_DMA_CHANNEL = const(0x40)
_AL2_WRITE_ADDR_TRIG = const(0x2C)

_SETS = const(896)  # in the buffer: 112 ms
_RESERVE = const(64)  # sets the converter may run on while codes are being taken: 8 ms
_LAPS = const(64)  # words in the lap channel's table
_LAPS_BITS = const(8)  # log2 of its bytes
_POSITIONS = const(896 * 64)  # positions count sets modulo _SETS * _LAPS
_WRITTEN_MASK = const(0x3FFFFFFF)  # stays a small integer

_FULL_SCALE = const(6048)  # 1792 codes below the bias, 3.375 counts each
_LIMIT = const(5900)  # leaves 11 standard deviations of a code's noise to the end


class System:
    """Rings of the measuring system: u, its current ranges, and the peak at which each is full."""

    def __init__(self, u, ranges, limits):
        self.u = u
        self.ranges = ranges
        self.limits = limits


class AdcSampler:
    """Rings of sets from ADC0 (I_high), ADC1 (U) and ADC2 (I_low); begins with the first poll.

    kernel:  module with decimate()
    lut:     its linearity table, array('h', 4096)
    size:    sets in a ring, a power of two

    systems:       tuple of one System with the ranges (I_high, I_low)
    mask:          size - 1
    set_ns, half:  set period, and half the length of the tracker's filter in sets (8 ms)
    u_full_scale:  largest |u|
    written:       sets delivered since the start, modulo 2**30; modulo size the ring index of the
                   next
    overruns:      losses since the start: the CPU came too late, or the converter's FIFO ran over
    gap:           this poll found a loss: it brought nothing, what the next brings does not follow
                   on
    """

    def __init__(self, kernel, lut, size=2048):
        codes = _SETS * layout.CODES_PER_SET
        self._codes = array("H", bytes(2 * codes))
        self._begin = addressof(self._codes)
        self._bytes = 2 * codes
        # The lap channel wraps its read pointer within an aligned block (DS 2.5.1.2, RING_SIZE).
        self._table = array("I", bytes(2 << _LAPS_BITS))
        self._laps = (addressof(self._table) + (1 << _LAPS_BITS) - 1) >> _LAPS_BITS << _LAPS_BITS
        for index in range(len(self._table)):
            self._table[index] = self._begin
        self._data = rp2.DMA()
        self._lap = rp2.DMA()

        self._decimate = kernel.decimate
        self._lut = lut
        self._carry = array("i", (0, 0))
        self._high = array("h", bytes(2 * size))
        self._u = array("h", bytes(2 * size))
        self._low = array("h", bytes(2 * size))
        self._taken = 0  # position of the first set that was not taken yet
        self._is_running = False
        self.systems = (System(self._u, (self._high, self._low), (_LIMIT, _LIMIT)),)
        self.size = size
        self.mask = size - 1
        self.set_ns = layout.CODES_PER_SET * _CLOCKS * 125 // 6  # 48 MHz: 125/6 ns
        self.half = 8_000_000 // self.set_ns
        self.u_full_scale = _FULL_SCALE
        self.written = 0
        self.overruns = 0
        self.gap = False

    def _start(self):
        """Begin, or begin again, with ADC0 into the first code of the buffer."""
        mem32[_ADC_CS] = _CS_EN
        while not mem32[_ADC_CS] & _CS_READY:  # the conversion under way, 2 us
            pass
        self._data.active(0)
        self._lap.active(0)
        while mem32[_ADC_FCS] & _FCS_LEVEL:
            mem32[_ADC_FIFO]
        mem32[_ADC_FCS] = _FCS_EN | _FCS_DREQ_EN | _FCS_THRESH_1 | _FCS_UNDER | _FCS_OVER

        data = self._data
        lap = self._lap
        lap.config(
            read=self._laps,
            write=_DMA + _DMA_CHANNEL * data.channel + _AL2_WRITE_ADDR_TRIG,
            count=1,
            ctrl=lap.pack_ctrl(inc_write=False, ring_sel=False, ring_size=_LAPS_BITS),
        )
        data.config(
            read=_ADC_FIFO,
            write=self._begin,
            count=len(self._codes),
            ctrl=data.pack_ctrl(
                size=1, inc_read=False, treq_sel=_DREQ_ADC, chain_to=lap.channel, high_pri=True
            ),
            trigger=True,
        )
        self._taken = 0
        self._carry[0] = self._carry[1] = 0
        mem32[_ADC_DIV] = _CLOCKS - 1 << 8
        mem32[_ADC_CS] = _CS_EN | _CS_RROBIN | _CS_START_MANY
        self._is_running = True

    def poll(self, limit):
        """Move at most `limit` of the converted sets into the rings; return how many.  Hot."""
        if not self._is_running:
            self._start()
        position = self._position()
        # Looked at after the position: what lies before it was converted before any loss.
        if mem32[_ADC_FCS] & _FCS_OVER:
            self._start()  # which channel the lost code belonged to is unknown
            return self._lose()
        behind = (position - self._taken) % _POSITIONS
        if behind > _SETS - _RESERVE:
            self._resume(position)
            return self._lose()
        self.gap = False
        n = limit if limit < behind else behind
        left = n
        while left > 0:
            first = self._taken % _SETS
            part = _SETS - first if left > _SETS - first else left
            self._decimate(
                self._codes, first, part, self._lut, self._carry,
                self._high, self._u, self._low, self.written & self.mask, self.mask,
            )  # fmt: skip
            self._taken = (self._taken + part) % _POSITIONS
            self.written = (self.written + part) & _WRITTEN_MASK
            left -= part
        return n if n > 0 else 0

    def _position(self):
        """Return how many sets are complete, modulo _SETS * _LAPS.  Hot."""
        data = self._data
        lap = self._lap
        while True:
            begun = lap.read
            offset = data.write - self._begin
            # At the very end the next lap begins within a few clocks; until then nothing is
            # certain.
            if offset != self._bytes and begun == lap.read:
                laps = (begun - self._laps) >> 2
                return laps * _SETS + offset // (2 * layout.CODES_PER_SET)

    def _resume(self, position):
        """Go on with the first set that is still to come, after the two codes before it."""
        self._taken = position
        end = ((position - 1) % _SETS + 1) * layout.CODES_PER_SET
        self._carry[0] = self._lut[self._codes[end - 2]]
        self._carry[1] = self._lut[self._codes[end - 1]]

    def _lose(self):
        self.gap = True
        self.overruns += 1
        return 0
