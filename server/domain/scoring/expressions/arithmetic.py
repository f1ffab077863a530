"""Numbers as points are computed with: decimal, 28 digits, half even (B22), within bounds that no input can stretch.

Every operation names this context itself. The thread's own context is neither read nor changed, so what other code sets there
cannot move a score.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import reduce

from server.domain.scoring.attributes import Json, Missing, is_number
from server.domain.scoring.expressions.errors import ExpressionFailed, Failure

DIGITS = 28
EXPONENT_MAX = 60
"""Anything from 10^61 on is an overflow, half-way results too. Scores end at 2^53; what goes so far beyond is a mistake."""
_BITS_MAX = 256
"""Whole numbers of more bits lie beyond 10^61 and are not turned into decimals first, which takes long for long ones."""

CONTEXT = Context(
    prec=DIGITS,
    rounding=ROUND_HALF_EVEN,
    Emin=-999_999,
    Emax=EXPONENT_MAX,
    capitals=1,
    clamp=0,
    flags=[],
    traps=[Overflow, InvalidOperation, DivisionByZero],
)


def number_of(found: Json | Missing, path: str) -> Decimal:
    """Return an attribute as a number of at most 28 digits; rounding here keeps every later step as cheap as the first.

    :raises ExpressionFailed: when there is none, or it is no number; true and "12" are none (B32)
    """
    if isinstance(found, Missing):
        raise ExpressionFailed(Failure.MISSING_ATTRIBUTE, path)
    if not is_number(found):
        raise ExpressionFailed(Failure.NOT_A_NUMBER, path)
    if isinstance(found, int) and found.bit_length() > _BITS_MAX:
        raise Overflow
    return CONTEXT.create_decimal(found)


def _quotient(dividend: Decimal, divisor: Decimal) -> Decimal:
    """Divide. 0 / 0 is a division by zero like any other; `decimal` calls it an invalid operation."""
    if not divisor:
        raise DivisionByZero
    return CONTEXT.divide(dividend, divisor)


def _smallest(*numbers: Decimal) -> Decimal:
    return reduce(CONTEXT.min, numbers)


def _greatest(*numbers: Decimal) -> Decimal:
    return reduce(CONTEXT.max, numbers)


OPERATIONS: Mapping[str, Callable[..., Decimal]] = {
    "+": CONTEXT.add,
    "-": CONTEXT.subtract,
    "*": CONTEXT.multiply,
    "/": _quotient,
    "negate": CONTEXT.minus,
    "min": _smallest,
    "max": _greatest,
    "abs": CONTEXT.abs,
}
