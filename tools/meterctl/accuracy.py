"""`meterctl accuracy`: the type test on the bench, over load, power factor and frequency.

Every point is a run of the whole meter on the virtual board: converter model with its published
noise, kernel, quantities, ledger.  What it booked is compared with the energy that the load model
has delivered in closed form.  The calibration is exact, so the errors are the meter's own.
"""

import json
from dataclasses import dataclass

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from boards.virtual.load import ARON, FOUR_WIRE, THREE_WIRE, Load
from boards.virtual.world import World
from meter.config import Settings
from meter.ledger import booking
from meterctl.bench.simulation import Simulation

START_A = 0.02
CURRENTS_A = (0.25, 0.5, 1, 5, 10, 30, 105)
POWER_FACTORS = ("1", "0.5ind", "0.8cap")
FREQUENCIES_HZ = (45, 50, 55, 60, 65)
_STEP_MS = 100


@dataclass(frozen=True)
class Board:
    """What a run stands on: systems, limit of the plot, converter and its table, connection."""

    systems: int
    limit_pct: float
    linearity: str = "ideal"
    table_share: float = 1.0
    connection: str = FOUR_WIRE


BOARDS = {
    "virtual": Board(3, 0.2),
    "aron": Board(3, 0.2, connection=ARON),
    "pico_1ph": Board(1, 1.0, "e11", 0.7),
}
# The same load as `aron` has, at the four-wire meter.
_STAR = Board(3, 0.2, connection=THREE_WIRE)
_NAMES = {FOUR_WIRE: ("L1", "L2", "L3"), ARON: ("L12", "L23", "L31")}
_NAMES[THREE_WIRE] = _NAMES[ARON]
_BOOKINGS = {
    FOUR_WIRE: booking.INDIVIDUAL,
    THREE_WIRE: booking.VECTOR,
    ARON: booking.THREE_WIRE,
}


@dataclass(frozen=True)
class Point:
    """One load: amperes per phase, power factor as --load takes it, Hz, harmonics.

    shares: of the current that each phase has; 1 each is a balanced load
    """

    i_a: float
    pf: str = "1"
    f_hz: float = 50
    harmonics: str = ""
    shares: tuple[float, ...] = (1, 1, 1)


@dataclass(frozen=True)
class Result:
    """Errors in percent of the true energy; None where the load delivers none of it."""

    point: Point
    active_pct: float | None
    reactive_pct: float | None


def points():
    """Return the points of the type test: balanced load; the starting current at PF 1."""
    return [Point(START_A, "1", f_hz) for f_hz in FREQUENCIES_HZ] + [
        Point(i_a, pf, f_hz)
        for f_hz in FREQUENCIES_HZ
        for i_a in CURRENTS_A
        for pf in POWER_FACTORS
    ]


# What else is measured, at three frequencies: title, shares, harmonics.
INFLUENCES = (
    ("first alone", (1, 0, 0), ""),
    ("second alone", (0, 1, 0), ""),
    ("third alone", (0, 0, 1), ""),
    ("1 : 0.5 : 0.1", (1, 0.5, 0.1), ""),
    ("5th: 10 % U, 40 % I", (1, 1, 1), "5:10%/40%"),
)
INFLUENCE_CURRENTS_A = (0.25, 5, 60)
INFLUENCE_FREQUENCIES_HZ = (45, 50, 65)


def influence(shares, harmonics):
    """Return the points of one row of INFLUENCES."""
    return [
        Point(i_a, pf, f_hz, harmonics, shares)
        for f_hz in INFLUENCE_FREQUENCIES_HZ
        for i_a in INFLUENCE_CURRENTS_A
        for pf in POWER_FACTORS
    ]


def simulate(board, point, seconds=10, seed=1):
    """Run the meter for `seconds` of simulated time at `point`; return the finished Simulation."""
    load = ",".join(
        f"{name}={point.i_a * share:.6g}A@{point.pf}"
        for name, share in zip(_NAMES[board.connection], point.shares, strict=True)
    )
    load = ",".join(load.split(",")[: board.systems])
    world = World(
        Load.parse(
            load, point.harmonics, "230", str(point.f_hz), board.systems, board.connection
        ),
        seed=seed,
        linearity=board.linearity,
        table_share=board.table_share,
    )
    settings = Settings(booking=_BOOKINGS[board.connection])
    simulation = Simulation(world, settings, seconds * 1000)
    while not simulation.is_over:
        simulation.step(_STEP_MS)
    simulation.finish()
    return simulation


def measure(board, point, seconds=10):
    """Run the meter at `point` and return the Result."""
    simulation = simulate(board, point, seconds)
    (active, reactive), true = _net(simulation.exact()), _net(simulation.true_registers())
    return Result(point, _error(active, true[0]), _error(reactive, true[1]))


def compare(point, seconds=10):
    """Return what the Aron connection booked beside four wires on the same load, as a Result.

    Below 1 A for six times as long: there the difference is the converters' noise.
    """
    seconds *= 6 if point.i_a < 1 else 1
    aron, star = (
        _net(simulate(board, point, seconds).exact()) for board in (BOARDS["aron"], _STAR)
    )
    is_reactive = abs(star[1]) > abs(star[0]) / 100
    reactive = _error(aron[1], star[1]) if is_reactive else None
    return Result(point, _error(aron[0], star[0]), reactive)


def _net(registers):
    """Return the active and the reactive energy, import less export."""
    return (
        registers["1.8.0"] - registers["2.8.0"],
        registers["3.8.0"] - registers["4.8.0"],
    )


def _error(found, true):
    return 100 * (found / true - 1) if abs(true) > 1e-3 else None


@click.command()
@click.option(
    "--board",
    type=click.Choice(tuple(BOARDS)),
    default="virtual",
    show_default=True,
    help="Front end; pico_1ph bends as published and is corrected by a table 30 % wrong.",
)
@click.option(
    "--seconds",
    type=click.IntRange(1, 3600),
    default=10,
    show_default=True,
    help="Simulated time of a point.",
)
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, writable=True),
    metavar="FILE",
    help="Draw the error curves to FILE (.svg or .png).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def accuracy(board, seconds, plot, as_json):
    """Measure the error of the meter over its range, against the load model's true energy."""
    console = Console(stderr=True)
    results = [
        measure(BOARDS[board], point, seconds)
        for point in track(points(), "type test", console=console, transient=True)
    ]
    others = []
    if BOARDS[board].systems == len(_NAMES[FOUR_WIRE]):
        others = _influences(board, seconds, console)
    if plot:
        _plot(results, board, plot)
    if as_json:
        results += [result for _, _, found, _ in others for result in found]
        print(json.dumps([{**vars(r.point), **_errors(r)} for r in results]))
    else:
        Console().print(_table(results, board, seconds))
        if others:
            Console().print(_influence_table(others, board, seconds))


def _influences(board, seconds, console):
    """Return (title, power factor, results, results of compare()) by influence and PF."""
    found = []
    for title, shares, harmonics in track(
        INFLUENCES, "influences", console=console, transient=True
    ):
        measured = influence(shares, harmonics)
        for pf in POWER_FACTORS:
            chosen = [point for point in measured if point.pf == pf]
            beside = [compare(point, seconds) for point in chosen] if board == "aron" else []
            results = [measure(BOARDS[board], point, seconds) for point in chosen]
            found.append((title, pf, results, beside))
    return found


def _influence_table(others, board, seconds):
    currents = ", ".join(f"{i_a:g}" for i_a in INFLUENCE_CURRENTS_A)
    frequencies = ", ".join(map(str, INFLUENCE_FREQUENCIES_HZ))
    table = Table(
        title=f"{board}, {seconds} s a point: largest error, %, at {currents} A and "
        f"{frequencies} Hz",
        min_width=78,
    )
    for column in ("load", "PF"):
        table.add_column(column)
    table.add_column("active / reactive", justify="right")
    if board == "aron":
        table.add_column("beside four wires", justify="right")
    for title, pf, results, beside in others:
        cells = [_cell(_largest(group)) for group in (results, beside) if group]
        table.add_row(title, pf, *cells)
    return table


def _largest(results):
    errors = [
        [error for error in column if error is not None]
        for column in zip(*[(r.active_pct, r.reactive_pct) for r in results], strict=True)
    ]
    return Result(None, *[max(column, key=abs, default=None) for column in errors])


def _errors(result):
    return {"active_pct": result.active_pct, "reactive_pct": result.reactive_pct}


def _table(results, board, seconds):
    table = Table(
        title=f"{board}, {seconds} s a point: error of active / reactive energy, %", min_width=78
    )
    table.add_column("I per phase", justify="right")
    table.add_column("PF")
    for f_hz in FREQUENCIES_HZ:
        table.add_column(f"{f_hz} Hz", justify="right")
    by_point = {result.point: result for result in results}
    loads = [(START_A, "1")] + [(i_a, pf) for i_a in CURRENTS_A for pf in POWER_FACTORS]
    for i_a, pf in loads:
        cells = [by_point[Point(i_a, pf, f_hz)] for f_hz in FREQUENCIES_HZ]
        table.add_row(f"{i_a:g} A", pf, *(_cell(result) for result in cells))
    return table


def _cell(result):
    shown = [
        "-" if error is None else f"{error:+.3f}"
        for error in (result.active_pct, result.reactive_pct)
    ]
    return " / ".join(shown)


def _plot(results, board, path):
    import matplotlib.pyplot as plt  # only when a plot is asked for: it takes a second to import

    figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
    for pf in POWER_FACTORS:
        chosen = [r for r in results if r.point.pf == pf and r.point.f_hz == 50]
        chosen = [r for r in chosen if r.point.i_a > START_A]
        axes.semilogx(
            [r.point.i_a for r in chosen], [r.active_pct for r in chosen], "o-", label=f"PF {pf}"
        )
    limit = BOARDS[board].limit_pct
    for level in (-limit, 0, limit):
        axes.axhline(level, color="grey", linewidth=0.8, linestyle="--" if level else "-")
    axes.set_ylim(-1.25 * limit, 1.25 * limit)
    axes.set_xlabel("current per phase, A")
    axes.set_ylabel("error of active energy, %")
    axes.set_title(f"{board}: error at 50 Hz, 230 V, balanced load")
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend()
    figure.savefig(path)
