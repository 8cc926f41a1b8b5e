"""`meterctl calibrate --send`: measured, computed, sent, and right some seconds later."""

import csv
import json

import pytest

from boards.virtual import front_end
from boards.virtual.load import Load
from boards.virtual.world import World
from host_tests.configure.conftest import START_S
from meter.metrology import calibration
from meterctl import calibrate

UNITY = "L1={}A"
LAGGING = "L1={}A@0.5ind"


def world_of(load="L1=10A@0.5ind", **options):
    return World(Load.parse(load, systems=3), waveform=False, noise=0, start_s=START_S, **options)


def reversed_world():
    """The current transducer of L1 sits the wrong way round, and reads 10 % too much."""
    world = world_of()
    world.disturb(i=(-1.1, 1.0, 1.0))
    return world


def write_rows(path, *rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([calibrate.COLUMNS, *rows])


def row_of(bench, ref):
    """Return a row of L1 as the meter shows it beside a reference."""
    shown = bench.meter.quantities
    return [1, 1, 50, 230, *ref, *(of[0] / 1e3 for of in (shown.u_mv, shown.p_mw, shown.q_mvar))]


def wait_for_restart(bench, before):
    while bench.meter is before:
        pass
    bench.skip(3)


def test_a_reversed_transducer_is_measured_sent_and_turned(new_bench, run, tmp_path):
    bench = new_bench(reversed_world())
    bench.skip(5)
    bench.world.seal.closed = False
    ref = (1150.0, 1991.858)
    assert bench.meter.quantities.p_mw[0] == pytest.approx(-1265_000, rel=1e-3)
    rows, new = tmp_path / "rows.csv", tmp_path / "new.cal"
    write_rows(rows, row_of(bench, ref))
    before = bench.meter
    status, out, err = run("calibrate", rows, new, "--send", bench.module)
    assert (status, err) == (0, "")
    told = json.loads(out)
    assert told["sent_to"] == bench.module
    assert told["rows"][0]["before_pct"] > 200
    assert told["rows"][0]["after_pct"] < 0.01
    record = calibration.unpack(new.read_bytes())
    assert record.systems[0].ranges[0].i_gain_pa < 0
    assert record.systems[1].ranges[0].i_gain_pa > 0
    wait_for_restart(bench, before)
    shown = bench.meter.quantities
    assert shown.p_mw[0] == pytest.approx(ref[0] * 1e3, rel=1e-3)
    assert shown.q_mvar[0] == pytest.approx(ref[1] * 1e3, rel=1e-3)
    assert bench.meter._parts.calibration.pack() == new.read_bytes()


def test_a_closed_seal_is_said_the_file_is_there_and_the_meter_as_it_was(
    new_bench, run, tmp_path
):
    bench = new_bench(reversed_world())
    bench.skip(5)
    before = bench.meter._parts.calibration.pack()
    rows, new = tmp_path / "rows.csv", tmp_path / "new.cal"
    write_rows(rows, row_of(bench, (1150.0, 1991.858)))
    status, out, err = run("calibrate", rows, new, "--send", bench.optical)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "the seal is closed" in err
    assert new.exists()
    bench.skip(5)
    assert bench.meter._parts.calibration.pack() == before


def test_a_record_of_another_front_end_is_refused_by_the_meter(new_bench, run, tmp_path):
    bench = new_bench(world_of())
    bench.skip(5)
    bench.world.seal.closed = False
    rows, new = tmp_path / "rows.csv", tmp_path / "new.cal"
    write_rows(rows, [1, 1, 50, 230, 100, 0, 230, 101, 0])
    status, _, err = run("calibrate", rows, new, "--board", "pico_1ph", "--send", bench.module)
    assert (status, err.count("\n")) == (2, 1)
    assert "takes no such value" in err


def error_pct(bench, true_w):
    return abs(bench.meter.quantities.p_mw[0] / 1e3 / true_w - 1) * 100


def test_a_measured_curve_of_the_converter_is_sent_and_takes_its_error_out(
    new_bench, run, tmp_path
):
    load = Load.parse("L1=6A", systems=1)
    world = World(load, noise=0, start_s=START_S, linearity="e11", table_share=0)
    bench = new_bench(world)
    bench.skip(3)
    bench.world.seal.closed = False
    before_pct, before = error_pct(bench, 1380), bench.meter
    curve, rows, new = (tmp_path / name for name in ("curve.csv", "rows.csv", "new.cal"))
    knots = front_end.linearity_knots("e11")
    with curve.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(calibrate.LINEARITY_COLUMNS)
        writer.writerows((code, (code + part / 64) * 3.0 / 4096) for code, part in knots)
    write_rows(rows, [1, 1, 50, 230, 1380, 0.001, 230, 1380, 0.001])  # gains are right
    given = ["calibrate", rows, new, "--send", bench.module, "--linearity", curve]
    assert run(*given)[::2] == (0, "")
    assert calibration.unpack(new.read_bytes()).linearity == knots
    wait_for_restart(bench, before)
    assert before_pct > 0.3
    assert error_pct(bench, 1380) < 0.1


def test_a_curve_longer_than_a_meter_keeps_is_refused_before_anything_is_sent(
    new_bench, run, tmp_path
):
    bench = new_bench(world_of())
    curve, rows, new = (tmp_path / name for name in ("curve.csv", "rows.csv", "new.cal"))
    lines = [f"{code},{code * 3 / 4096}" for code in range(80)]
    curve.write_text("\n".join(["code,volts", *lines]))
    write_rows(rows, [1, 1, 50, 230, 100, 0, 230, 101, 0])
    given = ["--board", "pico_1ph", "--send", bench.module, "--linearity", curve]
    status, _, err = run("calibrate", rows, new, *given)
    assert (status, err.count("\n")) == (2, 1)
    assert "80 rows, a meter keeps 71" in err


def test_the_record_in_force_is_said_once(run, tmp_path):
    rows = tmp_path / "rows.csv"
    write_rows(rows, [1, 1, 50, 230, 100, 0, 230, 101, 0])
    for given in ([], ["--board", "pico_1ph", "--meter", "127.0.0.1:1"]):
        status, _, err = run("calibrate", rows, tmp_path / "new.cal", *given)
        assert (status, err.count("\n")) == (2, 1)
        assert "one of them" in err
