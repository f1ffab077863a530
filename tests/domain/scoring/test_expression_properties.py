"""Expressions of every shape agree with `decimal`; texts of every kind are an expression or say why not (B32)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from server.domain.scoring import Expression, ExpressionError, ExpressionFailed, Failure, parse_expression
from server.domain.scoring.expressions.parser import STEPS_MAX
from server.domain.scoring.expressions.tokens import LENGTH_MAX, tokens_of
from tests.domain.scoring.events import numbers

PLAIN = Context(prec=28, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999)
"""What B22 asks for, without the bounds that the server adds."""
STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2}


@dataclass(frozen=True)
class Node:
    mark: str
    parts: tuple[Tree, ...]


Tree: TypeAlias = "Decimal | str | Node"
"""A literal, the name of an attribute, or an operation."""


def marked(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Node]:
    binary = st.builds(Node, st.sampled_from("+-*/"), st.tuples(inner, inner))
    unary = st.builds(Node, st.sampled_from(["negate", "abs"]), st.tuples(inner))
    several = st.builds(Node, st.sampled_from(["min", "max"]), st.lists(inner, min_size=2, max_size=4).map(tuple))
    return st.one_of(binary, binary, unary, several)


literals = st.decimals(0, 10**9, allow_nan=False, places=3) | st.sampled_from([Decimal(0), Decimal(1), Decimal("0.1")])
attributes = st.sampled_from(["a", "b", "c"])
trees: st.SearchStrategy[Tree] = st.recursive(literals | attributes, marked, max_leaves=25)
values = st.fixed_dictionaries(
    {
        "a": st.decimals(-(10**15), 10**15, allow_nan=False),
        "b": st.integers(-(10**30), 10**30).map(Decimal),
        "c": st.sampled_from([Decimal(0), Decimal("1e-20"), Decimal("1e40"), Decimal("-7.25"), Decimal(2) ** 90]),
    }
)
blanks = st.sampled_from(["", " ", "\t", "  \n"])


def rendered(tree: Tree, blank: str, *, around: int = 0) -> str:
    """Write a tree with no parenthesis more than it needs; `around` is the strength of what it stands in."""
    if isinstance(tree, Decimal):
        return f"{tree:f}"
    if isinstance(tree, str):
        return f"attrs.{tree}"
    if tree.mark == "negate":
        return f"-{blank}{rendered(tree.parts[0], blank, around=3)}"
    if tree.mark not in STRENGTH:
        return f"{tree.mark}({blank}{f'{blank},{blank}'.join(rendered(part, blank) for part in tree.parts)})"
    strength = STRENGTH[tree.mark]
    left = rendered(tree.parts[0], blank, around=strength - 1)
    right = rendered(tree.parts[1], blank, around=strength)
    text = f"{left}{blank}{tree.mark}{blank}{right}"
    return f"({text})" if strength <= around else text


def computed(tree: Tree, attrs: dict[str, Decimal]) -> Decimal | Failure:
    """Compute a tree by plain recursion; what leaves the bound half-way is an overflow."""
    if isinstance(tree, Decimal):
        return tree
    if isinstance(tree, str):
        return bounded(PLAIN.create_decimal(attrs[tree]))
    parts = []
    for part in tree.parts:
        result = computed(part, attrs)
        if isinstance(result, Failure):
            return result
        parts.append(result)
    return bounded(combined(tree.mark, parts))


def combined(mark: str, parts: list[Decimal]) -> Decimal | Failure:
    match mark:
        case "+":
            return PLAIN.add(*parts)
        case "-":
            return PLAIN.subtract(*parts)
        case "*":
            return PLAIN.multiply(*parts)
        case "/":
            return PLAIN.divide(*parts) if parts[1] else Failure.DIVISION_BY_ZERO
        case "negate":
            return PLAIN.minus(parts[0])
        case "abs":
            return PLAIN.abs(parts[0])
        case "min":
            return min(parts)
        case _:
            return max(parts)


def bounded(result: Decimal | Failure) -> Decimal | Failure:
    return Failure.OVERFLOW if isinstance(result, Decimal) and result and result.adjusted() > 60 else result


def outcome(expression: Expression, attrs: dict[str, Decimal]) -> Decimal | Failure:
    try:
        return expression.evaluate(numbers(**attrs).value_at)
    except ExpressionFailed as failed:
        return failed.reason


@given(trees, values, blanks)
def test_b32_every_tree_written_and_parsed_is_worth_what_decimal_says(
    tree: Tree, attrs: dict[str, Decimal], blank: str
) -> None:
    text = rendered(tree, blank)
    if len(text) > LENGTH_MAX:
        return
    assert outcome(parse_expression(text), attrs) == computed(tree, attrs)


@given(trees, values)
def test_b32_parentheses_around_everything_change_nothing(tree: Tree, attrs: dict[str, Decimal]) -> None:
    text = rendered(tree, "")
    if len(text) > LENGTH_MAX - 2:
        return
    assert parse_expression(f"({text})").steps == parse_expression(text).steps


def judge(text: str) -> None:
    """A text is an expression within its bounds, or an error at one of its columns; nothing else ever comes of it."""
    try:
        assert len(tokens_of(text)) <= LENGTH_MAX + 1
        expression = parse_expression(text)
    except ExpressionError as error:
        assert 1 <= error.column <= min(len(text), LENGTH_MAX) + 1
        assert error.message
        assert len(error.message) < 500
        return
    assert 1 <= len(expression.steps) <= STEPS_MAX
    assert isinstance(outcome(expression, {"a": Decimal(3)}), Decimal | Failure)


@given(st.text(max_size=80))
def test_b32_any_text_is_an_expression_or_an_error_with_a_column(text: str) -> None:
    judge(text)


MARKS = ["+", "-", "*", "/", "(", ")", ",", " ", ".", "..", "_", "−", "\u00a0"]
DIGITS = ["1", "0", "2.5", "1e308", "1e", "9" * 28, "٣"]
NAMES = ["min", "max", "abs", "min(", "attrs.a", "attrs", "attrs.", "type", "actor.id", "context.b", "é", "x"]
pieces = st.sampled_from(MARKS + DIGITS + NAMES)


@given(st.lists(pieces, max_size=60).map("".join))
def test_b32_any_heap_of_pieces_is_an_expression_or_an_error_with_a_column(text: str) -> None:
    judge(text)


@given(st.lists(pieces, min_size=1, max_size=4).map("".join), st.integers(1, 2000))
def test_b32_any_repetition_is_an_expression_or_an_error_with_a_column(text: str, times: int) -> None:
    judge(text * times)
    judge((text * times)[:LENGTH_MAX])
