"""Events as modules see them: the server's own use cases (M2)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from server.application.bots_abreast import require_abreast
from server.application.rolling import RollRequest
from server.application.standing_pages import rows_of
from server.application.submitting import SubmitRequest
from server.application.use_cases import UseCases
from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.submissions import Submission
from server.domain.event_leaderboards.view import StandingRow
from server.domain.ids import CohortId, EventId, PlayerId
from server.domain.instants import BEGINNING, NEVER
from server.hooks import answers, api, shown
from server.hooks.api import Candidate, PastCohort
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import CohortSearch, Reading, Store

PAST_COHORTS_MAX = 100
OPEN_COHORTS_MAX = 100
OPEN_COHORTS_LOOKED_AT = 1000
STANDINGS_MAX = 1000


class ModuleEventLeaderboards:
    """Answers modules' questions about events with the server's own use cases."""

    def __init__(self, module: str, store: Store, catalog: Catalog, clock: Clock, use: UseCases) -> None:
        self._caller = f"module:{module}"
        self._use = use
        self._store = store
        self._catalog = catalog
        self._clock = clock

    async def past_cohorts(self, player_id: str, event_id: str, limit: int = 10) -> Sequence[PastCohort]:
        """Return the cohorts that the player has finished, the latest first."""
        wanted = max(1, min(limit, PAST_COHORTS_MAX))
        page = await self._use.list_past_cohorts(PlayerId(player_id), EventId(event_id), NEVER, wanted)
        return [
            PastCohort(
                cohort_id=one.cohort.cohort_id,
                tier=one.cohort.tier,
                rank=one.outcome.rank,
                count=one.cohort.tally.participant_count,
                score=one.participant.result.score,
                submissions=one.participant.result.submission_count,
                completed_at=one.completed_at,
            )
            for one in page.cohorts
        ]

    async def open_cohorts(
        self, event_id: str, player_id: str, tier: int, where: Mapping[str, Any] | None = None, limit: int = 100
    ) -> Sequence[Candidate]:
        """Return open cohorts of the running phase that have these properties."""
        now = self._clock.now()
        phase = self._catalog.phase_at(EventId(event_id), now)
        if phase is None:
            return []
        wanted = max(1, min(limit, OPEN_COHORTS_MAX))
        who, event = PlayerId(player_id), EventId(event_id)
        search = CohortSearch(event, phase.start, tier, who, BEGINNING, OPEN_COHORTS_LOOKED_AT, with_reserved=True)

        async def work(view: Reading) -> list[Candidate]:
            found = await view.open_cohorts(search)
            fitting = [
                one.cohort
                for one in found
                if completion.is_open(one.cohort, phase, now) and _has(one.cohort, where or {})
            ]
            return [shown.candidate(one, tuple(await view.players_of(one.cohort_id))) for one in fitting[:wanted]]

        return await self._store.read(work)

    async def cohort(self, cohort_id: str) -> api.Cohort | None:
        """Return a cohort, or None."""
        found = await self._store.read(lambda view: view.cohort_of(CohortId(cohort_id)))
        return None if found is None else shown.cohort(found)

    async def standings(self, cohort_id: str, limit: int = 100) -> Sequence[api.StandingRow]:
        """Return the first rows of a cohort's standings."""
        wanted = max(1, min(limit, STANDINGS_MAX))

        async def work(view: Reading) -> list[StandingRow]:
            found = await view.cohort_of(CohortId(cohort_id))
            if found is None:
                return []
            phase = self._catalog.phase_starting(found.event_id, found.phase_start)
            require_abreast([(found, phase)], self._clock.now())
            return await rows_of(view, found, phase, 1, wanted)

        return [shown.standing_row(one) for one in await self._store.read(work)]

    async def submit_score(self, event_id: str, player_id: str, score: int, *, subscore: int = 0) -> int:
        """Submit a score as a trusted server would, and return the player's rank."""
        submission = Submission(score, subscore, is_trusted=True)
        request = SubmitRequest(
            answers.player_id(player_id), EventId(event_id), self._caller, submission, asks_modules=False
        )
        return (await self._use.submit_score(request)).rank

    async def roll_cohort(self, event_id: str, player_id: str, *, tier: int | None = None) -> str:
        """Put a player into a cohort by the default choice, and return its id."""
        if tier is not None and type(tier) is not int:
            raise ValueError(f"{tier!r} is no tier")
        who, event = answers.player_id(player_id), EventId(event_id)
        request = RollRequest(who, event, self._caller, is_trusted=True, tier=tier, asks_where=False)
        return (await self._use.roll_cohort(request)).cohort_id


def _has(cohort: Cohort, where: Mapping[str, Any]) -> bool:
    properties = json.loads(cohort.properties)
    return all(key in properties and properties[key] == value for key, value in where.items())
