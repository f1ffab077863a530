"""A player looks back at the cohorts he has finished."""

from __future__ import annotations

from datetime import datetime

from server.application.bots_abreast import require_abreast
from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort import Cohort, Participant
from server.domain.event_leaderboards.definition import Phase
from server.domain.event_leaderboards.outcomes import Outcome, outcome_of
from server.domain.event_leaderboards.standings import key_of
from server.domain.grants import Grant, cohort_grant_key
from server.domain.ids import EventId, PlayerId
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Reading, Seat, Store


@value
class PastCohort:
    """A cohort that is complete for the player: how it ended for him, and what he was granted. `rank`: with bots."""

    cohort: Cohort
    participant: Participant
    phase: Phase
    outcome: Outcome
    rank: int
    completed_at: datetime
    grant: Grant | None


@value
class PastCohortsPage:
    """Some past cohorts, the latest first; `next_before` is None on the last page."""

    cohorts: list[PastCohort]
    next_before: datetime | None
    now: datetime


class ListPastCohorts:
    """Show a player his finished cohorts of an event, the latest first."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock

    async def __call__(self, player_id: PlayerId, event_id: EventId, before: datetime, limit: int) -> PastCohortsPage:
        """List up to `limit` cohorts that the player joined before an instant.

        :raises EventNotFound: if there is no such event
        """
        self._catalog.timeline_of(event_id)
        now = self._clock.now()

        async def work(view: Reading) -> PastCohortsPage:
            found = await view.past_cohorts_of(player_id, event_id, before, limit + 1)
            past = [await self._past(view, cohort, participant, now) for cohort, participant in found[:limit]]
            next_before = found[limit - 1][1].joined_at if len(found) > limit else None
            return PastCohortsPage([one for one in past if one is not None], next_before, now)

        return await self._store.read(work)

    async def _past(self, view: Reading, cohort: Cohort, participant: Participant, now: datetime) -> PastCohort | None:
        phase = self._catalog.phase_starting(cohort.event_id, cohort.phase_start)
        if not completion.is_complete_for(participant, cohort, phase, now):
            return None
        require_abreast([(cohort, phase)], now)
        rank = await view.rank_of(Seat(cohort.cohort_id, participant.player_id))
        place = cohort.cohort_id, key_of(phase.definition, participant)
        bots_ahead = (await view.bots_ahead_of([place]))[0] if cohort.tally.bot_count else 0
        key = cohort_grant_key(cohort.event_id, cohort.cohort_id, participant.player_id)
        return PastCohort(
            cohort=cohort,
            participant=participant,
            phase=phase,
            outcome=outcome_of(participant, cohort, phase, rank, at_expiry=now >= phase.expiry, bots_ahead=bots_ahead),
            rank=rank + bots_ahead,
            completed_at=completion.completed_for_at(participant, cohort, phase),
            grant=await view.grant_of_key(key),
        )
