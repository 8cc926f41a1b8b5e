"""`meterctl clock`: how far a meter's clock is off a reference, and how fast it drifts from it.

The reference is this computer's time, or the mains that the meter itself counts. A meter looks at
its clock chip once a second, so each reading tells the offset to within two seconds; many, at
other fractions of a second, narrow that to a few tenths. Two such measurements some time apart
give the drift and how uncertain it is.
"""

import json
import time
from datetime import datetime, timedelta, timezone

import click

from meter.calendar.clock import trimmed
from meterctl import meters

_LATEST_S = 2.0  # behind the second that is shown the clock chip may be
_WINDOW_S = 0.25  # by which the mains cycles that are counted may be behind
_ONE_PPM = 1_000_000
_OBJECTS = {"clock": (8, "0.0.1.0.0.255", 2), "trim": (1, "0.0.96.61.3.255", 2),
            "cycles": (1, "0.0.96.61.4.255", 2)}  # fmt: skip
_UNKNOWN = -0x8000


@click.command(epilog=meters.PLACES)
@click.argument("place", metavar="PLACE")
@click.option("--over", default=0.0, metavar="S", help="Measure again after S seconds: drift.")
@click.option("--reads", default=20, type=click.IntRange(1, 500), help="Readings a measurement.")
@click.option("--mains", type=click.FloatRange(40, 70), metavar="HZ",
              help="Measure against mains of this mean frequency, not this computer's time.")
@click.option("--trim", is_flag=True, help="Set the trim of the clock chip that cures the drift.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@meters.options
def clock(place, over, reads, mains, trim, as_json, **who):
    """Compare the clock of the meter at PLACE with this computer's or with the mains."""
    if trim and not over:
        raise meters.Refused("--trim takes --over S, too: it needs a drift")
    meter = meters.open_meter(place, trim, who)
    if not isinstance(meter, meters.LineMeter):
        raise meters.Refused(f"{place}: accepted: HOST:PORT or a serial device")
    reference = host if mains is None else Mains(meter, place, mains)
    began_s = time.monotonic()
    with meter:
        first = measure(meter, place, reference, reads)
    found = {} if mains else {"offset_s": _middle(first[0]), "uncertainty_s": _half(first[0])}
    if over:
        time.sleep(max(0.0, began_s + over - time.monotonic()))
        with meter:  # anew: a meter ends a connection that is silent for two minutes
            second = measure(meter, place, reference, reads)
            found |= drift(first, second, meter.get(*_OBJECTS["trim"]))
            if trim:
                meter.set_trim(found["trim"])
    if as_json:
        click.echo(json.dumps(found))
        return
    if mains is None:
        click.echo(f"offset {found['offset_s']:+.2f} s, known to {found['uncertainty_s']:.2f} s")
    if over:
        click.echo(f"drift {found['drift_ppm']:+.1f} ppm, known to {found['drift_known_ppm']:.1f}")
        click.echo(f"trim of the clock chip: {found['old_trim']:+d}, cured by {found['trim']:+d}"
                   + (", which is set" if trim else ""))


def host():
    """Return this computer's time, Unix seconds, as (earliest, latest)."""
    now_s = time.time()
    return now_s, now_s


class Mains:
    """The mains as a clock, at a mean frequency in Hz."""

    def __init__(self, meter, place, f_hz):
        self._meter = meter
        self._place = place
        self._f_hz = f_hz
        self._breaks = None

    def __call__(self):
        """Return the time that the cycles counted stand for, s, as (earliest, latest)."""
        cycles, breaks = self._meter.get(*_OBJECTS["cycles"])
        if self._breaks not in (None, breaks):
            raise click.ClickException(f"{self._place}: the mains was not there all the time")
        self._breaks = breaks
        return cycles / self._f_hz, cycles / self._f_hz + _WINDOW_S


def measure(meter, place, reference, reads):
    """Return ((lowest, highest) of meter time minus the reference's, reference time), s."""
    bounds = []
    after = reference()
    for _ in range(reads):
        before = after
        shown_s = seconds(meter.get(*_OBJECTS["clock"]), place)
        after = reference()
        bounds.append((shown_s - after[1], shown_s + _LATEST_S - before[0]))
    return narrowed(bounds), after[0]


def narrowed(bounds):
    """Return the interval that all (lowest, highest) of `bounds` have in common."""
    lowest, highest = max(low for low, _ in bounds), min(high for _, high in bounds)
    return min(lowest, highest), max(lowest, highest)


def seconds(stamp, place):
    """Return Unix seconds of a clock's twelve octets; click.ClickException if it is not valid."""
    year, deviation_min = int.from_bytes(stamp[:2], "big"), int.from_bytes(stamp[9:11], "big")
    deviation_min -= (deviation_min & 0x8000) << 1
    if len(stamp) != 12 or stamp[11] & 1 or deviation_min == _UNKNOWN:
        raise click.ClickException(f"{place}: its clock is not valid")
    local = datetime(year, stamp[2], stamp[3], *stamp[5:8], tzinfo=timezone.utc)
    return (local + timedelta(minutes=deviation_min)).timestamp()


def drift(first, second, old_trim):
    """Return drift and its uncertainty in ppm of two measurements, and the trim that cures it.

    old_trim:  of the clock chip meanwhile
    """
    apart_s = second[1] - first[1]
    if apart_s <= 0:
        raise click.ClickException("the reference stood still")
    ppm = (_middle(second[0]) - _middle(first[0])) / apart_s * _ONE_PPM
    return {
        "drift_ppm": ppm,
        "drift_known_ppm": (_half(first[0]) + _half(second[0])) / apart_s * _ONE_PPM,
        "old_trim": old_trim,
        "trim": trimmed(old_trim, round(ppm * 1_000)),
    }


def _middle(bounds):
    return (bounds[0] + bounds[1]) / 2


def _half(bounds):
    return (bounds[1] - bounds[0]) / 2
