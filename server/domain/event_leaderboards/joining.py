"""Making cohorts and joining them (E24)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.domain.event_leaderboards.cohort import Cohort, Participant, Result, Tally
from server.domain.event_leaderboards.company import moves_unwatched
from server.domain.event_leaderboards.completion import counted, scheduled
from server.domain.event_leaderboards.definition import Phase
from server.domain.ids import CohortId, PlayerId
from server.domain.values import value


@value
class Joining:
    """Who joins, and with what."""

    player_id: PlayerId
    name: str
    avatar_url: str
    metadata: str = "{}"
    context: str = "{}"


def new_cohort(
    cohort_id: CohortId,
    phase: Phase,
    tier: int,
    now: datetime,
    *,
    properties: str = "{}",
    is_reserved: bool = False,
) -> Cohort:
    """Return an empty cohort of a tier."""
    rules = phase.definition.rules_of(tier)
    cohort = Cohort(
        cohort_id=cohort_id,
        event_id=phase.definition.event_id,
        phase_start=phase.start,
        tier=rules.tier,
        size=rules.cohort_size,
        created_at=now,
        tally=Tally(revision=0, changed_at=now, bots_due_at=now if moves_unwatched(phase.definition) else None),
        is_reserved=is_reserved,
        properties=properties,
    )
    return scheduled(cohort, phase)


def left(cohort: Cohort, participant: Participant, phase: Phase, now: datetime) -> Cohort:
    """Return the cohort without a participant, as if he had never joined it; the others keep their places (E82)."""
    tally, result = cohort.tally, participant.result
    rules = phase.definition.rules_of(cohort.tier)
    is_finisher = result.finished_at is not None
    is_done = is_finisher or 0 < rules.max_num_score <= result.submission_count
    count, finishers = tally.participant_count - 1, tally.finisher_count - is_finisher
    is_saturated = rules.score_target is not None and finishers >= rules.score_target_players
    taking_part = counted(replace(tally, participant_count=count), phase.definition)
    has_least = taking_part >= max(phase.definition.min_cohort_size, 1)
    tally = replace(
        tally,
        revision=tally.revision + 1,
        changed_at=cohort.stamp(now),
        participant_count=count,
        finisher_count=finishers,
        done_count=tally.done_count - is_done,
        filled_at=tally.filled_at if taking_part >= cohort.size else None,
        min_reached_at=tally.min_reached_at if has_least else None,
        saturated_at=tally.saturated_at if is_saturated else None,
    )
    return scheduled(cohort.with_tally(tally), phase)


def joined(cohort: Cohort, joining: Joining, phase: Phase, now: datetime) -> tuple[Cohort, Participant]:
    """Return the cohort with one more participant, who starts with score 0 and no submission (E24)."""
    tally = cohort.tally
    stamp = cohort.stamp(now)
    count = counted(tally, phase.definition) + 1
    tally = replace(
        tally,
        revision=tally.revision + 1,
        changed_at=stamp,
        participant_count=tally.participant_count + 1,
        last_open_joined_at=stamp,
        filled_at=stamp if count == cohort.size else tally.filled_at,
        min_reached_at=stamp if count == max(phase.definition.min_cohort_size, 1) else tally.min_reached_at,
    )
    participant = Participant(
        cohort_id=cohort.cohort_id,
        player_id=joining.player_id,
        name=joining.name,
        avatar_url=joining.avatar_url,
        joined_at=stamp,
        joined_revision=tally.revision,
        result=Result(metadata=joining.metadata),
        context=joining.context,
    )
    return scheduled(cohort.with_tally(tally), phase), participant
