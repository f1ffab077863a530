"""Somebody looks at the periods of a leaderboard, the newest first (B11, B53)."""

from __future__ import annotations

from datetime import datetime

from server.application.board_pages import PeriodView
from server.application.board_periods import as_stored, found
from server.domain.ids import LeaderboardKey
from server.domain.instants import NEVER
from server.domain.values import value
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Reading, Store


@value
class PeriodViews:
    """Some of the periods, the newest first. `next_before` is None on the last page."""

    periods: list[PeriodView]
    next_before: datetime | None
    now: datetime


class ListPeriods:
    """Show the periods in which anybody took part, and the running one in any case."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock

    async def __call__(self, key: LeaderboardKey, before: datetime | None, limit: int) -> PeriodViews:
        """List up to `limit` periods that start before a moment; None begins with the newest.

        :raises LeaderboardNotFound: if there never was such a board
        """
        now = self._clock.now()
        self._catalog.board_of(key)

        async def work(view: Reading) -> list[PeriodView]:
            bound = NEVER if before is None else before
            stored = await view.periods_before(key, bound, limit + 1)
            views = [found(self._catalog, key, as_stored(self._catalog, one), one, now).view for one in stored]
            running = self._catalog.period_at(key, now)
            if running is None or running.start >= bound or running.start in {one.start for one in views}:
                return views
            return [found(self._catalog, key, running, None, now).view, *views]

        views = await self._store.read(work)
        shown = views[:limit]
        return PeriodViews(shown, shown[-1].start if len(views) > limit else None, now)
