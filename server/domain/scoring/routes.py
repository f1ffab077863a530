"""Which boards a game event may touch, found by its type (B33)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from server.domain.scoring.rules import ANY_TYPE, ScoringRule
from server.domain.values import value

Key = TypeVar("Key")


@value
class Routes(Generic[Key]):
    """Boards by the types that their rules name. Boards that take any type stand in every list.

    The lists are made once, when definitions load, so that a game event costs as much as the boards of its own type.
    """

    by_type: Mapping[str, tuple[Key, ...]]
    of_any_type: tuple[Key, ...]

    def boards_for(self, event_type: str) -> tuple[Key, ...]:
        """Return the boards with a rule for the type, in the order in which the boards were given."""
        return self.by_type.get(event_type, self.of_any_type)


def routes_of(boards: Mapping[Key, Iterable[ScoringRule]]) -> Routes[Key]:
    """Index boards by their rules. A board without rules is reached by no game event."""
    types_of = {key: {rule.event_type for rule in rules} for key, rules in boards.items()}
    every_type = {event_type for types in types_of.values() for event_type in types} - {ANY_TYPE}
    by_type = {
        event_type: tuple(key for key, types in types_of.items() if event_type in types or ANY_TYPE in types)
        for event_type in every_type
    }
    return Routes(by_type, tuple(key for key, types in types_of.items() if ANY_TYPE in types))
