"""What a game reports, in the form in which filters and expressions read it (B30, B40)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from operator import attrgetter

from server.domain.ids import PlayerId
from server.domain.scoring.attributes import MISSING, Json, Missing
from server.domain.scoring.paths import Path
from server.domain.values import value


@value
class GameEvent:
    """Something that happened in a game. The three trees are plain JSON; they take no part in the hash."""

    event_id: str
    type: str
    actor_id: PlayerId
    occurred_at: datetime
    actor_metadata: dict[str, Json] = field(default_factory=dict, hash=False)
    attrs: dict[str, Json] = field(default_factory=dict, hash=False)
    context: dict[str, Json] = field(default_factory=dict, hash=False)

    def value_at(self, path: Path) -> Json | Missing:
        """Return what stands at a path of `GAME_EVENT_PATHS`, or MISSING.

        Only objects are walked: a number in a path is a key like any other, never a place in a list. Null counts as
        missing, because games write it for what they do not know.
        """
        found = _ROOTS[path.root](self)
        for key in path.keys:
            if not isinstance(found, dict):
                return MISSING
            found = found.get(key)
        return MISSING if found is None else found


_ROOTS: Mapping[str, Callable[[GameEvent], Json]] = {
    "type": attrgetter("type"),
    "actor.id": attrgetter("actor_id"),
    "actor.metadata": attrgetter("actor_metadata"),
    "attrs": attrgetter("attrs"),
    "context": attrgetter("context"),
}
