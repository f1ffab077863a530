"""What a reward can be, and what it turns out to be once the dice have fallen (E62).

A `RewardConfig` is what a designer wrote: contents that are certain, and rows drawn by weight. A `Reward` is what one
player gets. Currencies and items are credited; energies, modifiers and the message are kept for the game to apply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from typing import Literal

from server.domain.dice import Dice
from server.domain.values import value

_GRID = 1_000_000
"""Numeric properties without a `multiple` are drawn to six decimal places."""


@value
class Range:
    """A whole number in [min, max]; with `multiple`, one of its multiples. Without `max`, just `min`."""

    min: int
    max: int | None = None
    multiple: int = 0

    def drawn(self, dice: Dice) -> int:
        """Return one of the allowed numbers, each as likely as the others."""
        high = self.min if self.max is None else self.max
        if self.multiple <= 1:
            return dice.between(self.min, high)
        return dice.between(-(-self.min // self.multiple), high // self.multiple) * self.multiple


@value
class DecimalRange:
    """A decimal in [min, max]; with `multiple`, `min` plus whole multiples of it."""

    min: Decimal
    max: Decimal | None = None
    multiple: Decimal = Decimal(0)

    def drawn(self, dice: Dice) -> Decimal:
        """Return one of the allowed numbers, each as likely as the others."""
        high = self.min if self.max is None else self.max
        step = self.multiple if self.multiple > 0 else Decimal(1) / _GRID
        return self.min + step * dice.between(0, int((high - self.min) / step))


@value
class StringProperty:
    """A text drawn by weight; `total_weight` above the sum leaves room for none at all."""

    options: Mapping[str, int]
    total_weight: int = 0


@value
class ItemDraw:
    """How many of an item, and which properties its instances get."""

    count: Range
    string_properties: Mapping[str, StringProperty] = field(default_factory=dict)
    numeric_properties: Mapping[str, DecimalRange] = field(default_factory=dict)


@value
class ItemSetDraw:
    """Items drawn from those that belong to every one of the named sets.

    `max_repeats` bounds how many of one item the player ends up with, counting what he owns; 0 is no bound.
    """

    sets: tuple[str, ...]
    count: Range
    max_repeats: int = 0


@value
class EnergyModifier:
    """A change to an energy for a while, as configured."""

    id: str
    operator: str
    duration_sec: Range
    value: Range | None = None


@value
class RewardModifier:
    """A change to later rewards for a while, as configured."""

    id: str
    type: Literal["currency", "item"]
    operator: Literal["multiplier", "addition"]
    value: Range
    duration_sec: Range


@value
class RewardContents:
    """One bundle: everything in it is given. `weight` counts only in a weighted row."""

    items: Mapping[str, ItemDraw] = field(default_factory=dict)
    item_sets: tuple[ItemSetDraw, ...] = ()
    currencies: Mapping[str, Range] = field(default_factory=dict)
    energies: Mapping[str, Range] = field(default_factory=dict)
    energy_modifiers: tuple[EnergyModifier, ...] = ()
    reward_modifiers: tuple[RewardModifier, ...] = ()
    weight: int = 0


@value
class RewardConfig:
    """What a designer offers.

    `max_rolls` rows are drawn from `weighted`, none of them more than `max_repeat_rolls` times (0: no bound);
    `total_weight` above the sum of the weights leaves a chance of nothing (0: no such chance).
    With `to_mailbox_expiry_sec` the grant stays pending so long, until the player takes it.
    """

    guaranteed: RewardContents | None = None
    weighted: tuple[RewardContents, ...] = ()
    max_rolls: int = 0
    max_repeat_rolls: int = 0
    total_weight: int = 0
    to_mailbox_expiry_sec: int = 0
    message: str = ""


@value
class Item:
    """An item of config/items/*.json. `max_count` bounds how many a player can own; 0 is no bound."""

    id: str
    name: str = ""
    item_sets: frozenset[str] = frozenset()
    max_count: int = 0


@value
class ItemInstance:
    """Items that came with drawn properties."""

    item_id: str
    count: int
    string_properties: Mapping[str, str]
    numeric_properties: Mapping[str, float]


@value
class RolledEnergyModifier:
    """An energy modifier with its numbers drawn."""

    id: str
    operator: str
    value: int
    duration_sec: int


@value
class RolledRewardModifier:
    """A reward modifier with its numbers drawn."""

    id: str
    type: str
    operator: str
    value: int
    duration_sec: int


@value
class Reward:
    """What one player gets. An empty reward is a reward too: a claim by a rank that wins nothing succeeds (E61)."""

    items: Mapping[str, int] = field(default_factory=dict)
    currencies: Mapping[str, int] = field(default_factory=dict)
    energies: Mapping[str, int] = field(default_factory=dict)
    energy_modifiers: tuple[RolledEnergyModifier, ...] = ()
    reward_modifiers: tuple[RolledRewardModifier, ...] = ()
    item_instances: tuple[ItemInstance, ...] = ()
    to_mailbox_expiry_sec: int = 0
    message: str = ""


EMPTY_REWARD = Reward()


def roll_reward(config: RewardConfig | None, dice: Dice, items: Mapping[str, Item], owned: Mapping[str, int]) -> Reward:
    """Roll a reward: the guaranteed contents, then `max_rolls` draws from the weighted rows.

    `items` is the item catalogue (for item sets), `owned` the player's inventory (for `max_repeats`).
    """
    if config is None:
        return EMPTY_REWARD
    tally = _Tally(dice, items, owned)
    if config.guaranteed is not None:
        tally.add(config.guaranteed)
    for row in _drawn_rows(config, dice):
        tally.add(row)
    return tally.reward(config)


def needs_inventory(config: RewardConfig | None) -> bool:
    """Tell whether a roll of this reward looks at what the player owns."""
    if config is None:
        return False
    contents = (*config.weighted, *([config.guaranteed] if config.guaranteed is not None else []))
    return any(draw.max_repeats for content in contents for draw in content.item_sets)


def _drawn_rows(config: RewardConfig, dice: Dice) -> list[RewardContents]:
    weights = [row.weight for row in config.weighted]
    nothing = max(config.total_weight - sum(weights), 0)
    times = [0] * len(weights)
    rows = []
    for _ in range(config.max_rolls):
        index = dice.weighted([*weights, nothing])
        if index is None:
            break
        if index == len(weights):
            continue
        rows.append(config.weighted[index])
        times[index] += 1
        if times[index] == config.max_repeat_rolls:
            weights[index] = 0
    return rows


class _Tally:
    """Adds up bundles while they are drawn."""

    def __init__(self, dice: Dice, items: Mapping[str, Item], owned: Mapping[str, int]) -> None:
        self._dice = dice
        self._catalogue = items
        self._owned = owned
        self._items: dict[str, int] = {}
        self._currencies: dict[str, int] = {}
        self._energies: dict[str, int] = {}
        self._energy_modifiers: list[RolledEnergyModifier] = []
        self._reward_modifiers: list[RolledRewardModifier] = []
        self._instances: list[ItemInstance] = []

    def add(self, contents: RewardContents) -> None:
        """Draw one bundle. The order of the draws is part of the result, so it never changes."""
        for item_id, draw in contents.items.items():
            self._add_item(item_id, draw)
        for item_set in contents.item_sets:
            self._add_from_sets(item_set)
        for currency, amount in contents.currencies.items():
            self._currencies[currency] = self._currencies.get(currency, 0) + amount.drawn(self._dice)
        for energy, amount in contents.energies.items():
            self._energies[energy] = self._energies.get(energy, 0) + amount.drawn(self._dice)
        self._energy_modifiers += [self._energy_modifier(modifier) for modifier in contents.energy_modifiers]
        self._reward_modifiers += [self._reward_modifier(modifier) for modifier in contents.reward_modifiers]

    def reward(self, config: RewardConfig) -> Reward:
        """Return the sum; entries that came out as 0 are left out."""
        return Reward(
            items={key: count for key, count in self._items.items() if count},
            currencies={key: amount for key, amount in self._currencies.items() if amount},
            energies={key: amount for key, amount in self._energies.items() if amount},
            energy_modifiers=tuple(self._energy_modifiers),
            reward_modifiers=tuple(self._reward_modifiers),
            item_instances=tuple(self._instances),
            to_mailbox_expiry_sec=config.to_mailbox_expiry_sec,
            message=config.message,
        )

    def _add_item(self, item_id: str, draw: ItemDraw) -> None:
        count = draw.count.drawn(self._dice)
        self._items[item_id] = self._items.get(item_id, 0) + count
        if count and (draw.string_properties or draw.numeric_properties):
            self._instances.append(self._instance(item_id, count, draw))

    def _instance(self, item_id: str, count: int, draw: ItemDraw) -> ItemInstance:
        texts = {}
        for key, choice in draw.string_properties.items():
            options = list(choice.options)
            weights = list(choice.options.values())
            index = self._dice.weighted([*weights, max(choice.total_weight - sum(weights), 0)])
            if index is not None and index < len(options):
                texts[key] = options[index]
        numbers = {key: float(span.drawn(self._dice)) for key, span in draw.numeric_properties.items()}
        return ItemInstance(item_id, count, texts, numbers)

    def _add_from_sets(self, draw: ItemSetDraw) -> None:
        wanted = frozenset(draw.sets)
        pool = sorted(item.id for item in self._catalogue.values() if wanted <= item.item_sets)
        for _ in range(draw.count.drawn(self._dice)):
            if draw.max_repeats:
                pool = [item_id for item_id in pool if self._count_of(item_id) < draw.max_repeats]
            if not pool:
                return
            item_id = pool[self._dice.below(len(pool))]
            self._items[item_id] = self._items.get(item_id, 0) + 1

    def _count_of(self, item_id: str) -> int:
        return self._owned.get(item_id, 0) + self._items.get(item_id, 0)

    def _energy_modifier(self, modifier: EnergyModifier) -> RolledEnergyModifier:
        value = 0 if modifier.value is None else modifier.value.drawn(self._dice)
        return RolledEnergyModifier(modifier.id, modifier.operator, value, modifier.duration_sec.drawn(self._dice))

    def _reward_modifier(self, modifier: RewardModifier) -> RolledRewardModifier:
        value = modifier.value.drawn(self._dice)
        return RolledRewardModifier(
            modifier.id, modifier.type, modifier.operator, value, modifier.duration_sec.drawn(self._dice)
        )
