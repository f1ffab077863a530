"""From points to scaled whole numbers (B22)."""

from decimal import ROUND_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.scoring import SCALED_MAX, PointsOverflow, scaled


@pytest.mark.parametrize(
    ("points", "decimals", "whole"),
    [
        ("1", 0, 1),
        ("1", 3, 1000),
        ("1.2345", 3, 1234),
        ("1.2355", 3, 1236),
        ("1.23450000001", 3, 1235),
        ("0.5", 0, 0),
        ("1.5", 0, 2),
        ("-0.5", 0, 0),
        ("-1.5", 0, -2),
        ("-0", 3, 0),
        ("0.000001", 6, 1),
        ("1e-999999", 6, 0),
        ("9007199254740992", 0, SCALED_MAX),
        ("-9007199254740992", 0, -SCALED_MAX),
        ("9007199254740992.5", 0, SCALED_MAX),
        ("9007199254.740992", 6, SCALED_MAX),
        ("9007199254.7409925", 6, SCALED_MAX),
    ],
)
def test_b22_points_are_rounded_half_even_to_the_decimals_of_the_board(points: str, decimals: int, whole: int) -> None:
    assert scaled(Decimal(points), decimals) == whole


@pytest.mark.parametrize(
    ("points", "decimals"),
    [
        ("9007199254740993", 0),
        ("9007199254740992.51", 0),
        ("-9007199254740993", 0),
        ("9007199254.740993", 6),
        ("9007199254740992", 1),
        ("1e60", 0),
        ("-1e999999999", 6),
        ("NaN", 3),
        ("sNaN", 3),
        ("Infinity", 3),
    ],
)
def test_b22_beyond_the_range_it_is_an_overflow(points: str, decimals: int) -> None:
    with pytest.raises(PointsOverflow):
        scaled(Decimal(points), decimals)


@given(st.decimals(-(10**18), 10**18, allow_nan=False), st.integers(0, 6))
def test_b22_scaling_agrees_with_fractions(points: Decimal, decimals: int) -> None:
    exact = round(Fraction(points) * 10**decimals)  # half even
    with localcontext() as context:
        context.prec, context.rounding = 2, ROUND_UP
        if abs(exact) > SCALED_MAX:
            with pytest.raises(PointsOverflow):
                scaled(points, decimals)
        else:
            assert scaled(points, decimals) == exact
