"""When a bot goes on, from what a designer wrote: bounds in our words, or Kraty's comparisons."""

from __future__ import annotations

import re
from typing import NamedTuple

from server.definitions.models.bot import DURATION_MAX, BoundsModel, WhenModel
from server.domain.bots.conditions import Condition

_COMPARISON = re.compile(r"\s*([A-Za-z_]+)\s*(>=|<=|>|<)\s*(\d{1,9})\s*")
_ELAPSED, _STATE = "elapsed_seconds", "state_seconds"
_VARIABLES = {"elapsedSeconds": _ELAPSED, _ELAPSED: _ELAPSED, "stateSeconds": _STATE, _STATE: _STATE}
_OPERATORS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}


class ExprError(ValueError):
    """A comparison cannot be read. `column` counts characters from 1; `mend` tells what to write."""

    def __init__(self, message: str, mend: str, column: int) -> None:
        super().__init__(message)
        self.mend = mend
        self.column = column


class Range(NamedTuple):
    """Seconds [first, until); None: without end."""

    first: int
    until: int | None

    @property
    def is_empty(self) -> bool:
        """Tell whether no second lies in it."""
        return self.until is not None and self.first >= self.until


def in_our_words(when: WhenModel) -> WhenModel:
    """Return a condition without Kraty's comparisons.

    :raises ExprError: if they cannot be read
    """
    if when.expr is None:
        return when
    bounds: dict[str, dict[str, int]] = {_ELAPSED: {}, _STATE: {}}
    column = 1
    for part in when.expr.split("&&"):
        _read(part, column, bounds)
        column += len(part) + 2
    return WhenModel.model_validate({name: one for name, one in bounds.items() if one})


def condition_of(when: WhenModel) -> Condition:
    """Return the condition that the rules read.

    :raises ExprError: if Kraty's comparisons cannot be read
    """
    ours = in_our_words(when)
    elapsed, state = range_of(ours.elapsed_seconds), range_of(ours.state_seconds)
    return Condition(elapsed.first, elapsed.until, state.first, state.until)


def range_of(bounds: BoundsModel) -> Range:
    """Return the whole seconds that lie within all bounds."""
    least = [bounds.gte or 0, 0 if bounds.gt is None else bounds.gt + 1]
    ends = [bounds.lt, None if bounds.lte is None else bounds.lte + 1]
    return Range(max(least), min((end for end in ends if end is not None), default=None))


def _read(part: str, column: int, bounds: dict[str, dict[str, int]]) -> None:
    match = _COMPARISON.fullmatch(part)
    if match is None:
        shown = part.strip()[:40]
        message = f"{shown!r} is no comparison of seconds" if shown else "a comparison is missing here"
        raise ExprError(message, 'write such as "elapsedSeconds > 600 && stateSeconds >= 30"', column)
    name, operator, number = match.groups()
    if name not in _VARIABLES:
        raise ExprError(f"{name!r} is not known here", "use elapsedSeconds or stateSeconds", column)
    if int(number) > DURATION_MAX:
        raise ExprError(f"{number} is too big", f"use {DURATION_MAX} or less", column)
    held = bounds[_VARIABLES[name]]
    if _OPERATORS[operator] in held:
        raise ExprError(f"{name} {operator} is said twice", "keep one of them", column)
    held[_OPERATORS[operator]] = int(number)
