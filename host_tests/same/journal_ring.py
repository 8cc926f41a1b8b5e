"""The journal finds the same record, number by number, through wraps, torn and damaged pages."""

from meter.journal.record import Page, following, is_newer
from meter.journal.ring import Ring

PAGE = 128
REGISTERS = (8, 5, 1, 120)
HOURS = (16, 16, 2, 4)


class Ram:
    """A store in RAM that may lose its power after `left` bytes into the cells."""

    page = PAGE
    size = 0x10000

    def __init__(self):
        self.cells = bytearray(b"\xff" * self.size)
        self.left = -1

    def read_into(self, start, buf):
        for k in range(len(buf)):
            buf[k] = self.cells[start + k]

    def write_page(self, start, data):
        for k in range(len(data)):
            if self.left == 0:
                raise OSError(5, "power cut")
            self.left -= 1
            self.cells[start + k] = data[k]


def fill(number, n):
    """Return a payload of `n` bytes that is made of `number`."""
    return bytearray([(number * (k + 1)) % 251 for k in range(n)])


def newest(ring, n):
    """Return what the ring recovers, summed up in two numbers."""
    found = bytearray(n)
    return ring.recover(found), sum(found)


ram = Ram()
buffer = Page()
registers = Ring(ram, REGISTERS, buffer)
hours = Ring(ram, HOURS, buffer)
print(newest(registers, 120), newest(hours, 4))
for number in range(40):
    hours.append(fill(number, 4), 4)
    registers.append(fill(number, 120), 120)
    print(number, newest(hours, 4), hours.stored)
print(newest(registers, 120), registers.stored, registers.damaged)

for left in range(0, PAGE, 9):
    ram.left = left
    try:
        hours.append(fill(100 + left, 4), 4)
        print("whole")
    except OSError as error:
        print("torn", error.errno, hours.bus_errors)
    ram.left = -1
    print(left, newest(hours, 4), hours.damaged)

first = HOURS[0] * PAGE
for bit in range(0, 8 * PAGE * HOURS[1], 101):
    ram.cells[first + (bit >> 3)] ^= 1 << (bit & 7)
    print(bit, newest(Ring(ram, HOURS, buffer), 4))

for at in range(first, first + PAGE * HOURS[1], 64):
    print(sum(ram.cells[at : at + 64]))

for sequence in (0, 1, 0x3FFFFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
    print(following(sequence))
    print([is_newer(sequence, other) for other in (0, 1, 0x7FFFFFFE, 0xFFFFFFFF)])
