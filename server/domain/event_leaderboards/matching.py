"""Who meets whom: the default choice among open cohorts, and what a module's choice may be (E22, M5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.definition import Phase
from server.domain.ids import CohortId
from server.domain.values import value

CANDIDATES_COMPARED = 32
"""The default choice weighs at most so many open cohorts; a preference, never a reason for a new one (E22)."""

CANDIDATES_OFFERED = 100
"""A selection hook is offered at most so many open cohorts (M5)."""


@value
class JoinCohort:
    """Choose an open cohort."""

    cohort_id: CohortId


@value
class NewCohort:
    """Make a new cohort: of the player's tier where `tier` is None, with properties that later choices can read.

    A reserved cohort is filled only by name: the default choice passes it by.
    """

    tier: int | None = None
    properties: str = "{}"
    is_reserved: bool = False


@value
class SharedCohort:
    """Choose an open cohort of the player's tier with just these properties, or make one where there is none.

    Decided where nobody else can come between: players who roll together come together.
    """

    properties: str


Choice = JoinCohort | NewCohort | SharedCohort
"""What a module answers: where the player goes."""


@value
class Candidate:
    """An open cohort that a player could join by default."""

    cohort: Cohort
    has_met: bool
    """Somebody in it has been in a cohort with him in this phase."""


def preferred(candidates: Sequence[Candidate]) -> Cohort | None:
    """Return the cohort that the default choice takes, or None where there is none to join (E22).

    First where he met nobody, then where the race is open, then the fullest, then the oldest.
    """
    if not candidates:
        return None
    return min(candidates, key=_preference).cohort


def is_allowed(cohort: Cohort, phase: Phase, tier: int, now: datetime, *, is_trusted: bool) -> bool:
    """Tell whether a module may name this cohort for a roll into `phase` at `tier`.

    It must be open and of this event and phase; of another tier only in a trusted caller's roll (M5). Whether the player
    was in it before is for the store to say.
    """
    if cohort.event_id != phase.definition.event_id or cohort.phase_start != phase.start:
        return False
    if cohort.tier != tier and not is_trusted:
        return False
    return completion.is_open(cohort, phase, now)


def _preference(candidate: Candidate) -> tuple[bool, bool, int, datetime, str]:
    tally = candidate.cohort.tally
    return (
        candidate.has_met,
        tally.finisher_count > 0,
        -tally.participant_count,
        candidate.cohort.created_at,
        candidate.cohort.cohort_id,
    )
