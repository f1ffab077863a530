"""Somebody looks at how a leaderboard is split in a period: its segments, the largest first (B53)."""

from __future__ import annotations

from datetime import datetime

from server.application.board_pages import PeriodAsked, PeriodView
from server.application.board_periods import period_asked
from server.domain.ids import LeaderboardKey
from server.domain.values import value
from server.ports.board_store import SegmentSize
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Reading, Store


@value
class SegmentViews:
    """The largest segments of a period. A board that is one whole has one, without a name, once somebody is in it."""

    period: PeriodView
    segments: list[SegmentSize]
    now: datetime


class ListSegments:
    """Show the segments of a period by size."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock

    async def __call__(self, key: LeaderboardKey, asked: PeriodAsked, limit: int) -> SegmentViews:
        """List the `limit` largest.

        :raises LeaderboardNotFound, PeriodNotFound, NoPeriodRunning: if there is nothing to read
        """
        now = self._clock.now()

        async def work(view: Reading) -> SegmentViews:
            found = await period_asked(view, self._catalog, key, asked, now)
            sizes = view.snapshot_sizes if found.is_final else view.segment_sizes
            return SegmentViews(found.view, await sizes(found.period_id, limit), now)

        return await self._store.read(work)
