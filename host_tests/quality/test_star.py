"""Lost neutral and current without voltage at -1, 0, +1 of every limit and time."""

import pytest

from meter.quality import phasors
from meter.quality.star import Star
from meter.registers.events import CURRENT_WITHOUT_VOLTAGE, NEUTRAL_MISSING

UN = 230_000


class Quantities:
    systems = 3
    is_three_wire = False

    def __init__(self):
        self.u_mv = [UN] * 3
        self.i_ma = [10_000] * 3
        self.u_angle_mdeg = [0, 120_000, 240_000]


class Log:
    def __init__(self):
        self.logged = []

    def log(self, at_s, code, detail):
        self.logged.append((at_s, code, detail))


class Rig:
    def __init__(self, measuring=(0, 1, 2)):
        self.quantities = Quantities()
        self.log = Log()
        self.star = Star(self.quantities, measuring, self.log)
        self.now_s = 0

    def run(self, seconds):
        for _ in range(seconds):
            self.now_s += 1
            self.star.second(self.now_s, UN)
        return self.log.logged


@pytest.mark.parametrize(
    ("u_mv", "i_ma", "is_found"),
    [
        (159_999, 501, True),
        (160_000, 501, False),
        (160_001, 501, False),
        (159_999, 500, False),
        (159_999, 499, False),
    ],
)
@pytest.mark.parametrize("phase", range(3))
def test_a_current_above_half_an_ampere_without_voltage_is_found(phase, u_mv, i_ma, is_found):
    rig = Rig()
    rig.quantities.u_mv[phase] = u_mv
    rig.quantities.i_ma[phase] = i_ma
    wanted = [(5, CURRENT_WITHOUT_VOLTAGE, phase + 1)] if is_found else []
    assert rig.run(10) == wanted


@pytest.mark.parametrize("seconds", [4, 5, 6])
def test_it_is_believed_after_five_seconds_and_so_is_its_end(seconds):
    rig = Rig()
    rig.quantities.u_mv[1] = 0
    assert bool(rig.run(seconds)) == (seconds >= 5)
    rig.run(10)
    rig.quantities.u_mv[1] = UN
    before = len(rig.log.logged)
    rig.run(seconds)
    assert [entry[1:] for entry in rig.log.logged[before:]] == (
        [(CURRENT_WITHOUT_VOLTAGE, 2 - 10)] if seconds >= 5 else []
    )


def test_a_moment_of_something_else_begins_the_five_seconds_anew():
    rig = Rig()
    rig.quantities.u_mv[1] = 0
    rig.run(4)
    rig.quantities.u_mv[1] = UN
    rig.run(1)
    rig.quantities.u_mv[1] = 0
    assert rig.run(4) == []
    assert len(rig.run(1)) == 1


@pytest.mark.parametrize(
    ("high_mv", "is_found"), [(252_999, False), (253_000, False), (253_100, True)]
)
def test_a_neutral_is_missing_only_if_a_phase_is_above_110_percent(high_mv, is_found):
    rig = Rig()
    rig.quantities.u_mv[:] = [100_000, high_mv, high_mv]  # star point 51 V off: 22 %
    rig.quantities.i_ma[0] = 0
    assert rig.run(6) == ([(5, NEUTRAL_MISSING, 1)] if is_found else [])


@pytest.mark.parametrize(("low_mv", "is_found"), [(153_000, True), (156_500, False)])
def test_a_neutral_is_missing_only_if_the_star_point_is_15_percent_off(low_mv, is_found):
    rig = Rig()
    rig.quantities.i_ma[0] = 0
    rig.quantities.u_mv[:] = [low_mv, 259_000, 259_000]  # off by (259 V - low) / 3: 34.5 V is 15 %
    assert bool(rig.run(6)) == is_found


@pytest.mark.parametrize("offset", [-1, 0, 1])
@pytest.mark.parametrize(
    ("limit", "high_mv", "star_mv"),
    [("star point", 253_001, 34_500), ("phase", 253_000, 34_501)],
)
def test_both_limits_of_a_missing_neutral_must_be_passed(
    monkeypatch, limit, high_mv, star_mv, offset
):
    rig = Rig()
    if limit == "phase":
        high_mv += offset
    else:
        star_mv += offset
    rig.quantities.u_mv[0] = high_mv
    monkeypatch.setattr(phasors, "vector_mv", lambda *_: star_mv)
    assert bool(rig.run(6)) == (offset > 0)


def test_a_system_that_does_not_measure_is_not_looked_at():
    rig = Rig(measuring=(0, 2))
    rig.quantities.is_three_wire = True
    rig.quantities.u_mv[1] = 0
    assert rig.run(10) == []
