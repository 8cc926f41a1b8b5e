"""`meterctl performance`: what the kernels cost, on the boards and on the bench.

A board's figures are instructions and cycles of the machine code itself, executed on an emulated
core (see cortex_m0plus.py, cortex_m4.py).  The Python around it and all that happens once per
window are not in them.
"""

import json
import time
from dataclasses import dataclass

import click
from rich.console import Console
from rich.table import Table

from meterctl import cortex_m0plus, cortex_m4
from meterctl.workloads import Exchange, Frames24, Internal12
from ports.cpython import kernel as numpy_kernel

_FRAMES = {
    "count_good": "status and CRC of the frames of three converters",
    "_unpack": "codes out of them",
    "_track": "mains cycles, on one voltage",
    "_peak": "the end of the range, three currents",
    "squares": "sums of u, i, u*u, i*i, u*i",
    "fundamental": "sums of u and i times cos and sin",
}


@dataclass(frozen=True)
class Board:
    """A board's kernel; `unit` (instructions or cycles) is what its budget per set counts."""

    title: str
    load: object  # callable that returns (kernel, core)
    workload: object  # callable that returns a workload
    what: dict  # machine-code function: what it does
    unit: str
    budget: int


BOARDS = {
    "pico_1ph": Board(
        "Cortex-M0+, one set of U, I high, I low",
        cortex_m0plus.load_kernel,
        Internal12,
        {
            "decimate": "18 codes linearised, summed and moved to one instant",
            "_track": "mains cycles",
            "peak": "choice of range, both ranges scanned",
            "squares": _FRAMES["squares"],
            "fundamental": _FRAMES["fundamental"],
        },
        "cycles",
        200,
    ),
    "pico_3ph": Board(
        "Cortex-M0+, one set of 3 U and 3 I, 24 bit",
        lambda: cortex_m0plus.load_kernel("kernel_24"),
        Frames24,
        _FRAMES,
        "instructions",
        400,
    ),
    "nucleo_3ph": Board(
        "Cortex-M4 or M7, one set of 3 U and 3 I, 24 bit",
        cortex_m4.load_kernel,
        Frames24,
        _FRAMES,
        "instructions",
        300,
    ),
}


def count(board):
    """Return {machine-code function: (instructions, cycles) per set} for a window of `board`."""
    board = BOARDS[board]
    kernel, core = board.load()
    workload = board.workload()
    workload.run(kernel)
    workload.check(core)
    return {name: _per_set(core, name, workload.SETS) for name in board.what}


def _per_set(core, name, sets):
    return core.instructions[name] / sets, core.cycles[name] / sets


def count_interrupt():
    """Return (instructions, cycles) of nucleo_3ph's data-ready interrupt, without its waiting."""
    core = cortex_m4.Core(cortex_m0plus.compile_modules(("ports.stm32.exchange",), "armv7emsp"))
    Exchange().run(core)
    return core.instructions["exchange"], core.cycles["exchange"]


def total(board, counted):
    """Return the sum of what count() found, in the unit of the board's budget."""
    column = ("instructions", "cycles").index(BOARDS[board].unit)
    return sum(figures[column] for figures in counted.values())


def time_numpy(repeats=50):
    """Return how many times faster than real time the bench's kernel handles the 12-bit window."""
    workload = Internal12()
    workload.run(numpy_kernel)
    start = time.perf_counter()
    for _ in range(repeats):
        workload.run(numpy_kernel)
    return repeats * workload.SETS * workload.SET_NS * 1e-9 / (time.perf_counter() - start)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def performance(as_json):
    """Count instructions and cycles per set of each board's kernel, and time the bench's."""
    counted = {board: count(board) for board in BOARDS}
    interrupt = count_interrupt()
    ratio = time_numpy()
    if as_json:
        found = {board: _figures(board, counted[board]) for board in BOARDS}
        found["nucleo_3ph"]["interrupt"] = dict(
            zip(("instructions", "cycles"), interrupt, strict=True)
        )
        click.echo(json.dumps({"boards": found, "numpy_times_real_time": round(ratio)}))
        return
    console = Console()
    for board, figures in counted.items():
        console.print(_table(board, figures))
    console.print(
        "nucleo_3ph, data-ready interrupt, beside the time on the wires: {} instructions, "
        "{} cycles.".format(*interrupt),
        highlight=False,
    )
    console.print(f"The NumPy kernel of the bench: {ratio:.0f} times real time.", highlight=False)


def _figures(board, counted):
    return {
        "instructions_per_set": {name: round(each, 1) for name, (each, _) in counted.items()},
        "cycles_per_set": {name: round(each, 1) for name, (_, each) in counted.items()},
        "unit": BOARDS[board].unit,
        "sum": round(total(board, counted), 1),
        "budget": BOARDS[board].budget,
    }


def _table(name, counted):
    board = BOARDS[name]
    instructions, cycles = (sum(column) for column in zip(*counted.values(), strict=True))
    table = Table(title=f"{name}, {board.title}", show_footer=True, min_width=78)
    table.add_column("kernel", "sum")
    table.add_column("what it does", f"budget {board.budget} {board.unit}")
    table.add_column("instructions", f"{instructions:.1f}", justify="right")
    table.add_column("cycles", f"{cycles:.1f}", justify="right")
    for function, figures in counted.items():
        cells = (f"{figure:.1f}" for figure in figures)
        table.add_row(function.lstrip("_"), board.what[function], *cells)
    return table
