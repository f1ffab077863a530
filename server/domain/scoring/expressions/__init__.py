"""Points expressions: `tokens` of a text, `parser` to `steps`, an `expression` that computes by `arithmetic` (B32)."""

from server.domain.scoring.expressions.errors import ExpressionError, ExpressionFailed, Failure
from server.domain.scoring.expressions.expression import Expression, Lookup, parse_expression

__all__ = ["Expression", "ExpressionError", "ExpressionFailed", "Failure", "Lookup", "parse_expression"]
