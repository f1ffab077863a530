"""What a client sees of an event (E80, E81): one value, made from a situation, that the wire only has to spell.

The cohort is shown while the player is in it, or may claim its reward; after that the event looks as it does to somebody
who has not rolled yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from server.domain.event_leaderboards.cohort import Cohort, Participant, Participation
from server.domain.event_leaderboards.definition import Definition, Phase, TierRules
from server.domain.event_leaderboards.outcomes import outcome_of
from server.domain.event_leaderboards.situation import (
    Situation,
    claim_refusal,
    cooldown_ends_at,
    roll_refusal,
    roll_tier,
    submission_refusal,
    time_limit_ends_at,
)
from server.domain.values import value


@value
class Flags:
    """What the player may do. Each is true exactly when the call would succeed now (E80)."""

    is_active: bool
    can_update: bool
    can_claim: bool
    can_roll: bool
    can_roll_with_claim: bool


@value
class Display:
    """What an edit changes at once, also in a running phase (E8)."""

    name: str
    description: str
    category: str
    additional_properties: Mapping[str, str]


@value
class StandingRow:
    """A line of a cohort's standings. `tier_delta` is what would happen to it if the cohort ended now (E41).

    `rank` is among participants and bots, `prize_rank` among those who can win (L7). A bot is shown as a participant in its
    place would be.
    """

    rank: int
    participant: Participant
    tier_delta: int
    prize_rank: int
    is_bot: bool = False


@value
class Telling:
    """What rows may tell (L7): who is a bot, and which rank wins, from which that could be told."""

    kinds: bool
    prize_ranks: bool


def telling_of(definition: Definition, *, is_trusted: bool) -> Telling:
    """Return what rows of an event may tell to a player, or to a trusted caller."""
    tells_kinds = is_trusted or definition.reveal_bots
    return Telling(tells_kinds, tells_kinds or definition.bots is None)


@value
class EventView:
    """An event leaderboard, as one player sees it at one instant.

    `phase` is the running one, else the one his cohort belongs to, else None; `cohort` and `own` are None until he rolls.
    """

    now: datetime
    definition: Definition
    display: Display
    phase: Phase | None
    next_start: datetime | None
    tier: int
    pending_tier_change: int
    rules: TierRules
    flags: Flags
    cohort: Cohort | None
    cohort_phase: Phase | None
    own: StandingRow | None
    rolls_used: int
    best_rank: int | None
    time_limit_ends_at: datetime | None
    roll_cooldown: timedelta
    cooldown_ends_at: datetime | None
    is_reroll_free: bool


def flags_of(situation: Situation) -> Flags:
    """Return all flags: each asks the function that would refuse the call.

    Who is still competing can neither claim nor roll (E20, E60); most submissions end here.
    """
    can_update = submission_refusal(situation) is None
    if situation.participation is not None and not situation.is_complete:
        return flags_of_competitor(situation.phase, situation.now, can_update=can_update)
    roll = roll_refusal(situation, claims=False)
    return Flags(
        is_active=_is_active(situation.phase, situation.now),
        can_update=can_update,
        can_claim=claim_refusal(situation) is None,
        can_roll=roll is None,
        can_roll_with_claim=roll is None or roll_refusal(situation, claims=True) is None,
    )


def flags_of_competitor(phase: Phase | None, now: datetime, *, can_update: bool) -> Flags:
    """Return all flags of somebody for whom the cohort is not complete, where it is known whether he may submit."""
    return _OF_COMPETITORS[_is_active(phase, now), can_update]


_OF_COMPETITORS = {
    (is_active, can_update): Flags(is_active, can_update, can_claim=False, can_roll=False, can_roll_with_claim=False)
    for is_active in (False, True)
    for can_update in (False, True)
}
"""Almost every submission is answered with one of these."""


def _is_active(phase: Phase | None, now: datetime) -> bool:
    return phase is not None and phase.is_active(now)


def event_view(situation: Situation) -> EventView:
    """Return what the player sees. `situation.rank` must be his rank in the cohort, if he is in one."""
    flags = flags_of(situation)
    one, held = _shown(situation, flags)
    phase = situation.phase or held
    definition = _definition_shown(situation, held)
    tier, pending = _tier_shown(situation, one, flags)
    rules = definition.rules_of(tier)
    is_own_phase = situation.is_reroll and one is not None
    return EventView(
        now=situation.now,
        definition=definition,
        display=display_of(situation, definition, tier),
        phase=phase,
        next_start=_next_start(situation),
        tier=tier,
        pending_tier_change=pending,
        rules=rules,
        flags=flags,
        cohort=None if one is None else one.cohort,
        cohort_phase=held,
        own=None if one is None or held is None else _own_row(situation, one, held),
        rolls_used=one.rolls_used if one is not None and is_own_phase else 0,
        best_rank=_best_rank(situation, one) if is_own_phase else None,
        time_limit_ends_at=_limit_end(one, rules),
        roll_cooldown=situation.outcome().roll_cooldown
        if is_own_phase and situation.is_complete
        else definition.roll_cooldown,
        cooldown_ends_at=cooldown_ends_at(situation),
        is_reroll_free=is_own_phase and situation.is_complete and situation.outcome().is_reroll_free,
    )


def standing_row(
    participant: Participant, cohort: Cohort, phase: Phase, rank: int, bots_ahead: int = 0, *, is_bot: bool = False
) -> StandingRow:
    """Return a row of the standings, with what the zones would do to it now (E41). `rank` is among the participants."""
    outcome = outcome_of(participant, cohort, phase, rank, at_expiry=True, bots_ahead=bots_ahead)
    return StandingRow(rank + bots_ahead, participant, outcome.tier_change, outcome.rank, is_bot)


def display_of(situation: Situation, definition: Definition, tier: int) -> Display:
    """Return names and texts of the current definition, or of the last one for an event that was removed."""
    current = situation.timeline.current or definition
    rules = current.rules_of(tier)
    return Display(rules.name, rules.description, current.category, current.additional_properties)


def _own_row(situation: Situation, one: Participation, held: Phase) -> StandingRow:
    return standing_row(one.participant, one.cohort, held, situation.rank, situation.bots_ahead)


def _shown(situation: Situation, flags: Flags) -> tuple[Participation, Phase] | tuple[None, None]:
    one, held = situation.participation, situation.held
    if one is None or held is None:
        return None, None
    is_current = situation.is_reroll or situation.phase is None
    return (one, held) if is_current or flags.can_claim or not situation.is_complete else (None, None)


def _definition_shown(situation: Situation, held: Phase | None) -> Definition:
    if held is not None:
        return held.definition
    return situation.timeline.latest if situation.phase is None else situation.phase.definition


def _tier_shown(situation: Situation, shown: Participation | None, flags: Flags) -> tuple[int, int]:
    """Return the tier, and what a roll now would change about it (E81)."""
    if shown is None:
        return roll_tier(situation), 0
    if not situation.is_complete:
        return shown.cohort.tier, 0
    next_tier = roll_tier(situation)
    if flags.can_claim:
        return shown.cohort.tier, next_tier - shown.cohort.tier
    return next_tier, 0


def _best_rank(situation: Situation, one: Participation | None) -> int | None:
    if one is None:
        return None
    ranks = [one.best_rank] if one.best_rank is not None else []
    if not one.participant.is_idle:
        ranks.append(situation.rank)
    return min(ranks, default=None)


def _limit_end(one: Participation | None, rules: TierRules) -> datetime | None:
    if one is None or rules.score_time_limit is None:
        return None
    return time_limit_ends_at(one.participant.joined_at, rules.score_time_limit)


def _next_start(situation: Situation) -> datetime | None:
    upcoming = situation.timeline.next_phase(situation.now)
    return None if upcoming is None else upcoming.start
