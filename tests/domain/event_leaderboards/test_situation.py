"""What a player may do, and the first reason why not (E20, E25, E26, E30, E60, E80)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import errors
from server.domain.event_leaderboards.cohort import Participation
from server.domain.event_leaderboards.definition import Definition, Operator, RewardTier
from server.domain.event_leaderboards.situation import (
    Situation,
    claim_refusal,
    cooldown_ends_at,
    roll_refusal,
    roll_tier,
    rolls_used_after,
    submission_refusal,
)
from server.domain.event_leaderboards.standings import ranked
from server.domain.event_leaderboards.view import event_view, flags_of
from tests.builders import DAY, HOUR, MINUTE, MONDAY, SECOND, WEEK, Table, definition, schedule, timeline, zone


def before(chosen: Definition, now: datetime = MONDAY, **options: Any) -> Situation:
    history = timeline(chosen)
    return Situation(now, history, history.phase_at(now), **options)


def seen_by(table: Table, name: str, *, rolls_used: int = 1, now: datetime | None = None, **left: Any) -> Situation:
    """The situation of a participant of the table, at its time or another."""
    one = table.participants[name]
    moment = now or table.now
    history = timeline(table.definition)
    order = [other.player_id for other in ranked(table.definition, list(table.participants.values()))]
    participation = Participation(
        one.player_id, table.definition.event_id, table.cohort, one, rolls_used, one.joined_at, **left
    )
    return Situation(
        moment, history, history.phase_at(moment), participation, table.phase, order.index(one.player_id) + 1
    )


def race(**options: Any) -> Definition:
    return definition(
        **{"score_target": 10, "score_target_players": 3, "operator": Operator.INCREMENT, "max_rolls": None, **options}
    )


def finished(chosen: Definition | None = None, **options: Any) -> Situation:
    """A finisher of a race whose others still play."""
    table = Table(chosen or race()).join("ann", "bob", "cid", "dan").submit("ann", 10).later(MINUTE)
    return seen_by(table, "ann", **options)


def reason(refusal: errors.DomainError | None) -> str | None:
    return None if refusal is None else refusal.reason


def test_e20_a_first_roll_is_allowed_while_the_phase_is_active() -> None:
    assert roll_refusal(before(definition()), claims=False) is None


def test_e20_an_inactive_event_refuses() -> None:
    weekend = definition(times=schedule("0 0 * * 1", duration=DAY))
    assert reason(roll_refusal(before(weekend, MONDAY + DAY), claims=True)) == "EVENT_NOT_ACTIVE"
    assert roll_refusal(before(weekend, MONDAY + DAY - SECOND), claims=True) is None


def test_e6_rolls_close_before_the_active_end() -> None:
    closing = definition(roll_closes=HOUR)
    assert roll_refusal(before(closing, MONDAY + WEEK - HOUR - SECOND), claims=False) is None
    assert reason(roll_refusal(before(closing, MONDAY + WEEK - HOUR), claims=False)) == "ROLLS_CLOSED"


def test_e6_a_young_account_waits_and_is_told_until_when() -> None:
    grown_up = definition(min_account_age=DAY)
    refusal = roll_refusal(before(grown_up, account_created_at=MONDAY - HOUR), claims=False)
    assert reason(refusal) == "ACCOUNT_TOO_YOUNG"
    assert refusal is not None
    assert refusal.retry_at == MONDAY + 23 * HOUR
    assert roll_refusal(before(grown_up, account_created_at=MONDAY - DAY), claims=False) is None


def test_e20_an_incomplete_cohort_refuses() -> None:
    assert reason(roll_refusal(seen_by(Table(race()).join("ann"), "ann"), claims=True)) == "COHORT_NOT_COMPLETE"


def test_e20_an_unclaimed_reward_refuses_unless_the_roll_claims_it() -> None:
    assert reason(roll_refusal(finished(), claims=False)) == "REWARD_UNCLAIMED"
    assert roll_refusal(finished(), claims=True) is None
    assert roll_refusal(finished(race(auto_claim=True)), claims=False) is None


def test_e20_nothing_to_claim_does_not_hold_anybody_up() -> None:
    table = Table(definition()).join("idle").later(WEEK)
    assert roll_refusal(seen_by(table, "idle"), claims=False) is None
    assert roll_refusal(seen_by(table, "idle"), claims=True) is None


def test_e60_an_expired_claim_does_not_hold_anybody_up() -> None:
    table = Table(definition(claim_expiry=DAY)).join("ann").submit("ann", 1)
    assert (
        reason(roll_refusal(seen_by(table, "ann", now=MONDAY + WEEK + DAY - SECOND), claims=False))
        == "REWARD_UNCLAIMED"
    )
    assert reason(claim_refusal(seen_by(table, "ann", now=MONDAY + WEEK + DAY))) == "CLAIM_EXPIRED"
    assert roll_refusal(seen_by(table, "ann", now=MONDAY + WEEK + DAY), claims=False) is None


def test_e20_used_up_rolls_refuse() -> None:
    assert reason(roll_refusal(finished(race(max_rolls=2), rolls_used=2), claims=True)) == "NO_ROLLS_LEFT"
    assert roll_refusal(finished(race(max_rolls=2), rolls_used=1), claims=True) is None


def test_e4_unlimited_rolls_never_run_out() -> None:
    assert roll_refusal(finished(race(max_rolls=None), rolls_used=10_000), claims=True) is None


def test_e25_a_free_roll_is_allowed_with_none_left_and_not_counted() -> None:
    free = race(max_rolls=1, reward_tiers={0: (RewardTier(1, 1, reroll_count_freeze=True),)})
    assert roll_refusal(finished(free), claims=True) is None
    assert rolls_used_after(finished(free)) == 1
    assert rolls_used_after(finished(race())) == 2


def test_e25_the_first_roll_of_a_phase_always_counts_one() -> None:
    free = race(max_rolls=1, reward_tiers={0: (RewardTier(1, 1, reroll_count_freeze=True),)})
    assert rolls_used_after(finished(free, now=MONDAY + WEEK, rolls_used=7)) == 1
    assert rolls_used_after(before(free)) == 1


def test_e26_the_cooldown_counts_from_the_last_roll_and_is_told() -> None:
    situation = finished(race(roll_cooldown=HOUR))
    refusal = roll_refusal(situation, claims=True)
    assert reason(refusal) == "ROLL_COOLDOWN_ACTIVE"
    assert refusal is not None
    assert situation.participation is not None
    assert refusal.retry_at == situation.participation.rolled_at + HOUR
    assert roll_refusal(finished(race(roll_cooldown=HOUR), now=MONDAY + HOUR + SECOND), claims=True) is None


def test_e26_the_cooldown_is_capped_at_the_expiry_and_not_carried_over() -> None:
    assert cooldown_ends_at(finished(race(roll_cooldown=3 * WEEK))) == MONDAY + WEEK
    assert roll_refusal(finished(race(roll_cooldown=3 * WEEK), now=MONDAY + WEEK), claims=True) is None


@pytest.mark.parametrize(
    ("breaking", "expected"),
    [
        ({"active", "closed", "young", "incomplete", "unclaimed", "used", "cooling"}, "EVENT_NOT_ACTIVE"),
        ({"closed", "young", "incomplete", "unclaimed", "used", "cooling"}, "ROLLS_CLOSED"),
        ({"young", "incomplete", "unclaimed", "used", "cooling"}, "ACCOUNT_TOO_YOUNG"),
        ({"incomplete", "used", "cooling"}, "COHORT_NOT_COMPLETE"),
        ({"unclaimed", "used", "cooling"}, "REWARD_UNCLAIMED"),
        ({"used", "cooling"}, "NO_ROLLS_LEFT"),
        ({"cooling"}, "ROLL_COOLDOWN_ACTIVE"),
        (set(), None),
    ],
)
def test_e20_of_many_reasons_the_first_in_order_is_told(breaking: set[str], expected: str | None) -> None:
    chosen = race(
        roll_closes=WEEK if "closed" in breaking else timedelta(),
        min_account_age=100 * DAY if "young" in breaking else timedelta(),
        max_rolls=1 if "used" in breaking else None,
        roll_cooldown=2 * HOUR if "cooling" in breaking else timedelta(),
        times=schedule("0 0 * * 1", duration=MINUTE if "active" in breaking else None),
    )
    table = Table(chosen).join("ann", "bob", "cid", "dan")
    if "incomplete" not in breaking:
        table.submit("ann", 10)
    situation = seen_by(table.later(MINUTE), "ann")
    situation = Situation(
        situation.now, situation.timeline, situation.phase, situation.participation, situation.held, 1, MONDAY
    )
    assert reason(roll_refusal(situation, claims="unclaimed" not in breaking)) == expected


def test_e30_submissions_are_refused_with_their_own_reasons() -> None:
    assert reason(submission_refusal(before(definition()))) == "COHORT_NOT_JOINED"
    assert reason(submission_refusal(finished())) == "COHORT_COMPLETE"
    limited = Table(definition(score_time_limit=HOUR)).join("ann")
    assert submission_refusal(seen_by(limited, "ann", now=MONDAY + HOUR - SECOND)) is None
    assert reason(submission_refusal(seen_by(limited, "ann", now=MONDAY + HOUR + SECOND))) == "TIME_LIMIT_OVER"
    once = Table(definition(max_num_score=1)).join("ann").submit("ann", 1)
    assert reason(submission_refusal(seen_by(once, "ann"))) == "ATTEMPTS_USED_UP"


def test_e60_claims_are_refused_with_their_own_reasons() -> None:
    assert reason(claim_refusal(before(definition()))) == "COHORT_NOT_JOINED"
    table = Table(definition()).join("ann", "idle").submit("ann", 5)
    assert reason(claim_refusal(seen_by(table, "ann"))) == "COHORT_NOT_COMPLETE"
    table.later(WEEK)
    assert claim_refusal(seen_by(table, "ann")) is None
    assert reason(claim_refusal(seen_by(table, "idle"))) == "NOTHING_TO_CLAIM"


def test_e61_a_claim_stays_open_in_later_phases() -> None:
    table = Table(definition()).join("ann").submit("ann", 5)
    assert claim_refusal(seen_by(table, "ann", now=MONDAY + 9 * WEEK)) is None


def test_e75_a_reroll_moves_by_the_zone_and_keeps_the_tier_where_told() -> None:
    climbing = race(tiers=3, zones=dict.fromkeys(range(3), zone("0.2")))
    assert roll_tier(finished(climbing)) == 1
    assert (
        roll_tier(finished(race(tiers=3, zones=dict.fromkeys(range(3), zone("0.2")), tier_change_on_reroll=False))) == 0
    )


def test_e81_the_view_shows_the_cohort_until_its_reward_is_claimed() -> None:
    climbing = race(tiers=3, zones=dict.fromkeys(range(3), zone("0.2")))
    unclaimed = event_view(finished(climbing, now=MONDAY + WEEK))
    assert (unclaimed.tier, unclaimed.pending_tier_change) == (0, 1)
    assert unclaimed.cohort is not None
    assert unclaimed.flags.can_claim
    assert not unclaimed.flags.can_roll
    assert unclaimed.flags.can_roll_with_claim


def test_e81_a_player_who_never_joined_sees_the_empty_state() -> None:
    view = event_view(before(definition(start_tier=1, tiers=3)))
    assert (view.tier, view.rolls_used, view.best_rank, view.cohort, view.own) == (1, 0, None, None, None)
    assert view.flags.can_roll
    assert not view.flags.can_update


def test_e8_display_fields_change_at_once() -> None:
    table = Table(definition(category="old")).join("ann")
    situation = seen_by(table, "ann", now=MONDAY + 2 * DAY)
    edited = timeline(table.definition, (MONDAY + DAY, definition(category="new", cohort_size=9)))
    view = event_view(
        Situation(situation.now, edited, edited.phase_at(situation.now), situation.participation, situation.held, 1)
    )
    assert view.display.category == "new"
    assert view.rules.cohort_size == 5


@given(
    weeks=st.integers(0, 3),
    hours=st.integers(0, 167),
    submits=st.booleans(),
    claimed=st.booleans(),
    rolls_used=st.integers(1, 3),
    cooldown=st.sampled_from([0, 3, 200]),
    auto=st.booleans(),
    target=st.booleans(),
)
def test_e80_flags_are_the_refusals_and_hiro_s_impossible_states_stay_impossible(
    weeks: int, hours: int, submits: bool, claimed: bool, rolls_used: int, cooldown: int, auto: bool, target: bool
) -> None:
    chosen = race(max_rolls=2, roll_cooldown=cooldown * HOUR, auto_claim=auto)
    table = Table(chosen).join("ann", "bob", "cid", "dan")
    if submits:
        table.submit("ann", 10 if target else 1)
    now = MONDAY + weeks * WEEK + hours * HOUR + SECOND
    situation = seen_by(table, "ann", rolls_used=rolls_used, now=now)
    flags = flags_of(situation)
    assert flags.can_roll == (roll_refusal(situation, claims=False) is None)
    assert flags.can_roll_with_claim == (roll_refusal(situation, claims=True) is None)
    assert flags.can_claim == (claim_refusal(situation) is None)
    assert flags.can_update == (submission_refusal(situation) is None)
    assert not (flags.can_roll and not flags.can_roll_with_claim)
    assert not (flags.can_update and (flags.can_claim or flags.can_roll_with_claim))
    assert not (flags.can_roll and not flags.is_active)
    assert auto or not (flags.can_claim and flags.can_roll)
