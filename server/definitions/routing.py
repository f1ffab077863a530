"""Which leaderboards and events a game event may touch, by its type (B33).

A board is asked by the rules that it has now, and by those of the period that was running when they changed: an edit takes
over with the next one (B3). Who is asked once too often answers that no rule matches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from server.domain.event_leaderboards.timeline import Timeline
from server.domain.ids import EventId, LeaderboardKey
from server.domain.leaderboards.definition import Status
from server.domain.leaderboards.periods import period_of
from server.domain.scoring import Routes, ScoringRule, routes_of
from server.ports.catalog import Board


def board_routes(boards: Mapping[LeaderboardKey, Board]) -> Routes[LeaderboardKey]:
    """Return the boards by the types of their rules; archived ones and those that are gone take nothing."""
    return routes_of(
        {key: list(_rules_of(board)) for key, board in boards.items() if board.present.status is not Status.ARCHIVED}
    )


def event_routes(timelines: Mapping[EventId, Timeline]) -> Routes[EventId]:
    """Return the events by the types of the game events that are submissions. One that is gone lives its phase out."""
    return routes_of({event_id: list(_scoring_of(timeline)) for event_id, timeline in timelines.items()})


def _rules_of(board: Board) -> Iterator[ScoringRule]:
    yield from board.present.rules
    timeline = board.calendar.timeline
    edited_at = timeline.activations[-1].activated_at
    running = timeline.phase_at(edited_at)
    if running is not None:
        yield from running.definition.rules
    for phase in timeline.pinned:
        if period_of(phase).seals_at > edited_at:
            yield from phase.definition.rules


def _scoring_of(timeline: Timeline) -> Iterator[ScoringRule]:
    current = timeline.current
    if current is not None:
        yield from current.scoring
    running = timeline.phase_at(timeline.activations[-1].activated_at)
    if running is not None:
        yield from running.definition.scoring
