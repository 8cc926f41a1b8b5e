"""The clock driver turns seconds into registers and back alike, beyond the small-int limit too."""

from drivers.rtc_ds3231 import DS3231


class Registers:
    """A clock chip that stands still."""

    def __init__(self):
        self.cells = bytearray(19)

    def readfrom_mem_into(self, _address, register, buf):
        for k in range(len(buf)):
            buf[k] = self.cells[register + k]

    def writeto_mem(self, _address, register, buf):
        for k in range(len(buf)):
            self.cells[register + k] = buf[k]


chip = Registers()
rtc = DS3231(chip)
for at_s in range(0, 3_155_760_000, 86_399 * 365):
    rtc.set_s(at_s)
    print(at_s, rtc.now_s() - at_s, [chip.cells[k] for k in range(7)])
for at_s in (-1, 3_155_760_000):
    try:
        rtc.set_s(at_s)
    except ValueError as error:
        print(error)
for trim in (-128, -1, 0, 127):
    rtc.set_aging(trim)
    print(rtc.read_aging())
chip.cells[5] = 0x13
print(rtc.now_s(), rtc.is_valid())
