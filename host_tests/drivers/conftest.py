"""A scripted I2C bus: expects exactly these transfers, in this order, and all of them."""

import pytest


class I2CScript:
    """Rows (method, address, bytes, error): bytes written, or bytes to answer a read with.

    Of readfrom_mem_into a pair: the address bytes that are sent, and the answer.
    """

    def __init__(self, rows):
        self.rows = list(rows)

    def _next(self, method, address):
        assert self.rows, f"{method} to 0x{address:02x} after the end of the script"
        row = self.rows.pop(0)
        assert (method, address) == row[:2]
        if row[3] is not None:
            raise row[3]
        return row[2]

    def writeto(self, addr, buf, stop=True):
        assert bytes(buf) == self._next("writeto", addr)
        return len(buf)

    def writevto(self, addr, vector, stop=True):
        sent = b"".join(bytes(buf) for buf in vector)
        assert sent == self._next("writevto", addr)
        return len(sent)

    def readfrom_into(self, addr, buf, stop=True):
        answer = self._next("readfrom_into", addr)
        assert len(buf) == len(answer)
        buf[:] = answer

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        sent, answer = self._next("readfrom_mem_into", addr)
        assert memaddr.to_bytes(addrsize // 8, "big") == sent
        assert len(buf) == len(answer)
        buf[:] = answer


@pytest.fixture
def i2c_script():
    scripts = []

    def make(*rows):
        scripts.append(I2CScript(rows))
        return scripts[-1]

    yield make
    for script in scripts:
        assert not script.rows, f"never sent: {script.rows}"


class I2CMemory:
    """Nineteen registers that hold whatever they are given, sense or nonsense."""

    def __init__(self):
        self.registers = bytearray(19)

    def readfrom_mem_into(self, addr, memaddr, buf):
        buf[:] = self.registers[memaddr : memaddr + len(buf)]


@pytest.fixture
def i2c_memory():
    return I2CMemory()
