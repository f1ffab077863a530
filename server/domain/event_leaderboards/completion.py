"""When a cohort is over: for one player, and for all (E50, E51, E52).

Two kinds of completion must not be mixed. *By change*: enough have reached the target, or a full cohort has used all its
attempts. That is a fact of the data, true whatever a clock says. *By time*: the phase's active end, or the last time
limit. That is an instant, derived from the data; a cohort passes it whether or not somebody looks.
A cohort below `min_cohort_size` completes for nobody before the phase's active end (E6).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.domain.event_leaderboards.cohort import Cohort, Participant, Tally
from server.domain.event_leaderboards.definition import Definition, Phase, TierRules
from server.domain.instants import NEVER, after


def counted(tally: Tally, definition: Definition) -> int:
    """Return how many take part where numbers decide: the participants, and bots only where the designer says so (L7)."""
    if definition.bots is not None and definition.bots.count:
        return tally.participant_count + tally.bot_count
    return tally.participant_count


def is_below_min(tally: Tally, definition: Definition) -> bool:
    """Tell whether the cohort is too small to end early, or to move anybody up or down."""
    return counted(tally, definition) < definition.min_cohort_size


def is_locked(tally: Tally) -> bool:
    """Tell whether the race is decided: `score_target_players` have reached the target, nobody may join (E50)."""
    return tally.saturated_at is not None


def is_exhausted(cohort: Cohort, definition: Definition) -> bool:
    """Tell whether the cohort is full and no member has an attempt left."""
    tally, count = cohort.tally, counted(cohort.tally, definition)
    return count >= cohort.size and tally.done_count >= count


def is_complete_by_change(cohort: Cohort, phase: Phase) -> bool:
    """Tell whether a change, not the clock, has completed the cohort for all. A seal is such a change (E52)."""
    tally = cohort.tally
    if tally.sealed_at is not None:
        return True
    if is_below_min(tally, phase.definition):
        return False
    return is_locked(tally) or is_exhausted(cohort, phase.definition)


def completed_at(cohort: Cohort, phase: Phase) -> datetime:
    """Return the instant at which the cohort is, was or will be complete for all, as far as is known now (E50)."""
    tally = cohort.tally
    if tally.completed_at is not None:
        return tally.completed_at
    if is_below_min(tally, phase.definition):
        return phase.active_end
    rules = phase.definition.rules_of(cohort.tier)
    exhausted_at = max(
        _full_at(cohort, phase.definition), _last_submission_possible(tally, rules, counted(tally, phase.definition))
    )
    return min(phase.active_end, tally.saturated_at or NEVER, exhausted_at)


def is_complete(cohort: Cohort, phase: Phase, now: datetime) -> bool:
    """Tell whether the cohort is complete for all (E50).

    `settle_at` is never later than the completion, so before it nothing else need be asked: most calls end there.
    """
    settle_at = cohort.tally.settle_at
    if settle_at is not None and now < settle_at and cohort.tally.changed_at < settle_at:
        return False
    return is_complete_by_change(cohort, phase) or now >= completed_at(cohort, phase)


def completed_for_at(participant: Participant, cohort: Cohort, phase: Phase) -> datetime:
    """Return the instant at which the cohort is complete for one participant: his own target, or the end for all."""
    own = NEVER
    finished_at, min_reached_at = participant.result.finished_at, cohort.tally.min_reached_at
    if finished_at is not None and min_reached_at is not None:
        own = max(finished_at, min_reached_at)
    return min(own, completed_at(cohort, phase))


def is_complete_for(participant: Participant, cohort: Cohort, phase: Phase, now: datetime) -> bool:
    """Tell whether the cohort is complete for the participant (E50)."""
    reached = participant.result.finished_at is not None and cohort.tally.min_reached_at is not None
    return reached or is_complete(cohort, phase, now)


def is_open(cohort: Cohort, phase: Phase, now: datetime) -> bool:
    """Tell whether somebody may join: a free place, not complete, not locked, young enough (E22, E51)."""
    return cohort.has_room and now < closes_at(cohort, phase)


def closes_at(cohort: Cohort, phase: Phase) -> datetime:
    """Return the instant from which the cohort takes nobody, whatever places it has."""
    if phase.definition.cohort_open is None:
        return phase.active_end
    return min(phase.active_end, after(cohort.created_at, phase.definition.cohort_open))


def sealed(cohort: Cohort, phase: Phase, now: datetime) -> Cohort:
    """Return the cohort with the seal on it: no submission enters any more, however early it was stamped (E52)."""
    tally = cohort.tally
    if tally.sealed_at is not None:
        return cohort
    stamp = cohort.stamp(now)
    return cohort.with_tally(
        replace(
            tally,
            revision=tally.revision + 1,
            changed_at=stamp,
            sealed_at=stamp,
            completed_at=completed_at(cohort, phase),
        )
    )


def scheduled(cohort: Cohort, phase: Phase) -> Cohort:
    """Return the cohort with the instant written on it at which settlement next has something to do."""
    tally = cohort.tally
    settle_at = completed_at(cohort, phase)
    has_finishers = tally.finisher_count > 0 and not is_below_min(tally, phase.definition)
    if is_complete_by_change(cohort, phase) or (phase.definition.auto_claim and has_finishers):
        settle_at = min(settle_at, tally.changed_at)
    return cohort if settle_at == tally.settle_at else cohort.with_tally(replace(tally, settle_at=settle_at))


def _full_at(cohort: Cohort, definition: Definition) -> datetime:
    """Return when the cohort is full; one past `cohort_open_sec` counts as full (E6)."""
    if counted(cohort.tally, definition) >= cohort.size:
        return cohort.tally.filled_at or NEVER
    return NEVER if definition.cohort_open is None else after(cohort.created_at, definition.cohort_open)


def _last_submission_possible(tally: Tally, rules: TierRules, count: int) -> datetime:
    """Return when the last of `count` members who can still submit no longer can, by attempts, target or time limit."""
    last_done_at = tally.last_done_at or tally.changed_at
    if tally.done_count >= count:
        return last_done_at
    if rules.score_time_limit is None or tally.last_open_joined_at is None:
        return NEVER
    return max(
        tally.last_done_at or tally.last_open_joined_at, after(tally.last_open_joined_at, rules.score_time_limit)
    )
