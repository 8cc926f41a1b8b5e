"""`meterctl calibrate`: a calibration record from what a meter shows and what a reference shows.

Each row of measurements is one load on one phase: the reference's U, P and Q of the fundamental,
and what the meter showed with the record in force.  Per range the complex line through the points,
reference = factor * shown + offset, each weighted by its own size, yields gain (magnitude), delay
(angle) and offsets at once.
"""

import cmath
import csv
import importlib
import json
from dataclasses import dataclass
from math import isfinite, pi
from operator import itemgetter
from pathlib import Path

import click

from meter.errors import CalibrationError
from meter.metrology import calibration
from meter.metrology.calibration import Calibration, RangeCalibration, SystemCalibration
from meter.requests import WRITE_CALIBRATION
from meterctl import meters

BOARDS = ("blinka", "pico_1ph", "pico_3ph")
COLUMNS = ("phase", "range", "f_hz", "u_ref_v", "p_ref_w", "q_ref_var", "u_v", "p_w", "q_var")
LINEARITY_COLUMNS = ("code", "volts")
_ROWS_FOR_OFFSETS = 3  # of different size; fewer say nothing about an offset
_SPREAD = 4  # between the smallest and the largest of them
_F_SPREAD_HZ = 1  # a delay turns by less than 0.1 % of itself per 0.05 Hz
_VREF_V = 3.0
_KEPT_BYTES = 357  # of a record on a meter's store: three pages of 120, less version and length
_KNOT_BYTES = 4
_CODES = 4096
_PERCENT = 100
_MILLI = 1000


class Refused(click.ClickException):
    """Measurements that no record can be made of; one line."""

    exit_code = 2


@dataclass(frozen=True)
class Row:
    """One load: phase and range from 0 on, Hz, and U and P + jQ of reference and meter."""

    phase: int
    range: int
    f_hz: float
    u_ref_v: float
    ref: complex
    u_v: float
    shown: complex


@click.command(epilog=meters.PLACES)
@click.argument("measurements", type=click.Path(dir_okay=False))
@click.argument("output", type=click.Path(dir_okay=False))
@click.option("--board", type=click.Choice(BOARDS), help="The record in force is its type's.")
@click.option("--record", type=click.Path(dir_okay=False), help="The record in force, a file.")
@click.option("--meter", metavar="PLACE", help="The record in force is this meter's.")
@click.option("--send", metavar="PLACE", help="Send it to this meter, whose seal is open.")
@click.option("--linearity", type=click.Path(dir_okay=False),
              help="CSV of code (mean read) and volts (at the input), 3.0 V reference.")
@meters.options
def calibrate(measurements, output, send, linearity, **given):
    """Compute a calibration from the CSV file MEASUREMENTS and write the record to OUTPUT.

    Columns: phase (1..3), range (1 = the most sensitive), f_hz, the reference's u_ref_v, p_ref_w,
    q_ref_var (of the fundamental), the meter's u_v, p_w, q_var.  Three rows of a range whose
    powers span 1 : 4 also yield its offsets.  The last line of stdout is JSON: per row the error
    before and after, in percent of the reference's apparent power.  A record that was sent is in
    force some seconds later.
    """
    old = _in_force(send, given)
    rows = read_rows(measurements, old)
    knots = old.linearity if linearity is None else read_linearity(linearity)
    try:
        new = compute(old, rows, knots)
        packed = new.pack()
    except CalibrationError as error:
        raise Refused(f"{measurements}: {error}") from None
    if send and len(packed) > _KEPT_BYTES:
        most = len(knots) - (len(packed) - _KEPT_BYTES + _KNOT_BYTES - 1) // _KNOT_BYTES
        raise Refused(f"--linearity {linearity}: {len(knots)} rows, a meter keeps {most}")
    Path(output).write_bytes(packed)
    if send:
        _send(send, packed, given)
    print(json.dumps({
        "record": output,
        "bytes": len(packed),
        "sent_to": send,
        "rows": [
            {"phase": row.phase + 1, "range": row.range + 1,
             "before_pct": _error(row.shown, row), "after_pct": _error(_after(row, old, new), row)}
            for row in rows
        ],
    }))


def compute(old, rows, knots):
    """Return the Calibration that makes `rows`, shown with `old` in force, right.

    knots:  its linearity, see metrology.calibration

    A system or range without rows keeps what it had.  CalibrationError if a value lies outside
    what a record holds.
    """
    systems = []
    for phase, system in enumerate(old.systems):
        of_phase = [row for row in rows if row.phase == phase]
        u_factor = _mean([row.u_ref_v / row.u_v for row in of_phase], 1.0)
        ranges = []
        for number, part in enumerate(system.ranges):
            chosen = [row for row in of_phase if row.range == number]
            ranges.append(_range(part, chosen, u_factor))
        u_gain_nv = round(system.u_gain_nv * u_factor)
        systems.append(SystemCalibration(u_gain_nv, ranges, system.u_noise))
    return Calibration(systems, knots)


def _range(part, rows, u_factor):
    if not rows:  # nothing tells of its current; its power follows the voltage
        return part
    factor, offset = _line(rows, part)
    sign = -1 if factor.real < 0 else 1  # the current transducer sits the wrong way round
    turned = sign * factor
    f_hz = _mean([row.f_hz for row in rows], 50.0)
    delay_ns = round(-cmath.phase(turned) / (2 * pi * f_hz) * 1e9)
    return RangeCalibration(
        round(part.i_gain_pa * sign * abs(factor) / u_factor),
        part.delay_ns + delay_ns,
        part.i_noise,
        round(offset.real * _MILLI),
        round(offset.imag * _MILLI),
    )


def _line(rows, part):
    """Return (factor, offset) of the line ref = factor * shown + offset; least squares."""
    had = complex(part.p_offset_mw, part.q_offset_mvar) / _MILLI
    points = [(row.shown - had, row.ref, 1 / abs(row.ref) ** 2) for row in rows]
    sizes = [abs(row.ref) for row in rows]
    if len(rows) < _ROWS_FOR_OFFSETS or max(sizes) < _SPREAD * min(sizes):
        shown_square = sum(w * abs(x) ** 2 for x, _, w in points)
        factor = sum(w * x.conjugate() * (y - had) for x, y, w in points) / shown_square
        return factor, had
    total = sum(w for _, _, w in points)
    x_mean = sum(w * x for x, _, w in points) / total
    y_mean = sum(w * y for _, y, w in points) / total
    product = sum(w * (x - x_mean).conjugate() * (y - y_mean) for x, y, w in points)
    factor = product / sum(w * abs(x - x_mean) ** 2 for x, _, w in points)
    return factor, y_mean - factor * x_mean


def _after(row, old, new):
    """Return what the meter would have shown with `new` in force."""
    was, part = (record.systems[row.phase].ranges[row.range] for record in (old, new))
    gains = [
        record.systems[row.phase].u_gain_nv * record.systems[row.phase].ranges[row.range].i_gain_pa
        for record in (old, new)
    ]
    turn = cmath.exp(-2j * pi * row.f_hz * (part.delay_ns - was.delay_ns) / 1e9)
    raw = row.shown - complex(was.p_offset_mw, was.q_offset_mvar) / _MILLI
    offset = complex(part.p_offset_mw, part.q_offset_mvar) / _MILLI
    return raw * turn * gains[1] / gains[0] + offset


def _error(shown, row):
    return round(_PERCENT * abs(shown - row.ref) / abs(row.ref), 4)


def _mean(values, default):
    return sum(values) / len(values) if values else default


def _in_force(send, given):
    """Return the record that was in force: of a board's type, of a file, or of a meter."""
    board, record, meter = (given[name] for name in ("board", "record", "meter"))
    if board is None and record is None and meter is None:
        meter = send
    if sum(source is not None for source in (board, record, meter)) != 1:
        raise Refused("--board, --record or --meter, one of them, says which record was in force")
    if board:
        return importlib.import_module(f"boards.{board}.calibration").default()
    try:
        if meter:
            with meters.open_meter(meter, False, given) as source:
                return calibration.unpack(source.read(WRITE_CALIBRATION))
        return calibration.unpack(Path(record).read_bytes())
    except OSError as error:
        raise Refused(f"--record {record}: {error.strerror}") from None
    except CalibrationError as error:
        raise Refused(f"{meter or record}: {error}") from None


def _send(place, packed, given):
    with meters.open_meter(place, True, given) as meter:
        meter.write(WRITE_CALIBRATION, packed)


def read_rows(path, like):
    """Return the Rows of the CSV file `path` for a front end like `like`, or Refused."""
    found = []
    for line, values in _read(path, COLUMNS):
        phase, number, f_hz, u_ref_v, p_ref_w, q_ref_var, u_v, p_w, q_var = values
        for name, value, most in (
            ("phase", phase, len(like.systems)), ("range", number, len(like.systems[0].ranges)),
        ):
            if value not in range(1, most + 1):
                raise Refused(f"{path}, line {line}: {name} {value:g}, accepted: 1..{most}")
        row = Row(int(phase) - 1, int(number) - 1, f_hz, u_ref_v, complex(p_ref_w, q_ref_var),
                  u_v, complex(p_w, q_var))
        if not (40 <= f_hz <= 70 and u_ref_v > 0 and u_v > 0 and row.ref and row.shown):
            raise Refused(f"{path}, line {line}: accepted: 40..70 Hz, a voltage and a power each")
        found.append(row)
    if not found:
        raise Refused(f"{path}: no row of measurements")
    frequencies = [row.f_hz for row in found]
    if max(frequencies) - min(frequencies) > _F_SPREAD_HZ:
        raise Refused(f"{path}: accepted: rows within {_F_SPREAD_HZ} Hz of each other")
    return found


def read_linearity(path):
    """Return the knots (code, correction in 1/64 code) of the CSV file `path`.

    Of two rows of one code, which make a step, the second one holds at that code.
    """
    rows = sorted((values for _, values in _read(path, LINEARITY_COLUMNS)), key=itemgetter(0))
    return tuple(
        (round(code), round(64 * (volts * _CODES / _VREF_V - code))) for code, volts in rows
    )


def _read(path, columns):
    """Yield (line, values in the order of `columns`) of the CSV file `path`."""
    try:
        with Path(path).open(newline="") as file:
            reader = csv.DictReader(file)
            if sorted(reader.fieldnames or ()) != sorted(columns):
                raise Refused(f"{path}: accepted: CSV with the columns {', '.join(columns)}")
            for row in reader:
                yield reader.line_num, _numbers(path, reader.line_num, row, columns)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "no text"
        raise Refused(f"{path}: {reason}") from None


def _numbers(path, line, row, columns):
    values = []
    for name in columns:
        try:
            value = float(row[name])
        except (TypeError, ValueError):
            value = float("nan")
        if not isfinite(value):
            raise Refused(f"{path}, line {line}: {name} {row[name]!r}, accepted: a number")
        values.append(value)
    return values
