"""What rp2040py 0.3.6 lacks of the RP2040, and what hangs on the pins of an emulated one.

Each part replaces or drives one peripheral of an rp2040py `RP2040`, as the data sheet has it, so
that firmware needs to know nothing of the emulator.

DS = RP2040 Datasheet, build 2025-02-20.
"""

import asyncio
from collections import deque

from rp2040py.peripherals.adc import CS, CS_START_MANY, RPADC
from rp2040py.peripherals.uart import RPUART, TXFE, UARTDR, UARTTXINTR

_ADC_KEY, _UART_KEYS = 0x4004C, (0x40034, 0x40038)  # address >> 12 in RP2040.peripherals
_ADC_HZ = 48_000_000
_CONVERSION_CLOCKS = 96
_TXFF, _BUSY = 1 << 5, 1 << 3  # UARTFR, DS 4.2.8
_TX_FIFO = 32
_TX_TRIGGER = 16  # half empty, the reset value of UARTIFLS
_CYCLE_NS = 8
_PLL_USB, _USB_HZ = 2, 48_000_000  # AUXSRC of CLK_PERI_CTRL, DS 2.15.7


class Adc(RPADC):
    """The converter with a working round robin, one alarm per conversion, fed from a model.

    rp2040py masks AINSEL with the shift instead of the mask, so it never leaves channel 0.

    codes:  callable(first, n) -> n codes of the endless round robin from conversion `first` on, in
            the order of conversion; sampling starts with conversion 0, on ADC0

    converted:  conversions so far
    began:      the one with which the free-running mode began last, None before that
    """

    _CHUNK = 3 * 1024

    def __init__(self, rp2040, codes):
        super().__init__(rp2040, "ADC")
        self._codes = codes
        self._chunk = ()
        self._chunk_first = 0
        self._first_ns = None
        self.converted = 0
        self.began = None
        rp2040.adc = self
        rp2040.peripherals[_ADC_KEY] = self

    @property
    def _active_channel(self):
        return self.cs >> 12 & 7

    @_active_channel.setter
    def _active_channel(self, channel):
        self.cs = self.cs & ~(7 << 12) | channel << 12

    def start_adc_read(self):
        """Begin a conversion: it takes 96 clocks; free-running, the next ones follow by DIV."""
        self.busy = True
        self.sample_alarm.schedule(_CONVERSION_CLOCKS * 1e9 / _ADC_HZ)

    def write_uint32(self, offset, value):
        """As RPADC; a start of the free-running mode goes on where the model's time stands."""
        if offset == CS and value & CS_START_MANY and not self.cs & CS_START_MANY:
            now_ns = self.rp2040.clock.nanos
            if self._first_ns is None:
                self._first_ns = now_ns
            behind = round((now_ns - self._first_ns) * _ADC_HZ / 1e9 / self.divider)
            self.converted = self.began = -(-max(behind, self.converted) // 3) * 3
        super().write_uint32(offset, value)

    def _on_sample_alarm(self):
        if self.cs & CS_START_MANY:
            period_ns = max(self.divider, _CONVERSION_CLOCKS) * 1e9 / _ADC_HZ
            self.sample_alarm.schedule(period_ns)
        at = self.converted - self._chunk_first
        if not 0 <= at < len(self._chunk):
            self._chunk_first = self.converted
            self._chunk = self._codes(self.converted, self._CHUNK).tolist()
            at = 0
        self.converted += 1
        running, self.cs = self.cs & CS_START_MANY, self.cs & ~CS_START_MANY
        self.complete_adc_read(self._chunk[at], False)  # which would schedule the next one itself
        self.cs |= running
        self.busy = bool(running)


class Uart(RPUART):
    """A UART with a transmit FIFO and the timing of its line.

    rp2040py raises the transmit interrupt at every check, so that a driver never leaves its
    handler, sends at once whatever the rate, and takes the processor's clock for the line's.

    sent:  deque of (byte, ns at the end of its stop bit); a far end takes from it
    """

    def __init__(self, rp2040, number):
        old = rp2040.uart[number]
        super().__init__(rp2040, f"UART{number}", old.irq, old.dreq)
        self.sent = deque()
        self._waiting = deque()
        self._arriving = deque()
        self._out_alarm = rp2040.clock.create_alarm(self._finish_sending)
        self._in_alarm = rp2040.clock.create_alarm(self._finish_receiving)
        rp2040.uart[number] = self
        rp2040.peripherals[_UART_KEYS[number]] = self

    @property
    def character_ns(self):
        """Start bit, data, parity and stop bits at the rate that is set."""
        lcr = self._line_ctrl_register
        bits = 1 + self.word_length + (lcr >> 1 & 1) + 1 + (lcr >> 3 & 1)
        source = self.rp2040.clocks.peri_ctrl >> 5 & 7
        clock_hz = _USB_HZ if source == _PLL_USB else self.rp2040.clk_peri
        return bits * 16 * self.baud_divider * 1e9 / clock_hz

    @property
    def flags(self):
        """UARTFR: the receiver's flags as they are, the transmitter's from the FIFO here."""
        flags = super().flags & ~TXFE
        if not self._waiting:
            flags |= TXFE
        else:
            flags |= _BUSY | (_TXFF if len(self._waiting) >= _TX_FIFO else 0)
        return flags

    def receive(self, data):
        """Let `data` follow, without a gap, what is on its way to the processor already."""
        if data and not self._arriving:
            self._in_alarm.schedule(self.character_ns)
        self._arriving.extend(data)

    def check_interrupts(self):
        """Report what is pending and enabled, nothing else."""
        self.rp2040.set_interrupt(self.irq, bool(self._interrupt_status & self._interrupt_mask))

    def write_uint32(self, offset, value):
        """As RPUART, but a byte written to UARTDR waits for the line."""
        if offset != UARTDR:
            super().write_uint32(offset, value)
        elif len(self._waiting) < _TX_FIFO:
            if not self._waiting:
                self._out_alarm.schedule(self.character_ns)
            self._waiting.append(value & 0xFF)
            if len(self._waiting) > _TX_TRIGGER:
                self._interrupt_status &= ~UARTTXINTR
                self.check_interrupts()

    def _finish_sending(self):
        self.sent.append((self._waiting.popleft(), self.rp2040.clock.nanos))
        if self._waiting:
            self._out_alarm.schedule(self.character_ns)
        if len(self._waiting) == _TX_TRIGGER or not self._waiting:
            self._interrupt_status |= UARTTXINTR
            self.check_interrupts()

    def _finish_receiving(self):
        self.feed_byte(self._arriving.popleft())
        if self._arriving:
            self._in_alarm.schedule(self.character_ns)


class PioPacer:
    """Keeps a PIO's state machines in time while the processor sleeps.

    rp2040py lets a sleeping processor jump to the next alarm and a state machine take one
    instruction per jump; what it owes beyond 8 clocks is dropped.  Alarms at the machines' due
    times make the jumps short enough.
    """

    _IDLE_NS = 20_000  # how often to look while no machine runs

    def __init__(self, rp2040, number=0):
        self._pio = rp2040.pio[number]
        self._alarm = rp2040.clock.create_alarm(self._look)
        self._is_due = False
        self._alarm.schedule(self._IDLE_NS)

    def _look(self):
        if self._is_due:  # the instruction runs after this alarm: come back when it has
            self._is_due = False
            self._alarm.schedule(_CYCLE_NS)
            return
        clocks = self._pio.next_due_fp - self._pio.cycle_fp >> 8
        self._is_due = clocks * _CYCLE_NS < self._IDLE_NS
        self._alarm.schedule(max(1, clocks) * _CYCLE_NS if self._is_due else self._IDLE_NS)


class Edges:
    """Instants at which an output pin rose and fell, in emulated ns."""

    def __init__(self, rp2040, gpio):
        self.rises_ns = []
        self.falls_ns = []
        self._clock = rp2040.clock
        self._pin = rp2040.gpio[gpio]
        self._pin.add_listener(self._changed)

    @property
    def level(self):
        """Whether the pin is high now."""
        return bool(self._pin.output_enable and self._pin.output_value)

    def _changed(self, *_):
        edges = self.rises_ns if self.level else self.falls_ns
        edges.append(self._clock.nanos)


def wire(rp2040, gpio, drive):
    """Let output pin `gpio` drive a chip model's pin, a callable taking 0 or 1."""
    pin = rp2040.gpio[gpio]
    pin.add_listener(lambda *_: drive(int(pin.output_enable and pin.output_value)))


class Server:
    """A UART as a TCP server, one client at a time, in the emulator's loop.

    port:  where it listens, once it does
    """

    _POLL_S = 0.005

    def __init__(self, uart, host="127.0.0.1", port=0):
        self._uart = uart
        self._address = host, port
        self._writer = None
        self.port = None

    async def start(self):
        """Listen; OSError if that address is not to be had."""
        server = await asyncio.start_server(self._serve, *self._address)
        self.port = server.sockets[0].getsockname()[1]

    async def _serve(self, reader, writer):
        if self._writer is not None:
            writer.close()
            return
        self._writer = writer
        self._uart.sent.clear()
        sending = asyncio.create_task(self._send(writer))
        try:
            while data := await reader.read(256):
                self._uart.receive(data)
        finally:
            sending.cancel()
            self._writer = None
            writer.close()

    async def _send(self, writer):
        while True:
            while self._uart.sent:
                writer.write(bytes((self._uart.sent.popleft()[0],)))
            await asyncio.sleep(self._POLL_S)
