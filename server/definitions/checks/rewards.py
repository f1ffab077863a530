"""Whether rewards can be rolled at all, and name things that exist (E1, E62)."""

from __future__ import annotations

from collections.abc import Iterator

from server.definitions.checks.problems import Problems, warning
from server.definitions.checks.world import Shelf
from server.definitions.diagnostics import Problem
from server.definitions.models.event_leaderboard import EventLeaderboardModel
from server.definitions.models.item import ItemModel
from server.definitions.models.reward import ItemDrawModel, RangeModel, RewardContentsModel, RewardModel
from server.definitions.source import Path


def reward_problems(path: Path, model: EventLeaderboardModel, items: Shelf[ItemModel]) -> Problems:
    """Tell which rewards name things that do not exist, or draw from nothing."""
    for key, brackets in model.reward_tiers.items():
        for index, bracket in enumerate(brackets):
            if bracket.reward is not None:
                yield from one_reward_problems((*path, "reward_tiers", key, index, "reward"), bracket.reward, items)


def one_reward_problems(path: Path, reward: RewardModel, items: Shelf[ItemModel]) -> Problems:
    """Tell what is wrong with one reward."""
    if reward.guaranteed is not None:
        yield from _contents_problems((*path, "guaranteed"), reward.guaranteed, items)
    for index, row in enumerate(reward.weighted):
        yield from _contents_problems((*path, "weighted", index), row, items)
    total = sum(row.weight for row in reward.weighted)
    if reward.total_weight and reward.total_weight < total:
        yield Problem(
            (*path, "total_weight"),
            f"the weights add up to {total}, more than total_weight",
            f"use {total} or more, or 0 for the sum",
        )
    if reward.weighted and not total:
        yield Problem(
            (*path, "weighted"), "no row has a weight, so none can be drawn", "give at least one a weight above 0"
        )
    if reward.weighted and reward.max_rolls == 0:
        yield warning((*path, "max_rolls"), "no row of weighted is ever drawn", "raise max_rolls, or remove weighted")
    if reward.max_rolls and not reward.weighted:
        yield warning((*path, "max_rolls"), "there is nothing to draw from", "add weighted, or remove max_rolls")


def _contents_problems(path: Path, contents: RewardContentsModel, items: Shelf[ItemModel]) -> Problems:
    yield from _unknown_items(path, contents, items)
    for place, span in _ranges(path, contents):
        yield from range_problems(place, span)
    for item_id, draw in contents.items.items():
        yield from _property_problems((*path, "items", item_id), draw)


def _unknown_items(path: Path, contents: RewardContentsModel, items: Shelf[ItemModel]) -> Problems:
    for item_id in contents.items:
        if items.lacks(item_id):
            mend = items.like(item_id) or "add it to a file in config/items"
            yield Problem((*path, "items", item_id), f"there is no item {item_id!r}", mend, at_key=True)
    for index, draw in enumerate(contents.item_sets):
        if items.is_sound and not any(set(draw.set) <= set(item.item_sets) for item in items.models.values()):
            yield Problem(
                (*path, "item_sets", index, "set"),
                f"no item belongs to {' and '.join(map(repr, draw.set))}",
                "name sets that items in config/items share",
            )


def _ranges(path: Path, contents: RewardContentsModel) -> Iterator[tuple[Path, RangeModel]]:
    for option in ("items", "currencies", "energies"):
        for key, span in getattr(contents, option).items():
            yield (*path, option, key), span
    for index, draw in enumerate(contents.item_sets):
        yield (*path, "item_sets", index), draw
    for option in ("energy_modifiers", "reward_modifiers"):
        for index, modifier in enumerate(getattr(contents, option)):
            for name in ("value", "duration_sec"):
                if getattr(modifier, name) is not None:
                    yield (*path, option, index, name), getattr(modifier, name)


def _property_problems(path: Path, draw: ItemDrawModel) -> Problems:
    for name, number in draw.numeric_properties.items():
        if number.max is not None and number.max < number.min:
            here = (*path, "numeric_properties", name, "max")
            yield Problem(here, f"max {number.max} is less than min {number.min}", "swap them")
    for name, text in draw.string_properties.items():
        total = sum(option.weight for option in text.options.values())
        if text.total_weight and text.total_weight < total:
            here = (*path, "string_properties", name, "total_weight")
            yield Problem(here, f"the weights add up to {total}, more than total_weight", f"use {total} or more, or 0")


def range_problems(path: Path, span: RangeModel) -> Problems:
    """Tell whether a range holds any number."""
    high = span.min if span.max is None else span.max
    if high < span.min:
        yield Problem((*path, "max"), f"max {high} is less than min {span.min}", "swap them")
    elif span.multiple > 1 and -(-span.min // span.multiple) * span.multiple > high:
        yield Problem(
            (*path, "multiple"), f"no multiple of {span.multiple} lies between {span.min} and {high}", "widen the range"
        )
