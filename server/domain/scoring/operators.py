"""What a filter can ask about one attribute (B30).

An operator has two halves: `admits` judges and prepares, once, what a designer wrote beside it; `holds` answers, for each
game event. An attribute that is missing or of another type makes every answer false, except where the question is whether
something is *not* so: ne, nin, and exists with false.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, TypeAlias

from server.domain.scoring.attributes import MISSING, Json, Missing, is_number
from server.domain.values import value

Found: TypeAlias = Json | Missing
Typed: TypeAlias = tuple[str, str | bool | int | Decimal]
"""A value with its type: Python holds True for 1, B30 does not. 1 and 1.0 are equal and hash alike."""


class OperandError(ValueError):
    """The operator cannot work with what stands beside it; `hint` shows the form that it can, or is empty."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@value
class Operator:
    """A question about one attribute. What `admits` returns is the second argument of `holds`."""

    name: str
    admits: Callable[[Json], Any]
    holds: Callable[[Found, Any], bool]


def _one(operand: Json) -> Typed:
    typed = _typed(operand)
    if typed is not None:
        return typed
    if operand is None:
        raise OperandError("null is never found: it counts as missing; ask whether something exists", '"exists": false')
    raise OperandError("it compares with a text, a number, true or false; lists and objects are not looked into")


def _several(operand: Json) -> frozenset[Typed]:
    if not isinstance(operand, list):
        raise OperandError("it takes a list of values, in [ ]")
    if not operand:
        raise OperandError("the list is empty: every game event would get the same answer")
    return frozenset(_one(each) for each in operand)


def _number(operand: Json) -> int | Decimal:
    if not is_number(operand):
        raise OperandError("it compares numbers; write a number, without quotes")
    return operand


def _yes_or_no(operand: Json) -> bool:
    if not isinstance(operand, bool):
        raise OperandError("it takes true or false")
    return operand


def _typed(found: Found) -> Typed | None:
    """Return a text, number or truth with its type; None for all else, which equals nothing."""
    if isinstance(found, str):
        return "text", found
    if isinstance(found, bool):
        return "truth", found
    return ("number", found) if is_number(found) else None


def _equals(found: Found, operand: Typed) -> bool:
    return _typed(found) == operand


def _differs(found: Found, operand: Typed) -> bool:
    return _typed(found) != operand


def _is_among(found: Found, operands: frozenset[Typed]) -> bool:
    return _typed(found) in operands


def _is_not_among(found: Found, operands: frozenset[Typed]) -> bool:
    return _typed(found) not in operands


def _is_greater(found: Found, operand: int | Decimal) -> bool:
    return is_number(found) and found > operand


def _is_greater_or_equal(found: Found, operand: int | Decimal) -> bool:
    return is_number(found) and found >= operand


def _is_less(found: Found, operand: int | Decimal) -> bool:
    return is_number(found) and found < operand


def _is_less_or_equal(found: Found, operand: int | Decimal) -> bool:
    return is_number(found) and found <= operand


def _exists(found: Found, operand: bool) -> bool:
    return (found is not MISSING) is operand


OPERATORS = {
    one.name: one
    for one in (
        Operator("eq", _one, _equals),
        Operator("ne", _one, _differs),
        Operator("gt", _number, _is_greater),
        Operator("gte", _number, _is_greater_or_equal),
        Operator("lt", _number, _is_less),
        Operator("lte", _number, _is_less_or_equal),
        Operator("in", _several, _is_among),
        Operator("nin", _several, _is_not_among),
        Operator("exists", _yes_or_no, _exists),
    )
}
_ALSO_CALLED = {
    "=": "eq",
    "==": "eq",
    "===": "eq",
    "is": "eq",
    "equal": "eq",
    "equals": "eq",
    "!=": "ne",
    "<>": "ne",
    "neq": "ne",
    "not": "ne",
    ">": "gt",
    ">=": "gte",
    "ge": "gte",
    "<": "lt",
    "<=": "lte",
    "le": "lte",
    "not_in": "nin",
    "notin": "nin",
}


def operator_like(name: str) -> str:
    """Return the operator that was probably meant, or an empty text. Other systems write `$gte`, `>=` or `not_in`."""
    plain = name.strip().lower().removeprefix("$")
    if plain in OPERATORS:
        return plain
    close = get_close_matches(plain[:20], OPERATORS, n=1, cutoff=0.6)
    return _ALSO_CALLED.get(plain) or (close[0] if close else "")
