"""Leaderboards, their periods, pages and what scores did to them as messages; scores are doubles (B22)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import TypeAlias

from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.timestamp_pb2 import Timestamp

from server.api.codec.rewards import available_rewards
from server.api.codec.times import duration, maybe_timestamp, timestamp
from server.api.pb import leaderboard_pb2 as boards
from server.api.pb import leaderboard_service_pb2 as service
from server.api.pb import server_service_pb2 as server
from server.application.board_pages import BoardPage, BoardRow, PeriodView
from server.application.board_submissions import BoardSubmitted
from server.application.contributions import Contributed
from server.application.list_leaderboards import BoardView
from server.domain.leaderboards.definition import (
    Aggregation,
    Leaderboard,
    PrizeTier,
    Ranking,
    RankStyle,
    RewardPolicy,
    Segmentation,
    SegmentSource,
    Status,
    TimeframeType,
)
from server.domain.leaderboards.outcomes import Outcome
from server.domain.leaderboards.periods import PeriodState
from server.domain.leaderboards.scores import double_of
from server.ports.catalog import Catalog

STATUSES = {one: f"LEADERBOARD_STATUS_{one.name}" for one in Status}
TIMEFRAMES = {one: f"TIMEFRAME_{one.name}" for one in TimeframeType}
AGGREGATIONS = {one: f"AGGREGATION_{one.name}" for one in Aggregation}
RANK_STYLES = {one: f"RANK_STYLE_{one.name}" for one in RankStyle}
PERIOD_STATES = {one: f"PERIOD_STATE_{one.name}" for one in PeriodState}
OUTCOMES = {one: f"CONTRIBUTION_OUTCOME_{one.name}" for one in Outcome}
"""Enums by the names that the protos give them, which are ours with the enum's in front."""
_PERCENT = 100

Told: TypeAlias = RepeatedCompositeFieldContainer[boards.LeaderboardContribution]
"""Where an answer tells what scores did to leaderboards. Messages are made there: one that is handed over is copied."""


def leaderboard(view: BoardView) -> boards.Leaderboard:
    """Return a leaderboard, its running period, and when the next one begins."""
    board, ranking = view.board, view.board.ranking
    return boards.Leaderboard(
        key=board.key,
        name=board.name,
        description=board.description,
        additional_properties=board.additional_properties,
        status=STATUSES[board.status],
        timeframe=TIMEFRAMES[board.timeframe.type],
        timezone=board.timeframe.timezone,
        aggregation=AGGREGATIONS[board.aggregation],
        direction=direction(ranking),
        rank_style=RANK_STYLES[ranking.rank_style],
        ties_by_time=ranking.ranks_time,
        decimals=ranking.decimals,
        size=ranking.size or 0,
        min_score=None if ranking.min_score is None else double_of(ranking.min_score, ranking.decimals),
        min_samples=board.min_samples,
        authoritative=board.authoritative,
        segmentation=None if board.segmentation is None else _segmentation(board.segmentation),
        reward_config=None if board.reward_policy is None else _reward_policy(board.reward_policy),
        period=None if view.period is None else period(view.period),
        definition_hash=board.hash,
        next_start_time=maybe_timestamp(view.next_start),
    )


def direction(ranking: Ranking) -> boards.Direction:
    """Return which scores stand first."""
    return boards.DIRECTION_ASCENDING if ranking.is_ascending else boards.DIRECTION_DESCENDING


def period(view: PeriodView) -> boards.LeaderboardPeriod:
    """Return a period."""
    return boards.LeaderboardPeriod(
        window_key=view.window_key,
        start_time=timestamp(view.start),
        end_time=maybe_timestamp(view.end),
        state=PERIOD_STATES[view.state],
        entries=view.entries,
    )


def page(one: BoardPage, *, is_trusted: bool) -> boards.LeaderboardPage:
    """Return a page. Trusted callers are told who is a bot, players only where the leaderboard reveals it (L7)."""
    board = one.board
    decimals, tells_kind = board.ranking.decimals, is_trusted or board.reveal_bots
    tells_prizes = tells_kind or not _prizes_give_bots_away(board)
    message = boards.LeaderboardPage(
        leaderboard=board.key,
        aggregation=AGGREGATIONS[board.aggregation],
        direction=direction(board.ranking),
        decimals=decimals,
        segment=one.segment,
        period=period(one.period),
        total=one.total,
        reward_config=None if board.reward_policy is None else _reward_policy(board.reward_policy),
        revision=one.revision,
    )
    for row in one.rows:
        _put(message.entries.add(), row, decimals, tells_kind=tells_kind, tells_prize=tells_prizes or row.is_self)
    if one.own is not None:
        _put(message.self, one.own, decimals, tells_kind=tells_kind, tells_prize=True)
    return message


def _prizes_give_bots_away(board: Leaderboard) -> bool:
    """Tell whether whoever stands high and wins nothing must be a bot."""
    policy = board.reward_policy
    return board.bots is not None and policy is not None and not policy.bots_take_prizes


class Contributions:
    """Tells what scores did to leaderboards, each in the decimals of the period that it counts in."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def add(self, messages: Told, contributed: Iterable[Contributed]) -> None:
        """Add a message for each."""
        for one in contributed:
            add_contribution(messages, one, self._decimals(one))

    def _decimals(self, one: Contributed) -> int:
        if one.period_start is None:
            return 0  # no score is told of what does not count
        period = self._catalog.period_at(one.leaderboard, one.period_start)
        board = self._catalog.board_of(one.leaderboard).present if period is None else period.definition
        return board.ranking.decimals


def add_contribution(messages: Told, one: Contributed, decimals: int) -> None:
    """Add what a score did to a leaderboard that has so many decimals."""
    message = messages.add(
        leaderboard=one.leaderboard,
        applied=one.is_applied,
        outcome=OUTCOMES[one.outcome],
        detail=one.detail,
        points=one.points,
    )
    if one.entry is None:
        return
    message.period_start_time.CopyFrom(_start_time(one.entry.key.period.start))
    message.segment = one.entry.segment
    message.score = double_of(one.entry.aggregate.score, decimals)
    message.num_scores = one.entry.aggregate.samples
    if one.before is not None:
        message.previous_score = double_of(one.before.aggregate.score, decimals)


@lru_cache(maxsize=256)
def _start_time(start: datetime) -> Timestamp:
    """Return when a period starts, to be copied: all scores of a call tend to lie in one."""
    return timestamp(start)


def put_score(
    message: service.LeaderboardServiceSubmitScoreResponse | server.LeaderboardScoreResult, one: BoardSubmitted
) -> None:
    """Write what a score did, and where the player stands now; nothing where it does not count."""
    contributed, entry = one.contributed, one.contributed.entry
    message.applied = contributed.is_applied
    if entry is None or one.board is None:
        return
    decimals = one.board.ranking.decimals
    message.improved = one.is_improved
    if contributed.before is not None:
        message.previous_score = double_of(contributed.before.aggregate.score, decimals)
    message.score = double_of(entry.aggregate.score, decimals)
    message.num_scores = entry.aggregate.samples
    message.segment = entry.segment
    message.period_start_time.CopyFrom(timestamp(entry.key.period.start))
    if one.place is not None:
        message.rank, message.position = one.place.rank, one.place.position


def _put(
    message: boards.LeaderboardEntry, row: BoardRow, decimals: int, *, tells_kind: bool, tells_prize: bool
) -> None:
    """Write a line where it belongs: one that is handed over is copied."""
    aggregate = row.aggregate
    message.player_id = row.player_id
    message.name = row.name
    message.avatar_url = row.avatar_url
    message.score = double_of(aggregate.score, decimals)
    message.rank = row.rank or 0
    message.position = row.position or 0
    if tells_prize:
        message.prize_position = row.prize_position or 0
        message.prize_tier = row.prize_tier
    message.num_scores = aggregate.samples
    message.reached_time.CopyFrom(timestamp(aggregate.reached_at))
    message.update_time.CopyFrom(timestamp(row.updated_at))
    message.metadata = aggregate.metadata or "{}"
    message.is_self = row.is_self
    message.is_hidden = row.is_hidden
    if tells_kind:
        message.kind = boards.PLAYER_KIND_BOT if row.is_bot else boards.PLAYER_KIND_PLAYER


def _segmentation(one: Segmentation) -> boards.Segmentation:
    return boards.Segmentation(
        key=one.key, buckets=sorted(one.buckets or ()), from_clients=one.source is SegmentSource.CLIENT
    )


def _reward_policy(policy: RewardPolicy) -> boards.RewardPolicy:
    return boards.RewardPolicy(
        tiers=[_prize_tier(tier) for tier in policy.tiers],
        by=boards.PRIZES_BY_RANK if policy.by_rank else boards.PRIZES_BY_POSITION,
        min_entries=policy.min_entries,
        bots_take_prizes=policy.bots_take_prizes,
        bots_count=policy.bots_count,
        auto_claim=policy.auto_claim,
        claim_expiry=None if policy.claim_expiry is None else duration(policy.claim_expiry),
        hold=duration(policy.hold) if policy.hold else None,
    )


def _prize_tier(tier: PrizeTier) -> boards.PrizeTier:
    return boards.PrizeTier(
        key=tier.key,
        to=tier.to,
        percent=None if tier.share is None else float(tier.share * _PERCENT),
        max_places=tier.max_places,
        rewards=available_rewards(tier.reward),
    )
