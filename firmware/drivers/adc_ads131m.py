"""ADS131M02/03/04 and their isolated kin AMC131M02/03: 24-bit converters of 2 to 4 channels.

Data sheets (DS): TI SBAS889A (ADS131M03), SBAS950B (ADS131M08), SBASA56 (AMC131M02).  A frame is
channels + 2 words of 24 bits each way, every number in the upper 16 of them.  In come a command,
what belongs to it, a CRC, and zeros; out come the answer to the frame *before*, the channels and a
CRC (DS "SPI communication").  CRC-16/CCITT, seed FFFFh, over all words before it.
"""

import errno

from micropython import const

LOW_POWER = const(1)  # CLOCK register, PWR
HIGH_RESOLUTION = const(2)

NULL = const(0x0000)  # DS "commands"; the answer is the STATUS register
_RESET = const(0x0011)  # FF20h + channels
_LOCK = const(0x0555)  # itself; leaves NULL, RREG and UNLOCK
_UNLOCK = const(0x0655)
_RREG = const(0xA000)  # | address << 7; the register
_WREG = const(0x6000)  # | address << 7; 4000h | address << 7
_RESET_DONE = const(0xFF20)
_WREG_DONE = const(0x4000)

_ID = const(0x00)
_STATUS = const(0x01)
_MODE = const(0x02)
_CLOCK = const(0x03)
_GAIN = const(0x04)
_CFG = const(0x06)
_CHANNEL_CFG = const(0x09)  # of channel 0; the next ones follow at a distance of 5
_DCDC_CTRL = const(0x31)  # AMC131M0x only

_MODE_VALUE = const(0x1110)  # RX_CRC_EN, 24-bit words, TIMEOUT; RESET flag cleared, CRC is CCITT
_GC_DELAY = const(3 << 9)  # 16 modulator clocks, the reset value
_GC_EN = const(1 << 8)
_DCDC_EN = const(1)

# STATUS of a chip that measures as it was told to: locked, 24-bit words, fresh data.  Not looked
# at are F_RESYNC and CRC_ERR, each shown once: they tell of the past and of our own words.
_GOOD = const(0x8100)
_STATUS_MASK = const(0xAFFF)

_RESET_MS = const(1)  # tREGACQ 5 us, power-on 250 us
_SETTLE_MS = const(30)  # DC/DC converter of an isolated part, and the filter
_TRIES = const(3)


class Setup:
    """What the registers of one chip shall hold.

    gains:     per channel 1, 2, 4 .. 128: +-1.2 V / gain is full scale
    osr:       128, 256 .. 16384 (the last is 16256): modulator clocks, half of CLKIN, per sample
    power:     LOW_POWER or HIGH_RESOLUTION; see DS for the CLKIN each allows
    chop:      global chop mode: less noise and offset, a third of the samples
    enabled:   bit c: channel c converts; None = all.  A disabled one keeps its word, 0.
    phases:    per channel, modulator clocks (244 ns at 8.192 MHz) of delay, -512..511
    isolated:  an AMC131M0x: its DC/DC converter is switched on

    channels:   of the chip, 2..4
    good, mask: STATUS & mask while it measures
    registers:  tuple of (address, value), in the order in which they are written
    """

    def __init__(  # noqa: PLR0913  a record of settings, given by name
        self,
        gains,
        *,
        osr=1024,
        power=HIGH_RESOLUTION,
        chop=False,
        enabled=None,
        phases=None,
        isolated=False,
    ):
        channels = len(gains)
        phases = phases or [0] * channels
        everyone = (1 << channels) - 1
        enabled = everyone if enabled is None else enabled
        _check("channels", channels, 2 <= channels <= 4, "2..4")
        _check("osr", osr, osr in [128 << k for k in range(8)], "128, 256 .. 16384")
        _check("power", power, power in (LOW_POWER, HIGH_RESOLUTION), "1 or 2")
        _check("enabled", enabled, 0 < enabled <= everyone, "1..{}".format(everyone))
        _check("phases", phases, len(phases) == channels, "one per channel")
        gain_bits = 0
        for c in range(channels):
            _check("gain", gains[c], gains[c] in [1 << k for k in range(8)], "1, 2 .. 128")
            _check("phase", phases[c], -512 <= phases[c] <= 511, "-512..511")
            gain_bits |= _log2(gains[c]) << 4 * c
        self.channels = channels
        self.good = _GOOD | enabled
        self.mask = _STATUS_MASK
        registers = [(_DCDC_CTRL, _DCDC_EN)] if isolated else []
        registers += [
            (_MODE, _MODE_VALUE),
            (_CLOCK, enabled << 8 | _log2(osr // 128) << 2 | power),
            (_GAIN, gain_bits),
            (_CFG, _GC_DELAY | (_GC_EN if chop else 0)),
        ]
        for c in range(channels):
            registers.append((_CHANNEL_CFG + 5 * c, (phases[c] & 0x3FF) << 6))
        self.registers = tuple(registers)

    def commands(self):
        """Return what brings a chip of any state to these registers.

        A list of (command, its datum or None, the answer to it).
        """
        found: list = [(_UNLOCK, None, _UNLOCK)]
        for address, value in self.registers:
            answer = _WREG_DONE | address << 7
            found.append((_WREG | address << 7, value, answer))  # pyright: ignore[reportArgumentType]
        found.append((_LOCK, None, _LOCK))
        return found

    def question(self, k):
        """Return (command, None, answer) that reads register k of `registers`."""
        address, value = self.registers[k]
        return _RREG | address << 7, None, value


def words(command, data=None):
    """Return what a frame begins with, 24-bit words: the command, its datum if it has one, CRC."""
    out = bytearray(9)
    fill_frame(out, command, data)
    return [out[k] << 16 | out[k + 1] << 8 for k in range(0, 6 if data is None else 9, 3)]


class SpiLink:
    """A chip on an SPI controller of its own wires.

    spi:  object with write_readinto(out, into), as machine.SPI in mode 1
    cs:   pin, called with 0 or 1 as machine.Pin
    """

    def __init__(self, spi, cs):
        self._spi = spi
        self._cs = cs

    def exchange(self, out, into):
        """Send the frame `out` and fill `into` at the same time."""
        self._cs(0)
        self._spi.write_readinto(out, into)
        self._cs(1)


class ADS131M:
    """One chip, frame by frame.

    link:      exchange(out, into): both bytearrays of a frame, 3 * (channels + 2) bytes, at once
    setup:     Setup
    sleep_ms:  callable(int)

    codes:      list of the channels' signed codes, after read()
    status:     the last answer to NULL
    bad_frames: frames whose CRC was wrong
    """

    def __init__(self, link, setup, sleep_ms):
        self._link = link
        self._setup = setup
        self._sleep_ms = sleep_ms
        self._out = bytearray(3 * (setup.channels + 2))
        self._in = bytearray(len(self._out))
        self._next = 0  # register that is checked next
        self.codes = [0] * setup.channels
        self.status = 0
        self.bad_frames = 0

    def start(self):
        """Reset the chip, see that it is the right one, set it up and lock its registers.

        Raises OSError: ENODEV for a wrong or missing chip, EIO for a register that does not hold.
        """
        self.reset()
        identity = self.identify()
        if identity != self._setup.channels:
            raise OSError(errno.ENODEV, "ADC of {} channels".format(identity))
        self.configure()
        if not self.verify():
            raise OSError(errno.EIO, "ADC registers do not hold")
        self._sleep_ms(_SETTLE_MS)

    def reset(self):
        """Reset the chip; return whether it says so."""
        for _ in range(_TRIES):
            self.send(NULL)  # ends whatever frame a restart of the processor has left open
            self.send(_UNLOCK)
            self.send(_RESET)
            self._sleep_ms(_RESET_MS)
            if self._answer() & 0xFFF0 == _RESET_DONE:
                return True
        return False

    def identify(self):
        """Return the chip's number of channels, 15 if there is none."""
        self.send(_RREG | _ID << 7)
        return self._answer() >> 8 & 0x0F

    def configure(self):
        """Write every register and lock them."""
        for command, data, _ in self._setup.commands():
            self.send(command, data)

    def verify(self):
        """Return whether every register holds what it shall."""
        are_right = True
        for _ in self._setup.registers:
            are_right &= self.check()
        return are_right

    def check(self):
        """Return whether the register whose turn it is holds what it shall.  Two frames."""
        command, _, value = self._setup.question(self._next)
        self._next = (self._next + 1) % len(self._setup.registers)
        self.send(command)
        return self._answer() == value

    def read(self):
        """Take a sample into `codes`; return whether it is a good one.

        Good: the CRC is right, and the chip says that it is set up and that the data are fresh.
        Hot: does not allocate.
        """
        word = self._answer()
        if word < 0:
            return False
        self.status = word
        data = self._in
        for c in range(self._setup.channels):
            at = 3 * c + 3
            code = data[at] << 16 | data[at + 1] << 8 | data[at + 2]
            self.codes[c] = code - (code >> 23 << 24)
        return word & _STATUS_MASK == self._setup.good

    def _answer(self):
        """Send NULL; return the answer to the frame before, -1 if its CRC is wrong."""
        self.send(NULL)
        data = self._in
        end = len(data) - 3
        if crc16(data, end) != data[end] << 8 | data[end + 1]:
            self.bad_frames += 1
            return -1
        return data[0] << 8 | data[1]

    def send(self, command, data=None):
        """Send a command, with its datum if it has one; the answer comes with the next frame."""
        fill_frame(self._out, command, data)
        self._link.exchange(self._out, self._in)


def fill_frame(out, command, data=None):
    """Fill `out` with a frame: command, the register's value if it has one, CRC, zeros.  Hot."""
    for k in range(len(out)):
        out[k] = 0
    _put(out, 0, command)
    at = 3
    if data is not None:
        _put(out, 3, data)
        at = 6
    _put(out, at, crc16(out, at))


def _put(out, at, word):
    out[at] = word >> 8
    out[at + 1] = word & 0xFF


def crc16(data, n):
    """Return the CRC-16/CCITT (x16 + x12 + x5 + 1, seed FFFFh, MSB first) of data[:n]."""
    crc = 0xFFFF
    for k in range(n):
        x = crc >> 8 ^ data[k]
        x ^= x >> 4
        crc = (crc << 8 ^ x << 12 ^ x << 5 ^ x) & 0xFFFF
    return crc


def synchronise(pin):
    """Let all chips whose SYNC/RESET hangs on `pin` begin a conversion at the same instant.

    The pulse must stay below 2048 clocks, 250 us: a longer one resets them.
    """
    pin(0)
    pin(1)


def _log2(value):
    bits = 0
    while value > 1:
        value >>= 1
        bits += 1
    return bits


def _check(name, value, is_good, accepted):
    if not is_good:
        raise ValueError("{}: {} refused, accepted: {}".format(name, value, accepted))
