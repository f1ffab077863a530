"""Leaderboards: from models to the values the rules read. What a model allows is taken as it is; checks come before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal

from server.definitions.build_bot_binding import build_bots
from server.definitions.build_reward import build_range, build_reward
from server.definitions.build_scoring import build_rules
from server.definitions.content import canonical, hash_of
from server.definitions.models.bot import BotModel
from server.definitions.models.bot_binding import BoardBotsModel
from server.definitions.models.leaderboard import LeaderboardModel, RankingModel, RetentionModel, SegmentationModel
from server.definitions.models.reward import RangeModel
from server.definitions.models.reward_policy import PrizeEntryModel, PrizeTierModel, RewardPolicyModel
from server.definitions.models.timeframe import TimeframeModel
from server.definitions.source import read_json
from server.definitions.translate import leaderboard_in_our_words
from server.domain.ids import EventId, LeaderboardKey
from server.domain.instants import from_seconds
from server.domain.leaderboards.definition import (
    Aggregation,
    Leaderboard,
    Method,
    PrizeTier,
    Ranking,
    RankStyle,
    Retention,
    RewardPolicy,
    Segmentation,
    SegmentSource,
    Status,
    Timeframe,
    TimeframeType,
)
from server.domain.leaderboards.timeframes import WEEK_DAYS, boundaries
from server.domain.rewards import ItemDraw, Range, RewardConfig, RewardContents
from server.domain.schedule import Ticks, parse_cron
from server.domain.scoring import filters_of, scaled

_WITH_RESET_TIME = {TimeframeType.HOURLY, TimeframeType.DAILY, TimeframeType.WEEKLY, TimeframeType.MONTHLY}
_PERCENT = Decimal(100)


def board_content(
    model: LeaderboardModel, policies: Mapping[str, RewardPolicyModel], bots: Mapping[str, BotModel] | None = None
) -> str:
    """Return the canonical JSON of a leaderboard in Laurel's words, with its reward policy and bots: all it depends on."""
    return canonical(
        leaderboard_in_our_words(model, policies, bots or {}).model_dump(exclude_unset=True, by_alias=True)
    )


def leaderboard_from_content(key: LeaderboardKey, content: str) -> Leaderboard:
    """Return the leaderboard of a content that was activated once, perhaps by an older configuration."""
    model = LeaderboardModel.model_validate(read_json(content).data)
    decimals = model.ranking.decimals
    policy = model.reward_policy
    assert not isinstance(policy, str), "policies stand in the content"
    has_prizes = policy is not None
    scoring = model.scoring
    return Leaderboard(
        key=key,
        hash=hash_of(content),
        timeframe=build_timeframe(model.timeframe),
        name=model.name,
        description=model.description,
        additional_properties=dict(model.additional_properties),
        status=Status(model.status),
        scope=filters_of(model.scope.filters),
        rules=build_rules(scoring.rules),
        aggregation=Aggregation(scoring.aggregation or Aggregation.SUM.value),
        contribution_min=_scaled(scoring.contribution_min, decimals),
        contribution_max=_scaled(scoring.contribution_max, decimals),
        min_samples=scoring.min_samples,
        ranking=_ranking(model.ranking),
        segmentation=_segmentation(model.segmentation, has_prizes=has_prizes),
        reward_policy=None if policy is None else _reward_policy(policy, model.bots),
        authoritative=is_authoritative(model),
        bots=build_bots(model.bots),
        reveal_bots=model.reveal_bots,
        retention=_retention(model.retention),
    )


def is_authoritative(model: LeaderboardModel) -> bool:
    """Tell whether only trusted callers submit: said, or because there is something to win or rules that score (B24)."""
    if model.authoritative is not None:
        return model.authoritative
    return bool(model.scoring.rules) or model.reward_policy is not None or model.kraty_reward_policy is not None


def build_timeframe(model: TimeframeModel) -> Timeframe:
    """Return when periods begin and end.

    :raises CronError: if the cron expression is none
    """
    kind = TimeframeType(model.type or TimeframeType.NEVER.value)
    seconds = model.custom_duration_seconds
    return Timeframe(
        type=kind,
        timezone=model.timezone,
        ticks=_ticks(kind, model),
        every=None if seconds is None else timedelta(seconds=seconds),
        event_id=None if model.event_leaderboard is None else EventId(model.event_leaderboard),
        start_time=_moment(model.start_time_sec),
        end_time=_moment(model.end_time_sec),
        repeat=model.repeat,
        late_grace=timedelta(seconds=model.late_grace_seconds),
    )


def _ticks(kind: TimeframeType, model: TimeframeModel) -> Ticks | None:
    if kind is TimeframeType.CRON:
        return Ticks(parse_cron(model.cron or ""), model.timezone)
    if kind not in _WITH_RESET_TIME:
        return None
    day = WEEK_DAYS.index(model.reset_day) if model.reset_day is not None else 1
    return boundaries(kind, model.timezone, time.fromisoformat(model.reset_time or "00:00"), day)


def _moment(seconds: int) -> datetime | None:
    return from_seconds(seconds) if seconds else None


def _scaled(points: Decimal | None, decimals: int) -> int | None:
    return None if points is None else scaled(points, decimals)


def _ranking(model: RankingModel) -> Ranking:
    return Ranking(
        method=Method(model.method),
        rank_style=RankStyle(model.rank_style),
        ties_by_time=model.tie_break == "reached_at",
        size=model.size,
        min_score=_scaled(model.min_score, model.decimals),
        decimals=model.decimals,
    )


def _segmentation(model: SegmentationModel | None, *, has_prizes: bool) -> Segmentation | None:
    if model is None:
        return None
    default = SegmentSource.TRUSTED if has_prizes else SegmentSource.CLIENT
    return Segmentation(
        key=model.key,
        buckets=None if model.buckets is None else frozenset(model.buckets),
        source=default if model.source is None else SegmentSource(model.source),
        may_move=model.change == "move",
        max_segments=model.max_segments,
    )


def _retention(model: RetentionModel) -> Retention:
    return Retention(model.periods, None if model.days is None else timedelta(days=model.days))


def _reward_policy(model: RewardPolicyModel, bots: BoardBotsModel | None) -> RewardPolicy:
    return RewardPolicy(
        tiers=tuple(_prize_tier(tier) for tier in model.parameters.tiers),
        by_rank=model.by == "rank",
        min_entries=model.min_entries,
        bots_take_prizes=model.bots_take_prizes or (bots is not None and bots.bots_take_prizes),
        bots_count=bots is not None and bots.bots_count,
        auto_claim=model.auto_claim,
        claim_expiry=None if model.claim_expiry_sec is None else timedelta(seconds=model.claim_expiry_sec),
        hold=timedelta(seconds=model.hold_seconds),
    )


def _prize_tier(model: PrizeTierModel) -> PrizeTier:
    share = None if model.percent is None else model.percent / _PERCENT
    reward = _reward_of(model.entries or []) if model.reward is None else build_reward(model.reward)
    return PrizeTier(model.key, reward, model.to, share, model.max_places)


def _reward_of(entries: list[PrizeEntryModel]) -> RewardConfig:
    """Return the reward that entries list: contents that are certain. Their order means nothing, so they are sorted."""
    currencies = {one.currencyKey: _drawn(one.amount) for one in entries if one.currencyKey is not None}
    items = {one.itemKey: ItemDraw(_drawn(one.quantity)) for one in entries if one.itemKey is not None}
    return RewardConfig(RewardContents(items=dict(sorted(items.items())), currencies=dict(sorted(currencies.items()))))


def _drawn(amount: int | RangeModel | None) -> Range:
    return build_range(amount) if isinstance(amount, RangeModel) else Range(amount or 0)
