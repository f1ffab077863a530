"""Which game events a leaderboard, or one of its rules, is about (B30): conditions that must all hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.domain.scoring.attributes import Json
from server.domain.scoring.game_events import GameEvent
from server.domain.scoring.operators import OPERATORS, OperandError, Operator, operator_like
from server.domain.scoring.paths import GAME_EVENT_PATHS, Path, PathError
from server.domain.values import value


class FilterError(ValueError):
    """A filter that cannot be. `path`: the keys that lead to it, from the filters down; `hint`: what to write, or empty."""

    def __init__(self, path: tuple[str, ...], message: str, hint: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.hint = hint


@value
class Condition:
    """One question about one attribute, with the operand as the operator prepared it."""

    path: Path
    operator: Operator
    operand: Any

    def holds(self, event: GameEvent) -> bool:
        """Tell whether the game event answers the question with yes."""
        return self.operator.holds(event.value_at(self.path), self.operand)


@value
class Filters:
    """Conditions that must all hold, on one path or on several. Without any, every game event passes."""

    conditions: tuple[Condition, ...] = ()

    def admits(self, event: GameEvent) -> bool:
        """Tell whether the game event passes."""
        return all(condition.holds(event) for condition in self.conditions)


def filters_of(written: Mapping[str, Json]) -> Filters:
    """Compile `{"dot.path": {op: value, ...}, ...}`.

    :raises FilterError: the first of `filter_errors`
    """
    errors: list[FilterError] = []
    conditions = _conditions(written, errors)
    if errors:
        raise errors[0]
    return Filters(tuple(conditions))


def filter_errors(written: Mapping[str, Json]) -> list[FilterError]:
    """Return everything that is wrong with filters as written, in their order, so that all is mended at once (E1)."""
    errors: list[FilterError] = []
    _conditions(written, errors)
    return errors


def _conditions(written: Mapping[str, Json], errors: list[FilterError]) -> list[Condition]:
    made: list[Condition] = []
    for text, questions in written.items():
        try:
            path = _path(text)
            asked = _asked(text, questions)
        except FilterError as error:
            errors.append(error)
            continue
        for name, operand in asked.items():
            try:
                made.append(_condition(path, name, operand))
            except FilterError as error:
                errors.append(error)
    return made


def _path(text: str) -> Path:
    try:
        return GAME_EVENT_PATHS.path(text)
    except PathError as error:
        raise FilterError((text,), str(error), error.hint) from error


def _asked(text: str, questions: Json) -> dict[str, Json]:
    if not isinstance(questions, dict):
        message = 'conditions stand in an object, like {"eq": 1}'
        raise FilterError((text,), message, '{"in": [...]}' if isinstance(questions, list) else '{"eq": ...}')
    if not questions:
        raise FilterError((text,), f"it asks nothing; known operators are {', '.join(OPERATORS)}", '{"exists": true}')
    return questions


def _condition(path: Path, name: str, operand: Json) -> Condition:
    where = (path.text, name)
    operator = OPERATORS.get(name)
    if operator is None:
        known = ", ".join(OPERATORS)
        raise FilterError(where, f"{name[:40]!r} is no operator; there are {known}", operator_like(name))
    try:
        return Condition(path, operator, operator.admits(operand))
    except OperandError as error:
        raise FilterError(where, f"{name}: {error}", error.hint) from error
