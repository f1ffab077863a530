"""Scores as whole numbers, and as the numbers that people and the wire see (B22).

A score is kept as a whole number of its smallest steps: with three decimals, 1.25 is 1250. So sums are exact and ties are
real. On the wire it is the double nearest to it, which reads back to the same score: always up to 2^52 steps, and up to
2^53 on a board without decimals. (Above 2^52 steps a double has no room left for every three-decimal number.)
"""

from __future__ import annotations

from decimal import Decimal

from server.domain.scoring import PointsOverflow, scaled


def double_of(score: int, decimals: int) -> float:
    """Return the double nearest to a scaled score; dividing two exact whole numbers rounds once."""
    step: int = 10**decimals
    return score / step


def decimal_of(score: int, decimals: int) -> Decimal:
    """Return a scaled score as the decimal that it is, exactly."""
    return Decimal(score).scaleb(-decimals)


def score_of(number: float | Decimal, decimals: int) -> int:
    """Return a number as a scaled score. A double is read as the decimal that it prints as, so 0.1 is a tenth.

    :raises PointsOverflow: beyond 2^53 steps, and for what is no finite number
    """
    return scaled(number if isinstance(number, Decimal) else Decimal(repr(number)), decimals)


def rounded(points: str, decimals: int) -> str:
    """Return points as text, as they count: half even, without zeros at the end. Whole numbers are what they are."""
    if points.isdigit() or not points:
        return points
    try:
        return format(decimal_of(score_of(Decimal(points), decimals), decimals).normalize(), "f")
    except PointsOverflow:
        return points


def mean(total: int, count: int) -> int:
    """Return the average, rounded half even: exactly, since both are whole numbers."""
    quotient, rest = divmod(total, count)
    is_up = 2 * rest > count or (2 * rest == count and quotient % 2 == 1)
    return quotient + is_up
