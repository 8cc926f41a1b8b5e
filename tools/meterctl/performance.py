"""`meterctl performance`: what the kernels cost, on the board and on the bench.

The board's figures are cycles of the machine code itself, executed on an emulated core (see
cortex_m0plus.py).  The Python around it and all that happens once per window are not in them.
"""

import json
import math
import time
from array import array

import click
from rich.console import Console
from rich.table import Table

from meter.metrology import layout
from meterctl import cortex_m0plus
from ports.cpython import kernel as numpy_kernel

BUDGET = 200  # cycles per set
SET_NS = 124_875  # of the board pico_1ph

_SIZE = 2048  # sets in a ring
_HALF = 64
_BLOCK = 200  # sets taken over at a time
_WINDOW = 1602  # sets of 10 cycles of 50 Hz
_STEP = (SET_NS << 32) // 20_000_000
_HYSTERESIS = 15_000
_BIAS = 1792
_WHAT = {
    "decimate": "18 codes linearised, summed and moved to one instant",
    "track": "mains cycles",
    "peak": "choice of range, both ranges scanned",
    "squares": "sums of u, i, u*u, i*i, u*i",
    "fundamental": "sums of u and i times cos and sin",
}


class _Workload:
    """One window of a 50 Hz load on the 12-bit front end, the board's buffers and their sizes."""

    def __init__(self):
        self.lut = array("h", [12 * (code - _BIAS) for code in range(4096)])
        self.codes = array("H", [self._code(number) for number in range(18 * _WINDOW)])
        self.carry = array("i", [0, 0])
        self.ih, self.u, self.il = (array("h", bytes(2 * _SIZE)) for _ in range(3))
        self.state = array("i", [0, 0, 0, _HYSTERESIS])
        self.sums = array("q", bytes(8 * layout.SUMS))

    @staticmethod
    def _code(number):
        amplitude = (1700, 1500, 110)[number % 3]  # I_high near its end, U at 230 V, I_low
        turns = number * SET_NS / layout.CODES_PER_SET / 20_000_000
        return round(_BIAS + amplitude * math.sin(2 * math.pi * turns))

    def run(self, kernel):
        """Do everything that is done to the sets of one window."""
        for at in range(0, _WINDOW, _BLOCK):
            n = min(_BLOCK, _WINDOW - at)
            kernel.decimate(
                self.codes, at, n, self.lut, self.carry, self.ih, self.u, self.il, at, _SIZE - 1
            )
        taken = 0
        while taken < _WINDOW:
            n = _WINDOW - taken
            taken += kernel.track(self.u, taken, n, _SIZE - 1, _HALF, self.state) or n
        for values in (self.ih, self.il):
            kernel.peak(values, 0, _WINDOW, _SIZE - 1)
        kernel.accumulate(self.u, self.ih, 0, _WINDOW, _SIZE - 1, _STEP, self.sums)


def count_cycles():
    """Return {machine-code function: cycles per set} for a window of the board pico_1ph."""
    kernel, core = cortex_m0plus.load_kernel()
    _Workload().run(kernel)
    return {name: core.cycles[name] / _WINDOW for name in _WHAT}


def time_numpy(repeats=50):
    """Return how many times faster than real time the bench's kernel handles the same window."""
    workload = _Workload()
    workload.run(numpy_kernel)
    start = time.perf_counter()
    for _ in range(repeats):
        workload.run(numpy_kernel)
    return repeats * _WINDOW * SET_NS * 1e-9 / (time.perf_counter() - start)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def performance(as_json):
    """Count the cycles per set of each kernel on the board, and time the bench's."""
    counted = count_cycles()
    total = sum(counted.values())
    ratio = time_numpy()
    if as_json:
        figures = {name: round(cycles, 1) for name, cycles in counted.items()}
        click.echo(
            json.dumps(
                {
                    "board": "pico_1ph",
                    "cycles_per_set": figures,
                    "sum": round(total, 1),
                    "budget": BUDGET,
                    "numpy_times_real_time": round(ratio),
                }
            )
        )
        return
    table = Table(title="pico_1ph, Cortex-M0+, one set of U, I high, I low", show_footer=True)
    table.add_column("kernel", "sum")
    table.add_column("what it does", f"budget {BUDGET}")
    table.add_column("cycles per set", f"{total:.1f}", justify="right")
    for name, cycles in counted.items():
        table.add_row(name, _WHAT[name], f"{cycles:.1f}")
    console = Console()
    console.print(table)
    console.print(f"The NumPy kernel of the bench: {ratio:.0f} times real time.", highlight=False)
