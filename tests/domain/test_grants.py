"""A prize is a grant that waits: when it can be taken, and until when (B62, B70)."""

from datetime import timedelta
from typing import Any

import pytest

from server.domain.errors import AlreadyClaimed, GrantExpired, GrantHeld
from server.domain.grants import Grant, GrantState, Prize, claims_itself, is_held, period_grant, state_at, taken
from server.domain.ids import GrantId, LeaderboardKey, PlayerId
from server.domain.leaderboards.definition import RewardPolicy
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.rewards import Reward
from tests.builders import DAY, HOUR, MONDAY, SECOND

SEGMENT = SegmentId(PeriodId(LeaderboardKey("board"), MONDAY - DAY), "gold")


def grant(*, mailbox: int = 0, **policy: Any) -> Grant:
    """A prize of a period that was settled on Monday."""
    prize = Prize("key", SEGMENT, PlayerId("ann"), Reward(currencies={"gems": 5}, to_mailbox_expiry_sec=mailbox))
    return period_grant(GrantId("g1"), prize, RewardPolicy((), **policy), MONDAY)


def test_b70_a_prize_is_pending_until_it_is_taken_once() -> None:
    pending = grant()
    assert (pending.state, pending.source_kind, pending.source_id) == (
        GrantState.PENDING,
        "shared_leaderboard_period",
        "board",
    )
    claimed = taken(pending, MONDAY)
    assert (claimed.state, claimed.claimed_at) == (GrantState.CLAIMED, MONDAY)
    with pytest.raises(AlreadyClaimed):
        taken(claimed, MONDAY)


def test_b62_a_held_prize_can_be_taken_later_and_says_when() -> None:
    held = grant(hold=HOUR)
    with pytest.raises(GrantHeld) as refused:
        taken(held, MONDAY + HOUR - SECOND)
    assert refused.value.retry_at == MONDAY + HOUR
    assert is_held(held, MONDAY)
    assert taken(held, MONDAY + HOUR).state is GrantState.CLAIMED


def test_b62_a_hold_takes_nothing_off_the_time_to_take_it() -> None:
    held = grant(hold=HOUR, claim_expiry=DAY)
    assert held.expires_at == MONDAY + HOUR + DAY
    assert state_at(held, MONDAY + DAY) is GrantState.PENDING
    with pytest.raises(GrantExpired):
        taken(held, MONDAY + HOUR + DAY)


@pytest.mark.parametrize(
    ("policy", "mailbox", "expires_after"),
    [({}, 0, None), ({"claim_expiry": DAY}, 0, DAY), ({}, 60, 60 * SECOND), ({"claim_expiry": DAY}, 60, 60 * SECOND), ({"claim_expiry": HOUR}, 7200, HOUR)],
)  # fmt: skip
def test_b70_the_shorter_of_claim_expiry_and_mailbox_bounds_it(
    policy: dict[str, Any], mailbox: int, expires_after: timedelta | None
) -> None:
    made = grant(mailbox=mailbox, **policy)
    assert made.expires_at == (None if expires_after is None else MONDAY + expires_after)


def test_b70_what_lies_in_the_mailbox_waits_for_its_player_and_the_rest_may_be_claimed_for_him() -> None:
    assert claims_itself(grant(), MONDAY)
    assert not claims_itself(grant(mailbox=60), MONDAY)
    assert not claims_itself(grant(hold=HOUR), MONDAY)
    assert not claims_itself(grant(claim_expiry=HOUR), MONDAY + HOUR)
    assert not claims_itself(taken(grant(), MONDAY), MONDAY)
