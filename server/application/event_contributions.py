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
from server.ports.board_store import Source
from server.ports.catalog import Catalog


def contributions_of(
    catalog: Catalog,
    phase: Phase,
    before: Result,
    participant: Participant,
    revision: int,
    metadata: str | None,
    *,
    is_trusted: bool,
) -> Iterator[Contributing]:
    """Yield what an accepted submission brings to the boards that the event is bound to.

    Its time is that of the change in the cohort: so two of one instant have an order, the same as there.
    """
    at = participant.result.updated_at
    assert at is not None
    for binding in phase.definition.contributes_to:
        board = _board_at(catalog, binding.leaderboard, at)
        if binding.is_final or board is None:
            continue
        points = bindings.points_of(before, participant.result, board.aggregation)
        if points is not None:
            one = f"{participant.cohort_id}:{revision:08d}"
            yield _contributing(binding, board, participant, points, at, one, metadata, is_trusted=is_trusted)


def final_contributions_of(
    catalog: Catalog, phase: Phase, participant: Participant, cohort: Cohort
) -> list[Contributing]:
    """Return what the finished score of a participant brings; nothing where it has gone on already, or he never played."""
    if participant.final_at is not None or participant.is_idle:
        return []
    at = bindings.final_at(participant, cohort, phase)
    one = bindings.final_id(cohort.cohort_id, participant.player_id)
    return [
        _contributing(binding, board, participant, points, at, one, None, is_trusted=False)
        for binding in phase.definition.contributes_to
        if binding.is_final and (board := _board_at(catalog, binding.leaderboard, at)) is not None
        for points in [bindings.final_points_of(participant.result, board.aggregation)]
    ]


def has_final(phase: Phase) -> bool:
    """Tell whether any board waits for final scores of the event."""
    return any(binding.is_final for binding in phase.definition.contributes_to)


def _board_at(catalog: Catalog, key: LeaderboardKey, at: datetime) -> Leaderboard | None:
    """Return what holds on a board at a moment; None for one that never was, which an old pinned event may name."""
    board = catalog.current().boards.get(key)
    if board is None:
        return None
    period = catalog.period_at(key, at)
    return board.present if period is None else period.definition


def _contributing(
    binding: Binding,
    board: Leaderboard,
    participant: Participant,
    points: str,
    at: datetime,
    contribution_id: str,
    metadata: str | None,
    *,
    is_trusted: bool,
) -> Contributing:
    return Contributing(
        binding.leaderboard,
        participant.player_id,
        points,
        at,
        contribution_id,
        Source.EVENT_LEADERBOARD,
        bindings.claim_of(binding, board.segmentation, participant.context, is_trusted=is_trusted),
        metadata,
    )
