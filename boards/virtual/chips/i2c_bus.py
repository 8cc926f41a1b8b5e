"""An I2C bus of chip models, in the shape of `machine.I2C`.

What a transfer does on the wires is done here byte by byte; what a byte means is the model's
business (see the package for the shape of a model). Errors are those of MicroPython's RP2040 port:
OSError(EIO) for a byte nobody acknowledged, OSError(ETIMEDOUT) for a bus that is held low.
"""

import errno

_CLOCKS_PER_BYTE = 9  # eight bits and the acknowledge, I2C specification 3.1.5


class I2CBus:
    """A bus with no chips on it; `attach` adds them.

    advance_ns:  callable(int), called with the time that each byte takes; None = no time
    freq:        bus clock, Hz
    """

    def __init__(self, advance_ns=None, freq=400_000):
        self.stuck = False  # True: SCL held low, every transfer times out
        self.held_clocks = 0  # clocks that a chip waits for with SDA low; transfers time out
        self._is_claimed = True  # by the controller; False: its pins are inputs and outputs
        self.refuses = None  # callable(address): True = nobody hears it, as a plug pulled
        self._slaves = {}
        self._selected = None
        self._advance_ns = advance_ns or _no_time
        self._byte_ns = _CLOCKS_PER_BYTE * 1_000_000_000 // freq

    def attach(self, address, chip):
        """Put `chip` on the bus at `address` (7 bits), and wherever else it answers."""
        for at, slave in chip.slaves(address).items():
            if at in self._slaves:
                raise ValueError("I2C address 0x{:02x} is taken".format(at))
            self._slaves[at] = slave

    def controller(self):
        """Give the pins to the controller; return it: this bus."""
        self._is_claimed = True
        return self

    def lines(self):
        """Take the pins from the controller; return SCL and SDA as open-drain pins."""
        self._is_claimed = False
        scl = _Line(self._clock)
        return scl, _Line(self._pull)

    def _clock(self, is_rising):
        """Let SCL rise, if that is so; return its level while nobody here pulls it."""
        if is_rising and not self.stuck:
            self.held_clocks = max(0, self.held_clocks - 1)
        return not self.stuck

    def _pull(self, _):
        return self.held_clocks == 0

    def scan(self):
        """Return the addresses that acknowledge, 0x08..0x77."""
        found = []
        for address in range(0x08, 0x78):
            try:
                self._start(address, read=False)
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
            else:
                self._stop()
                found.append(address)
        return found

    def writeto(self, addr, buf, stop=True):
        """Write `buf` to `addr`; return the number of bytes acknowledged."""
        return self.writevto(addr, (buf,), stop)

    def writevto(self, addr, vector, stop=True):
        """Write the buffers of `vector` as one transfer; return the number acknowledged."""
        self._start(addr, read=False)
        sent = 0
        advance, byte_ns, write = self._advance_ns, self._byte_ns, self._selected.write
        for buf in vector:
            for byte in bytes(buf):
                advance(byte_ns)
                if not write(byte):
                    self._stop()
                    raise OSError(errno.EIO, "no acknowledge")
                sent += 1
        if stop:
            self._stop()
        return sent

    def readfrom_into(self, addr, buf, stop=True):
        """Fill `buf` from `addr`."""
        self._start(addr, read=True)
        read = self._selected.read
        for k in range(len(buf)):
            self._advance_ns(self._byte_ns)
            buf[k] = read()
        if stop:
            self._stop()

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        """Write the memory address, big-endian in `addrsize` bits, and fill `buf` from there."""
        self.writeto(addr, memaddr.to_bytes(addrsize // 8, "big"), False)
        self.readfrom_into(addr, buf)

    def writeto_mem(self, addr, memaddr, buf, *, addrsize=8):
        """Write the memory address, big-endian in `addrsize` bits, and `buf` after it."""
        self.writevto(addr, (memaddr.to_bytes(addrsize // 8, "big"), buf))

    def _start(self, address, read):
        if not self._is_claimed:
            raise AssertionError("a transfer without the pins")
        if self.stuck or self.held_clocks:
            raise OSError(errno.ETIMEDOUT, "bus held low")
        self._advance_ns(self._byte_ns)
        slave = self._slaves.get(address)
        if self.refuses is not None and self.refuses(address):
            slave = None
        if slave is None or not slave.start(read):
            self._stop()
            raise OSError(errno.EIO, "no acknowledge from 0x{:02x}".format(address))
        self._selected = slave

    def _stop(self):
        selected, self._selected = self._selected, None
        if selected is not None:
            selected.stop()


def _no_time(_):
    """Let nothing pass."""


class _Line:
    """One wire as an open-drain pin; free(is_rising) is its level while this pin is released."""

    def __init__(self, free):
        self._free = free
        self._released = True

    def __call__(self, level=None):
        if level is None:
            return int(self._released and self._free(False))
        is_rising = bool(level) and not self._released
        self._released = bool(level)
        self._free(is_rising)
        return None
