"""Scores between whole numbers, decimals and doubles (B22)."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.leaderboards.scores import double_of, mean, rounded, score_of
from server.domain.scoring import SCALED_MAX, PointsOverflow


@given(st.integers(-(2**52), 2**52), st.integers(0, 6))
def test_b22_the_double_on_the_wire_reads_back_as_the_same_score(score: int, decimals: int) -> None:
    assert score_of(double_of(score, decimals), decimals) == score


@given(st.integers(-SCALED_MAX, SCALED_MAX))
def test_b22_without_decimals_the_whole_range_reads_back(score: int) -> None:
    assert score_of(double_of(score, 0), 0) == score


@given(st.integers(-SCALED_MAX, SCALED_MAX), st.integers(-SCALED_MAX, SCALED_MAX), st.integers(0, 6))
def test_b22_doubles_never_turn_an_order_round(one: int, other: int, decimals: int) -> None:
    low, high = sorted((one, other))
    assert double_of(low, decimals) <= double_of(high, decimals)


def test_b22_a_double_is_the_decimal_that_it_prints_as() -> None:
    assert score_of(0.1 + 0.2, 6) == 300_000
    assert score_of(2.675, 2) == 268
    assert score_of(Decimal("-0.0005"), 3) == 0


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan, 1e16])
def test_b22_what_is_no_score_overflows(number: float) -> None:
    with pytest.raises(PointsOverflow):
        score_of(number, 3)


@pytest.mark.parametrize(
    ("points", "decimals", "told"),
    [
        ("7", 3, "7"),
        ("0.125", 2, "0.12"),
        ("3.0", 0, "3"),
        ("-2.50", 3, "-2.5"),
        ("1E+3", 2, "1000"),
        ("", 2, ""),
        ("1e99", 2, "1e99"),
    ],
)
def test_b22_points_are_told_as_they_count(points: str, decimals: int, told: str) -> None:
    assert rounded(points, decimals) == told


@given(st.integers(-(2**62), 2**62), st.integers(1, 2000))
def test_b22_averages_are_rounded_half_even(total: int, count: int) -> None:
    assert mean(total, count) == round(Fraction(total, count))
