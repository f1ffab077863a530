"""From a decimal to the whole number that is stored and ranked (B22)."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache

SCALED_MAX = 2**53
"""As a double on the wire such a number is exact."""
_ADJUSTED_MAX = 15
"""2^53 has 16 digits before the point; what has more is refused before it is written out."""
_EXACT = Context(prec=40, rounding=ROUND_HALF_EVEN, traps=[])


class PointsOverflow(ArithmeticError):
    """The points do not fit: scaled, they lie beyond 2^53 on either side."""


def scaled(points: Decimal, decimals: int) -> int:
    """Round to `decimals` places, half even, and return the number without its point: 1.2345 with 3 is 1234.

    :raises PointsOverflow: beyond 2^53, and for what is no finite number
    """
    if not points.is_finite() or points.adjusted() > _ADJUSTED_MAX:
        raise PointsOverflow
    rounded = points.quantize(_step(decimals), context=_EXACT)
    whole = int(rounded.scaleb(decimals, context=_EXACT))
    if abs(whole) > SCALED_MAX:
        raise PointsOverflow
    return whole


@cache
def _step(decimals: int) -> Decimal:
    """Return the smallest number with so many places: there are few boards' worth of them, and many points."""
    return Decimal((0, (1,), -decimals))
