"""Who wins what when a period ends (B60 to B62).

Prizes go by *prize position*: 1..n among those who can win, in the order of position, so that a tie never pays a place twice.
A policy may go by rank instead, as Kraty does. Each segment is judged on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from urllib.parse import quote, unquote

from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import PrizeTier, RewardPolicy
from server.domain.leaderboards.entry import Entry, SegmentId
from server.domain.leaderboards.ranking import Standing
from server.domain.leaderboards.window_keys import instant_text
from server.domain.values import value

SOURCE_PERIOD = "shared_leaderboard_period"
"""The `source_kind` of grants that a period pays (B62)."""
_GRANT_PREFIX = "shared_lb"


@value
class Winner:
    """A standing that a period pays, the place among those who can win, and what for."""

    standing: Standing
    prize_position: int
    tier: PrizeTier


def can_win(entry: Entry, policy: RewardPolicy) -> bool:
    """Tell whether a ranked entry takes a place among winners: bots only where the policy says so."""
    return policy.bots_take_prizes or not entry.is_bot


def contenders_among(ranked: int, winning: int, policy: RewardPolicy | None) -> int:
    """Return how many count for `min_entries` and shares: those who can win, and bots only where the policy says so (L7)."""
    return ranked if policy is not None and policy.bots_count else winning


def places_of(tier: PrizeTier, contenders: int) -> int:
    """Return the last place that the tier covers. A share is exact, and rounded up: one percent of 101 is two places."""
    if tier.share is None:
        return tier.to or 0
    places = ceil(contenders * Fraction(tier.share))
    return places if tier.max_places is None else min(places, tier.max_places)


def tier_of(place: int, contenders: int, policy: RewardPolicy) -> PrizeTier | None:
    """Return the first tier whose last place is not above this one, or None: nobody wins below the last tier."""
    if contenders < policy.min_entries:
        return None
    for tier in policy.tiers:
        if place <= places_of(tier, contenders):
            return tier
    return None


def prize_of(prize_position: int | None, rank: int, contenders: int, policy: RewardPolicy | None) -> PrizeTier | None:
    """Return what a row would be paid if the period ended now. `contenders`: how many of the segment can win.

    `prize_position` None: he cannot win.
    """
    if policy is None or prize_position is None:
        return None
    return tier_of(rank if policy.by_rank else prize_position, contenders, policy)


def winners(standings: Sequence[Standing], policy: RewardPolicy | None) -> list[Winner]:
    """Return who is paid in a segment, given all its standings in order of position."""
    if policy is None:
        return []
    contenders = [one for one in standings if can_win(one.entry, policy)]
    count = contenders_among(len(standings), len(contenders), policy)
    tiers = (prize_of(place, one.rank, count, policy) for place, one in enumerate(contenders, 1))
    return [
        Winner(one, place, tier)
        for place, (one, tier) in enumerate(zip(contenders, tiers, strict=True), 1)
        if tier is not None
    ]


def last_paid_place(contenders: int, policy: RewardPolicy) -> int:
    """Return the last place that wins anything; settlement needs to read no further. By rank, places are ranks."""
    if contenders < policy.min_entries:
        return 0
    return max((places_of(tier, contenders) for tier in policy.tiers), default=0)


def grant_key(segment: SegmentId, player_id: PlayerId, tier: PrizeTier) -> str:
    """Return the key by which receivers know a grant (B62). What makes it unique are the columns, not this text."""
    period = segment.period
    parts = (period.leaderboard, instant_text(period.start), segment.segment, player_id, tier.key)
    return ":".join([_GRANT_PREFIX, *(quote(part, safe="") for part in parts)])


def tier_in(key: str) -> str:
    """Return the key of the tier that a grant was won in, from the grant's own key."""
    return unquote(key.rpartition(":")[2])
