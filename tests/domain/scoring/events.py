"""Game events for tests: state only what matters."""

from datetime import UTC, datetime
from decimal import Decimal

from server.domain.ids import PlayerId
from server.domain.scoring import GameEvent, Json

MOMENT = datetime(2026, 1, 5, 12, tzinfo=UTC)


def game_event(
    type_: str = "match.completed",
    *,
    attrs: dict[str, Json] | None = None,
    context: dict[str, Json] | None = None,
    actor_metadata: dict[str, Json] | None = None,
) -> GameEvent:
    return GameEvent("e1", type_, PlayerId("ann"), MOMENT, actor_metadata or {}, attrs or {}, context or {})


def numbers(**attrs: int | str) -> GameEvent:
    """Return a game event whose attributes are these numbers, texts read as decimals."""
    return game_event(attrs={name: Decimal(each) for name, each in attrs.items()})
