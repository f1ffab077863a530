"""What a hook may use: the narrow side of the server that modules see (M2)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from server.application.list_past_cohorts import ListPastCohorts
from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort import Cohort
from server.domain.ids import EventId, PlayerId
from server.domain.instants import BEGINNING, NEVER
from server.hooks.api import Candidate, EventLeaderboards, Log, PastCohort
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import CohortSearch, Reading, Store

PAST_COHORTS_MAX = 100
OPEN_COHORTS_MAX = 100
OPEN_COHORTS_LOOKED_AT = 1000


class ModuleContext:
    """The context of one call of one hook."""

    def __init__(
        self, module: str, hook: str, settings: Mapping[str, Any], clock: Clock, events: EventLeaderboards
    ) -> None:
        self._log = structlog.get_logger(f"module.{module}").bind(module=module, hook=hook)
        self._settings = settings
        self._clock = clock
        self._events = events

    @property
    def log(self) -> Log:
        """A logger bound to module and hook."""
        logger: Log = self._log
        return logger

    @property
    def settings(self) -> Mapping[str, Any]:
        """The module's own section of the settings."""
        return self._settings

    @property
    def event_leaderboards(self) -> EventLeaderboards:
        """The server's knowledge of events."""
        return self._events

    def now(self) -> datetime:
        """Return the game time."""
        return self._clock.now()


class ModuleEventLeaderboards:
    """Answers modules' questions about events with the server's own use cases."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._list_past_cohorts = ListPastCohorts(store, catalog, clock)

    async def past_cohorts(self, player_id: str, event_id: str, limit: int = 10) -> Sequence[PastCohort]:
        """Return the cohorts that the player has finished, the latest first."""
        wanted = max(1, min(limit, PAST_COHORTS_MAX))
        page = await self._list_past_cohorts(PlayerId(player_id), EventId(event_id), NEVER, wanted)
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
            return [candidate(one, tuple(await view.players_of(one.cohort_id))) for one in fitting[:wanted]]

        return await self._store.read(work)


def candidate(cohort: Cohort, player_ids: tuple[PlayerId, ...]) -> Candidate:
    """Return an open cohort as modules see it."""
    return Candidate(
        cohort_id=cohort.cohort_id,
        tier=cohort.tier,
        count=cohort.tally.participant_count,
        size=cohort.size,
        properties=json.loads(cohort.properties),
        player_ids=tuple(str(one) for one in player_ids),
        created_at=cohort.created_at,
    )


def _has(cohort: Cohort, where: Mapping[str, Any]) -> bool:
    properties = json.loads(cohort.properties)
    return all(key in properties and properties[key] == value for key, value in where.items())
