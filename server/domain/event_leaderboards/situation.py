"""A player before one event at one instant: what he may do, and why not (E20, E30, E60, E80).

One function decides each refusal, and the flags a client sees are these functions' answers: `can_roll` is true exactly
when `roll_refusal` has nothing to say. The `Situation` holds all that these decisions read, so that none of them asks the
clock or the store.
"""

from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta

from server.domain.errors import (
    AccountTooYoung,
    AlreadyClaimed,
    AttemptsUsedUp,
    ClaimExpired,
    CohortComplete,
    CohortNotComplete,
    CohortNotJoined,
    DomainError,
    EventNotActive,
    NoRollsLeft,
    NothingToClaim,
    RewardUnclaimed,
    RollCooldownActive,
    RollsClosed,
    TimeLimitOver,
)
from server.domain.event_leaderboards import completion, tiers
from server.domain.event_leaderboards.cohort import Cohort, Participant, Participation
from server.domain.event_leaderboards.definition import Phase
from server.domain.event_leaderboards.outcomes import Outcome, outcome_of
from server.domain.event_leaderboards.timeline import Timeline
from server.domain.instants import BEGINNING, NEVER, after
from server.domain.values import value


@value
class Situation:
    """Where a player stands in an event.

    `phase` is the one whose [start, expiry) holds `now`; `held` is the phase of his last cohort, `rank` his rank in it.
    The rank may be left out (0) where no outcome can be asked for: while the cohort is incomplete for him.
    """

    now: datetime
    timeline: Timeline
    phase: Phase | None
    participation: Participation | None = None
    held: Phase | None = None
    rank: int = 0
    account_created_at: datetime = BEGINNING
    bots_ahead: int = 0
    """Bots that stand before him; `rank` counts none of them."""
    is_complete: bool = field(init=False, default=False)
    """Whether his last cohort is complete for him (E50)."""

    def __post_init__(self) -> None:
        """Settle the question that every decision begins with."""
        one, held = self.participation, self.held
        if one is not None and held is not None:
            complete = completion.is_complete_for(one.participant, one.cohort, held, self.now)
            object.__setattr__(self, "is_complete", complete)

    @property
    def is_reroll(self) -> bool:
        """Tell whether a roll now would be a later one of the same phase."""
        return (
            self.participation is not None
            and self.phase is not None
            and self.participation.phase_start == self.phase.start
        )

    def with_participation(
        self, participation: Participation, held: Phase | None, rank: int, bots_ahead: int = 0
    ) -> Situation:
        """Return the situation after a change of where the player stands."""
        account_created_at = self.account_created_at
        return Situation(self.now, self.timeline, self.phase, participation, held, rank, account_created_at, bots_ahead)

    def outcome(self, *, at_expiry: bool = False) -> Outcome:
        """Return the outcome of his last cohort, which must be complete for him."""
        one, held = self.participation, self.held
        assert one is not None
        assert held is not None
        return outcome_of(one.participant, one.cohort, held, self.rank, at_expiry=at_expiry, bots_ahead=self.bots_ahead)


def roll_refusal(situation: Situation, *, claims: bool) -> DomainError | None:
    """Return why a roll would be refused now, or None: the first that applies, in the order of E20.

    `claims`: the call claims the open reward along with the roll; an event with `auto_claim` always does.
    """
    now, phase = situation.now, situation.phase
    if phase is None or not phase.is_active(now):
        return EventNotActive()
    if now >= after(phase.active_end, -phase.definition.roll_closes):
        return RollsClosed()
    old_enough_at = after(situation.account_created_at, phase.definition.min_account_age)
    if now < old_enough_at:
        return AccountTooYoung(retry_at=old_enough_at)
    if situation.participation is None:
        return None
    if not situation.is_complete:
        return CohortNotComplete()
    if not (claims or claims_itself(situation)) and claim_refusal(situation) is None:
        return RewardUnclaimed()
    return _reroll_refusal(situation, phase) if situation.is_reroll else None


def claim_refusal(situation: Situation) -> DomainError | None:
    """Return why a claim would be refused now, or None (E60)."""
    one, held = situation.participation, situation.held
    if one is None or held is None:
        return CohortNotJoined()
    if not situation.is_complete:
        return CohortNotComplete()
    if one.participant.claimed_at is not None:
        return AlreadyClaimed()
    if one.participant.is_idle:
        return NothingToClaim()
    if situation.now >= claim_expires_at(held):
        return ClaimExpired()
    return None


def claims_itself(situation: Situation) -> bool:
    """Tell whether the event of his last cohort grants rewards without being asked (`auto_claim`)."""
    return situation.held is not None and situation.held.definition.auto_claim


def submission_refusal(situation: Situation) -> DomainError | None:
    """Return why no submission for him would be taken now, or None (E30, E80: whoever sends it)."""
    one, held = situation.participation, situation.held
    if one is None or held is None:
        return CohortNotJoined()
    return refusal_of_submitter(one.participant, one.cohort, held, situation.now)


def refusal_of_submitter(participant: Participant, cohort: Cohort, held: Phase, now: datetime) -> DomainError | None:
    """Return the same about somebody whose cohort and its phase are at hand, which is all that it depends on."""
    if completion.is_complete_for(participant, cohort, held, now):
        return CohortComplete()
    rules = held.definition.rules_of(cohort.tier)
    if rules.score_time_limit is not None and now >= after(participant.joined_at, rules.score_time_limit):
        return TimeLimitOver()
    if 0 < rules.max_num_score <= participant.result.submission_count:
        return AttemptsUsedUp(max_num_score=rules.max_num_score)
    return None


def roll_tier(situation: Situation) -> int:
    """Return the tier that a roll now would use (E70). The last cohort, if there is one, must be complete for him."""
    phase, one, held = situation.phase, situation.participation, situation.held
    definition = situation.timeline.latest if phase is None else phase.definition
    if one is None or held is None:
        return definition.clamped(definition.start_tier)
    if phase is not None and situation.is_reroll:
        return definition.clamped(tiers.tier_after_cohort(one, held, situation.outcome()))
    if situation.now < held.expiry:
        return one.cohort.tier
    tier = tiers.tier_after_phase(one, held, situation.outcome(at_expiry=True))
    until = situation.now if phase is None else phase.start
    tier = tiers.tier_after_missed(tier, situation.timeline.phases_between(held.expiry, until))
    return definition.clamped(tier)


def rolls_used_after(situation: Situation) -> int:
    """Return how many rolls are used once a roll now is done; a free one is not counted (E25)."""
    one = situation.participation
    if one is None or not situation.is_reroll:
        return 1
    return one.rolls_used if situation.outcome().is_reroll_free else one.rolls_used + 1


def cooldown_ends_at(situation: Situation) -> datetime | None:
    """Return when he may roll again in this phase, or None where no cooldown holds him (E26).

    While the cohort is incomplete for him, the event's own cooldown is told: which reward tier he lands in is open.
    """
    one, phase = situation.participation, situation.phase
    if one is None or phase is None or not situation.is_reroll:
        return None
    cooldown = situation.outcome().roll_cooldown if situation.is_complete else phase.definition.roll_cooldown
    return min(after(one.rolled_at, cooldown), phase.expiry) if cooldown > timedelta() else None


def claim_expires_at(held: Phase) -> datetime:
    """Return the instant from which the reward of a cohort of that phase can no longer be claimed (E60)."""
    expiry = held.definition.claim_expiry
    return NEVER if expiry is None else after(held.expiry, expiry)


def time_limit_ends_at(joined_at: datetime, limit: timedelta | None) -> datetime:
    """Return the instant from which a participant's own time to submit is over."""
    return NEVER if limit is None else after(joined_at, limit)


def _reroll_refusal(situation: Situation, phase: Phase) -> DomainError | None:
    one = situation.participation
    assert one is not None
    max_rolls = phase.definition.max_rolls
    is_free = situation.outcome().is_reroll_free
    if max_rolls is not None and one.rolls_used >= max_rolls and not is_free:
        return NoRollsLeft(max_rolls=max_rolls)
    ends_at = cooldown_ends_at(situation)
    if ends_at is not None and situation.now < ends_at:
        return RollCooldownActive(retry_at=ends_at)
    return None
