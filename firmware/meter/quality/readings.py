"""What the register table has of the voltage quality."""

from micropython import const

from meter.quality import week
from meter.registers import table

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.quality.watch import VoltageWatch

KINDS = (
    table.FAILURES,
    table.DIPS,
    table.SWELLS,
    table.MEAN_VOLTAGE,
    table.LOWEST_VOLTAGE,
    table.HIGHEST_VOLTAGE,
    table.THD_U,
    table.THD_I,
    table.UNBALANCE,
    table.WEEK,
    table.WEEK_MEANS,
    table.WEEK_FREQUENCIES,
)
# Counts of the week in the order of their rows: behind what this and the last week failed in.
_COUNTS = (
    week.FLAGGED,
    week.MEANS,
    week.NEAR,
    week.WITHIN,
    week.BALANCED,
    week.UNDISTORTED,
    week.FREQUENCIES,
    week.EXACT,
    week.BEARABLE,
)


def value(watch: "VoltageWatch", kind: int, part: int) -> int:
    """Return the value of key `kind` + `part`, in the unit of its row."""
    if kind >= table.WEEK:
        return _of_week(watch, kind - table.WEEK + part)
    if kind == table.UNBALANCE:
        return watch.u2_permille
    if part == 0:
        return watch.interruption.count
    return _of_phase(watch, kind, part - 1)


def _of_phase(watch: "VoltageWatch", kind: int, k: int) -> int:
    phase, means, spectrum = watch.phases[k], watch.means, watch.spectrum
    if kind == table.THD_U:
        return spectrum.thd(spectrum.u[k])
    if kind == table.THD_I:
        return spectrum.thd(spectrum.i[k])
    found = {
        table.FAILURES: phase.failures,
        table.DIPS: phase.dips,
        table.SWELLS: phase.swells,
        table.MEAN_VOLTAGE: means.mean_mv[k],
        table.LOWEST_VOLTAGE: means.lowest_mv[k],
        table.HIGHEST_VOLTAGE: means.highest_mv[k],
    }
    return found[kind]


def _of_week(watch: "VoltageWatch", place: int) -> int:
    if place == 0:
        return watch.last_week
    return watch.week.failures() if place == 1 else watch.week.counts[_COUNTS[place - 2]]
