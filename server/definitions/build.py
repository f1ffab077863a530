"""From models to the values the rules read. What a model allows is taken as it is; checks have been made before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from server.definitions.models.event_leaderboard import (
    OPERATORS,
    ChangeZoneModel,
    EventLeaderboardModel,
    RewardTierModel,
    TierOverrideModel,
)
from server.definitions.models.item import ItemModel
from server.definitions.models.reward import (
    DecimalRangeModel,
    ItemDrawModel,
    RangeModel,
    RewardContentsModel,
    RewardModel,
    StringPropertyModel,
    WeightedContentsModel,
)
from server.definitions.source import read_json
from server.domain.event_leaderboards.definition import ChangeZone, Definition, RewardTier, TierRules
from server.domain.ids import DefinitionHash, EventId
from server.domain.instants import BEGINNING, NEVER, from_seconds
from server.domain.rewards import (
    DecimalRange,
    EnergyModifier,
    Item,
    ItemDraw,
    ItemSetDraw,
    Range,
    RewardConfig,
    RewardContents,
    RewardModifier,
    StringProperty,
)
from server.domain.schedule import Schedule, Ticks, parse_cron

_T = TypeVar("_T")


def content_of(model: EventLeaderboardModel) -> str:
    """Return the canonical JSON of a definition: what was written, keys sorted, so that equal content has equal bytes."""
    return _canonical(model.model_dump(exclude_unset=True))


def hash_of(content: str) -> DefinitionHash:
    """Return the content hash by which a phase pins its definition (E8)."""
    return DefinitionHash(hashlib.sha256(content.encode()).hexdigest()[:32])


def definition_from_content(event_id: EventId, content: str) -> Definition:
    """Return the definition of a content that was activated once, perhaps by an older configuration."""
    return build_definition(event_id, EventLeaderboardModel.model_validate(read_json(content).data))


def build_definition(event_id: EventId, model: EventLeaderboardModel) -> Definition:
    """Return the definition that a model describes, with every tier's overrides applied."""
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


def _canonical(value: object) -> str:
    """Write JSON in the one form that equal content has; decimals in full, so that 0.29 comes back as exactly 0.29."""
    if isinstance(value, Mapping):
        members = (f"{json.dumps(key, ensure_ascii=False)}:{_canonical(one)}" for key, one in sorted(value.items()))
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical, value)) + "]"
    return format(value, "f") if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


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
        reward=None if model.reward is None else _reward(model.reward),
        tier_change=model.tier_change,
        roll_cooldown=_optional_seconds(model.roll_cooldown_sec),
        reroll_count_freeze=model.reroll_count_freeze,
    )


def _change_zone(model: ChangeZoneModel) -> ChangeZone:
    return ChangeZone(**model.model_dump())


def _reward(model: RewardModel) -> RewardConfig:
    draws = 1 if model.max_rolls is None else model.max_rolls
    return RewardConfig(
        guaranteed=None if model.guaranteed is None else _contents(model.guaranteed),
        weighted=tuple(_contents(row) for row in model.weighted),
        max_rolls=draws if model.weighted else 0,
        max_repeat_rolls=model.max_repeat_rolls,
        total_weight=model.total_weight,
        to_mailbox_expiry_sec=model.to_mailbox_expiry_sec,
        message=model.message,
    )


def _contents(model: RewardContentsModel) -> RewardContents:
    """Keys are sorted: the order of draws belongs to the result, and a file's order of keys means nothing."""
    return RewardContents(
        items={key: _item_draw(draw) for key, draw in sorted(model.items.items())},
        item_sets=tuple(ItemSetDraw(tuple(draw.set), _range(draw), draw.max_repeats) for draw in model.item_sets),
        currencies={key: _range(span) for key, span in sorted(model.currencies.items())},
        energies={key: _range(span) for key, span in sorted(model.energies.items())},
        energy_modifiers=tuple(
            EnergyModifier(
                one.id, one.operator, _range(one.duration_sec), None if one.value is None else _range(one.value)
            )
            for one in model.energy_modifiers
        ),
        reward_modifiers=tuple(
            RewardModifier(one.id, one.type, one.operator, _range(one.value), _range(one.duration_sec))
            for one in model.reward_modifiers
        ),
        weight=model.weight if isinstance(model, WeightedContentsModel) else 0,
    )


def _range(model: RangeModel) -> Range:
    return Range(model.min, model.max, model.multiple)


def _item_draw(model: ItemDrawModel) -> ItemDraw:
    return ItemDraw(
        count=_range(model),
        string_properties={key: _string_property(one) for key, one in sorted(model.string_properties.items())},
        numeric_properties={key: _decimal_range(one) for key, one in sorted(model.numeric_properties.items())},
    )


def _string_property(model: StringPropertyModel) -> StringProperty:
    return StringProperty({text: option.weight for text, option in sorted(model.options.items())}, model.total_weight)


def _decimal_range(model: DecimalRangeModel) -> DecimalRange:
    return DecimalRange(model.min, model.max, model.multiple)
