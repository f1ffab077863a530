"""What a finished cohort comes to for one participant: zone, reward tier, freeze, cooldown (E53, E70 to E73).

An outcome is fixed at the instant the cohort is complete for him. Nothing that happens later can move it: a finisher's
rank is the order of finishing, and in a complete cohort nothing changes. So it is computed from what stands there.
"""

from __future__ import annotations

from datetime import timedelta
from math import floor

from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort import Cohort, Participant
from server.domain.event_leaderboards.definition import ChangeZone, Definition, Phase, RewardTier
from server.domain.values import value

ZONE_MINIMUM_PARTICIPANTS = 3
"""Below so many participants a demotion share takes nobody that it would not take by itself (E72)."""


@value
class Outcome:
    """How a cohort ended for a participant. `tier_change` is what really happens to the tier, after clamping."""

    rank: int
    count: int
    """n of the zones: participants, or the effective cohort size (E53, E72)."""
    is_idle: bool
    tier_change: int
    reward_tier: RewardTier | None
    """None for an idle participant, and where the rank lands in no reward tier (E61)."""
    is_reroll_free: bool
    roll_cooldown: timedelta


def outcome_of(
    participant: Participant, cohort: Cohort, phase: Phase, rank: int, *, at_expiry: bool, bots_ahead: int = 0
) -> Outcome:
    """Return the outcome of a participant for whom the cohort is complete.

    `rank` is among the participants; `bots_ahead` count only where the designer says so: for reward tiers with
    `bots_take_prizes`, for change zones with `bots_count` (L7). `at_expiry` tells how an idle one is judged: at a phase's
    expiry by `demote_idle` too, in a reroll by rank alone (E75).
    """
    definition, bots = phase.definition, phase.definition.bots
    rules = definition.rules_of(cohort.tier)
    count = _count_of(participant, cohort, phase)
    idle = participant.is_idle
    zone_rank = rank + bots_ahead if bots is not None and bots.count else rank
    prize_rank = rank + bots_ahead if bots is not None and bots.take_prizes else rank
    landed = rules.reward_tier_of(prize_rank)
    change = 0
    if not completion.is_below_min(cohort.tally, definition):
        is_whole = count == completion.counted(cohort.tally, definition) and not _uses_size(rules.change_zone)
        ruling = _ruled_change(
            rules.change_zone, landed, zone_rank, count, is_idle=idle, at_expiry=at_expiry, is_participants=is_whole
        )
        change = definition.clamped(cohort.tier + ruling) - cohort.tier
    reward_tier = None if idle else landed
    return Outcome(
        rank=prize_rank,
        count=count,
        is_idle=idle,
        tier_change=change,
        reward_tier=reward_tier,
        is_reroll_free=not idle and _frees_reroll(rules.change_zone, reward_tier, change),
        roll_cooldown=_cooldown(definition, reward_tier),
    )


def promoted_count(zone: ChangeZone, count: int) -> int:
    """Count the ranks from the top that promote: the share, rounded down, but at least one (E72)."""
    if not zone.promotion:
        return 0
    return max(floor(count * zone.promotion), 1)


def demoted_count(zone: ChangeZone, count: int, *, is_participants: bool) -> int:
    """Count the ranks from the bottom that demote: at least one where three or more took part (E72)."""
    if not zone.demotion:
        return 0
    least = 1 if is_participants and count >= ZONE_MINIMUM_PARTICIPANTS else 0
    return max(floor(count * zone.demotion), least)


def _uses_size(zone: ChangeZone | None) -> bool:
    return zone is not None and zone.use_max_cohort_size


def _count_of(participant: Participant, cohort: Cohort, phase: Phase) -> int:
    """Return n: all places where the zone says so or others still played when he finished, else the participants."""
    if _uses_size(phase.definition.rules_of(cohort.tier).change_zone):
        return cohort.size
    others_still_play = completion.completed_for_at(participant, cohort, phase) < completion.completed_at(cohort, phase)
    return cohort.size if others_still_play else completion.counted(cohort.tally, phase.definition)


def _ruled_change(
    zone: ChangeZone | None,
    landed: RewardTier | None,
    rank: int,
    count: int,
    *,
    is_idle: bool,
    at_expiry: bool,
    is_participants: bool,
) -> int:
    """Return the tier change by the zone where it has a ruling key, else by the reward tier landed in (E71)."""
    if zone is None or not zone.rules:
        change = 0 if landed is None else landed.tier_change
        return min(change, 0) if is_idle else change
    is_promoted = rank <= promoted_count(zone, count)  # wins an overlap (E72)
    is_demoted = not is_promoted and rank > count - demoted_count(zone, count, is_participants=is_participants)
    if is_idle:  # the worse of the two, never both, and never a promotion (E73)
        return -1 if is_demoted or (at_expiry and zone.demote_idle) else 0
    return 1 if is_promoted else -int(is_demoted)


def _frees_reroll(zone: ChangeZone | None, reward_tier: RewardTier | None, change: int) -> bool:
    """Tell whether the next roll is not counted (E25). The change is what really moves: at the top, promotion is none."""
    if reward_tier is not None and reward_tier.reroll_count_freeze:
        return True
    if zone is None:
        return False
    if change > 0:
        return zone.promotion_reroll_count_freeze
    return zone.demotion_reroll_count_freeze if change < 0 else zone.nochange_reroll_count_freeze


def _cooldown(definition: Definition, reward_tier: RewardTier | None) -> timedelta:
    if reward_tier is not None and reward_tier.roll_cooldown is not None:
        return reward_tier.roll_cooldown
    return definition.roll_cooldown
