"""Somebody looks at how a leaderboard is split in a period: its segments, the largest first (B53)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from server.application.board_pages import PeriodAsked, PeriodView
from server.application.board_periods import period_asked
from server.domain.ids import LeaderboardKey
from server.domain.leaderboards.entry import PeriodId
from server.domain.values import value
from server.ports.board_store import SegmentSize
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Reading, Store

COUNTED = 100
"""So many of a running period are told, and counted, however few are asked for."""
_LARGE = 20_000
"""Entries from which on counting takes longer than any other read: of so large a period it is remembered for a while."""
_REMEMBERED = timedelta(seconds=10)


@value
class SegmentViews:
    """The largest segments of a period. A board that is one whole has one, without a name, once somebody is in it."""

    period: PeriodView
    segments: list[SegmentSize]
    now: datetime


class _Counted(NamedTuple):
    until: datetime
    sizes: Sequence[SegmentSize]


class ListSegments:
    """Show the segments of a period by size. Of large periods that run, sizes may be some seconds old."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._counted: dict[PeriodId, _Counted] = {}

    async def __call__(self, key: LeaderboardKey, asked: PeriodAsked, limit: int) -> SegmentViews:
        """List the `limit` largest.

        :raises LeaderboardNotFound, PeriodNotFound, NoPeriodRunning: if there is nothing to read
        """
        now = self._clock.now()

        async def work(view: Reading) -> SegmentViews:
            found = await period_asked(view, self._catalog, key, asked, now)
            if found.is_final:
                sizes: Sequence[SegmentSize] = await view.snapshot_sizes(found.period_id, limit)
            else:
                sizes = await self._sizes_of(view, found.period_id)
            return SegmentViews(found.view, list(sizes[:limit]), now)

        return await self._store.read(work)

    async def _sizes_of(self, view: Reading, period: PeriodId) -> Sequence[SegmentSize]:
        wall = self._clock.wall()
        known = self._counted.get(period)
        if known is not None and wall < known.until:
            return known.sizes
        sizes = await view.segment_sizes(period, COUNTED)
        self._counted = {one: counted for one, counted in self._counted.items() if wall < counted.until}
        if sum(one.entries for one in sizes) >= _LARGE:
            self._counted[period] = _Counted(wall + _REMEMBERED, sizes)
        return sizes
