"""Rewards and their dice (E62), grants and credits (E63, B70, B71)."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.dice import Dice
from server.domain.errors import AlreadyClaimed, GrantExpired
from server.domain.grants import BALANCE_MAX, Credit, GrantState, Holding, credits_of, new_grant, state_at, taken
from server.domain.ids import GrantId, PlayerId
from server.domain.rewards import (
    DecimalRange,
    EnergyModifier,
    Item,
    ItemDraw,
    ItemSetDraw,
    Range,
    Reward,
    RewardConfig,
    RewardContents,
    RewardModifier,
    StringProperty,
    needs_inventory,
    roll_reward,
)
from tests.builders import HOUR, MONDAY, SECOND

ITEMS = {
    item.id: item
    for item in (
        Item("sword", item_sets=frozenset({"weapon", "rare"})),
        Item("stick", item_sets=frozenset({"weapon"})),
        Item("crown", item_sets=frozenset({"rare"}), max_count=1),
    )
}


def dice(key: str = "grant") -> Dice:
    return Dice(b"secret", key)


def roll(config: RewardConfig, key: str = "grant", owned: dict[str, int] | None = None) -> Reward:
    return roll_reward(config, dice(key), ITEMS, owned or {})


def coins(amount: int, weight: int = 0) -> RewardContents:
    return RewardContents(currencies={"coins": Range(amount)}, weight=weight)


@given(st.text(max_size=40), st.integers(1, 2**70))
def test_e62_the_same_secret_and_key_throw_the_same(key: str, bound: int) -> None:
    throw = dice(key).below(bound)
    assert 0 <= throw < bound
    assert dice(key).below(bound) == throw


def test_e62_another_key_or_secret_throws_differently() -> None:
    throws = {Dice(secret, key).below(2**60) for secret in (b"a", b"b") for key in ("x", "y")}
    assert len(throws) == 4


def test_e62_every_side_of_a_die_comes_up_about_as_often() -> None:
    stream = dice()
    counts = Counter(stream.below(6) for _ in range(6000))
    assert set(counts) == set(range(6))
    assert all(880 <= count <= 1120 for count in counts.values())


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 50), st.text(max_size=9))
def test_e62_a_range_yields_a_multiple_within_its_bounds(low: int, span: int, multiple: int, key: str) -> None:
    high = low + span
    if multiple > 1 and -(-low // multiple) * multiple > high:
        return
    drawn = Range(low, high, multiple).drawn(dice(key))
    assert low <= drawn <= high
    assert multiple <= 1 or drawn % multiple == 0


def test_e62_without_max_a_range_is_its_min() -> None:
    assert Range(7).drawn(dice()) == 7


@given(st.text(max_size=9))
def test_e62_a_decimal_range_keeps_its_grid(key: str) -> None:
    drawn = DecimalRange(Decimal("-0.5"), Decimal("0.5"), Decimal("0.25")).drawn(dice(key))
    assert drawn in {Decimal("-0.5"), Decimal("-0.25"), Decimal(0), Decimal("0.25"), Decimal("0.5")}


def test_e62_guaranteed_contents_are_always_given() -> None:
    contents = RewardContents(
        items={"sword": ItemDraw(Range(2))}, currencies={"coins": Range(5)}, energies={"lives": Range(1)}
    )
    reward = roll(RewardConfig(guaranteed=contents, message="well done"))
    assert (reward.items, reward.currencies, reward.energies) == ({"sword": 2}, {"coins": 5}, {"lives": 1})
    assert reward.message == "well done"


@given(st.text(max_size=9), st.integers(0, 6), st.integers(0, 3))
def test_e62_weighted_rows_are_drawn_so_often_and_no_row_more_than_allowed(key: str, rolls: int, repeats: int) -> None:
    rows = (coins(1, weight=3), coins(100, weight=1))
    total = roll(RewardConfig(weighted=rows, max_rolls=rolls, max_repeat_rolls=repeats), key).currencies.get("coins", 0)
    ones, hundreds = total % 100, total // 100
    assert ones + hundreds == (min(rolls, 2 * repeats) if repeats else rolls)
    assert not repeats or max(ones, hundreds) <= repeats


def test_e62_a_total_weight_above_the_sum_leaves_a_chance_of_nothing() -> None:
    config = RewardConfig(weighted=(coins(1, weight=1),), max_rolls=1, total_weight=4)
    wins = sum(bool(roll(config, str(i)).currencies) for i in range(400))
    assert 70 <= wins <= 130


def test_e62_weights_are_chances() -> None:
    config = RewardConfig(weighted=(coins(1, weight=3), coins(2, weight=1)), max_rolls=1)
    twos = sum(roll(config, str(i)).currencies["coins"] == 2 for i in range(400))
    assert 70 <= twos <= 130


@given(st.text(max_size=9))
def test_e62_an_item_set_draws_from_the_intersection(key: str) -> None:
    rare_weapon = RewardContents(item_sets=(ItemSetDraw(("weapon", "rare"), Range(3)),))
    assert roll(RewardConfig(guaranteed=rare_weapon), key).items == {"sword": 3}


@given(st.text(max_size=9), st.integers(0, 3))
def test_e62_max_repeats_counts_what_the_player_owns(key: str, owned: int) -> None:
    weapons = RewardContents(item_sets=(ItemSetDraw(("weapon",), Range(9), max_repeats=2),))
    reward = roll(RewardConfig(guaranteed=weapons), key, {"sword": owned})
    assert reward.items.get("sword", 0) == max(2 - owned, 0)
    assert reward.items["stick"] == 2
    assert needs_inventory(RewardConfig(guaranteed=weapons))
    assert not needs_inventory(RewardConfig(guaranteed=coins(1)))


def test_e62_items_may_come_with_drawn_properties() -> None:
    draw = ItemDraw(
        Range(1),
        {"colour": StringProperty({"red": 1, "blue": 1}), "never": StringProperty({"x": 0}, total_weight=5)},
        {"power": DecimalRange(Decimal(1), Decimal(2), Decimal("0.5"))},
    )
    (instance,) = roll(RewardConfig(guaranteed=RewardContents(items={"sword": draw}))).item_instances
    assert instance.string_properties.keys() == {"colour"}
    assert instance.numeric_properties["power"] in {1.0, 1.5, 2.0}


def test_e62_modifiers_are_rolled_and_kept() -> None:
    contents = RewardContents(
        energy_modifiers=(EnergyModifier("lives", "infinite", Range(3600)),),
        reward_modifiers=(RewardModifier("coins", "currency", "multiplier", Range(2), Range(60, 60)),),
    )
    reward = roll(RewardConfig(guaranteed=contents))
    assert (reward.energy_modifiers[0].duration_sec, reward.energy_modifiers[0].value) == (3600, 0)
    assert (reward.reward_modifiers[0].value, reward.reward_modifiers[0].duration_sec) == (2, 60)


def test_e62_a_mailbox_reward_stays_pending_until_taken_or_expired() -> None:
    pending = new_grant(GrantId("g"), "key", PlayerId("ann"), "weekly", Reward(to_mailbox_expiry_sec=3600), MONDAY)
    assert pending.state is GrantState.PENDING
    assert taken(pending, MONDAY + HOUR - SECOND).state is GrantState.CLAIMED
    assert state_at(pending, MONDAY + HOUR) is GrantState.EXPIRED
    with pytest.raises(GrantExpired):
        taken(pending, MONDAY + HOUR)


def test_b71_a_grant_is_taken_once() -> None:
    claimed = new_grant(GrantId("g"), "key", PlayerId("ann"), "weekly", Reward(), MONDAY)
    assert claimed.state is GrantState.CLAIMED
    with pytest.raises(AlreadyClaimed):
        taken(claimed, MONDAY)


def test_e63_a_reward_is_credited_as_far_as_there_is_room() -> None:
    reward = Reward(items={"crown": 3, "stick": 2}, currencies={"coins": 10, "gems": 1})
    assert credits_of(reward, {"coins": BALANCE_MAX - 4, "gems": BALANCE_MAX}, {"crown": 0}, ITEMS) == [
        Credit(Holding.CURRENCY, "coins", 4),
        Credit(Holding.ITEM, "crown", 1),
        Credit(Holding.ITEM, "stick", 2),
    ]
