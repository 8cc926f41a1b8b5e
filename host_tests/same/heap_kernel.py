"""The definition's decimation, tracker and peak (12 bit) and unpacking (24) do not allocate."""

from array import array

from meter.metrology import kernel, layout

try:
    from micropython import heap_lock, heap_unlock
except ImportError:  # CPython has no heap to lock

    def heap_lock():
        """Do nothing."""

    def heap_unlock():
        """Do nothing."""


SIZE = 512
MASK = SIZE - 1
codes = array("H", [1792 + (k * 7) % 2304 for k in range(18 * 200)])
lut = array("h", [12 * (code - 1792) for code in range(4096)])
carry = array("i", [0, 0])
ih = array("h", [0] * SIZE)
u = array("h", [0] * SIZE)
il = array("h", [0] * SIZE)
square = array("h", [7989 if k % 160 < 80 else -7989 for k in range(SIZE)])
state = array("i", [0] * layout.TRACKER)
state[layout.HYSTERESIS] = 15_000

words = array("I", [k * 2_437_381 & 0xFFFFFF for k in range(200)])
i = array("i", [0] * SIZE)


def run():
    """Run them all; in a function, because a new global name would allocate."""
    heap_lock()
    try:
        kernel.decimate(codes, 0, 200, lut, carry, ih, u, il, 400, MASK)
        taken = kernel.track(square, 0, SIZE, MASK, 64, state)
        greatest = kernel.peak(square, 0, SIZE, MASK)
        kernel.unpack_words(words, 0, 50, 4, ih, i, 490, MASK)
    finally:
        heap_unlock()
    return taken, greatest


print(*run(), carry[0], carry[1], u[0])
