"""The calibration record: whole or refused, and its linearity table."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meter.errors import CalibrationError
from meter.metrology.calibration import (
    Calibration,
    RangeCalibration,
    SystemCalibration,
    unpack,
)

GAIN = st.integers(1, 1 << 40) | st.integers(-(1 << 40), -1)
I32 = st.integers(-(1 << 31), (1 << 31) - 1)
U32 = st.integers(0, (1 << 32) - 1)
RANGE = st.builds(RangeCalibration, GAIN, st.integers(-200_000, 200_000), U32, I32, I32)
KNOTS = st.lists(st.tuples(st.integers(0, 4095), st.integers(-4096, 4096)), max_size=20).map(
    lambda knots: sorted(knots, key=lambda knot: knot[0])
)


@st.composite
def calibrations(draw):
    ranges = draw(st.integers(1, 2))
    system = st.builds(
        SystemCalibration, GAIN, st.lists(RANGE, min_size=ranges, max_size=ranges), U32
    )
    return Calibration(draw(st.lists(system, min_size=1, max_size=3)), draw(KNOTS))


def record():
    part = RangeCalibration(572_204_590, -1234, 99, -5, 6)
    return Calibration([SystemCalibration(16_516_113, [part], 3)] * 3, [(0, 64), (512, -9)]).pack()


@given(calibrations())
def test_a_record_comes_back_as_it_was(calibration):
    again = unpack(calibration.pack())
    assert again.pack() == calibration.pack()
    assert [vars(r) for s in again.systems for r in s.ranges] == [
        vars(r) for s in calibration.systems for r in s.ranges
    ]
    assert [(s.u_gain_nv, s.u_noise) for s in again.systems] == [
        (s.u_gain_nv, s.u_noise) for s in calibration.systems
    ]
    assert again.linearity == calibration.linearity


def test_every_flipped_bit_is_refused():
    good = record()
    for bit in range(8 * len(good)):
        bad = bytearray(good)
        bad[bit >> 3] ^= 1 << (bit & 7)
        with pytest.raises(CalibrationError):
            unpack(bytes(bad))


def test_every_other_length_is_refused():
    good = record()
    for length in range(len(good)):
        with pytest.raises(CalibrationError):
            unpack(good[:length])
    with pytest.raises(CalibrationError):
        unpack(good + b"\0")


@pytest.mark.parametrize(
    ("systems", "linearity", "names"),
    [
        ([], (), "systems"),
        ([SystemCalibration(1, [RangeCalibration(1)])] * 4, (), "systems"),
        ([SystemCalibration(1, [])], (), "ranges"),
        ([SystemCalibration(0, [RangeCalibration(1)])], (), "u_gain_nv"),
        ([SystemCalibration(1, [RangeCalibration(0)])], (), "i_gain_pa"),
        ([SystemCalibration(1, [RangeCalibration(1, 200_001)])], (), "delay_ns"),
        ([SystemCalibration(1, [RangeCalibration(1)])], [(5, 0), (4, 0)], "linearity"),
        ([SystemCalibration(1, [RangeCalibration(1)])], [(4096, 0)], "linearity"),
        ([SystemCalibration(1, [RangeCalibration(1)])], [(0, 4097)], "linearity"),
        ([SystemCalibration(1, [RangeCalibration(1)])], [(0, 0)] * 256, "linearity"),
    ],
)
def test_a_value_out_of_range_is_named(systems, linearity, names):
    with pytest.raises(CalibrationError, match=names):
        Calibration(systems, linearity)


def test_the_table_of_a_straight_converter_counts_from_the_bias():
    lut = array("h", bytes(2 * 4096))
    Calibration([SystemCalibration(1, [RangeCalibration(1)])]).fill_lut(lut, 1792, 12)
    assert list(lut) == [12 * (code - 1792) for code in range(4096)]


def test_the_table_follows_slopes_and_steps_between_knots():
    lut = array("h", bytes(2 * 4096))
    knots = [(100, 64), (200, 128), (200, -64), (300, 0)]
    Calibration([SystemCalibration(1, [RangeCalibration(1)])], knots).fill_lut(lut, 1792, 12)
    error = {
        code: lut[code] - 12 * (code - 1792) for code in (0, 100, 150, 199, 200, 250, 300, 4095)
    }
    assert error == {0: 12, 100: 12, 150: 18, 199: 24, 200: -12, 250: -6, 300: 0, 4095: 0}
