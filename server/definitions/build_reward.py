"""Rewards: from models to what the dice read (E62)."""

from __future__ import annotations

from server.definitions.models.reward import (
    DecimalRangeModel,
    ItemDrawModel,
    RangeModel,
    RewardContentsModel,
    RewardModel,
    StringPropertyModel,
    WeightedContentsModel,
)
from server.domain.rewards import (
    DecimalRange,
    EnergyModifier,
    ItemDraw,
    ItemSetDraw,
    Range,
    RewardConfig,
    RewardContents,
    RewardModifier,
    StringProperty,
)


def build_reward(model: RewardModel) -> RewardConfig:
    """Return the reward that a model describes."""
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
        item_sets=tuple(ItemSetDraw(tuple(draw.set), build_range(draw), draw.max_repeats) for draw in model.item_sets),
        currencies={key: build_range(span) for key, span in sorted(model.currencies.items())},
        energies={key: build_range(span) for key, span in sorted(model.energies.items())},
        energy_modifiers=tuple(
            EnergyModifier(
                one.id,
                one.operator,
                build_range(one.duration_sec),
                None if one.value is None else build_range(one.value),
            )
            for one in model.energy_modifiers
        ),
        reward_modifiers=tuple(
            RewardModifier(one.id, one.type, one.operator, build_range(one.value), build_range(one.duration_sec))
            for one in model.reward_modifiers
        ),
        weight=model.weight if isinstance(model, WeightedContentsModel) else 0,
    )


def build_range(model: RangeModel) -> Range:
    """Return the range that a model describes."""
    return Range(model.min, model.max, model.multiple)


def _item_draw(model: ItemDrawModel) -> ItemDraw:
    return ItemDraw(
        count=build_range(model),
        string_properties={key: _string_property(one) for key, one in sorted(model.string_properties.items())},
        numeric_properties={key: _decimalbuild_range(one) for key, one in sorted(model.numeric_properties.items())},
    )


def _string_property(model: StringPropertyModel) -> StringProperty:
    return StringProperty({text: option.weight for text, option in sorted(model.options.items())}, model.total_weight)


def _decimalbuild_range(model: DecimalRangeModel) -> DecimalRange:
    return DecimalRange(model.min, model.max, model.multiple)
