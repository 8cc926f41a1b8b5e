"""ADS131M0x / AMC131M0x delta-sigma converter, on its four SPI wires, DRDY and SYNC/RESET.

Data sheets: TI SBAS889A (ADS131M03), SBAS950B, AMC131M02 SBASA56: "SPI communication", "commands",
"register map", "timing requirements".  Modelled: frames of 24-bit words whose first word answers
the frame before, CRC both ways (a WREG is executed whatever its CRC), LOCK, RESET by a whole frame
only, the registers with their reserved bits, DRDY and the status bits, resynchronisation and reset
by the pin, the isolated part's DC/DC converter, conversion times by OSR and global chop.  Not
modelled: other word lengths and the ANSI CRC (setting them is misuse), what phase, offset and gain
calibration do to the codes, current detection, stand-by, the SPI time-out, the filter's settling,
the second place of the output FIFO.
"""

from boards.virtual.chips import ChipMisuse

_ID, _STATUS, _MODE, _CLOCK, _GAIN, _CFG, _DCDC = 0x00, 0x01, 0x02, 0x03, 0x04, 0x06, 0x31
_LOCKED, _RESYNC, _CRC_ERR, _WAS_RESET, _SEC_FAIL = 1 << 15, 1 << 14, 1 << 12, 1 << 10, 1 << 6
_RX_CRC_EN = 1 << 12
_LENGTH = 3 << 8
_MODE_RESET = 0x0510
_WORD = 24
_CS_TO_SCLK_NS = 16  # td(CSSC)
_CS_HIGH_NS = 15  # tw(CSH)
_REGACQ_NS = 5_000
_RESET_CLOCKS = 2048  # tw(RSL)
_DRDY_HIGH_CLOCKS = 4  # tw(DRH), ahead of a conversion whose predecessor was not read
_DCDC_NS = 10_000_000  # until the isolated side runs; a guess, the sheet has a curve


class ChipADS131M:
    """A chip that got its supply at `now_ns()`.

    now_ns:    callable, simulated time
    codes:     callable(n) -> the channels' codes at `gains` in sample period n since the last SYNC
    gains:     per channel, what `codes` are meant for
    clkin_hz:  of the clock, the same for all chips
    osr:       what a sample period is, in modulator clocks
    isolated:  AMC131M0x

    registers:    {address: value}, without STATUS
    missed:       conversions that were replaced before they were read
    frames:       frames since the power came
    corrupt:      this many of the next frames come with a bit turned
    stuck_drdy:   the level that DRDY keeps, None: it works
    is_powered:   False: silent, see unplug() and plug()
    """

    def __init__(self, now_ns, codes, gains, clkin_hz=8_192_000, osr=1024, isolated=False):
        self._now_ns = now_ns
        self._codes = codes
        self._gains = gains
        self._channels = len(gains)
        self._words = self._channels + 2
        self._clkin_hz = clkin_hz
        self._period_ns = self._ns(2 * osr)
        self._isolated = isolated
        self._writable = _writable(self._channels, isolated)
        self._cs = 1
        self._sclk = 0
        self._sync = 1
        self._sync_fell_ns = None
        self._epoch_ns = now_ns()
        self.corrupt = 0
        self.stuck_drdy = None
        self.missed = 0
        self.frames = 0
        self.is_powered = True
        self._power_up()

    # The wires

    def cs(self, level):
        """Drive CS."""
        if level == self._cs:
            return
        self._cs = level
        if not self.is_powered:
            return
        now = self._now_ns()
        if level:
            if self._sclk:
                raise ChipMisuse("ADS131M: CS rises while SCLK is high")
            self._end_frame()
            self._idle_ns = now + _CS_HIGH_NS
        else:
            if self._sclk:
                raise ChipMisuse("ADS131M: CS falls while SCLK is high")
            if now < self._idle_ns:
                raise ChipMisuse(f"ADS131M: CS falls {self._idle_ns - now} ns too early")
            self._fell_ns = now
            self._begin_frame()

    def sclk(self, level, din=0):
        """Drive SCLK with DIN at `din`; return DOUT, None while it is not driven."""
        if self._cs or not self.is_powered:
            self._sclk = level
            return None
        if level and not self._sclk:
            if not self._taken and self._now_ns() < self._fell_ns + _CS_TO_SCLK_NS:
                raise ChipMisuse("ADS131M: SCLK rises too early after CS")
            self._left -= 1
            self._dout = self._out >> self._left & 1 if self._left >= 0 else 0
        elif self._sclk and not level:
            self._in = self._in << 1 | din
            self._taken += 1
            if self._left == _WORD:
                self._is_fresh = False  # every channel is out
        self._sclk = level
        return self._dout

    def transfer(self, out, into):
        """Clock the bytes `out` in and fill `into`, as a controller in SPI mode 1 does."""
        n = 8 * len(out)
        if self._cs or not self.is_powered:
            memoryview(into)[:] = b"\xff" * len(out)
            return
        self.sclk(1)  # the first bit, with what is checked there; it is taken again below
        self._sclk = 0
        self._left += 1
        after = self._left - n
        got = self._out >> after if after >= 0 else self._out << -after
        memoryview(into)[:] = (got & (1 << n) - 1).to_bytes(len(out), "big")
        if self._left > _WORD >= after:
            self._is_fresh = False
        self._left = after
        self._in = self._in << n | int.from_bytes(out, "big")
        self._taken += n

    def sync(self, level):
        """Drive SYNC/RESET."""
        now = self._now_ns()
        if level and not self._sync and self.is_powered:
            if now - self._sync_fell_ns >= self._ns(_RESET_CLOCKS):
                self._reset()
            else:
                self._synchronise(now)
        elif self._sync and not level:
            self._sync_fell_ns = now
        self._sync = level

    def drdy(self):
        """Return the level of DRDY."""
        if self.stuck_drdy is not None:
            return self.stuck_drdy
        if not self.is_powered:
            return 1
        now = self._update()
        if self._is_fresh and self._number > 1:  # unread so far: high for a moment before the next
            left = self._interval_ns - (now - self._started_ns) % self._interval_ns
            return int(self._missed_last and left <= self._ns(_DRDY_HIGH_CLOCKS))
        return int(not self._is_fresh)

    def next_ns(self):
        """Return when the next conversion is complete."""
        self._update()
        return self._started_ns + (self._number + 1) * self._interval_ns

    # What may happen to it

    def unplug(self):
        """Take it off the board."""
        self.is_powered = False

    def plug(self):
        """Put it back: it powers up, at whatever phase."""
        self.is_powered = True
        self._power_up()

    def brown_out(self):
        """Let it reset itself."""
        self._reset()

    # Inside

    def _ns(self, clocks):
        return clocks * 1_000_000_000 // self._clkin_hz

    def _power_up(self):
        self._reset()
        self._idle_ns = 0

    def _reset(self):
        now = self._now_ns()
        n = self._channels
        self.registers = dict.fromkeys(self._writable, 0)
        self.registers[_ID] = 0x2000 | n << 8
        self.registers[_MODE] = _MODE_RESET
        self.registers[_CLOCK] = (1 << n) - 1 << 8 | 0x0E
        self.registers[_CFG] = 0x0600
        self._is_locked = False
        self._flags = _WAS_RESET
        self._answer = [0xFF20 | n]
        self._ready_ns = now + _REGACQ_NS
        self._dcdc_since_ns = None
        self._begin_conversions(now)
        self._begin_idle()

    def _begin_idle(self):
        self._out = self._in = self._taken = self._left = self._dout = 0

    def _begin_conversions(self, now):
        self._started_ns = now
        self._number = 0  # conversions complete since then
        self._is_fresh = False
        self._missed_last = False
        clock = self.registers[_CLOCK]
        osr_code, cfg = clock >> 2 & 7, self.registers[_CFG]
        osr = 16_256 if osr_code == 7 else 128 << osr_code
        clocks = 3 * osr + (2 << (cfg >> 9 & 15)) if cfg >> 8 & 1 else osr
        self._interval_ns = self._ns(2 * clocks)

    def _synchronise(self, now):
        self._epoch_ns = now
        self._flags |= _RESYNC
        self._begin_conversions(now)

    def _update(self):
        now = self._now_ns()
        number = (now - self._started_ns) // self._interval_ns
        if number > self._number:
            lost = number - self._number - 1 + self._is_fresh
            self.missed += lost
            self._missed_last = lost > 0
            self._number = number
            self._is_fresh = True
        return now

    def _begin_frame(self):
        now = self._update()
        if now < self._ready_ns:
            raise ChipMisuse("ADS131M: a frame begins before the reset is over")
        self.frames += 1
        self._begin_idle()
        if len(self._answer) > 1:
            words = list(self._answer)
        else:
            first = self._status(now) if not self._answer else self._answer[0]
            words = [first << 8, *(code & 0xFFFFFF for code in self._converted(now))]
        self._answer = []
        words.append(crc16(words) << 8)
        for word in words:
            self._out = self._out << _WORD | word
        self._left = _WORD * len(words)
        if self.corrupt:
            self.corrupt -= 1
            self._out ^= 1 << self._left // 2

    def _status(self, now):
        flags, self._flags = self._flags, self._flags & _WAS_RESET
        fresh = self.registers[_CLOCK] >> 8 & 15 if self._is_fresh else 0
        word = flags | self.registers[_MODE] & (_LENGTH | 1 << 11) | fresh
        if self._is_locked:
            word |= _LOCKED
        if not self._is_side_up(now):
            word |= _SEC_FAIL
        return word

    def _is_side_up(self, now):
        if not self._isolated:
            return True
        since = self._dcdc_since_ns
        return since is not None and now >= since + _DCDC_NS

    def _converted(self, now):
        if not self._number or not self._is_side_up(now):
            return [0] * self._channels
        at = self._started_ns + self._number * self._interval_ns - self._epoch_ns
        codes = self._codes(at // self._period_ns)
        found = []
        for c, code in enumerate(codes):
            gain = 1 << (self.registers[_GAIN] >> 4 * c & 7)
            scaled = int(code) * gain // self._gains[c]
            is_on = self.registers[_CLOCK] >> 8 + c & 1
            found.append(min(max(scaled, -(1 << 23)), (1 << 23) - 1) if is_on else 0)
        return found

    def _end_frame(self):
        words = [
            self._in >> self._taken - _WORD * (k + 1) & 0xFFFFFF
            for k in range(self._taken // _WORD)
        ]
        if not words:
            return
        if any(word & 0xFF for word in words):
            raise ChipMisuse("ADS131M: a command, datum or CRC has more than 16 bits")
        is_whole = len(words) >= self._words
        self._execute([word >> 8 for word in words], is_whole)

    def _execute(self, words, is_whole):
        command = words[0]
        kind, address, count = command & 0xE000, command >> 7 & 0x3F, (command & 0x7F) + 1
        data = words[1 : 1 + count] if kind == 0x6000 else []
        is_sound = self._is_crc_right(words[: 1 + len(data)], words[1 + len(data) :])
        if not is_sound:
            self._flags |= _CRC_ERR
            if kind != 0x6000:
                return
        if kind == 0xA000:
            found = [self._read(address + k) << 8 for k in range(count)]
            self._answer = [found[0] >> 8] if count == 1 else [(command | 0xE000) << 8, *found]
        elif command == 0x0655:
            self._is_locked = False
            self._answer = [command]
        elif command == 0x0000 or self._is_locked:
            return
        elif kind == 0x6000:
            for k, value in enumerate(data):
                self._write(address + k, value)
            self._answer = [0x4000 | command & 0x1FFF] if is_sound else []
        else:
            self._obey(command, is_whole)

    def _obey(self, command, is_whole):
        if command == 0x0555:
            self._is_locked = True
        elif command == 0x0011 and is_whole:
            self._reset()
            return
        elif command != 0x0011:
            raise ChipMisuse(f"ADS131M: command 0x{command:04x}")
        self._answer = [command]

    def _is_crc_right(self, covered, rest):
        if not self.registers[_MODE] & _RX_CRC_EN:
            return True
        return bool(rest) and rest[0] == crc16([word << 8 for word in covered])

    def _read(self, address):
        if address == _STATUS:
            return self._status(self._now_ns())
        return self.registers.get(address, 0)

    def _write(self, address, value):
        if address not in self._writable:
            raise ChipMisuse(f"ADS131M: register 0x{address:02x} is not to be written")
        allowed = self._writable[address]
        if value & ~allowed:
            raise ChipMisuse(f"ADS131M: register 0x{address:02x} = 0x{value:04x}, reserved bits")
        if address == _MODE:
            if value & _LENGTH != 1 << 8 or value >> 11 & 1:
                raise ChipMisuse("ADS131M: only 24-bit words and the CCITT CRC are modelled")
            if not value & _WAS_RESET:
                self._flags &= ~_WAS_RESET
        is_new = self.registers[address] != value
        self.registers[address] = value
        if address in (_CLOCK, _CFG) and is_new:
            self._begin_conversions(self._now_ns())
        if address == _DCDC and is_new:
            self._dcdc_since_ns = self._now_ns() if value & 1 else None


def crc16(words):
    """Return the CRC-16/CCITT of 24-bit words, seed FFFFh, by long division of their bits."""
    remainder = 0xFFFF
    for word in words:
        for bit in range(_WORD - 1, -1, -1):
            top = remainder >> 15 ^ word >> bit & 1
            remainder = remainder << 1 & 0xFFFF ^ (0x1021 if top else 0)
    return remainder


def _writable(channels, isolated):
    """Return {address: bits that may be set} of the registers that are modelled."""
    gains = sum(7 << 4 * c for c in range(channels))
    cfg = 0x1F00 if isolated else 0x1FFF  # without GPO_EN and GPO_DAT
    found = {_MODE: 0x3F1F, _CLOCK: (1 << channels) - 1 << 8 | 0x3F, _GAIN: gains, _CFG: cfg}
    found |= {0x09 + 5 * c: 0xFFC7 for c in range(channels)}
    if isolated:
        found[_DCDC] = 0x0F01
    return found
