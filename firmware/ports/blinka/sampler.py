"""Samples converters over busio.SPI, one frame of each per sample, in a thread of its own.

What the operating system lets through is less than a microcontroller's DMA: 1000 samples/s by
default.  A set that came too late is a *loss*, found by the time at which DRDY was seen: it is
counted, logged and closes the window, never bridged.  A bad frame is bridged by the one before;
after eight on end its chip is *lost* and counts as 0 until it has been set up again and measures.
"""

import threading
import time
from array import array
from collections import deque

from meter.metrology import faults, layout

_HOLD = 8
_DRIFT = 10_000  # a 1/10000 of a period: what the clocks may differ by
_LATE_PERCENT = 98
_LIMIT = 520_000  # of 2**19 counts of current
_QUEUE = 4096
_LOSS = None
_IDLE_S = 0.0001  # between two looks at DRDY
_WRITTEN_MASK = 0x3FFF_FFFF


class System:
    """Rings of one measuring system: u, its only current range, the peak at which it is full."""

    def __init__(self, size):
        self.u = array("h", bytes(2 * size))
        self.ranges = (array("i", bytes(4 * size)),)
        self.limits = (_LIMIT,)


class FrameSampler:
    """Rings of sets from one to three converters.

    adcs:      drivers.adc_ads131m.ADS131M, one per system, each started or not there
    setup:     their Setup
    is_ready:  callable() -> DRDY of the first one is low
    rate:      samples/s
    now_ns:    callable, time.monotonic_ns
    size:      sets in a ring, a power of two

    systems, mask, set_ns, half, u_full_scale, written, overruns, gap:  as in ports/rp2/sampler.py
    bad_frames:   per chip
    """

    def __init__(self, adcs, setup, is_ready, rate, now_ns=time.monotonic_ns, size=512):
        self._adcs = adcs
        self._commands = setup.commands()
        self._is_ready = is_ready
        self._now_ns = now_ns
        self._queue = deque(maxlen=_QUEUE)
        self._held = [(0, 0)] * len(adcs)
        self._run = [0] * len(adcs)
        self._lost = [False] * len(adcs)
        self._step = [0] * len(adcs)  # of setting up a lost chip
        self._sets = 0
        self._rate = rate
        self._began_ns = None  # earliest time at which the last conversion can have ended
        self._faults = deque()
        self.systems = tuple(System(size) for _ in adcs)
        self.size = size
        self.mask = size - 1
        self.set_ns = 1_000_000_000 // rate
        self.half = 8_000_000 // self.set_ns
        self.u_full_scale = 1 << 15
        self.written = 0
        self.overruns = 0
        self.gap = False
        self.bad_frames = [0] * len(adcs)

    def start(self):
        """Sample in a thread from now on."""
        threading.Thread(target=self._run_for_ever, daemon=True).start()

    def _run_for_ever(self):
        while True:
            if not self.take():
                time.sleep(_IDLE_S)

    def take(self):
        """Read a frame of every chip if a sample is ready; return whether there was one."""
        if not self._is_ready():
            return False
        self._note_time(self._now_ns())
        self._queue.append(tuple(self._read(k) for k in range(len(self._adcs))))
        self._sets += 1
        turn = self._sets % self._rate
        if turn < len(self._adcs) and not self._lost[turn] and not self._adcs[turn].check():
            self._lose(turn)
        return True

    def take_fault(self):
        """Return the next fault of meter/metrology/faults.py, 0 if there is none."""
        return self._faults.popleft() if self._faults else 0

    def poll(self, limit):
        """Move at most `limit` of the sets into the rings; return how many."""
        queue = self._queue
        self.gap = bool(queue) and queue[0] is _LOSS
        if self.gap:
            queue.popleft()
            self.overruns += 1
            return 0
        n = 0
        while n < limit and queue and queue[0] is not _LOSS:
            at = self.written & self.mask
            for system, (u, i) in zip(self.systems, queue.popleft(), strict=True):
                system.u[at] = u >> layout.U_SHIFT
                system.ranges[0][at] = i >> layout.I_SHIFT
            self.written = (self.written + 1) & _WRITTEN_MASK
            n += 1
        return n

    def _note_time(self, now_ns):
        """Note a loss if a conversion was replaced before it was read."""
        if self._began_ns is None:
            self._began_ns = now_ns
            return
        due_ns = self._began_ns + self.set_ns
        if now_ns - due_ns >= self.set_ns * _LATE_PERCENT // 100:
            self._queue.append(_LOSS)
            due_ns = now_ns
        self._began_ns = min(due_ns + self.set_ns // _DRIFT, now_ns)

    def _read(self, k):
        adc = self._adcs[k]
        if self._lost[k] and self._step[k] < len(self._commands):
            command, data, _ = self._commands[self._step[k]]
            adc.send(command, data)
            self._step[k] += 1
            return 0, 0
        if adc.read():
            self._run[k] = 0
            if self._lost[k]:
                self._lost[k] = False
                self._faults.append(faults.BACK - 1 - k)
            self._held[k] = tuple(adc.codes)
        elif self._lost[k]:
            self._run[k] += 1
            if self._run[k] > 2:  # its answer to the last command, and a stale sample
                self._step[k] = self._run[k] = 0
        else:
            self.bad_frames[k] += 1
            self._run[k] += 1
            if self._run[k] == 1:
                self._faults.append(faults.BRIDGED - 1 - k)
            elif self._run[k] > _HOLD:
                self._lose(k)
        return (0, 0) if self._lost[k] else self._held[k]

    def _lose(self, k):
        self._lost[k] = True
        self._step[k] = self._run[k] = 0
        self._faults.append(faults.LOST - 1 - k)
