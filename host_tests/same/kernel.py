"""The kernel's definition: the same reference table, sets, sums and crossings on both."""

from array import array

from meter.metrology import kernel, layout

SIZE = 512
MASK = SIZE - 1


def noise(state):
    """Next 31-bit pseudo-random number (the constants of POSIX rand)."""
    return (state * 1103515245 + 12345) & 0x7FFFFFFF


def codes(n, seed):
    values = array("H", [0] * n)
    for k in range(n):
        seed = noise(seed)
        values[k] = seed >> 19
    return values


def check(values):
    """Fold all values into one number."""
    total = 0
    for value in values:
        total = (total * 31 + value) % 1_000_000_007
    return total


print(list(layout.REFERENCE))

lut = array("h", [(code * 27 - 55_000) >> 1 for code in range(4096)])
ih = array("h", [0] * SIZE)
u = array("h", [0] * SIZE)
il = array("h", [0] * SIZE)
carry = array("i", [28_404, -28_404])
sets = codes(18 * 100, 382)
for at in range(0, 600, 100):
    kernel.decimate(sets, 0, 100, lut, carry, ih, u, il, at, MASK)
    print(at, list(carry), check(ih), check(u), check(il))

sums = array("q", [0] * layout.SUMS)
for n, step in ((0, 5), (1, 0), (77, 26_816_000), (512, 2**32 - 1), (512, 2**31)):
    kernel.accumulate(u, il, 500, n, MASK, step, sums)
    print(n, step, list(sums))
extreme_u = array("h", [-(2**15)] * SIZE)
extreme_i = array("i", [-(2**19)] * SIZE)
kernel.accumulate(extreme_u, extreme_i, 0, SIZE, MASK, 1 << 24, sums)
print(list(sums), kernel.peak(extreme_i, 0, 3, MASK))

frames = array("i", [(k * 2_654_435 % 2**24) - 2**23 for k in range(6 * 20)])
systems_u = tuple([array("h", [0] * 16) for _ in range(3)])
systems_i = tuple([array("i", [0] * 16) for _ in range(3)])
kernel.unpack(frames, 2, 16, systems_u, systems_i, 9, 15)
print([list(ring) for ring in systems_u + systems_i])

words = array("I", [k * 2_437_381 & 0xFFFFFF for k in range(100)])
kernel.unpack_words(words, 3, 16, 5, systems_u[0], systems_i[0], 9, 15)
print([list(ring) for ring in systems_u + systems_i])

state = array("i", [0] * layout.TRACKER)
state[layout.HYSTERESIS] = 20_000
square = array("h", [3000 if k % 160 < 80 else -3000 for k in range(SIZE)])
taken = 0
while taken < SIZE:
    n = kernel.track(square, taken, min(90, SIZE - taken), MASK, 64, state)
    print(taken, n, list(state))
    taken += n or 90
