"""What the firmware does on the RP2040's I2C controller: `i2c.c` of pico-sdk 2, in Python.

`machine.I2C` of MicroPython's rp2 port calls these two with one time limit for a whole transfer
(`i2c_write_timeout_us`, `i2c_read_timeout_us`) and raises EIO or ETIMEDOUT for what they return.
"""

import errno

from rp2040py.peripherals import i2c as chip

_ACCESS_NS = 100  # a register access and the loop around it
_FAST_MASTER = (
    chip.I2CSpeed.FAST_MODE << chip.SPEED_SHIFT
    | chip.MASTER_MODE
    | chip.IC_SLAVE_DISABLE
    | chip.IC_RESTART_EN
    | chip.TX_EMPTY_CTRL
)


class I2C:
    """The methods of `machine.I2C` that the drivers call, on a controller of an emulated RP2040.

    The processor's time passes with every register access.

    timeout_us:  after which a transfer is given up
    """

    def __init__(self, rp2040, number, freq=400_000, timeout_us=10_000):
        self._clock = rp2040.clock
        self._chip = rp2040.peripherals[(0x40044, 0x40048)[number]]
        self.timeout_us = timeout_us
        self._restart_on_next = False
        period = rp2040.clk_sys // freq
        low = period * 3 // 5
        self._set(chip.IC_ENABLE, 0)
        self._set(chip.IC_CON, _FAST_MASTER)
        self._set(chip.IC_TX_TL, 0)
        self._set(chip.IC_RX_TL, 0)
        self._set(chip.IC_FS_SCL_HCNT, period - low)
        self._set(chip.IC_FS_SCL_LCNT, low)
        self._set(chip.IC_ENABLE, 1)

    def sleep_ms(self, duration_ms):
        """Let time pass."""
        self._clock.tick(duration_ms * 1e6)

    def writeto(self, addr, buf, stop=True):
        """As machine.I2C."""
        return self._write(addr, bytes(buf), stop)

    def writevto(self, addr, vector, stop=True):
        """As machine.I2C, which joins the buffers before it sends them."""
        return self._write(addr, b"".join(bytes(buf) for buf in vector), stop)

    def readfrom_into(self, addr, buf, stop=True):
        """As machine.I2C."""
        until = self._begin(addr)
        for k in range(len(buf)):
            while self._get(chip.IC_TXFLR) == 16:
                pass
            self._set(chip.IC_DATA_CMD, chip.CMD | self._flags(k == 0, k == len(buf) - 1 and stop))
            is_aborted = False
            while not is_aborted and not self._get(chip.IC_RXFLR):
                self._get(chip.IC_TX_ABRT_SOURCE)
                if self._get(chip.IC_RAW_INTR_STAT) & chip.R_TX_ABRT:
                    self._get(chip.IC_CLR_TX_ABRT)
                    is_aborted = True
                elif self._clock.nanos >= until:
                    self._restart_on_next = not stop
                    raise OSError(errno.ETIMEDOUT, "time-out in byte {}".format(k))
            if is_aborted:
                self._restart_on_next = not stop
                raise OSError(errno.EIO, "abort in byte {}".format(k))
            buf[k] = self._get(chip.IC_DATA_CMD) & 0xFF
        self._restart_on_next = not stop

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        """As machine.I2C."""
        self._write(addr, memaddr.to_bytes(addrsize // 8, "big"), False)
        self.readfrom_into(addr, buf)

    def writeto_mem(self, addr, memaddr, buf):
        """As machine.I2C."""
        self._write(addr, bytes((memaddr, *buf)), True)

    def _write(self, addr, data, stop):
        until = self._begin(addr)
        sent, reason, is_late = 0, 0, False
        for k in range(len(data)):
            is_last = k == len(data) - 1
            self._set(chip.IC_DATA_CMD, data[k] | self._flags(k == 0, is_last and stop))
            is_late = not self._wait_for(chip.R_TX_EMPTY, until)
            if not is_late:
                reason = self._get(chip.IC_TX_ABRT_SOURCE)
                if reason:
                    self._get(chip.IC_CLR_TX_ABRT)
                if reason or (is_last and stop):
                    is_late = not self._wait_for(chip.R_STOP_DET, until)
                    if not is_late:
                        self._get(chip.IC_CLR_STOP_DET)
            if is_late or reason:
                break
            sent += 1
        self._restart_on_next = not stop
        if is_late:
            raise OSError(errno.ETIMEDOUT, "time-out after {} bytes".format(sent))
        if reason & chip.ABRT_7B_ADDR_NOACK:
            raise OSError(errno.EIO, "no acknowledge")
        return sent

    def _begin(self, addr):
        self._set(chip.IC_ENABLE, 0)
        self._set(chip.IC_TAR, addr)
        self._set(chip.IC_ENABLE, 1)
        return self._clock.nanos + self.timeout_us * 1000

    def _flags(self, is_first, is_end):
        restart = chip.RESTART if is_first and self._restart_on_next else 0
        return restart | (chip.STOP if is_end else 0)

    def _wait_for(self, interrupt, until):
        while not self._get(chip.IC_RAW_INTR_STAT) & interrupt:
            if self._clock.nanos >= until:
                return False
        return True

    def _get(self, register):
        self._clock.tick(_ACCESS_NS)
        return self._chip.read_uint32(register)

    def _set(self, register, value):
        self._clock.tick(_ACCESS_NS)
        self._chip.write_uint32(register, value)
