"""What a game event is worth on a board: the first rule that matches decides (B31)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from server.domain.scoring.expressions import Expression, ExpressionFailed, Failure
from server.domain.scoring.filters import Filters
from server.domain.scoring.game_events import GameEvent
from server.domain.values import value

ANY_TYPE = "*"


@value
class ScoringRule:
    """Points for game events of a type, exact or `*`, that meet all conditions."""

    event_type: str
    conditions: Filters
    points: Expression

    def matches(self, event: GameEvent) -> bool:
        """Tell whether the rule is about this game event."""
        return self.event_type in (ANY_TYPE, event.type) and self.conditions.admits(event)


@value
class NoRule:
    """No rule matches: the game event is not for this board."""


@value
class Failed:
    """The rule that decides has no value for this game event. `path`: the attribute at fault, or empty."""

    reason: Failure
    path: str = ""


def matching_rule(rules: Sequence[ScoringRule], event: GameEvent) -> int | None:
    """Return the index of the rule that decides, or None. A board that only counts needs no more than this (B21)."""
    return next((index for index, rule in enumerate(rules) if rule.matches(event)), None)


def points_of(rules: Sequence[ScoringRule], event: GameEvent) -> Decimal | NoRule | Failed:
    """Return what the game event is worth, not yet rounded.

    A rule that fails does not hand over to the next: a typing error in one rule would quietly score by another.
    """
    index = matching_rule(rules, event)
    if index is None:
        return NoRule()
    try:
        return rules[index].points.evaluate(event.value_at)
    except ExpressionFailed as failed:
        return Failed(failed.reason, failed.path)
