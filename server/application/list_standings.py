"""Somebody reads a cohort's standings, page by page (E40, E81)."""

from __future__ import annotations

from datetime import datetime

from server.application.callers import Caller
from server.application.standing_pages import rows
from server.domain.errors import CohortNotFound
from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.standings import key_of
from server.domain.event_leaderboards.view import StandingRow
from server.domain.ids import CohortId
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Reading, Seat, Store


@value
class StandingsPage:
    """Some rows; `next_key` is None on the last page."""

    cohort: Cohort
    rows: list[StandingRow]
    next_key: bytes | None
    now: datetime


class ListStandings:
    """Show a cohort's standings to its participants and to trusted callers."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock

    async def __call__(self, caller: Caller, cohort_id: CohortId, after_key: bytes, limit: int) -> StandingsPage:
        """List up to `limit` rows from behind a key; an empty key begins at the top.

        :raises CohortNotFound: if there is no such cohort, or the caller is not in it
        """
        now = self._clock.now()

        async def work(view: Reading) -> StandingsPage:
            cohort = await view.cohort_of(cohort_id)
            if cohort is None or not await _may_see(view, caller, cohort_id):
                raise CohortNotFound
            phase = self._catalog.phase_starting(cohort.event_id, cohort.phase_start)
            first_rank, participants = await view.standings_after(cohort_id, after_key, limit + 1)
            shown = participants[:limit]
            next_key = key_of(phase.definition, shown[-1]) if len(participants) > limit else None
            return StandingsPage(cohort, rows(shown, first_rank, cohort, phase), next_key, now)

        return await self._store.read(work)


async def _may_see(view: Reading, caller: Caller, cohort_id: CohortId) -> bool:
    if caller.is_trusted:
        return True
    return caller.player_id is not None and await view.participant_of(Seat(cohort_id, caller.player_id)) is not None
