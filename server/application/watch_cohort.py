"""A player watches his cohort (L20 to L25): its standings now, and whatever changes in them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from server.application.callers import Caller
from server.application.interest import Interest
from server.application.live.cohort_source import CohortSource
from server.application.live.feeds import Feeds
from server.application.live.frames import Frame
from server.application.live.watcher import Watcher
from server.domain.errors import CohortNotFound
from server.domain.ids import CohortId
from server.domain.live.rows import Revision
from server.ports.broker import cohort_topic
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Reading, Seat, Store


class WatchCohort:
    """Show a cohort to its participants and to trusted callers, as long as they look."""

    def __init__(
        self, store: Store, catalog: Catalog, clock: Clock, feeds: Feeds, interest: Interest[CohortId]
    ) -> None:
        self._interest = interest
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._feeds = feeds

    @asynccontextmanager
    async def __call__(
        self, caller: Caller, cohort_id: CohortId, limit: int, seen: Revision | None, session_ends_at: float | None
    ) -> AsyncIterator[AsyncGenerator[Frame, None]]:
        """Watch the first `limit` rows, and the caller's own, from the revision that he has seen on, until his session ends.

        :raises CohortNotFound: if there is no such cohort, or the caller is not in it (L25)
        """
        await self._store.read(lambda view: _admit(view, caller, cohort_id))
        watcher = Watcher(limit, caller.player_id, session_ends_at)

        def source() -> CohortSource:
            return CohortSource(self._store, self._catalog, self._clock, self._interest, cohort_id)

        with self._feeds.watching(cohort_topic(cohort_id), source, watcher, seen) as frames:
            async with aclosing(frames):
                yield frames


async def _admit(view: Reading, caller: Caller, cohort_id: CohortId) -> None:
    if await view.cohort_of(cohort_id) is None:
        raise CohortNotFound
    if caller.is_trusted:
        return
    if caller.player_id is None or await view.participant_of(Seat(cohort_id, caller.player_id)) is None:
        raise CohortNotFound
