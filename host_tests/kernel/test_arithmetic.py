"""The definition means what it says: exact sums, no skew, a table that all interpreters share."""

import math
from array import array
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tests.kernel.inputs import SEEDS, SHAPES, STEPS, filled, repeatable, ring
from meter.metrology import kernel, layout

SET_S = 124.875e-6
PERIOD_S = SET_S / layout.CODES_PER_CHANNEL  # between two codes of a channel
SLOT_S = SET_S / layout.CODES_PER_SET


def test_the_reference_is_the_rounded_cosine_and_sine():
    turns = [2 * math.pi * k / 256 for k in range(256)]
    assert list(layout.REFERENCE[0::2]) == [round(8191 * math.cos(turn)) for turn in turns]
    assert list(layout.REFERENCE[1::2]) == [round(8191 * math.sin(turn)) for turn in turns]


@repeatable
@given(n=st.integers(0, 128), first=st.integers(0, 500), step=STEPS, shape=SHAPES, seed=SEEDS)
def test_sums_are_those_of_the_values_and_a_reference_that_starts_at_phase_zero(
    n, first, step, shape, seed
):
    u, i = ring(128, shape, seed, 2**15 - 1), ring(128, "random", seed, 2**19, "i")
    sums = array("q", [7] * layout.SUMS)
    kernel.accumulate(u, i, first, n, 127, step, sums)

    sets = [(u[k % 128], i[k % 128]) for k in range(first, first + n)]
    # The nearest of 256 phases, half-way ones to the later.
    nearest = [(k * step * 256 + 2**31) // 2**32 % 256 for k in range(n)]
    cos = [round(8191 * math.cos(2 * math.pi * k / 256)) for k in nearest]
    sin = [round(8191 * math.sin(2 * math.pi * k / 256)) for k in nearest]
    assert sums[layout.N] == n
    assert sums[layout.U] == sum(a for a, _ in sets)
    assert sums[layout.I] == sum(b for _, b in sets)
    assert sums[layout.UU] == sum(a * a for a, _ in sets)
    assert sums[layout.II] == sum(b * b for _, b in sets)
    assert sums[layout.UI] == sum(a * b for a, b in sets)
    assert sums[layout.UC] == sum(a * c for (a, _), c in zip(sets, cos, strict=True))
    assert sums[layout.US] == sum(a * s for (a, _), s in zip(sets, sin, strict=True))
    assert sums[layout.IC] == sum(b * c for (_, b), c in zip(sets, cos, strict=True))
    assert sums[layout.IS] == sum(b * s for (_, b), s in zip(sets, sin, strict=True))


@pytest.mark.parametrize(("code", "value"), [(0, -7989), (4095, 7988)])
def test_the_greatest_codes_stay_within_the_documented_set_values(code, value):
    lut = array("h", [28_404 if k else -28_404 for k in range(4096)])
    codes = array("H", [code] * 18)
    carry = array("i", [lut[code], lut[code]])
    rings = [array("h", [0]) for _ in range(3)]
    kernel.decimate(codes, 0, 1, lut, carry, *rings, 0, 0)
    assert [values[0] for values in rings] == [value] * 3


@repeatable
@given(cuts=st.lists(st.integers(0, 9), max_size=6), seed=SEEDS)
def test_decimation_does_not_depend_on_how_the_sets_are_cut_into_calls(
    any_kernel, fresh, cuts, seed
):
    fresh()
    total = sum(cuts)
    codes = filled("H", (total + 1) * layout.CODES_PER_SET, "random", seed, 0, 4095)
    lut = filled("h", 4096, "random", seed, -28_404, 28_404)
    whole = [array("i", [0, 0])] + [array("h", [0] * 64) for _ in range(3)]
    pieces = [array("i", [0, 0])] + [array("h", [0] * 64) for _ in range(3)]
    any_kernel.decimate(codes, 0, total, lut, *whole, 60, 63)
    done = 0
    for n in cuts:
        any_kernel.decimate(codes, done, n, lut, *pieces, 60 + done, 63)
        done += n
    assert whole == pieces


@pytest.mark.parametrize("sets", [123, 160, 178])  # one mains cycle: 65.1, 50.1, 45.0 Hz
@pytest.mark.parametrize("harmonic", [1, 25])
def test_the_multiplex_skew_is_gone(sets, harmonic):
    """Every code has a table entry of its own, so the table can hold the sine to 15 bits."""
    omega = 2 * math.pi * harmonic / (sets * SET_S)
    lut = array("h", [0] * 4096)
    codes = array("H", range((sets + 1) * layout.CODES_PER_SET))
    for code in codes:
        lut[code] = round(27_000 * math.sin(omega * code * SLOT_S))
    rings = [array("h", [0] * 256) for _ in range(3)]
    carry = array("i", [0, 0])
    kernel.decimate(codes, 0, sets + 1, lut, carry, *rings, 0, 255)

    ih, u, il = (_phase(values[1 : sets + 1], harmonic) for values in rings)
    interpolation = (omega * PERIOD_S) ** 3 / 81
    # A set is floored: 0.29 counts rms, in both of the phases compared; 6 standard deviations.
    rounding = 6 * 0.29 * math.sqrt(2) * math.sqrt(2 / sets) / 7500
    uncorrected = omega * SLOT_S
    assert abs(u - ih) <= interpolation + rounding < uncorrected / 10
    assert abs(il - ih) <= interpolation + rounding


def _phase(values, harmonic):
    """Phase of a harmonic of the cycle that `values` are, in radians."""
    turns = [2 * math.pi * harmonic * k / len(values) for k in range(len(values))]
    cos = sum(v * math.cos(turn) for v, turn in zip(values, turns, strict=True))
    sin = sum(v * math.sin(turn) for v, turn in zip(values, turns, strict=True))
    return math.atan2(cos, sin)


def test_a_constant_input_is_a_constant_in_all_channels(any_kernel, fresh):
    fresh()
    value = Random(382).randint(-28_404, 28_404)
    lut = array("h", [value] * 4096)
    rings = [array("h", [0] * 8) for _ in range(3)]
    carry = array("i", [value, value])
    any_kernel.decimate(array("H", [0] * 18 * 8), 0, 8, lut, carry, *rings, 0, 7)
    assert rings == [array("h", [18 * value >> 6] * 8)] * 3


def test_the_codes_of_a_frame_are_signed_and_shifted():
    codes = {0: (0, 0), 1: (0, 0), 0x7FFFFF: (32767, 524287), 0x800000: (-32768, -524288),
             0xFFFFFF: (-1, -1), 0x000100: (1, 16), 0xFFFF00: (-1, -16)}  # fmt: skip
    words = array("I", [word for code in codes for word in (0x850000, code, code, 0xABCD00)])
    u, i = array("h", [99] * 8), array("i", [99] * 8)
    kernel.unpack_words(words, 1, len(codes) - 1, 4, u, i, 7, 7)
    found = [(u[k % 8], i[k % 8]) for k in range(7, 7 + len(codes) - 1)]
    assert found == list(codes.values())[1:]
    assert (u[5], i[5]) == (u[6], i[6]) == (99, 99)
