"""What the rules of boards and events make of a game event (B30 to B34): nothing is read and nothing written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from server.application.contributions import Contributing
from server.application.game_events import EventScored
from server.application.submitting import SubmitRequest
from server.domain.errors import ScoreOverflow
from server.domain.event_leaderboards.definition import Definition
from server.domain.event_leaderboards.submissions import Submission
from server.domain.ids import EventId, LeaderboardKey
from server.domain.leaderboards.definition import Aggregation, Leaderboard
from server.domain.leaderboards.outcomes import Outcome
from server.domain.leaderboards.segments import Claim
from server.domain.scoring import Failed, GameEvent, NoRule, PointsOverflow, matching_rule, points_of, scaled
from server.ports.catalog import Catalog
from server.ports.contribution_store import Source

_NOTHING_SAID = Claim(is_trusted=True)


def contributions_of(
    catalog: Catalog, event: GameEvent, contribution_id: str, arrived_at: datetime
) -> Iterator[Contributing]:
    """Yield what a game event is worth on each board with a rule for its type, or why it is worth nothing."""
    for key in catalog.current().board_routes.boards_for(event.type):
        yield contribution_to(board_at(catalog, key, event.occurred_at), event, contribution_id, arrived_at)


def contribution_to(board: Leaderboard, event: GameEvent, contribution_id: str, arrived_at: datetime) -> Contributing:
    """Return what a game event is worth on a board, under what holds in the period of its time."""
    points, refused, detail = _worth(board, event)
    claim = _NOTHING_SAID
    if board.segmentation is not None:
        claim = Claim(from_trusted=event.context.get(board.segmentation.key), is_trusted=True)
    return Contributing(
        board.key,
        event.actor_id,
        points,
        event.occurred_at,
        contribution_id,
        Source.GAME_EVENT,
        claim,
        None,
        refused,
        detail,
        arrived_at,
    )


def submissions_of(catalog: Catalog, event: GameEvent, caller: str, now: datetime) -> list[SubmitRequest | EventScored]:
    """Return the submissions that a game event is to event leaderboards, or why it is none.

    They are judged by E30 at arrival, so what holds now decides, not what held when it happened.
    """
    return [
        _submission(definition_at(catalog, event_id, now), event, caller)
        for event_id in catalog.current().event_routes.boards_for(event.type)
    ]


def board_at(catalog: Catalog, key: LeaderboardKey, at: datetime) -> Leaderboard:
    """Return what holds on a board for what happened at a moment."""
    board, period = catalog.board_of(key), catalog.period_at(key, at)
    return board.present if period is None else board.in_force(period)


def definition_at(catalog: Catalog, event_id: EventId, now: datetime) -> Definition:
    """Return how an event is defined now: as its running phase pinned it, if one runs."""
    phase = catalog.phase_at(event_id, now)
    return catalog.timeline_of(event_id).latest if phase is None else phase.definition


def _worth(board: Leaderboard, event: GameEvent) -> tuple[str, Outcome | None, str]:
    """Return the points as text, why there are none, and more about that."""
    if not board.scope.admits(event):
        return "", Outcome.OUT_OF_SCOPE, ""
    if board.aggregation is Aggregation.COUNT:  # it is enough that a rule matches
        return "", None if matching_rule(board.rules, event) is not None else Outcome.NO_RULE, ""
    points = points_of(board.rules, event)
    if isinstance(points, NoRule):
        return "", Outcome.NO_RULE, ""
    if isinstance(points, Failed):
        return "", Outcome.EXPRESSION_FAILED, failure_text(points)
    return str(points), None, ""


def _submission(definition: Definition, event: GameEvent, caller: str) -> SubmitRequest | EventScored:
    event_id = definition.event_id
    points = points_of(definition.scoring, event)
    if isinstance(points, NoRule):
        return EventScored(event_id, Outcome.NO_RULE)
    if isinstance(points, Failed):
        return EventScored(event_id, Outcome.EXPRESSION_FAILED, detail=failure_text(points))
    try:
        score = scaled(points, 0)
    except PointsOverflow:
        return EventScored(event_id, Outcome.REFUSED, refusal=ScoreOverflow())
    return SubmitRequest(event.actor_id, event_id, caller, Submission(score, is_trusted=True))


def failure_text(failed: Failed) -> str:
    """Return what was wrong with an expression, and with which attribute: `MISSING_ATTRIBUTE attrs.kills`."""
    return f"{failed.reason.value} {failed.path}".rstrip()
