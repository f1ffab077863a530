"""Game events: what callers report as values, and the answers as messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeAlias

from google.protobuf.internal.containers import RepeatedCompositeFieldContainer

from server.api import requests as read
from server.api import trees
from server.api.codec.leaderboards import OUTCOMES, Told
from server.api.pb import game_event_service_pb2 as pb
from server.api.requests import invalid
from server.api.status import failure_of
from server.api.texts import AVATAR_URL_MAX, NAME_MAX
from server.application.contributions import Contributed
from server.application.explain_game_event import BoardExplained, EventExplained
from server.application.game_events import EventScored, Ingested, Reception, ReportedEvent
from server.domain.ids import PlayerId
from server.domain.leaderboards.outcomes import Outcome

EVENT_ID_BYTES_MAX = 64
TYPE_MAX = 64
RECEPTIONS = {one: f"GAME_EVENT_OUTCOME_{one.name}" for one in Reception}

Shown: TypeAlias = Callable[[Told, Iterable[Contributed]], None]
"""Tells what scores did to leaderboards."""
Results: TypeAlias = RepeatedCompositeFieldContainer[pb.GameEventResult]
Submissions: TypeAlias = RepeatedCompositeFieldContainer[pb.GameEventSubmission]


def reported(event: pb.GameEvent, *, needs_id: bool = True) -> ReportedEvent:
    """Return a game event as it is reported.

    :raises InvalidFields: if it has a field that cannot be right
    """
    return ReportedEvent(
        event_id=_event_id(event.event_id) if needs_id or event.event_id else "",
        type=read.identifier("type", event.type, TYPE_MAX),
        actor_id=PlayerId(read.identifier("actor.id", event.actor.id)),
        occurred_at=read.moment("occurred_at", event.occurred_at) if event.HasField("occurred_at") else None,
        actor_metadata=trees.tree("actor.metadata", event.actor.metadata),
        attrs=trees.tree("attrs", event.attrs),
        context=trees.tree("context", event.context),
        name=read.optional_text("actor.name", event.actor.name, NAME_MAX),
        avatar_url=read.optional_text("actor.avatar_url", event.actor.avatar_url, AVATAR_URL_MAX),
    )


def add_rejected(results: Results, event_id: str, refusal: Exception, now: datetime) -> None:
    """Add the answer to a game event that is not taken."""
    failure = failure_of(refusal, now)
    results.add(
        event_id=event_id[:EVENT_ID_BYTES_MAX],
        outcome=RECEPTIONS[Reception.REJECTED],
        reason=failure.reason,
        message=failure.message,
    )


def add_result(results: Results, one: Ingested, shown: Shown, now: datetime) -> None:
    """Add the answer to a game event."""
    if one.refusal is not None:
        add_rejected(results, one.event_id, one.refusal, now)
        return
    message = results.add(event_id=one.event_id, outcome=RECEPTIONS[one.reception])
    shown(message.contributions, one.contributions)
    for each in one.submissions:
        _add_submission(message.submissions, each, shown, now)


def _event_id(event_id: str) -> str:
    if len(event_id.encode()) > EVENT_ID_BYTES_MAX:
        raise invalid("event_id", f"is longer than {EVENT_ID_BYTES_MAX} bytes")
    return read.identifier("event_id", event_id, EVENT_ID_BYTES_MAX)


def _add_submission(messages: Submissions, one: EventScored, shown: Shown, now: datetime) -> None:
    message = messages.add(
        id=one.event_id, applied=one.submitted is not None, outcome=OUTCOMES[one.outcome], detail=one.detail
    )
    if one.refusal is not None:
        failure = failure_of(one.refusal, now)
        message.reason, message.message = failure.reason, failure.message
    if one.submitted is not None:
        submitted = one.submitted
        message.score, message.rank, message.prize_rank = submitted.score, submitted.rank, submitted.prize_rank
        message.cohort_id, message.revision = submitted.cohort_id, submitted.revision
        shown(message.contributions, submitted.contributions)


def explained(one: BoardExplained) -> pb.LeaderboardExplanation:
    """Return what a game event would do on a leaderboard."""
    return pb.LeaderboardExplanation(
        leaderboard=one.leaderboard,
        applied=one.outcome is Outcome.APPLIED,
        outcome=OUTCOMES[one.outcome],
        rule=_number_of(one.rule),
        points=one.points,
        segment=one.segment,
        window_key=one.window_key,
        detail=one.detail,
    )


def event_explained(one: EventExplained) -> pb.EventLeaderboardExplanation:
    """Return what a game event would do as a submission to an event leaderboard."""
    return pb.EventLeaderboardExplanation(
        id=one.event_id,
        applied=one.outcome is Outcome.APPLIED,
        outcome=OUTCOMES[one.outcome],
        rule=_number_of(one.rule),
        score=one.score,
        detail=one.detail,
    )


def _number_of(index: int | None) -> int:
    return 0 if index is None else index + 1
