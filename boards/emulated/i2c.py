"""The I2C controller of an emulated RP2040, and chip models on its bus.

DS = RP2040 Datasheet, build 2025-02-20.
"""

from rp2040py.peripherals import i2c as engine

_KEYS = (0x40044, 0x40048)  # address >> 12 in RP2040.peripherals
_BITS = 9  # eight and the acknowledge


class I2c(engine.RPI2C):
    """A controller with the transmitter's "empty" and the end of a transfer as on the chip.

    rp2040py reports TX_EMPTY while the last byte is still on its way, and never after an abort,
    so that firmware that waits for it runs into its time-out whenever nobody acknowledges.  And
    it goes on in a transfer that firmware gave up, so that the next one's bytes reach the chip
    of that.
    """

    def __init__(self, rp2040, number):
        super().__init__(rp2040, f"I2C{number}", rp2040.i2c[number].irq)
        self.on_reset = bool  # callable()
        self._is_given_up = False  # disabled since the last start
        rp2040.i2c[number] = self
        rp2040.peripherals[_KEYS[number]] = self

    def reset(self):
        """As RPI2C; whatever the bus was about to tell is for nobody."""
        super().reset()
        self._is_given_up = False
        self.on_reset()

    def write_uint32(self, offset, value):
        """As RPI2C; disabled in a transfer, the controller ends it before it begins another."""
        if offset == engine.IC_ENABLE and not value & engine.ENABLE:
            self._is_given_up = True
        super().write_uint32(offset, value)

    def complete_write(self, ack):
        """As RPI2C, and the shift register is empty now."""
        self._report_empty()
        super().complete_write(ack)

    def complete_read(self, value):
        """As RPI2C, and the command is done now."""
        self._report_empty()
        super().complete_read(value)

    def _report_empty(self):
        if self._tx_fifo.item_count <= self.tx_threshold:
            super()._set_interrupts(engine.R_TX_EMPTY)

    def _set_interrupts(self, mask):
        """As RPI2C, but no TX_EMPTY for a byte that only left the FIFO (DS, TX_EMPTY_CTRL)."""
        if mask != engine.R_TX_EMPTY or not self.control & engine.TX_EMPTY_CTRL:
            super()._set_interrupts(mask)

    def _abort(self, reason):
        """As RPI2C: it flushes the FIFO, which leaves it empty (DS, IC_TX_ABRT_SOURCE)."""
        super()._abort(reason)
        super()._set_interrupts(engine.R_TX_EMPTY)

    def _next_command(self):
        if not self._busy and not self._tx_fifo.empty and self.enable & engine.ENABLE:
            if (
                self._is_given_up
                and self._state == engine.I2CState.CONNECTED
                and not self._tx_fifo.peek() & engine.RESTART
            ):
                self._busy = True
                self._state = engine.I2CState.STOP
                self.on_stop()  # and then to here again
                return
            self._is_given_up = False
        super()._next_command()


class I2cBus:
    """Chip models (boards/virtual/chips) on an emulated I2C controller, each byte in its time."""

    def __init__(self, rp2040, number):
        self._i2c = I2c(rp2040, number)
        self._clk_sys = rp2040.clk_sys
        self._slaves = {}
        self._selected = None
        self._then = None
        self._alarm = rp2040.clock.create_alarm(self._continue)
        i2c = self._i2c
        i2c.on_start = lambda _: self._later(1, i2c.complete_start)
        i2c.on_connect = self._connect
        i2c.on_write_byte = self._write
        i2c.on_read_byte = self._read
        i2c.on_stop = lambda: self._later(1, self._stop)
        i2c.on_reset = self._alarm.cancel

    def attach(self, address, chip):
        """Put `chip` on the bus at `address` (7 bits), and wherever else it answers."""
        self._slaves.update(chip.slaves(address))

    def _connect(self, address, mode):
        self._selected = None
        slave = self._slaves.get(address)
        answers = slave is not None and slave.start(mode == engine.I2CMode.READ)
        if answers:
            self._selected = slave
        self._later(_BITS, lambda: self._i2c.complete_connect(answers))

    def _write(self, value):
        acknowledged = self._selected.write(value)
        self._later(_BITS, lambda: self._i2c.complete_write(acknowledged))

    def _read(self, _):
        value = self._selected.read()
        self._later(_BITS, lambda: self._i2c.complete_read(value))

    def _stop(self):
        selected, self._selected = self._selected, None
        if selected is not None:
            selected.stop()
        self._i2c.complete_stop()

    def _later(self, bits, then):
        self._then = then
        clocks = self._i2c.scl_low_period + self._i2c.scl_high_period
        self._alarm.schedule(bits * clocks * 1e9 / self._clk_sys)

    def _continue(self):
        self._then()
