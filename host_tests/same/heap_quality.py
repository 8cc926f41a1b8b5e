"""Voltage quality allocates nothing as long as nothing is to be logged: a window, dip or not."""

from meter.metrology import half_cycles
from meter.quality import voltage
from meter.quality.spectrum import Spectrum
from meter.quality.watch import VoltageWatch
from meter.quality.week import Means

try:
    from micropython import heap_lock, heap_unlock
except ImportError:  # CPython has no heap to lock

    def heap_lock():
        """Do nothing."""

    def heap_unlock():
        """Do nothing."""


GAIN_NV = 141_000_000  # of a count of u >> 3
HALVES = 20


class Source:
    """Windows of three systems with these mean squares, and a third harmonic of 10 %."""

    u_shift = 0

    def __init__(self):
        self.squares = [1631 * 1631] * 3

    def half_cycles(self, index, out):
        for half in range(HALVES):
            out[3 * half] = 16
            out[3 * half + 1] = 16 * self.squares[index]
            out[3 * half + 2] = 16
        return HALVES

    def harmonic(self, index, order, out):
        size = 12_345_678 if order == 1 else 1_234_567 if order == 3 else index
        out[0] = size
        out[1] = out[3] = -size
        out[2] = size >> 3


class System:
    u_gain_nv = GAIN_NV


class Calibration:
    systems = (System, System, System)


class Quantities:
    systems = 3
    is_three_wire = False
    flags = 0
    f_mhz = 50_000
    u_mv = [230_000, 229_000, 231_000]
    i_ma = [10_000, 99, 100_000]


class Settings:
    nominal_mv = 230_000


class Configured:
    settings = Settings


class Log:
    """Events are not hot: their log counts in a buffer made before."""

    def __init__(self):
        self.codes = bytearray(256)

    def log(self, at_s, code, detail):
        self.codes[code] += 1


class Keeper:
    control = None
    marks = 0

    def __init__(self):
        self.events = Log()


source, keeper = Source(), Keeper()
watch = VoltageWatch(source, Calibration, Quantities, keeper, lambda: 0, Configured)


def windows(n):
    heap_lock()
    try:
        for _ in range(n):
            watch.window(200_000_000)
    finally:
        heap_unlock()


windows(1)
windows(75)
print([keeper.events.codes[code] for code in range(76, 93)])
print([list(of)[:6] for of in watch.spectrum.u], [list(of)[:6] for of in watch.spectrum.i])
source.squares[1] = 1200 * 1200  # the dip begins, which is logged, and then lasts
watch.window(200_000_000)
windows(30)
print(watch.phases[1].state == voltage.DIP, watch.phases[1].us, watch.phases[1].dips)
source.squares[1] = 0
watch.window(200_000_000)
windows(3)  # 0.8 s below 160 V
watch.window(200_000_000)
watch.window(200_000_000)
windows(30)
print(watch.phases[1].is_failed, watch.phases[1].failed_us)
for k in range(3):
    source.squares[k] = 0
for _ in range(8):
    watch.window(200_000_000)
windows(30)
print(watch.interruption.is_on, watch.interruption.us, watch.interruption.count)
print([keeper.events.codes[code] for code in range(76, 93)])

# A phase that has been missing for longer than is counted.
phase = voltage.Phase(230_000, lambda mv: (mv // 100) * (mv // 100))
for _ in range(2600):
    phase.step(0, 1_000_000_000)


def halves(n):
    heap_lock()
    for _ in range(n):
        phase.step(0, 10_000)
    heap_unlock()


halves(100)
print(phase.is_failed, phase.failed_us, phase.us)

# Ten minutes of the highest voltage.
means = Means(3)
u_mv = [500_000, 499_999, 230_000]


def ten_minutes():
    heap_lock()
    for _ in range(2609):
        means.add(u_mv, 230)
    heap_unlock()


ten_minutes()
print(means.close(False), means.mean_mv)

# Vectors at their ends.
SIZES = (0, 1, -1, 16_383, 16_384, (1 << 26) - 1, -(1 << 26))


class Ends:
    first = second = 0

    def harmonic(self, index, order, out):
        size = self.first if order == 1 else self.second
        out[0] = out[2] = size
        out[1] = out[3] = -size if size else 0


def orders(spectrum):
    heap_lock()
    for _ in range(4):
        spectrum.window(Quantities.i_ma)
    heap_unlock()


ends = Ends()
spectrum = Spectrum(ends, 3, (0, 2))
for ends.first in SIZES:
    for ends.second in SIZES:
        orders(spectrum)
        found = max(spectrum.u[0]), max(spectrum.u[1]), max(spectrum.i[2])
        print(ends.first, ends.second, found)

print(half_cycles.stride(800, 20), half_cycles.stride(0, 0), half_cycles.stride(26, 26))
