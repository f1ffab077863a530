"""What goes down the streams of watched boards, as messages (L20). A frame that many get is encoded once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from server.api.codec.leaderboards import period
from server.api.codec.times import duration, timestamp
from server.api.pb import event_leaderboard_service_pb2 as cohorts
from server.api.pb import leaderboard_service_pb2 as boards
from server.api.pb import live_pb2 as live
from server.application.board_pages import BoardPage
from server.application.live.frames import Closed, Finalized, Frame, Heartbeat, Ready, Reason, ScoreUpdate
from server.domain.event_leaderboards import completion
from server.domain.leaderboards.scores import double_of
from server.domain.live.rows import LiveRow

_FINALIZED = {
    Reason.PHASE_ENDED: live.FINALIZED_REASON_PHASE_ENDED,
    Reason.COMPLETED: live.FINALIZED_REASON_COMPLETED,
    Reason.PERIOD_ROLLED: live.FINALIZED_REASON_PERIOD_ROLLED,
    Reason.ARCHIVED: live.FINALIZED_REASON_ARCHIVED,
}
_CLOSED = {
    Reason.FINALIZED: live.CLOSED_REASON_FINALIZED,
    Reason.GONE: live.CLOSED_REASON_GONE,
    Reason.FAILED: live.CLOSED_REASON_FAILED,
    Reason.DRAINING: live.CLOSED_REASON_DRAINING,
    Reason.SESSION_EXPIRED: live.CLOSED_REASON_SESSION_EXPIRED,
}


def finalized_reason(reason: Reason) -> live.FinalizedReason:
    """Return why a board is over."""
    return _FINALIZED[reason]


def closed(frame: Closed) -> live.WatchClosed:
    """Return the end of a stream."""
    after: timedelta | None = frame.retry_after
    return live.WatchClosed(reason=_CLOSED[frame.reason], retry_after=None if after is None else duration(after))


def cohort_message(frame: Frame) -> cohorts.WatchCohortResponse:
    """Return a frame about a cohort."""
    message = cohorts.WatchCohortResponse(revision=str(frame.revision))
    match frame:
        case Ready():
            cohort, phase = frame.board
            message.ready.CopyFrom(
                cohorts.CohortReady(
                    cohort_id=cohort.cohort_id,
                    event_leaderboard_id=cohort.event_id,
                    standings=map(_standing, frame.rows),
                    total=frame.total,
                    self=None if frame.own is None else _standing(frame.own),
                    end_time=timestamp(completion.completed_at(cohort, phase)),
                )
            )
        case ScoreUpdate():
            update = cohorts.CohortScoreUpdate(updates=map(_standing, frame.changes.rows), left=frame.changes.left)
            message.score_update.CopyFrom(update)
        case Finalized():
            message.finalized.CopyFrom(
                cohorts.CohortFinalized(
                    reason=finalized_reason(frame.reason),
                    standings=map(_standing, frame.rows),
                    total=frame.total,
                    self=None if frame.own is None else _standing(frame.own),
                )
            )
        case Closed():
            message.closed.CopyFrom(closed(frame))
        case Heartbeat():
            message.heartbeat.SetInParent()
    return message


def board_message(frame: Frame) -> boards.WatchLeaderboardResponse:
    """Return a frame about a leaderboard."""
    message = boards.WatchLeaderboardResponse(revision=str(frame.revision))
    match frame:
        case Ready():
            page: BoardPage = frame.board
            message.ready.CopyFrom(
                boards.LeaderboardReady(
                    leaderboard=page.board.key,
                    segment=page.segment,
                    period=period(page.period),
                    entries=_entries(frame.rows, page),
                    total=frame.total,
                    self=None if frame.own is None else _entry(frame.own, page),
                )
            )
        case ScoreUpdate():
            update = boards.LeaderboardScoreUpdate(
                updates=_entries(frame.changes.rows, frame.board), left=frame.changes.left
            )
            message.score_update.CopyFrom(update)
        case Finalized():
            message.finalized.CopyFrom(
                boards.LeaderboardFinalized(
                    reason=finalized_reason(frame.reason),
                    period=period(frame.board.period),
                    entries=_entries(frame.rows, frame.board),
                    total=frame.total,
                    self=None if frame.own is None else _entry(frame.own, frame.board),
                )
            )
        case Closed():
            message.closed.CopyFrom(closed(frame))
        case Heartbeat():
            message.heartbeat.SetInParent()
    return message


def encoded_once(frame: Frame, kind: str, encode: Callable[[Frame], bytes]) -> bytes:
    """Return the bytes of a frame, made when they are first asked for."""
    known = frame.encoded.get(kind)
    if known is None:
        known = frame.encoded[kind] = encode(frame)
    data: bytes = known
    return data


def _standing(row: LiveRow) -> cohorts.LiveStanding:
    return cohorts.LiveStanding(
        player_id=row.player_id,
        name=row.name,
        avatar_url=row.avatar_url,
        score=row.score,
        subscore=row.subscore,
        rank=row.rank,
    )


def _entries(rows: Iterable[LiveRow], page: BoardPage) -> list[boards.LiveEntry]:
    return [_entry(row, page) for row in rows]


def _entry(row: LiveRow, page: BoardPage) -> boards.LiveEntry:
    return boards.LiveEntry(
        player_id=row.player_id,
        name=row.name,
        avatar_url=row.avatar_url,
        score=double_of(row.score, page.board.ranking.decimals),
        rank=row.rank,
        position=row.position,
    )
