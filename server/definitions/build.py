"""From models to the values the rules read. What a model allows is taken as it is; checks have been made before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TypeVar

from server.definitions.build_bot_binding import build_bots
from server.definitions.build_reward import build_reward
from server.definitions.build_scoring import build_event_rules, build_metrics
from server.definitions.content import canonical, hash_of
from server.definitions.models.bot import BotModel
from server.definitions.models.contribution import BindingModel
from server.definitions.models.event_leaderboard import (
    OPERATORS,
    ChangeZoneModel,
    EventLeaderboardModel,
    RewardTierModel,
    TierOverrideModel,
)
from server.definitions.models.item import ItemModel
from server.definitions.source import read_json
from server.definitions.translate import event_in_our_words
from server.domain.event_leaderboards.definition import Binding, ChangeZone, Definition, RewardTier, TierRules
from server.domain.ids import EventId, LeaderboardKey
from server.domain.instants import BEGINNING, NEVER, from_seconds
from server.domain.rewards import Item
from server.domain.schedule import Schedule, Ticks, parse_cron

_T = TypeVar("_T")


def content_of(model: EventLeaderboardModel, bots: Mapping[str, BotModel] | None = None) -> str:
    """Return the canonical JSON of a definition, with the bots that it names: all that it depends on, keys sorted."""
    return canonical(event_in_our_words(model, bots or {}).model_dump(exclude_unset=True, by_alias=True))


def definition_from_content(event_id: EventId, content: str) -> Definition:
    """Return the definition of a content that was activated once, perhaps by an older configuration."""
    return build_definition(event_id, EventLeaderboardModel.model_validate(read_json(content).data))


def build_definition(
    event_id: EventId, model: EventLeaderboardModel, bots: Mapping[str, BotModel] | None = None
) -> Definition:
    """Return the definition that a model describes, with every tier's overrides applied. `bots`: those it may name."""
    model = event_in_our_words(model, bots or {})
    return Definition(
        event_id=event_id,
        hash=hash_of(content_of(model)),
        schedule=build_schedule(model),
        tier_rules=tuple(_tier_rules(model, tier) for tier in range(model.tiers)),
        name=model.name,
        description=model.description,
        category=model.category,
        additional_properties=dict(model.additional_properties),
        ascending=model.ascending,
        subscore_ascending=model.ascending if model.subscore_ascending is None else model.subscore_ascending,
        operator=OPERATORS[model.operator],
        max_rolls=None if model.max_rolls < 0 else max(model.max_rolls, 1),
        max_idle_tier_drop=model.max_idle_tier_drop,
        roll_cooldown=timedelta(seconds=model.roll_cooldown_sec),
        start_tier=model.start_tier,
        authoritative=model.authoritative,
        allow_operator_override=model.allow_operator_override,
        score_min=model.score_min,
        score_max=model.score_max,
        claim_expiry=_optional_seconds(model.claim_expiry_sec),
        auto_claim=model.auto_claim,
        min_cohort_size=model.min_cohort_size,
        roll_closes=timedelta(seconds=model.roll_closes_sec),
        cohort_open=_optional_seconds(model.cohort_open_sec),
        tier_change_on_reroll=model.tier_change_on_reroll,
        min_account_age=timedelta(seconds=model.min_account_age_sec),
        keep_phases=model.keep_phases,
        contributes_to=tuple(_binding(one) for one in model.contributes_to),
        scoring=build_event_rules(model.scoring),
        metrics=build_metrics(model.metrics, model.score_expression),
        bots=build_bots(model.bots),
        reveal_bots=model.reveal_bots,
    )


def build_schedule(model: EventLeaderboardModel) -> Schedule:
    """Return when the event runs.

    :raises CronError: if the reset schedule is none
    """
    return Schedule(
        ticks=Ticks(parse_cron(model.reset_schedule), model.timezone) if model.reset_schedule else None,
        start_time=from_seconds(model.start_time_sec) if model.start_time_sec else BEGINNING,
        end_time=from_seconds(model.end_time_sec) if model.end_time_sec else NEVER,
        duration=timedelta(seconds=model.duration) if model.duration else None,
    )


def build_items(models: Mapping[str, ItemModel]) -> dict[str, Item]:
    """Return the item catalogue."""
    return {
        item_id: Item(item_id, model.name, frozenset(model.item_sets), model.max_count)
        for item_id, model in models.items()
    }


def _optional_seconds(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _chosen(own: _T | None, inherited: _T) -> _T:
    return inherited if own is None else own


def _tier_rules(model: EventLeaderboardModel, tier: int) -> TierRules:
    """Return what holds in a tier. An override that is unset inherits; an explicit 0 overrides (E2)."""
    key = str(tier)
    override = model.tier_overrides.get(key, TierOverrideModel())

    limit = _chosen(override.score_time_limit_sec, model.score_time_limit_sec)
    return TierRules(
        tier=tier,
        name=_chosen(override.name, model.name),
        description=_chosen(override.description, model.description),
        cohort_size=_chosen(override.cohort_size, model.cohort_size),
        max_num_score=_chosen(override.max_num_score, model.max_num_score),
        score_target=_chosen(override.score_target, model.score_target) or None,
        score_target_players=_chosen(override.score_target_players, model.score_target_players),
        score_time_limit=timedelta(seconds=limit) if limit else None,
        tier_delta_per_phase=_chosen(override.tier_delta_per_phase, model.tier_delta_per_phase),
        reward_tiers=tuple(
            sorted((_reward_tier(one) for one in model.reward_tiers.get(key, [])), key=lambda one: one.rank_min)
        ),
        change_zone=_change_zone(model.change_zones[key]) if key in model.change_zones else None,
    )


def _reward_tier(model: RewardTierModel) -> RewardTier:
    return RewardTier(
        rank_min=model.rank_min,
        rank_max=model.rank_max,
        name=model.name,
        reward=None if model.reward is None else build_reward(model.reward),
        tier_change=model.tier_change,
        roll_cooldown=_optional_seconds(model.roll_cooldown_sec),
        reroll_count_freeze=model.reroll_count_freeze,
    )


def _change_zone(model: ChangeZoneModel) -> ChangeZone:
    return ChangeZone(**model.model_dump())


def _binding(written: str | BindingModel) -> Binding:
    if isinstance(written, str):
        return Binding(LeaderboardKey(written))
    return Binding(LeaderboardKey(written.leaderboard), written.contribute == "final", written.segment)
