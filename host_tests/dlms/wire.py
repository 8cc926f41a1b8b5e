"""A line bit by bit between somebody at any speed and the Pico's UART, whose chip samples it.

What the chip makes of octets of another speed, and what edges its pin sees, is that of the bits.
"""

import importlib
import math
import sys
import types
from unittest import mock

_BITS = 10  # start, eight, stop
_IDLE = 1


class Clock(types.ModuleType):
    """The `time` of MicroPython."""

    now_us = 1000

    def ticks_us(self):
        return int(self.now_us)

    def ticks_diff(self, end, start):
        return end - start

    def ticks_add(self, start, elapsed):
        return start + elapsed


class Pin:
    """The level of the line, and the ports.rp2.short_pulse.ShortPulse that watches it."""

    def __init__(self, clock):
        self.level = _IDLE
        self._clock = clock
        self._fell_us = None
        self._shortest_us = 0
        self._has_come = False

    def watch(self, shortest_us):
        self._shortest_us = shortest_us
        self._fell_us = None
        self._has_come = False

    def has_come(self):
        return self._has_come

    def move(self, level):
        self.level = level
        now_us = self._clock.now_us
        if level == _IDLE and self._fell_us is not None:
            self._has_come |= now_us - self._fell_us < self._shortest_us
        self._fell_us = None if level == _IDLE else now_us


class Chip:
    """A machine.UART: samples each bit in its middle, as the PL011 does, and drops error flags."""

    def __init__(self, clock, pin):
        self._clock = clock
        self._pin = pin
        self._waiting = b""
        self._samples = []  # times at which the level of a character under way is looked at
        self._levels = []
        self._idle_us = 0.0  # when the last bit of what was written leaves
        self.sent = b""
        self.baud = 300

    def init(self, *, baudrate, rxbuf, txbuf):
        del rxbuf, txbuf
        self.baud = baudrate
        self._waiting = b""
        self._samples = []

    def any(self):
        return len(self._waiting)

    def readinto(self, buf, n):
        n = min(n, len(self._waiting))
        buf[:n], self._waiting = self._waiting[:n], self._waiting[n:]
        return n

    def write(self, buf, *span):
        first, n = span if len(span) == 2 else (0, span[0])
        assert 0 < n <= len(buf) - first, "MicroPython takes a length below zero for a large one"
        self.sent += bytes(buf[first : first + n])
        start_us = max(self._idle_us, self._clock.now_us)
        self._idle_us = start_us + n * _BITS * 1e6 / self.baud
        return n

    def txdone(self):
        return self._clock.now_us >= self._idle_us

    def falls(self):
        """The line falls: a character begins, if none is under way."""
        if not self._samples:
            bit_us = 1e6 / self.baud
            self._samples = [self._clock.now_us + (k + 0.5) * bit_us for k in range(_BITS)]
            self._levels = []

    def look(self, until_us):
        """Take the samples that are due before `until_us`; the line does not move until then."""
        while self._samples and self._samples[0] < until_us:
            self._samples.pop(0)
            self._levels.append(self._pin.level)
            if self._levels[0] == _IDLE:  # no start bit: a pulse, or noise
                self._samples = []
            elif not self._samples:
                bits = self._levels[1:9]
                self._waiting += bytes([sum(bit << k for k, bit in enumerate(bits))])


class Wire:
    """The line; `uart` is the meter's end of it, at 300 baud, 7E1."""

    def __init__(self):
        self.clock = Clock("time")
        with mock.patch.dict(sys.modules, {"time": self.clock}):
            sys.modules.pop("ports.rp2.uart", None)
            module = importlib.import_module("ports.rp2.uart")
            sys.modules.pop("ports.rp2.uart", None)
        self._pin = Pin(self.clock)
        self.chip = Chip(self.clock, self._pin)
        self.uart = module.Uart(self.chip, 300, even_parity=True, pulses=self._pin)
        self._edges = []  # (time, level)
        self._free_us = 0.0

    def send(self, data, baud, even_parity=False):
        """Have the far end send; octets go one behind the other, 8N1, or 7E1."""
        at_us = max(self._free_us, self.clock.now_us)
        bit_us = 1e6 / baud
        level = _IDLE
        for octet in data:
            coded = octet & 0x7F | (octet & 0x7F).bit_count() % 2 << 7 if even_parity else octet
            for bit in (0, *(coded >> k & 1 for k in range(8)), 1):
                if bit != level:
                    self._edges.append((at_us, bit))
                    level = bit
                at_us += bit_us
        self._free_us = at_us

    def advance(self, us):
        """Let time pass."""
        end_us = self.clock.now_us + us
        while self._edges and self._edges[0][0] < end_us:
            at_us, level = self._edges.pop(0)
            self.chip.look(at_us)
            self.clock.now_us = at_us
            self._pin.move(level)
            if level != _IDLE:
                self.chip.falls()
        self.chip.look(end_us)
        self.clock.now_us = math.nextafter(end_us, math.inf) if self._edges else end_us
