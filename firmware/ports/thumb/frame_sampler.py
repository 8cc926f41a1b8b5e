"""Samples three isolated converters without the CPU: U and I of each at 4000 or 8000 samples/s.

Every frame is checked before it is used: its CRC, and the status that says that the chip is set up
and the data are fresh.  A bad frame is *bridged*: it takes U and I of the frame before, both of
one instant, so that in the mean its power is right.  After more than eight bad ones on end, 2 ms,
the chip is *lost*: its U and I count as 0 until it has been set up again and measures.  The other
chips go on meanwhile.  Commands travel between the samples: each chip's registers are read back in
turn, four a second, and a register that does not hold makes its chip lost, too.

The frames begin with one chip's data-ready line.  If that is stuck they come too late or too
often; then another chip's is followed, and the window ends.
"""

from array import array

from micropython import const
from uctypes import addressof

from meter.metrology import faults

_HOLD = const(8)
_WORDS = const(4)  # of a frame: status, U, I, CRC
_FRAME_BYTES = const(16)
_RESERVE = const(32)  # frames that may come while others are being taken: 8 ms
_LAPS = const(64)
_STALE = const(32)  # of so many frames one may be stale; a data-ready line stuck low makes it 14
_SETTLING = const(4)  # samples after a synchronisation until the filter is settled
_CHANNELS_STALE = const(0xFFF0)  # of the status
_WRITTEN_MASK = const(0x3FFF_FFFF)
_LIMIT = const(520_000)  # of 2**19 counts of current: a saturated converter is beyond
_FAULTS = const(8)
_START_UP_MS = const(30)  # the isolated side's supply


class System:
    """Rings of one measuring system: u, its only current range, the peak at which it is full."""

    def __init__(self, size):
        self.u = array("h", bytes(2 * size))
        self.ranges = (array("i", bytes(4 * size)),)
        self.limits = (_LIMIT,)


class FrameSampler:
    """Rings of sets from three converters; begins with the first poll.

    unpack:       the kernel's unpack_words()
    port:         where frames come from and commands go to, ports/rp2/frame_port.py
    check:        module ports.thumb.frames
    setup:        drivers.adc_ads131m.Setup of every chip: two channels, U and I
    words:        drivers.adc_ads131m.words
    lost:         per chip whether it did not take its setup
    synchronise:  callable() that synchronises the chips
    rate:         4000 or 8000 samples/s
    size:         sets in a ring, a power of two

    systems, mask, set_ns, half, u_full_scale, written, overruns, gap:  as in sampler.py
    bad_frames:   per chip, frames that were bridged
    """

    def __init__(  # noqa: PLR0913, PLR0915, PLR0917
        self, unpack, port, check, setup, words, lost, synchronise, rate=4000, size=1024
    ):
        self._unpack = unpack
        self._count_good = check.count_good
        self._crc = check.crc
        self._blank = check.blank
        self._port = port
        self._setup = setup
        self._words = words
        self._synchronise = synchronise
        self._buffers = port.buffers
        chips = len(port.buffers)
        self._frames = port.frames
        self._position_mask = self._frames * _LAPS - 1
        self._lost = list(lost)
        self._is_heard = [False] * chips  # lost, but its CRC is right
        self._deranged = [False] * chips  # lost, and its registers must be written again
        self._run = [0] * chips  # bad frames on end
        self._good = [0] * chips  # sets since the last one
        self._block = array("I", (0, 0, setup.good << 8, check.crc(setup.good << 8)))
        self._other = array("I", (0, 1, 0, 0))
        self._answers = array("H", bytes(2 * 16))  # to the commands under way
        self._sent = 0
        self._answered = [0] * chips
        self._next = 0  # register that is read back next
        self._since = 0
        self._interval = rate // 4
        self._reference = 0
        self._is_unready = [False] * chips
        self._stale = 0  # frames of the reference that brought nothing new, lately
        self._is_cut = False
        self._faults = array("b", bytes(_FAULTS))
        self._told = self._found = 0
        self._taken = self._unsettled = 0
        self._is_running = False
        self.systems = tuple([System(size) for _ in range(chips)])
        self.size = size
        self.mask = size - 1
        self.set_ns = 1_000_000_000 // rate
        self.half = 8_000_000 // self.set_ns
        self.u_full_scale = 1 << 15
        self.written = 0
        self.overruns = 0
        self.gap = False
        self.bad_frames = [0] * chips

    def take_fault(self):
        """Return the next fault of meter/metrology/faults.py, 0 if there is none.  Hot."""
        if self._told == self._found:
            return 0
        fault = self._faults[self._told % _FAULTS]
        self._told += 1
        return fault

    def poll(self, limit):
        """Move at most `limit` of the converted sets into the rings; return how many.  Hot."""
        if not self._is_running:
            self._start()
        position = self._port.position()
        if self._port.has_stalled():
            self._start()
            self._is_cut = True
        if self._is_cut:
            self._is_cut = False
            return self._lose()
        behind = (position - self._taken) & self._position_mask
        if self._unsettled:
            if behind < self._unsettled:
                return 0
            behind -= self._unsettled
            self._taken = self._unsettled
            self._unsettled = 0
            self._port.is_silent()  # what was before does not count
        if behind > self._frames - _RESERVE:
            self._taken = position
            return self._lose()
        self.gap = False
        n = limit if limit < behind else behind
        self._take(n)
        if self._port.is_silent():
            self._distrust()
        self._since += n
        if self._since >= self._interval:
            self._since = 0
            if self._stale > self._interval // _STALE:
                self._distrust()
            self._stale = 0
            self._tend()
        return n

    def _take(self, left):
        """Move so many sets into the rings.  Hot."""
        while left > 0:
            first = self._taken & self._frames - 1
            part = self._frames - first if left > self._frames - first else left
            for k in range(len(self._buffers)):
                self._vet(k, first, part)
                system = self.systems[k]
                self._unpack(
                    self._buffers[k], first, part, _WORDS, system.u, system.ranges[0],
                    self.written & self.mask, self.mask,
                )  # fmt: skip
            self._taken = (self._taken + part) & self._position_mask
            self.written = (self.written + part) & _WRITTEN_MASK
            left -= part

    def _start(self):
        self._choose_reference()
        self._port.start(self._synchronise)
        self._taken = 0
        self._unsettled = _SETTLING
        self._sent = 0
        self._is_running = True

    def _lose(self):
        self.gap = True
        self.overruns += 1
        return 0

    def _vet(self, k, first, n):
        """Check `n` frames of chip k from frame `first` on, and mend the bad ones.  Hot."""
        block = self._block
        base = addressof(self._buffers[k]) + _FRAME_BYTES * first
        if self._lost[k]:
            self._look_for(k, first + n - 1)
            self._blank(base, n)
            return
        done = 0
        while done < n:
            block[0] = base + _FRAME_BYTES * done
            block[1] = n - done
            good = self._count_good(block)
            if good:
                self._run[k] = 0
                self._good[k] += good
                done += good
            if done < n:
                self._vet_one(k, first + done)
                if self._lost[k]:
                    self._blank(base + _FRAME_BYTES * done, n - done)
                    return
                done += 1

    def _vet_one(self, k, at):
        """Take frame `at`, which is not the usual good one, for good, or an answer, or mend it."""
        is_sound = self._is_sound(k, at)
        if is_sound and self._is_good(k, at):
            self._run[k] = 0
            self._good[k] += 1
        elif not is_sound or not self._is_answer(k, at):
            if k == self._reference and is_sound and self._is_stale(k, at):
                self._stale += 1
            self._bridge(k, at)

    def _is_sound(self, k, at):
        """Return whether the CRC of frame `at` is right."""
        block = self._other
        block[0] = addressof(self._buffers[k]) + _FRAME_BYTES * at
        block[2] = self._buffers[k][_WORDS * at]
        block[3] = self._crc(block[2])
        return self._count_good(block)

    def _is_good(self, k, at):
        """Return whether the status in frame `at` is that of a chip that measures."""
        return self._buffers[k][_WORDS * at] >> 8 & self._setup.mask == self._setup.good

    def _is_stale(self, k, at):
        """Return whether frame `at` is good but for the channels' data, which are not fresh."""
        status = self._buffers[k][_WORDS * at] >> 8 & self._setup.mask
        return status == self._setup.good & _CHANNELS_STALE

    def _is_answer(self, k, at):
        """Return whether frame `at` is the answer that is due from chip k."""
        if self._answered[k] >= self._sent:
            return False
        due = self._answers[self._answered[k]]
        self._answered[k] += 1
        if self._buffers[k][_WORDS * at] >> 8 == due:
            return True
        self._deranged[k] = True
        return False

    def _bridge(self, k, at):
        buffer = self._buffers[k]
        to = _WORDS * at
        before = (to or len(buffer)) - _WORDS
        buffer[to + 1] = buffer[before + 1]
        buffer[to + 2] = buffer[before + 2]
        self.bad_frames[k] += 1
        self._run[k] += 1
        if self._run[k] > _HOLD or self._deranged[k]:
            self._lost[k] = True
            self._tell(faults.LOST - 1 - k)
            self._choose_reference()
        elif self._good[k] >= self._interval:  # the first one for a while
            self._tell(faults.BRIDGED - 1 - k)
        self._good[k] = 0

    def _look_for(self, k, at):
        """See from frame `at`, the newest one, whether the lost chip k measures again."""
        self._is_heard[k] = self._is_sound(k, at)
        if self._is_heard[k] and not self._deranged[k] and self._is_good(k, at):
            self._lost[k] = self._is_unready[k] = False
            self._run[k] = 0
            self._answered[k] = self._sent
            self._tell(faults.BACK - 1 - k)

    def _distrust(self):
        """Let another chip decide when the frames begin; the window ends here."""
        k = self._reference
        if not self._is_unready[k]:
            self._is_unready[k] = True
            self._is_cut = True
            if not self._lost[k]:
                self._tell(faults.UNREADY - 1 - k)
        self._choose_reference()

    def _choose_reference(self):
        """Let a chip that measures decide when the frames begin, rather one that tells when."""
        chips = len(self._lost)
        for step in range(2 * chips):
            k = (self._reference + step) % chips
            if not self._lost[k] and (step >= chips or not self._is_unready[k]):
                if k != self._reference:
                    self._reference = k
                    self._port.follow(k)
                return

    def _tend(self):
        """Send what is due: the setup to a lost chip that answers, or a question to all."""
        self._sent = 0
        for k in range(len(self._lost)):
            self._answered[k] = 0
        for k in range(len(self._lost)):
            if self._lost[k] and self._is_heard[k]:
                for exchange in self._setup.commands():
                    self._send(exchange)
                self._deranged[k] = False
                return
        exchange = self._setup.question(self._next)
        self._next = (self._next + 1) % len(self._setup.registers)
        self._send(exchange)

    def _send(self, exchange):
        command, data, answer = exchange
        if self._port.send(self._words(command, data)):
            self._answers[self._sent] = answer
            self._sent += 1

    def _tell(self, fault):
        self._faults[self._found % _FAULTS] = fault
        self._found += 1


def set_up(adcs, sleep_ms):
    """Reset, set up and identify the chips; return per chip whether it is lost.

    adcs:  drivers.adc_ads131m.ADS131M of one Setup, on wires of their own or common ones: then
           every chip hears every command
    """
    for adc in adcs:
        adc.reset()
    for adc in adcs:
        adc.configure()
    sleep_ms(_START_UP_MS)
    return [adc.identify() != 2 or not adc.verify() for adc in adcs]
