"""Grants, wallet and inventory: what a player was given, once (E63, B70, B71)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum

from server.domain.errors import AlreadyClaimed, GrantExpired, GrantHeld
from server.domain.ids import CohortId, EventId, GrantId, PlayerId
from server.domain.instants import after
from server.domain.leaderboards.definition import RewardPolicy
from server.domain.leaderboards.entry import SegmentId
from server.domain.leaderboards.prizes import SOURCE_PERIOD
from server.domain.rewards import Item, Reward
from server.domain.values import value

BALANCE_MAX = 2**63 - 1


class GrantState(Enum):
    """Where a grant is: waiting for its player, taken, or lost."""

    PENDING = "pending"
    CLAIMED = "claimed"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Holding(Enum):
    """What a ledger row is about."""

    CURRENCY = "currency"
    ITEM = "item"


@value
class Grant:
    """A reward on its way to a player. `key` is unique: whatever is granted, is granted once.

    A prize of a leaderboard's period has the `segment` it was won in, once for each player (B62), and may be held back until
    `claimable_at`, so that a cheat can be removed first.
    """

    grant_id: GrantId
    key: str
    player_id: PlayerId
    source_kind: str
    source_id: str
    reward: Reward
    state: GrantState
    created_at: datetime
    claimed_at: datetime | None = None
    expires_at: datetime | None = None
    segment: SegmentId | None = None
    claimable_at: datetime | None = None


@value
class Credit:
    """A change of one balance. It never takes a balance below zero nor above int64; `amount` is negative where it takes."""

    holding: Holding
    key: str
    amount: int


SOURCE_EVENT_LEADERBOARD = "event_leaderboard"


SOURCE_MODULE = "module"


def module_grant(grant_id: GrantId, module: str, key: str, player_id: PlayerId, reward: Reward, now: datetime) -> Grant:
    """Return the grant of something that a module gives, claimed at once."""
    unique = f"{SOURCE_MODULE}:{module}:{key}"
    return Grant(grant_id, unique, player_id, SOURCE_MODULE, module, reward, GrantState.CLAIMED, now, now)


def spend_reference(module: str, key: str) -> GrantId:
    """Return what stands in the ledger in a grant's place where a module has taken something."""
    return GrantId(f"spend:{module}:{key}")


def cohort_grant_key(event_id: EventId, cohort_id: CohortId, player_id: PlayerId) -> str:
    """Return the unique key of what a player wins in a cohort; the dice are seeded with it (E62)."""
    return f"{SOURCE_EVENT_LEADERBOARD}:{event_id}:{cohort_id}:{player_id}"


def new_grant(grant_id: GrantId, key: str, player_id: PlayerId, source_id: str, reward: Reward, now: datetime) -> Grant:
    """Return the grant of an event's reward: claimed at once, or pending where the reward goes to the mailbox (E62)."""
    is_pending = reward.to_mailbox_expiry_sec > 0
    return Grant(
        grant_id=grant_id,
        key=key,
        player_id=player_id,
        source_kind=SOURCE_EVENT_LEADERBOARD,
        source_id=source_id,
        reward=reward,
        state=GrantState.PENDING if is_pending else GrantState.CLAIMED,
        created_at=now,
        claimed_at=None if is_pending else now,
        expires_at=after(now, timedelta(seconds=reward.to_mailbox_expiry_sec)) if is_pending else None,
    )


@value
class Prize:
    """What somebody has won in a segment of a period, under the key by which receivers know it (B62)."""

    key: str
    segment: SegmentId
    player_id: PlayerId
    reward: Reward


def period_grant(grant_id: GrantId, prize: Prize, policy: RewardPolicy, settled_at: datetime) -> Grant:
    """Return the grant of a prize: pending until its player takes it, or until it is lost (B70).

    The time to take it begins when he first can: a hold takes nothing off it. Both the policy's `claim_expiry_sec` and the
    reward's own `to_mailbox_expiry_sec` bound it; the shorter holds.
    """
    claimable_at = after(settled_at, policy.hold)
    mailbox = timedelta(seconds=prize.reward.to_mailbox_expiry_sec)
    spans = [span for span in (policy.claim_expiry, mailbox) if span]
    return Grant(
        grant_id=grant_id,
        key=prize.key,
        player_id=prize.player_id,
        source_kind=SOURCE_PERIOD,
        source_id=prize.segment.period.leaderboard,
        reward=prize.reward,
        state=GrantState.PENDING,
        created_at=settled_at,
        expires_at=after(claimable_at, min(spans)) if spans else None,
        segment=prize.segment,
        claimable_at=claimable_at if policy.hold else None,
    )


def is_held(grant: Grant, now: datetime) -> bool:
    """Tell whether a pending grant is held back, so that a cheat can be removed before he takes it (B62)."""
    return grant.state is GrantState.PENDING and grant.claimable_at is not None and now < grant.claimable_at


def claims_itself(grant: Grant, now: datetime) -> bool:
    """Tell whether a grant is to be claimed where the policy claims by itself.

    A reward that says how long it lies in the mailbox waits there for its player, as rewards of events do (E62).
    """
    is_pending = state_at(grant, now) is GrantState.PENDING and not is_held(grant, now)
    return is_pending and grant.reward.to_mailbox_expiry_sec == 0


def state_at(grant: Grant, now: datetime) -> GrantState:
    """Return the state a player sees: a pending grant expires by itself."""
    if grant.state is GrantState.PENDING and grant.expires_at is not None and now >= grant.expires_at:
        return GrantState.EXPIRED
    return grant.state


def taken(grant: Grant, now: datetime) -> Grant:
    """Return the grant once its player has taken it.

    :raises AlreadyClaimed: if he has it already
    :raises GrantExpired: if it expired or was revoked
    :raises GrantHeld: if it is held back for now
    """
    if is_held(grant, now):
        raise GrantHeld(retry_at=grant.claimable_at)
    match state_at(grant, now):
        case GrantState.PENDING:
            return replace(grant, state=GrantState.CLAIMED, claimed_at=now)
        case GrantState.CLAIMED:
            raise AlreadyClaimed
        case GrantState.EXPIRED | GrantState.REVOKED:
            raise GrantExpired


def credits_of(
    reward: Reward, wallet: Mapping[str, int], inventory: Mapping[str, int], items: Mapping[str, Item]
) -> list[Credit]:
    """Return what to add to wallet and inventory, as far as there is room for it.

    `wallet` and `inventory` hold the balances before. An item's `max_count` bounds what is added; nothing is taken away.
    """
    currencies = [
        Credit(Holding.CURRENCY, key, min(amount, BALANCE_MAX - wallet.get(key, 0)))
        for key, amount in sorted(reward.currencies.items())
    ]
    things = [
        Credit(Holding.ITEM, key, min(count, _room(items.get(key), inventory.get(key, 0))))
        for key, count in sorted(reward.items.items())
    ]
    return [credit for credit in (*currencies, *things) if credit.amount > 0]


def _room(item: Item | None, owned: int) -> int:
    bound = item.max_count if item is not None and item.max_count else BALANCE_MAX
    return max(bound - owned, 0)
