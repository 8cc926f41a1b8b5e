"""Roots and angles against the standard library's, far beyond a small integer."""

import math

from hypothesis import example, given
from hypothesis import strategies as st

from meter.units import angle_mdeg, isqrt

WITHIN_MDEG = 5.5  # 5 and what rounding to whole ones takes


@given(st.integers(0, 1 << 220))
@example((1 << 30) - 1)
@example(1 << 30)
def test_the_root_is_the_greatest_whose_square_fits(n):
    assert isqrt(n) == math.isqrt(n)


@given(st.integers(0, 1 << 110), st.sampled_from([-1, 0, 1]))
def test_the_root_changes_at_squares(root, beside):
    n = max(0, root * root + beside)
    assert isqrt(n) == math.isqrt(n)


COORDINATE = st.builds(
    lambda value, shift: value << shift, st.integers(-1000, 1000), st.integers(0, 190)
)


@given(COORDINATE, COORDINATE)
def test_the_angle_of_a_vector_of_any_size(x, y):
    found = angle_mdeg(y, x)
    assert 0 <= found < 360_000
    apart = abs(found - 1000 * math.degrees(math.atan2(y, x))) % 360_000
    assert min(apart, 360_000 - apart) <= WITHIN_MDEG
