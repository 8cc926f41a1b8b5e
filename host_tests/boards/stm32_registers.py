"""The STM32's SPI controller and the pins of CS, register by register, with chips behind them.

STM32F76xxx reference manual RM0410, chapters SPI and GPIO.  Modelled: DR as FIFOs of four bytes
each way in 8-bit accesses, RXNE, the bits that let the controller run; BSRR.
"""

from collections import deque

SPI = 0x4000_3000  # a page, with SPI3 in it
CONTROLLER = SPI + 0xC00
GPIO = 0x4002_1000  # GPIOE
BIT_NS = 1_000_000_000 // 13_500_000
_CR1, _CR2, _SR, _DR = 0x0, 0x4, 0x8, 0xC
_SPE = 1 << 6
_FIFO = 4
_EDGE_NS = 100  # the machine code between an edge of CS and the bytes, generously

# As boards/nucleo_3ph/board.py has them: E9, E11, E13.
CS_BITS = (9, 11, 13)


class Wires:
    """What is on the registers' other side.

    clock:   moves with every byte on the wires
    chips:   of CS_BITS

    waits:   how often RXNE stays 0 for a byte that is under way
    silent:  True: bytes are written, and nothing comes back
    """

    def __init__(self, clock, chips):
        self.clock = clock
        self.chips = chips
        self.waits = 2
        self.silent = False
        self.accesses = 0
        self._waited = 0
        self._came = deque()
        self._registers = {_CR1: 0x0304, _CR2: 0x0700}

    def plug_into(self, core):
        """Map the registers into an emulated core."""
        core.map_registers(SPI, 0x1000, self._read_spi, self._write_spi)
        core.map_registers(GPIO, 0x1000, self._refuse, self._write_gpio)

    def __getitem__(self, address):
        """As machine.mem16."""
        return self._registers[address - CONTROLLER]

    def __setitem__(self, address, value):
        """As machine.mem16."""
        register = address - CONTROLLER
        if register == _CR2 and self._registers[_CR1] & _SPE:
            raise AssertionError("DS is written while the controller is enabled")
        self._registers[register] = value

    def leave(self, octet):
        """Leave a byte in the receiving FIFO that nobody asked for."""
        self._came.append(octet)
        self._waited = self.waits

    def _refuse(self, offset, width):
        raise AssertionError(f"read of {width} bytes at {offset:#x}")

    def _read_spi(self, offset, width):
        self.accesses += 1
        register = offset - (CONTROLLER - SPI)
        if (register, width) == (_SR, 2):
            if self._came and self._waited < self.waits:
                self._waited += 1
                return 0x0002
            return 0x0002 | bool(self._came)
        assert (register, width) == (_DR, 1), f"read of {width} bytes at {register:#x}"
        self._waited = 0
        return self._came.popleft()

    def _write_spi(self, offset, width, value):
        self.accesses += 1
        assert (offset - (CONTROLLER - SPI), width) == (_DR, 1)
        assert self._registers[_CR1] & _SPE
        assert self._registers[_CR2] == 0x1700, "bytes of 8 bits, RXNE for each"
        assert len(self._came) < _FIFO
        if self.silent:
            return
        selected = [chip for chip in self.chips if not chip._cs]
        assert len(selected) == 1
        self.clock.advance_ns(8 * BIT_NS)
        into = bytearray(1)
        selected[0].transfer(bytes([value]), into)
        self._came.append(into[0])

    def _write_gpio(self, offset, width, value):
        self.accesses += 1
        assert (offset, width) == (0x18, 4)
        self.clock.advance_ns(_EDGE_NS)
        for bit, chip in zip(CS_BITS, self.chips, strict=True):
            if value in (1 << bit, 1 << bit + 16):
                chip.cs(int(value < 1 << 16))
                return
        raise AssertionError(f"BSRR = {value:#x}")


class Select:
    """machine.Pin of a CS."""

    def __init__(self, wires, k):
        self._wires = wires
        self._k = k

    def gpio(self):
        return GPIO

    def pin(self):
        return CS_BITS[self._k]

    def __call__(self, level):
        self._wires.clock.advance_ns(_EDGE_NS)
        self._wires.chips[self._k].cs(level)
