"""What a finished cohort comes to: zones, reward tiers, freezes, cooldowns (E53, E70 to E73, E25, E26)."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.event_leaderboards.definition import ChangeZone, Definition, Operator, RewardTier
from server.domain.event_leaderboards.outcomes import Outcome, demoted_count, outcome_of, promoted_count
from server.domain.event_leaderboards.standings import ranked
from tests.builders import HOUR, WEEK, Table, definition, zone


def outcomes(table: Table, *, at_expiry: bool = True) -> dict[str, Outcome]:
    order = ranked(table.definition, list(table.participants.values()))
    return {
        one.player_id: outcome_of(one, table.cohort, table.phase, rank, at_expiry=at_expiry)
        for rank, one in enumerate(order, 1)
    }


def changes(table: Table, *, at_expiry: bool = True) -> dict[str, int]:
    return {name: outcome.tier_change for name, outcome in outcomes(table, at_expiry=at_expiry).items()}


def league(middle: ChangeZone | None, **options: object) -> Definition:
    return definition(**{"tiers": 3, "zones": {1: middle} if middle else {}, **options})  # type: ignore[arg-type]


def played(chosen: Definition, players: int, tier: int = 1, idle: int = 0) -> Table:
    """Players p1 > p2 > ... in the order of their ranks, then the idle ones, at the end of the phase."""
    table = Table(chosen, tier).join(
        *(f"p{i}" for i in range(1, players + 1)), *(f"idle{i}" for i in range(1, idle + 1))
    )
    for i in range(1, players + 1):
        table.submit(f"p{i}", 1000 - i)
    return table.later(WEEK)


def test_e72_shares_are_exact_decimals() -> None:
    assert promoted_count(zone("0.29"), 100) == 29
    assert promoted_count(zone("0.58"), 50) == 29


@pytest.mark.parametrize(("count", "demoted"), [(1, 0), (2, 0), (3, 1), (5, 1), (10, 2), (11, 2)])
def test_e72_the_demoted_are_at_least_one_where_three_took_part(count: int, demoted: int) -> None:
    assert demoted_count(zone(demotion="0.2"), count, is_participants=True) == demoted


def test_e72_at_least_one_is_promoted() -> None:
    assert changes(played(league(zone("0.01")), 3)) == {"p1": 1, "p2": 0, "p3": 0}


def test_e72_promotion_wins_an_overlap() -> None:
    assert changes(played(league(zone("0.7", "0.7")), 4)) == {"p1": 1, "p2": 1, "p3": -1, "p4": -1}


def test_e72_only_who_submitted_is_promoted() -> None:
    assert changes(played(league(zone("1")), 1, idle=2)) == {"p1": 1, "idle1": 0, "idle2": 0}


def test_e72_with_use_max_cohort_size_empty_places_are_demoted_first() -> None:
    half = league(zone("0.2", "0.6", use_max_cohort_size=True), cohort_size=10)
    assert changes(played(half, 5)) == {"p1": 1, "p2": 1, "p3": 0, "p4": 0, "p5": -1}


@given(
    count=st.integers(1, 1000),
    promotion=st.decimals(0, 1, places=4),
    demotion=st.decimals(0, 1, places=4),
)
def test_e72_zones_never_overlap_and_follow_the_shares(count: int, promotion: Decimal, demotion: Decimal) -> None:
    chosen = ChangeZone(promotion=promotion, demotion=demotion)
    up, down = promoted_count(chosen, count), demoted_count(chosen, count, is_participants=True)
    assert up == max(Fraction(promotion) * count // 1, 1 if promotion else 0)
    assert down == max(Fraction(demotion) * count // 1, 1 if demotion and count >= 3 else 0)


def test_e70_tiers_are_clamped_at_both_ends() -> None:
    chosen = definition(tiers=2, zones={0: zone("0.3", "0.3"), 1: zone("0.3", "0.3")})
    assert changes(played(chosen, 4, tier=0)) == {"p1": 1, "p2": 0, "p3": 0, "p4": 0}
    assert changes(played(chosen, 4, tier=1)) == {"p1": 0, "p2": 0, "p3": 0, "p4": -1}


def test_e71_a_zone_with_a_zero_share_rules_over_the_reward_tiers() -> None:
    rewards = {1: (RewardTier(1, 1, tier_change=1),)}
    assert changes(played(league(zone("0"), reward_tiers=rewards), 2))["p1"] == 0
    assert changes(played(league(zone(demote_idle=False), reward_tiers=rewards), 2))["p1"] == 0


def test_e71_without_a_ruling_zone_the_reward_tier_moves_by_rank() -> None:
    rewards = {1: (RewardTier(1, 1, tier_change=2), RewardTier(3, 9, tier_change=-1))}
    only_freezes = zone(nochange_reroll_count_freeze=True)
    assert changes(played(league(only_freezes, reward_tiers=rewards, tiers=4), 3)) == {"p1": 2, "p2": 0, "p3": -1}


def test_e71_an_idle_participant_takes_only_a_negative_change_from_a_reward_tier() -> None:
    rewards = {1: (RewardTier(1, 1, tier_change=1), RewardTier(2, 2, tier_change=-1))}
    assert changes(played(league(None, reward_tiers=rewards), 0, idle=2)) == {"idle1": 0, "idle2": -1}


def test_e73_the_idle_takes_the_worse_of_the_two_and_never_both() -> None:
    both = league(zone("0", "0.5", demote_idle=True), tiers=4)
    assert changes(played(both, 2, idle=2)) == {"p1": 0, "p2": 0, "idle1": -1, "idle2": -1}


def test_e73_demote_idle_applies_at_expiry_and_not_to_a_reroll() -> None:
    table = played(league(zone(demote_idle=True)), 1, idle=1)
    assert changes(table)["idle1"] == -1
    assert changes(table, at_expiry=False)["idle1"] == 0


def test_e73_demote_idle_holds_for_a_rank_inside_the_promotion_zone() -> None:
    assert changes(played(league(zone("1", "1", demote_idle=True)), 0, idle=1)) == {"idle1": -1}


def test_e73_the_idle_gets_no_reward_tier_and_no_free_reroll() -> None:
    free = league(None, reward_tiers={1: (RewardTier(1, 9, reroll_count_freeze=True),)})
    outcome = outcomes(played(free, 0, idle=1))["idle1"]
    assert outcome.reward_tier is None
    assert not outcome.is_reroll_free


def test_e53_a_finisher_is_judged_among_all_places_while_others_play() -> None:
    race = league(zone("0.4"), cohort_size=5, score_target=10, score_target_players=3, operator=Operator.INCREMENT)
    table = Table(race, 1).join("a", "b", "c").submit("a", 10)
    assert outcomes(table)["a"].count == 5
    before = outcomes(table)["a"]
    table.submit("b", 10).submit("c", 10)
    assert outcomes(table)["a"] == before
    assert outcomes(table)["b"].count == 5
    assert outcomes(table)["c"].count == 3


def test_e6_below_its_minimum_nobody_moves() -> None:
    chosen = league(
        zone("0.5", "0.5", demote_idle=True), min_cohort_size=4, reward_tiers={1: (RewardTier(1, 1, tier_change=1),)}
    )
    assert set(changes(played(chosen, 2, idle=1)).values()) == {0}


@pytest.mark.parametrize(
    ("freeze", "free"),
    [
        ("promotion_reroll_count_freeze", {"p1"}),
        ("nochange_reroll_count_freeze", {"p2", "p3"}),
        ("demotion_reroll_count_freeze", {"p4"}),
    ],
)
def test_e25_a_change_zone_frees_rerolls_by_what_happens(freeze: str, free: set[str]) -> None:
    chosen = league(zone("0.25", "0.25", **{freeze: True}))
    assert {name for name, one in outcomes(played(chosen, 4)).items() if one.is_reroll_free} == free


def test_e25_at_the_top_a_promotion_is_no_change() -> None:
    top = definition(zones={0: zone("0.5", promotion_reroll_count_freeze=True)})
    assert not outcomes(played(top, 2, tier=0))["p1"].is_reroll_free
    top = definition(zones={0: zone("0.5", nochange_reroll_count_freeze=True)})
    assert outcomes(played(top, 2, tier=0))["p1"].is_reroll_free


def test_e26_the_reward_tier_overrides_the_cooldown_and_an_explicit_0_is_none() -> None:
    rewards = {
        1: (RewardTier(1, 1, roll_cooldown=timedelta()), RewardTier(2, 2, roll_cooldown=2 * HOUR), RewardTier(3, 3))
    }
    told = outcomes(played(league(None, reward_tiers=rewards, roll_cooldown=HOUR), 4))
    assert [told[name].roll_cooldown for name in ("p1", "p2", "p3", "p4")] == [timedelta(), 2 * HOUR, HOUR, HOUR]


@given(
    players=st.integers(0, 8),
    idle=st.integers(0, 8),
    tier=st.integers(0, 2),
    promotion=st.integers(0, 10),
    demotion=st.integers(0, 10),
)
def test_e70_nobody_leaves_the_ladder_and_no_idle_climbs(
    players: int, idle: int, tier: int, promotion: int, demotion: int
) -> None:
    chosen = zone(str(promotion / 10), str(demotion / 10), demote_idle=True)
    table = played(definition(tiers=3, cohort_size=16, zones=dict.fromkeys(range(3), chosen)), players, tier, idle)
    for name, outcome in outcomes(table).items():
        assert 0 <= tier + outcome.tier_change <= 2
        assert not (name.startswith("idle") and outcome.tier_change > 0)
        assert abs(outcome.tier_change) <= 1
