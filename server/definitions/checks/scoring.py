"""Whether conditions and expressions can be read, and rules be reached (B30 to B32)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from server.definitions.checks.problems import Problems, warning
from server.definitions.diagnostics import Problem
from server.definitions.models.scoring import RuleModel, ScopeModel
from server.definitions.source import Path
from server.domain.scoring import ANY_TYPE, Expression, ExpressionError, Vocabulary, filter_errors, parse_expression
from server.domain.scoring.operators import OPERATORS
from server.domain.scoring.paths import GAME_EVENT_PATHS

_EXPONENT_MAX = 60
"""Numbers beyond 10^60, or finer than 10^-60, are no attribute of any game."""


def scope_problems(path: Path, scope: ScopeModel) -> Problems:
    """Tell what is wrong with a scope."""
    yield from _filter_problems((*path, "filters"), scope.filters)


def rule_problems(path: Path, rules: Sequence[RuleModel], *, needs_points: bool) -> Problems:
    """Tell what is wrong with rules, and which of them nothing can reach. `path` is the list's."""
    open_types: dict[str, int] = {}
    for index, rule in enumerate(rules):
        here = (*path, index)
        yield from _filter_problems((*here, "conditions"), rule.conditions)
        yield from _type_problems((*here, "event_type"), rule.event_type)
        if rule.points_expression is not None:
            yield from expression_problems((*here, "points_expression"), rule.points_expression)
        elif needs_points:
            mend = 'add "points_expression": "1", or what it is worth'
            yield Problem(here, "the key 'points_expression' is missing", mend, about=("scoring.aggregation",))
        earlier = open_types.get(ANY_TYPE, open_types.get(rule.event_type))
        if earlier is not None:
            yield warning(
                (*here, "event_type"),
                f"this rule is never reached: rule {earlier + 1} takes all game events of its type",
                "put the rule that has no conditions last",
            )
        elif not rule.conditions:
            open_types[rule.event_type] = index


def expression_problems(path: Path, text: str, vocabulary: Vocabulary = GAME_EVENT_PATHS) -> Problems:
    """Tell where an expression cannot be read."""
    try:
        parse_expression(text, vocabulary)
    except ExpressionError as error:
        mend = f"did you mean {error.hint}?" if error.hint else "write numbers, attribute paths, + - * / min max abs"
        yield Problem(path, str(error), mend, column=error.column)


def place_warnings(path: Path, rules: Sequence[RuleModel], decimals: int) -> Problems:
    """Warn of numbers in expressions that are finer than the board's scores (B32). `path` is the list's."""
    for index, rule in enumerate(rules):
        expression = parsed(rule.points_expression)
        if expression is not None and expression.literal_places > decimals:
            yield warning(
                (*path, index, "points_expression"),
                f"a number has {expression.literal_places} decimal places, and scores are rounded to {decimals}",
                f"set ranking.decimals to {expression.literal_places}, or write fewer places",
                about=("ranking.decimals",),
            )


def parsed(text: str | None) -> Expression | None:
    """Return an expression, or None where there is none that can be read."""
    try:
        return None if text is None else parse_expression(text)
    except ExpressionError:
        return None


def _type_problems(path: Path, event_type: str) -> Problems:
    if ANY_TYPE in event_type and event_type != ANY_TYPE:
        yield Problem(
            path, "types are exact: a star stands alone and means any type", f'write "{ANY_TYPE}", or a whole type'
        )


def _filter_problems(path: Path, filters: Mapping[str, Any]) -> Problems:
    for error in filter_errors(filters):
        is_key = len(error.path) == 1 and isinstance(filters.get(error.path[0]), dict)
        is_key = is_key or (len(error.path) > 1 and error.path[1] not in OPERATORS)
        yield Problem(
            (*path, *error.path), error.message, f"did you mean {error.hint}?" if error.hint else "", at_key=is_key
        )
    for place, number in _decimals(path, filters):
        exponent = number.as_tuple().exponent
        if number and (
            abs(number.adjusted()) > _EXPONENT_MAX or (isinstance(exponent, int) and exponent < -_EXPONENT_MAX)
        ):
            yield Problem(place, "no number of a game is so big, or so small", "write a plain number")


def _decimals(path: Path, value: object) -> Iterator[tuple[Path, Decimal]]:
    if isinstance(value, Decimal):
        yield path, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _decimals((*path, key), one)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _decimals((*path, index), one)
