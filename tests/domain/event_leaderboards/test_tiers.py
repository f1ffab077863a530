"""Up and down between phases (E70 to E75)."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.domain.event_leaderboards.cohort import Participation
from server.domain.event_leaderboards.definition import Definition
from server.domain.event_leaderboards.situation import Situation, roll_tier
from server.domain.event_leaderboards.tiers import tier_after_missed
from server.domain.event_leaderboards.timeline import PhaseRun
from tests.builders import DAY, MONDAY, WEEK, Table, definition, timeline, zone

IDLE_FALLS = zone(demote_idle=True)


def ladder(**options: Any) -> Definition:
    return definition(**{"tiers": 6, "zones": dict.fromkeys(range(6), IDLE_FALLS), **options})


def tier_at(chosen: Definition, weeks: int, *, tier: int = 3, plays: bool = False, **left: Any) -> int:
    """The tier of a roll so many weeks after a phase that one player spent alone in a cohort of that tier."""
    table = Table(chosen, tier).join("ann")
    if plays:
        table.submit("ann", 5)
    one = table.participants["ann"]
    participation = Participation(one.player_id, chosen.event_id, table.cohort, one, 1, MONDAY, **left)
    history = timeline(chosen)
    now = MONDAY + weeks * WEEK + DAY
    return roll_tier(Situation(now, history, history.phase_at(now), participation, table.phase, rank=1))


def test_e6_the_first_roll_uses_the_start_tier() -> None:
    history = timeline(ladder(start_tier=2))
    assert roll_tier(Situation(MONDAY, history, history.phase_at(MONDAY))) == 2


def test_e73_an_idle_phase_costs_one_tier_and_a_played_one_none() -> None:
    assert tier_at(ladder(), 1) == 2
    assert tier_at(ladder(), 1, plays=True) == 3


def test_e73_each_phase_missed_entirely_drops_one_more() -> None:
    assert tier_at(ladder(), 3, plays=True) == 1
    assert tier_at(ladder(), 3) == 0


def test_e74_the_cap_holds_for_missed_phases_and_not_for_the_played_one() -> None:
    assert tier_at(ladder(max_idle_tier_drop=1), 4, plays=True) == 2
    assert tier_at(ladder(max_idle_tier_drop=1), 4) == 1
    assert tier_at(ladder(max_idle_tier_drop=0), 4, plays=True) == 3
    assert tier_at(ladder(max_idle_tier_drop=0), 4) == 2


def test_e74_the_delta_applies_once_for_each_expired_phase() -> None:
    decay = ladder(zones={}, tier_delta_per_phase=-1)
    assert tier_at(decay, 1, plays=True) == 2
    assert tier_at(decay, 3, plays=True) == 0
    assert tier_at(ladder(zones={}, tier_delta_per_phase=1), 2, plays=True) == 5


def test_e74_idle_drop_and_negative_delta_share_the_cap() -> None:
    assert tier_at(ladder(tier_delta_per_phase=-1, max_idle_tier_drop=1), 3, tier=5, plays=True) == 3


def test_e74_the_delta_is_that_of_the_tier_held_before_the_outcome() -> None:
    rising = ladder(zones={3: zone("1")}, overrides={3: {"tier_delta_per_phase": -1}, 4: {"tier_delta_per_phase": 1}})
    assert tier_at(rising, 1, plays=True) == 3


def test_e70_every_step_is_clamped() -> None:
    """At the bottom, one down and then one up ends at 1: the fall was stopped before the rise began."""
    bottom = ladder(zones={0: zone(demote_idle=True)}, overrides={0: {"tier_delta_per_phase": 1}})
    assert tier_at(bottom, 1, tier=0) == 1


def test_e73_an_idle_last_cohort_after_a_played_one_moves_nobody() -> None:
    assert tier_at(ladder(), 1, played_tier_change=1) == 3


def test_e75_where_rerolls_keep_the_tier_the_last_cohort_played_decides_at_expiry() -> None:
    keeps = ladder(tier_change_on_reroll=False)
    assert tier_at(keeps, 1, played_tier_change=1) == 4
    assert tier_at(keeps, 1, played_tier_change=-1) == 2


def test_e8_fewer_tiers_clamp_at_the_next_roll() -> None:
    table = Table(ladder(zones={}), 5).join("ann").submit("ann", 1)
    one = table.participants["ann"]
    participation = Participation(one.player_id, table.definition.event_id, table.cohort, one, 1, MONDAY)
    history = timeline(table.definition, (MONDAY + DAY, definition(tiers=2)))
    now = MONDAY + WEEK
    assert roll_tier(Situation(now, history, history.phase_at(now), participation, table.phase, rank=1)) == 1


runs = st.lists(st.integers(0, 400), min_size=1, max_size=3)
ladders = st.builds(
    lambda falls, deltas, cap: definition(
        tiers=6,
        zones={tier: zone(demote_idle=fall) for tier, fall in enumerate(falls)},
        overrides={tier: {"tier_delta_per_phase": delta} for tier, delta in enumerate(deltas)},
        max_idle_tier_drop=cap,
    ),
    st.lists(st.booleans(), min_size=6, max_size=6),
    st.lists(st.integers(-2, 2), min_size=6, max_size=6),
    st.one_of(st.none(), st.integers(0, 8)),
)


@given(ladders, st.integers(0, 5), st.integers(0, 400))
def test_e74_skipping_what_repeats_gives_the_same_tier_as_every_single_step(
    chosen: Definition, tier: int, count: int
) -> None:
    one_by_one, dropped = tier, 0
    for _ in range(count):
        rules = chosen.rules_of(one_by_one)
        for change in (-1 if rules.change_zone and rules.change_zone.demote_idle else 0, rules.tier_delta_per_phase):
            if change < 0 and chosen.max_idle_tier_drop is not None:
                change = -min(-change, max(chosen.max_idle_tier_drop - dropped, 0))
            moved = max(0, min(5, one_by_one + change))
            dropped += max(one_by_one - moved, 0)
            one_by_one = moved
    assert tier_after_missed(tier, [PhaseRun(chosen, count)]) == one_by_one


@given(ladders, st.integers(0, 5), runs)
def test_e74_the_cap_is_never_passed(chosen: Definition, tier: int, lengths: list[int]) -> None:
    capped = definition(
        tiers=6, zones=dict.fromkeys(range(6), IDLE_FALLS), tier_delta_per_phase=-1, max_idle_tier_drop=2
    )
    assert tier_after_missed(tier, [PhaseRun(capped, length) for length in lengths]) >= min(tier, tier - 2)


@given(st.integers(1, 10), st.integers(0, 5))
def test_e74_not_playing_never_beats_losing(weeks: int, tier: int) -> None:
    """Who plays and comes last, in every phase, is never below who stayed away (where idle are demoted)."""
    chosen = ladder(zones=dict.fromkeys(range(6), zone(demotion="1", demote_idle=True)))
    loser = tier
    for _ in range(weeks):
        loser = tier_at(chosen, 1, tier=loser, plays=True)
    assert tier_at(chosen, weeks, tier=tier) <= loser
