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
from meterctl.workloads import Frames24, Internal12
from ports.cpython import kernel as numpy_kernel

_FRAMES = {
    "unpack": "codes out of the frames of three converters",
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
        lambda: Frames24(octets=True),
        _FRAMES,
        "instructions",
        200,
    ),
}


def count(board):
    """Return {machine-code function: (instructions, cycles) per set} for a window of `board`."""
    board = BOARDS[board]
    kernel, core = board.load()
    workload = board.workload()
    workload.run(kernel)
    return {name: _per_set(core, name, workload.SETS) for name in board.what}


def count_check():
    """Return (instructions, cycles) per set of checking the three frames on the pico_3ph."""
    _, core = BOARDS["pico_3ph"].load()
    workload = Frames24()
    if workload.check(core) != len(workload.frames) * workload.SETS:
        raise RuntimeError("the frames of the workload are not good")
    return _per_set(core, "count_good", workload.SETS)


def _per_set(core, name, sets):
    return core.instructions[name] / sets, core.cycles[name] / sets


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
    checked = count_check()
    ratio = time_numpy()
    if as_json:
        found = {board: _figures(board, counted[board]) for board in BOARDS}
        check = dict(zip(("instructions", "cycles"), map(round, checked), strict=True))
        others = {"frame_check_per_set": check, "numpy_times_real_time": round(ratio)}
        click.echo(json.dumps({"boards": found, **others}))
        return
    console = Console()
    for board, figures in counted.items():
        console.print(_table(board, figures))
    console.print(
        f"pico_3ph, beside the kernel: status and CRC of three frames, {checked[0]:.1f} "
        f"instructions and {checked[1]:.1f} cycles per set.",
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
