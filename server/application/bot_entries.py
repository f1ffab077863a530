"""Where a bot stands, as an entry like any other (L8): its score in the board's steps, its times, its contributions."""

from __future__ import annotations

from datetime import datetime

from server.domain.bots.field import Ground, Seat, Standing
from server.domain.instants import microseconds_of
from server.domain.leaderboards.aggregation import Aggregate, Stamp
from server.domain.leaderboards.definition import Aggregation, Leaderboard, board_bot_direction
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.ranking import order_key
from server.domain.scoring import SCALED_MAX
from server.ports.board_store import EntryKey, StoredEntry


def ground_of(secret: bytes, segment: SegmentId, board: Leaderboard) -> Ground:
    """Return where the bots of a segment stand."""
    key, start = segment.period
    direction = board_bot_direction(board.aggregation, ascending=board.ranking.is_ascending)
    return Ground(secret, key, str(microseconds_of(start)), segment.segment, start, direction)


def bot_entry(
    seat: Seat, standing: Standing, segment: SegmentId, board: Leaderboard, before: StoredEntry | None
) -> StoredEntry:
    """Return the entry of a bot that stands there; the one before where nothing has changed. Who is hidden stays so."""
    period: PeriodId = segment.period
    aggregate = _aggregate(seat, standing, board)
    if before is not None and before.aggregate == aggregate:
        return before
    is_hidden = before is not None and before.is_hidden
    return StoredEntry(
        key=EntryKey(period, seat.player_id),
        segment=segment.segment,
        aggregate=aggregate,
        version=1 if before is None else before.version + 1,
        order_key=None if is_hidden else order_key(period, seat.player_id, aggregate, board.ranking),
        updated_at=aggregate.reached_at,
        is_bot=True,
        is_hidden=is_hidden,
    )


def _aggregate(seat: Seat, standing: Standing, board: Leaderboard) -> Aggregate:
    is_counted = board.aggregation is Aggregation.COUNT
    points = max(standing.points, 1) if is_counted else standing.points  # one contribution at least made an entry
    score = max(-SCALED_MAX, min(points * 10**board.ranking.decimals, SCALED_MAX))
    first_at: datetime = seat.moment_of(seat.joined_second)
    reached_at = seat.moment_of(standing.reached_second)
    return Aggregate(
        score=score,
        samples=points if is_counted else standing.samples,
        total=score if board.aggregation is Aggregation.SUM else 0,
        first_at=first_at,
        latest=Stamp(reached_at, ""),
        changed_at=reached_at,
    )
