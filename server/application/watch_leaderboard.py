"""Somebody watches a leaderboard (L20 to L25): its entries now, whatever changes in them, and the next period at the bell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from zlib import crc32

from server.application.board_pages import PeriodAsked
from server.application.board_periods import period_asked
from server.application.callers import Caller
from server.application.live.board_source import BoardSource
from server.application.live.feeds import Feeds
from server.application.live.frames import Closed, Frame, Reason
from server.application.live.watcher import Watcher
from server.application.segment_pages import SegmentAsked, SegmentPages
from server.domain.ids import LeaderboardKey
from server.domain.leaderboards.entry import SegmentId
from server.domain.live.rows import Revision
from server.domain.values import value
from server.ports.broker import period_topic, segment_topic
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Reading, Store

_LEAVE_WITHIN_SECONDS = 1.0
"""Over so long the watchers of a period that is over are sent away, so that they do not all come back at once (L24)."""


@value
class Watching:
    """What somebody watches: so many of the first entries of a segment, and his own, from what he has seen on.

    `session_ends_at`: when (on the loop's clock) he must show who he is again, if ever.
    """

    leaderboard: LeaderboardKey
    period: PeriodAsked
    segment: str
    limit: int
    seen: Revision | None = None
    session_ends_at: float | None = None


class WatchLeaderboard:
    """Show a segment of a leaderboard to any session, as long as it looks."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, pages: SegmentPages, feeds: Feeds) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._pages = pages
        self._feeds = feeds

    @asynccontextmanager
    async def __call__(self, caller: Caller, watching: Watching) -> AsyncIterator[AsyncGenerator[Frame, None]]:
        """Watch. Who names no period moves on when the next one runs.

        :raises LeaderboardNotFound, PeriodNotFound, NoPeriodRunning: if there is nothing to watch
        :raises SegmentRequired, SegmentNotFound: if the segment is not one of the board
        """
        segment = await self._segment(watching, watching.period)
        async with aclosing(self._frames(caller, watching, segment)) as frames:
            yield frames

    async def _segment(self, watching: Watching, period: PeriodAsked) -> SegmentId:
        now = self._clock.now()

        async def work(view: Reading) -> SegmentId:
            found = await period_asked(view, self._catalog, watching.leaderboard, period, now)
            return found.segment(watching.segment)

        return await self._store.read(work)

    async def _frames(self, caller: Caller, watching: Watching, segment: SegmentId) -> AsyncGenerator[Frame, None]:
        moves_on = watching.period == PeriodAsked()
        seen, following = watching.seen, segment
        while True:
            end: Closed | None = None
            async with aclosing(self._of_period(caller, watching, following, seen)) as frames:
                async for frame in frames:
                    if isinstance(frame, Closed):
                        end = frame
                        break
                    yield frame
            if end is None:
                return
            upcoming = self._next(following) if moves_on and end.reason is Reason.FINALIZED else None
            if upcoming is None:
                await self._part(caller, end)
                yield self._farewell(end, following, is_named=not moves_on)
                return
            seen, following = None, upcoming

    async def _of_period(
        self, caller: Caller, watching: Watching, segment: SegmentId, seen: Revision | None
    ) -> AsyncGenerator[Frame, None]:
        """Watch one period to its end."""
        asked = SegmentAsked(None, segment.period.leaderboard, PeriodAsked(start=segment.period.start), segment.segment)
        watcher = Watcher(watching.limit, caller.player_id, watching.session_ends_at)
        source = BoardSource(self._store, self._pages, asked)
        topic, also = segment_topic(segment), [period_topic(segment.period)]
        with self._feeds.watching(topic, lambda: source, watcher, seen, also) as frames:
            async with aclosing(frames):
                async for frame in frames:
                    yield frame

    def _next(self, segment: SegmentId) -> SegmentId | None:
        """Return the same segment of the period that runs now, if that is another one."""
        key = segment.period.leaderboard
        running = self._catalog.period_at(key, self._clock.now())
        if running is None or running.start <= segment.period.start:
            return None
        return segment._replace(period=segment.period._replace(start=running.start))

    async def _part(self, caller: Caller, end: Closed) -> None:
        if end.reason is Reason.FINALIZED:
            share = crc32(caller.name.encode()) % 1000 / 1000
            await asyncio.sleep(share * _LEAVE_WITHIN_SECONDS)

    def _farewell(self, end: Closed, segment: SegmentId, *, is_named: bool) -> Closed:
        """Return the last frame, with when the next period begins for those who would have moved on."""
        if is_named or end.reason is not Reason.FINALIZED:
            return end
        now = self._clock.now()
        upcoming = self._catalog.board_of(segment.period.leaderboard).calendar.next_period(now)
        starts_at: datetime | None = None if upcoming is None else upcoming.start
        return Closed(end.revision, end.reason, None if starts_at is None else starts_at - now)
