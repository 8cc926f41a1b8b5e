"""A store in RAM: counts what is done to it, cuts the power, tears pages, refuses."""

import errno

from boards.virtual.chips.chip_24xx import PowerCut


class Ram:
    """An EEPROM without a bus; another one on the same cells is the chip after a restart.

    cut:    page writes until the power goes in the middle of one; None = never
    tear:   callable(old, new) -> what the cut leaves of the page
    deaf:   True: every access raises OSError
    """

    page, endurance = 128, 10**6

    def __init__(self, size=0x20000, cells=None):
        self.size = size
        self.cells = bytearray(b"\xff" * size) if cells is None else bytearray(cells)
        self.page_writes = [0] * (size // self.page)
        self.reads = 0
        self.cut = None
        self.tear = None
        self.deaf = False

    def read_into(self, start, buf):
        self._answer()
        self.reads += 1
        assert start + len(buf) <= self.size
        buf[:] = self.cells[start : start + len(buf)]

    def write_page(self, start, data):
        self._answer()
        end = start + len(data)
        assert start // self.page == (end - 1) // self.page
        self.page_writes[start // self.page] += 1
        if self.cut is not None:
            if self.cut == 0:
                self.cells[start:end] = self.tear(self.cells[start:end], bytes(data))
                raise PowerCut
            self.cut -= 1
        self.cells[start:end] = data

    def _answer(self):
        if self.deaf:
            raise OSError(errno.ETIMEDOUT, "deaf")
