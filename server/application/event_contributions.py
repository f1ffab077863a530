"""What scores of events bring to leaderboards (B20): contributions made of bindings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from server.application.contributions import Contributing
from server.domain.event_leaderboards import bindings
from server.domain.event_leaderboards.cohort import Cohort, Participant, Result
from server.domain.event_leaderboards.definition import Binding, Phase
from server.domain.ids import LeaderboardKey
from server.domain.leaderboards.definition import Leaderboard
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.contribution_store import Source


@value
class AcceptedScore:
    """A submission that an event has taken: what was there before it, and the participant after it."""

    phase: Phase
    before: Result
    participant: Participant
    revision: int
    metadata: str | None
    arrived_at: datetime
    is_trusted: bool

    @property
    def at(self) -> datetime:
        """When it happened: at the change in the cohort, so that two of one instant have an order, the same as there."""
        assert self.participant.result.updated_at is not None
        return self.participant.result.updated_at

    @property
    def contribution_id(self) -> str:
        """By what its contributions are known."""
        return f"{self.participant.cohort_id}:{self.revision:08d}"


def contributions_of(catalog: Catalog, score: AcceptedScore) -> Iterator[Contributing]:
    """Yield what an accepted submission brings to the boards that the event is bound to."""
    participant = score.participant
    for binding in score.phase.definition.contributes_to:
        board = None if binding.is_final else _board_at(catalog, binding.leaderboard, score.at)
        points = None if board is None else bindings.points_of(score.before, participant.result, board.aggregation)
        if board is not None and points is not None:
            yield Contributing(
                binding.leaderboard,
                participant.player_id,
                points,
                score.at,
                score.contribution_id,
                Source.EVENT_LEADERBOARD,
                bindings.claim_of(binding, board.segmentation, participant.context, is_trusted=score.is_trusted),
                score.metadata,
                arrived_at=score.arrived_at,
            )


def final_contributions_of(
    catalog: Catalog, phase: Phase, participant: Participant, cohort: Cohort
) -> list[Contributing]:
    """Return what the finished score of a participant brings; nothing where it has gone on already, or he never played."""
    if participant.final_at is not None or participant.is_idle:
        return []
    at = bindings.final_at(participant, cohort, phase)
    bound = (
        (binding, _board_at(catalog, binding.leaderboard, at))
        for binding in phase.definition.contributes_to
        if binding.is_final
    )
    return [_final(binding, board, participant, at) for binding, board in bound if board is not None]


def has_final(phase: Phase) -> bool:
    """Tell whether any board waits for final scores of the event."""
    return any(binding.is_final for binding in phase.definition.contributes_to)


def _final(binding: Binding, board: Leaderboard, participant: Participant, at: datetime) -> Contributing:
    return Contributing(
        binding.leaderboard,
        participant.player_id,
        bindings.final_points_of(participant.result, board.aggregation),
        at,
        bindings.final_id(participant.cohort_id, participant.player_id),
        Source.EVENT_LEADERBOARD,
        bindings.claim_of(binding, board.segmentation, participant.context, is_trusted=False),
    )


def _board_at(catalog: Catalog, key: LeaderboardKey, at: datetime) -> Leaderboard | None:
    """Return what holds on a board at a moment; None for one that never was, which an old pinned event may name."""
    board = catalog.current().boards.get(key)
    if board is None:
        return None
    period = catalog.period_at(key, at)
    return board.present if period is None else period.definition
