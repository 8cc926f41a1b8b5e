"""`meterctl clock`: how far a meter's clock is off this computer's, and how fast it drifts.

A meter looks at its clock chip once a second, so each read-out tells the offset to within two
seconds; several, at other fractions of a second, narrow that. Two such measurements some time
apart give the drift and how uncertain it is.
"""

import json
import time
from datetime import datetime, timezone

import click

from meter.calendar.clock import trimmed
from meterctl import read_out

_LATEST_S = 2.0  # behind the second that is shown the clock chip may be, when an answer begins
_ONE_PPM = 1_000_000


@click.command()
@click.argument("place", metavar="HOST:PORT")
@click.option("--over", default=0.0, metavar="S", help="Measure again after S seconds: drift.")
@click.option("--reads", default=2, type=click.IntRange(1, 50), help="Read-outs a measurement.")
@click.option("--utc-offset", default=60, metavar="MIN", help="Of the meter's local time.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def clock(place, over, reads, utc_offset, as_json):
    """Compare the clock of the meter at an optical port with this computer's."""
    where = read_out.address(place)
    began_s = time.time()
    first = measure(where, reads, utc_offset)
    found = {"offset_s": _middle(first), "uncertainty_s": _half(first)}
    if over:
        time.sleep(max(0.0, began_s + over - time.time()))
        second = measure(where, reads, utc_offset)
        found |= drift(first, second, time.time() - began_s)
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"offset {found['offset_s']:+.2f} s, known to {found['uncertainty_s']:.2f} s")
    if over:
        click.echo(f"drift {found['drift_ppm']:+.1f} ppm, known to {found['drift_known_ppm']:.1f}")
        click.echo(f"aging trim of a DS3231M that cures it: {found['trim']:+d} from 0")


def measure(where, reads, utc_offset):
    """Return (lowest, highest) of meter time minus this computer's, s, after `reads` read-outs."""
    bounds = []
    for _ in range(reads):
        began_s, values = read_out.read_out(where)
        try:
            shown_s = seconds(values["0.9.2"], values["0.9.1"]) - utc_offset * 60
        except (KeyError, ValueError):
            raise click.ClickException(f"{where[0]}:{where[1]}: its clock is not valid") from None
        bounds.append((shown_s - began_s, shown_s + _LATEST_S - began_s))
    return narrowed(bounds)


def narrowed(bounds):
    """Return the interval that all (lowest, highest) of `bounds` have in common."""
    lowest, highest = max(low for low, _ in bounds), min(high for _, high in bounds)
    return min(lowest, highest), max(lowest, highest)


def seconds(date, clock_time):
    """Return Unix seconds, as if UTC, of YY.MM.DD and HH.MM.SS; ValueError for dashes."""
    year, month, day = map(int, date.split("."))
    hour, minute, second = map(int, clock_time.split("."))
    shown = datetime(2000 + year, month, day, hour, minute, second, tzinfo=timezone.utc)
    return shown.timestamp()


def drift(first, second, apart_s):
    """Return drift and its uncertainty in ppm of two measurements, and the trim that cures it."""
    moved_s = _middle(second) - _middle(first)
    ppm = moved_s / apart_s * _ONE_PPM
    return {
        "drift_ppm": ppm,
        "drift_known_ppm": (_half(first) + _half(second)) / apart_s * _ONE_PPM,
        "trim": trimmed(0, round(ppm * 1_000)),
    }


def _middle(bounds):
    return (bounds[0] + bounds[1]) / 2


def _half(bounds):
    return (bounds[1] - bounds[0]) / 2
