"""What games report, on its way in (B40, B41): reports, answers, and the form in which a game event is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from server.application.contributions import Contributed
from server.application.submitting import Submitted
from server.domain.errors import DomainError, GameEventFromTheFuture, GameEventTooOld
from server.domain.ids import EventId, PlayerId
from server.domain.leaderboards.outcomes import Outcome
from server.domain.scoring import GameEvent, Json
from server.domain.values import value
from server.ports.contribution_store import GameEventKey, StoredGameEvent

EVENTS_MAX = 100
"""In one call."""
AHEAD_MAX = timedelta(minutes=5)
"""By so much a game's clock may be ahead of ours."""
_content = json.JSONEncoder(separators=(",", ":"), default=float).encode


@value
class ReportedEvent:
    """A game event as a game reports it. `occurred_at` None: now. `name` and `avatar_url` are for an actor without account.

    Numbers in the trees are whole, or decimals: never binary fractions (B22).
    """

    event_id: str
    type: str
    actor_id: PlayerId
    occurred_at: datetime | None = None
    actor_metadata: dict[str, Json] = field(default_factory=dict, hash=False)
    attrs: dict[str, Json] = field(default_factory=dict, hash=False)
    context: dict[str, Json] = field(default_factory=dict, hash=False)
    name: str = ""
    avatar_url: str = ""

    def at(self, moment: datetime) -> GameEvent:
        """Return it in the form in which rules read it."""
        return GameEvent(self.event_id, self.type, self.actor_id, moment, self.actor_metadata, self.attrs, self.context)


class Reception(Enum):
    """What became of a game event."""

    __hash__ = object.__hash__  # as Outcome's

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@value
class EventScored:
    """What a game event did as a submission to an event leaderboard (B34): `submitted`, or why it is none.

    `refusal` stands beside Outcome.REFUSED; `detail` says more of an expression that failed.
    """

    event_id: EventId
    outcome: Outcome
    submitted: Submitted | None = None
    refusal: DomainError | None = None
    detail: str = ""


@value
class Ingested:
    """The answer to a game event. `refusal`: why it was rejected."""

    event_id: str
    reception: Reception
    contributions: Sequence[Contributed] = ()
    submissions: Sequence[EventScored] = ()
    refusal: DomainError | None = None


def judged_time(reported: ReportedEvent, now: datetime, oldest: timedelta) -> datetime | DomainError:
    """Return when a game event happened, as it counts, or why it cannot have been then (B41)."""
    at = reported.occurred_at
    if at is None or now < at <= now + AHEAD_MAX:
        return now
    if at > now:
        return GameEventFromTheFuture(server_time=now.isoformat())
    if at < now - oldest:
        return GameEventTooOld(oldest=(now - oldest).isoformat())
    return at


def contribution_id_of(key: GameEventKey) -> str:
    """Return by what the contributions of a game event are known, today and when a board is computed again."""
    return f"{key.server_key}/{key.event_id}"


def stored(event: GameEvent, key: GameEventKey, arrived_at: datetime) -> StoredGameEvent:
    """Return a game event as it is kept."""
    parts = {
        "type": event.type,
        "actor": event.actor_id,
        "metadata": event.actor_metadata,
        "attrs": event.attrs,
        "context": event.context,
    }
    content = _content({name: part for name, part in parts.items() if part})
    return StoredGameEvent(key, event.occurred_at, arrived_at, content)


def event_from(kept: StoredGameEvent) -> GameEvent:
    """Read a game event that was kept. A double prints as the decimal that it was read as, so nothing is lost on the way."""
    parts = json.loads(kept.content, parse_float=Decimal)
    return GameEvent(
        kept.key.event_id,
        parts["type"],
        PlayerId(parts["actor"]),
        kept.at,
        parts.get("metadata", {}),
        parts.get("attrs", {}),
        parts.get("context", {}),
    )
