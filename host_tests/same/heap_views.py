"""Hot paths of the views do not allocate: feed() and step() of mode A, step() of the display."""

from meter.registers import table
from meter.registers.lists import Lists
from meter.requests import Requests
from meter.views.display import Display
from meter.views.mode_a import ModeA

try:
    from micropython import heap_lock, heap_unlock
except ImportError:  # CPython has no heap to lock

    def heap_lock():
        """Do nothing."""

    def heap_unlock():
        """Do nothing."""


class Readings:
    def keys(self, view):
        return table.keys(view, 3)

    def value(self, key):
        return 5 if key == table.TARIFF else 230_000


LINES = (
    b"/?!\r\n",
    b"/?00014410000!\r\n",
    b"/?999!\r\n",
    b"/?" + b"x" * 60 + b"!\r\n",
    b"\x15\x06060\r\n",
    bytes(range(256)),
)


def feed_and_step(view, line):
    heap_lock()
    try:
        view.feed(line, len(line))
        view.step(10)
        for _ in range(20):
            view.step(100)
    finally:
        heap_unlock()


def read_out(view):
    buf = bytearray(64)
    total = 0
    n = view.take_output(buf)
    while n:
        total += n
        view.step(10)
        n = view.take_output(buf)
    return total


mode_a = ModeA(Readings(), Lists(Readings()), "14410000", "KAM", "68438BC450000")
for line in LINES:
    feed_and_step(mode_a, line)
    print(line[:8], mode_a.is_busy, read_out(mode_a))

readings = Readings()
display = Display(readings, 3, Lists(readings), Requests(), None)
display.step(0)


def redraws(display):
    heap_lock()
    try:
        redrawn = 0
        for _ in range(49):
            redrawn += display.step(10)
    finally:
        heap_unlock()
    return redrawn


print("redrawn", redraws(display), "then", display.step(10))
