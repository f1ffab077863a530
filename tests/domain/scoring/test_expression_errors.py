"""What is no expression, and where that shows (B32)."""

import sys

import pytest

from server.domain.scoring import ExpressionError, parse_expression
from server.domain.scoring.expressions.parser import DEPTH_MAX, STEPS_MAX
from server.domain.scoring.expressions.tokens import LENGTH_MAX, tokens_of
from tests.domain.scoring.events import numbers

REFUSED = [
    ("", 1, "empty", ""),
    ("   ", 1, "empty", ""),
    ("1 +", 4, "ends where", ""),
    ("1 + * 2", 5, "missing before '*'", ""),
    ("2 ** 3", 4, "missing before '*'", ""),
    ("7 // 2", 4, "missing before '/'", ""),
    ("+1", 1, "plus sign", ""),
    ("1 2", 3, "mark (+ - * /) is missing", ""),
    ("2 attrs.a", 3, "mark (+ - * /) is missing", ""),
    ("(1)(2)", 4, "mark (+ - * /) is missing", ""),
    ("2attrs.a", 2, "mark is missing", "2 * attrs.a"),
    ("(1 + 2", 7, "column 1 is not closed", ""),
    ("1 + 2)", 6, "closes nothing", ""),
    ("()", 2, "missing before ')'", ""),
    ("(1, 2)", 3, "comma", ""),
    ("1,5", 2, "comma", ""),
    ("min(1)", 1, "two arguments or more", ""),
    ("3 * min()", 9, "missing before ')'", ""),
    ("min(1,)", 7, "missing before ')'", ""),
    ("min(1 2)", 7, "mark (+ - * /) is missing", ""),
    ("min(1, 2", 9, "column 4 is not closed", ""),
    ("abs(1, 2)", 1, "one argument", ""),
    ("1 + min", 5, "arguments follow", ""),
    ("Max(1, 2)", 1, "no function", "max"),
    ("round(1.5)", 1, "no function", ""),
    ("attrs.a(1)", 1, "no function", ""),
    ("score * 2", 1, "no attribute", "attrs.score"),
    ("2 * attr.score", 5, "no attribute", "attrs.score"),
    ("1 + attrs", 5, "all of them", "attrs.name"),
    ("type", 1, "a text", ""),
    ("1 + actor.id", 5, "a text", ""),
    ("attrs.", 6, "dot", ""),
    ("attrs..a", 6, "dot", ""),
    ("attrs .a", 7, "dot", ""),
    ("1 + .5", 5, "digits are missing before", "0.5"),
    ("1. + 2", 2, "digits are missing after", "1"),
    ("1.2.3", 4, "one decimal point", ""),
    ("1e308", 1, "exponent", ""),
    ("1e-5", 1, "exponent", ""),
    ("2 * 1.5E+9", 5, "exponent", ""),
    ("1_000", 2, "without _", "1000"),
    ("1" * 29, 1, "28 digits", ""),
    ("0." + "0" * 28, 1, "28 digits", ""),
    ("attrs.a > 1", 9, "conditions", ""),
    ("attrs.a[0]", 8, "lists", ""),
    ("'a'", 1, "texts", ""),
    ("attrs.a ^ 2", 9, "powers", ""),
    ("attrs.a − 1", 9, "another character", "-"),
    ("2 × 3", 3, "another character", "*"),
    ("1\u00a0+ 2", 2, "no meaning", ""),
    ("1٣", 2, "mark is missing", "1 * ٣"),
    ("٣", 1, "no meaning", ""),
    ("½", 1, "no attribute", "attrs.½"),
    ("1 + 😀", 5, "no meaning", ""),
    ("\ud800", 1, "no meaning", ""),
    ("1\x00", 2, "no meaning", ""),
    ("__import__(attrs.os)", 1, "no function", ""),
    ("attrs.__class__.__bases__[0]", 26, "lists", ""),
]


@pytest.mark.parametrize(("text", "column", "message", "hint"), REFUSED, ids=range(len(REFUSED)))
def test_b32_errors_name_the_column_and_what_is_wrong(text: str, column: int, message: str, hint: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse_expression(text)
    assert refused.value.column == column
    assert message in refused.value.message
    assert refused.value.hint == hint
    assert str(refused.value).startswith(f"column {column}: ")


def test_b32_the_length_is_bounded_before_anything_is_read() -> None:
    assert parse_expression("1".ljust(LENGTH_MAX)).steps
    with pytest.raises(ExpressionError, match="1000 are allowed") as refused:
        parse_expression("(" * 10_000_000)
    assert refused.value.column == LENGTH_MAX + 1


def test_b32_the_steps_are_bounded() -> None:
    negated = "1" + "+-1" * (STEPS_MAX // 3)
    assert len(parse_expression(negated).steps) == STEPS_MAX // 3 * 3 + 1
    with pytest.raises(ExpressionError, match="more than 500") as refused:
        parse_expression("+".join(["1"] * 251))
    assert refused.value.column == 500


def test_b32_a_long_flat_expression_is_not_deep() -> None:
    assert parse_expression("+".join(["1"] * 250)).evaluate(numbers().value_at) == 250


@pytest.mark.parametrize(("opening", "closing"), [("(", ")"), ("-", ""), ("abs(", ")"), ("-(", ")")])
def test_b32_the_depth_is_bounded(opening: str, closing: str) -> None:
    levels = DEPTH_MAX // (2 if opening == "-(" else 1)
    assert parse_expression(opening * levels + "1" + closing * levels).evaluate(numbers().value_at) == 1
    with pytest.raises(ExpressionError, match="more than 64"):
        parse_expression(opening * (levels + 1) + "1" + closing * (levels + 1))


@pytest.mark.parametrize("opening", ["(", "-", "abs(", "min(1,", "1+1*(", "1+1*-(", "1*min(2,"])
def test_b32_nesting_without_end_is_refused_and_never_exhausts_the_stack(opening: str) -> None:
    with pytest.raises(ExpressionError):
        parse_expression((opening * LENGTH_MAX)[:LENGTH_MAX])


def test_b32_the_deepest_expression_needs_less_than_half_of_the_stack() -> None:
    text = "1+1*min(0," * DEPTH_MAX + "1" + ")" * DEPTH_MAX
    limit = sys.getrecursionlimit()
    frame, used = sys._getframe(), 0
    while frame is not None:
        frame, used = frame.f_back, used + 1
    sys.setrecursionlimit(used + 450)
    try:
        expression = parse_expression(text)
    finally:
        sys.setrecursionlimit(limit)
    assert expression.evaluate(numbers().value_at) == 1


def test_b32_every_character_makes_one_token_at_most() -> None:
    assert len(tokens_of("-" * LENGTH_MAX)) == LENGTH_MAX + 1
