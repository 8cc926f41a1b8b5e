"""`meterctl calibrate`: a meter with a wrong record, measured beside the load, becomes right."""

import csv
import json

import pytest

from boards.virtual import board
from boards.virtual.calibration import ideal_calibration
from meter.metrology import calibration
from meter.metrology.calibration import Calibration, RangeCalibration, SystemCalibration
from meterctl import calibrate, cli
from meterctl.accuracy import BOARDS, Point, measure, simulate

NAMES = calibrate.COLUMNS


def wrong(scale, systems):
    """The right record with gains 5 % and 8 % off, 20 us of delay and 3 W of offset too much."""
    right = ideal_calibration(scale, systems).systems[0]
    part = right.ranges[0]
    off = RangeCalibration(part.i_gain_pa * 92 // 100, 20_000, part.i_noise, 3000, -2000)
    return Calibration([SystemCalibration(right.u_gain_nv * 105 // 100, [off], right.u_noise)] * 3)


def test_a_wrong_meter_is_right_afterwards(tmp_path, monkeypatch, capsys):
    rows, records = [], []

    def in_force(scale, systems):
        records.append(wrong(scale, systems))
        return records[-1]

    monkeypatch.setattr(board, "ideal_calibration", in_force)
    for point in (Point(2), Point(20, "0.5ind"), Point(80)):
        simulation = simulate(BOARDS["virtual"], point, seconds=2)
        shown, true = simulation.meter.quantities, simulation.world.mains
        energies = true.registers(0, 10**9)
        p_w, q_var = (energies[code] * 1200 for code in ("1.8.0", "3.8.0"))  # of three
        rows += [
            [k + 1, 1, 50, 230, p_w, q_var, *(
                shown_m[k] / 1e3 for shown_m in (shown.u_mv, shown.p_mw, shown.q_mvar))]
            for k in range(3)
        ]
    before = measure(BOARDS["virtual"], Point(10, "0.5ind"), seconds=5)
    table, old, new = (tmp_path / name for name in ("rows.csv", "old.cal", "new.cal"))
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([NAMES, *rows])
    old.write_bytes(records[0].pack())
    assert cli.run(["calibrate", str(table), str(new), "--record", str(old)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert all(row["before_pct"] > 1 and row["after_pct"] < 0.2 for row in told["rows"])
    found = calibration.unpack(new.read_bytes())
    monkeypatch.setattr(board, "ideal_calibration", lambda *_: found)
    after = measure(BOARDS["virtual"], Point(10, "0.5ind"), seconds=5)
    assert abs(before.active_pct) > 2
    assert abs(after.active_pct) <= 0.2
    assert abs(after.reactive_pct) <= 0.3


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("4,1,50,230,100,0,230,100,0", "phase 4"),
        ("1,1,50,230,100,0,230,x,0", "p_w 'x'"),
        ("1,1,50,0,100,0,230,100,0", "a voltage"),
        ("1,1,50,230,100,0,230,50,87", "delay_ns"),
    ],
)
def test_measurements_that_make_no_record_are_refused_in_a_line(tmp_path, line, words, capsys):
    table, new = tmp_path / "rows.csv", tmp_path / "new.cal"
    table.write_text(",".join(NAMES) + "\n" + line + "\n")
    assert cli.run(["calibrate", str(table), str(new), "--board", "pico_3ph"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert words in lines[0]
    assert not new.exists()
