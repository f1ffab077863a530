"""Somebody reads a cohort's standings, page by page (E40, E81)."""

from __future__ import annotations

from datetime import datetime

from server.application.bots_abreast import require_abreast
from server.application.callers import Caller
from server.application.interest import Interest
from server.application.standing_pages import row_of
from server.domain.errors import CohortNotFound
from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.definition import Phase
from server.domain.event_leaderboards.standings import key_of
from server.domain.event_leaderboards.view import StandingRow, Telling, standing_row, telling_of
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
    telling: Telling


class ListStandings:
    """Show a cohort's standings to its participants and to trusted callers."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, interest: Interest[CohortId]) -> None:
        self._interest = interest
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
            if phase.definition.bots is None:
                rows, next_key = await _humans(view, cohort, phase, after_key, limit)
            else:
                self._interest.note(cohort_id)
                require_abreast([(cohort, phase)], now)
                rows, next_key = await _with_bots(view, cohort, phase, after_key, limit)
            return StandingsPage(
                cohort, rows, next_key, now, telling_of(phase.definition, is_trusted=caller.is_trusted)
            )

        return await self._store.read(work)


async def _humans(
    view: Reading, cohort: Cohort, phase: Phase, after_key: bytes, limit: int
) -> tuple[list[StandingRow], bytes | None]:
    first_rank, participants = await view.standings_after(cohort.cohort_id, after_key, limit + 1)
    shown = participants[:limit]
    next_key = key_of(phase.definition, shown[-1]) if len(participants) > limit else None
    return [standing_row(one, cohort, phase, rank) for rank, one in enumerate(shown, first_rank)], next_key


async def _with_bots(
    view: Reading, cohort: Cohort, phase: Phase, after_key: bytes, limit: int
) -> tuple[list[StandingRow], bytes | None]:
    lines = await view.lines_after(cohort.cohort_id, after_key, limit + 1)
    next_key = lines[limit - 1][1] if len(lines) > limit else None
    return [row_of(line, cohort, phase) for line, _ in lines[:limit]], next_key


async def _may_see(view: Reading, caller: Caller, cohort_id: CohortId) -> bool:
    if caller.is_trusted:
        return True
    return caller.player_id is not None and await view.participant_of(Seat(cohort_id, caller.player_id)) is not None
