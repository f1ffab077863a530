"""Who stands where on every board, at any size, and never a wrong rank (B50 to B53).

An order is *absent*, *loading* or *held* by the rank index, or *lost* with it. Only a held one answers. The others are asked
of the store, which is exact and slow, up to so many entries; larger boards wait until they are loaded. Whoever writes entries
tells `changed` after the commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import structlog

from server.application.order_rules import rules_of
from server.application.rank_keeping import Changed, RankKeeping
from server.application.segment_ranks import IndexedRanks, Look, SegmentRanks, Wanted
from server.application.store_ranks import LARGEST, StoreRanks
from server.domain.errors import RankIndexNeeded
from server.domain.ids import PlayerId
from server.domain.instants import microseconds_of
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.errors import RanksUnavailable, WorldError
from server.ports.rank_index import Mark, Place, RankIndex, SegmentNotHeld, Totals
from server.ports.store import Reading, Store

log = structlog.get_logger(__name__)

T = TypeVar("T")

_COUNTED_MAX = 1_000_000
"""So many entries may be walked over to tell the players of one batch where they stand."""
_COUNTED_MEANWHILE = 20_000
"""The same where an index is about to hold the order: counting a million for each batch would keep it from that."""
_LARGE_SECONDS = 1.0
"""For so long a segment that was too large is taken for that: looking takes milliseconds, and each submission would look."""


def revision_of(totals: Totals) -> str:
    """Write which order an answer is of (B52)."""
    return f"{totals.epoch}.{totals.revision}"


class BoardRanks:
    """Answers from the index or, where it cannot, from the store. `index` None: there is none."""

    def __init__(
        self, store: Store, catalog: Catalog, clock: Clock, index: RankIndex | None, tasks: asyncio.TaskGroup
    ) -> None:
        self._store = store
        self._keeping = None if index is None else RankKeeping(store, catalog, index, tasks)
        self._epoch = int(clock.wall().timestamp() * 1000)
        self._large_until: dict[SegmentId, float] = {}

    @property
    def keeping(self) -> RankKeeping | None:
        """What keeps the index in step; None without one."""
        return self._keeping

    async def changed(self, changed: Sequence[Changed]) -> None:
        """Tell the index what has been committed; who called is answered after this.

        It never fails what is written already: what an index out of reach does not take, it is told again from the log.
        """
        if self._keeping is None:
            return
        try:
            await self._keeping.tell(changed)
        except (SegmentNotHeld, WorldError) as error:
            log.warning("ranks_not_told", entries=len(changed), error=repr(error))

    async def ask(self, segment: SegmentId, board: Leaderboard, question: Callable[[SegmentRanks], Awaitable[T]]) -> T:
        """Answer a question about a segment, under what is in force in its period.

        :raises RanksUnavailable: if the order is not held just now and the segment is too large to be ranked without
        :raises RankIndexNeeded: if nothing ever holds orders and the segment is too large to be ranked without
        """
        if self._keeping is not None:
            order = rules_of(segment.period, board).order_of(segment.segment)
            try:
                return await question(IndexedRanks(self._keeping.index, order))
            except SegmentNotHeld:
                await self._keeping.seek(segment, board)
            except RanksUnavailable as error:
                log.warning("rank_index_unavailable", error=str(error))
        return await self._ask_store(segment, board, question)

    async def look(
        self, segment: SegmentId, board: Leaderboard, wanted: Wanted, players: Sequence[PlayerId] = ()
    ) -> Look:
        """Return the places that are wanted, those of some players besides, and the totals: all of one order."""
        return await self.ask(segment, board, lambda ranks: ranks.look(wanted, players))

    async def totals(self, segment: SegmentId, board: Leaderboard) -> Totals:
        """Return how many of a segment have a rank and can win."""
        return await self.ask(segment, board, lambda ranks: ranks.totals())

    async def places_of(self, segment: SegmentId, board: Leaderboard, player_ids: Sequence[PlayerId]) -> list[Place]:
        """Return the places of those of the players who have one, in order of position."""
        return await self.ask(segment, board, lambda ranks: ranks.places_of(player_ids))

    async def page(self, segment: SegmentId, board: Leaderboard, after: Mark | None, limit: int) -> list[Place]:
        """Return up to `limit` places from behind a mark."""
        return await self.ask(segment, board, lambda ranks: ranks.page(after, limit))

    async def around(self, segment: SegmentId, board: Leaderboard, player_id: PlayerId, limit: int) -> list[Place]:
        """Return up to `limit` places around a player."""
        return await self.ask(segment, board, lambda ranks: ranks.around(player_id, limit))

    async def told_places(
        self, segment: SegmentId, board: Leaderboard, player_ids: Sequence[PlayerId]
    ) -> dict[PlayerId, Place]:
        """Return where players stand whose scores have just been taken; nothing where that cannot be told at once.

        So no submission fails over its rank, or waits long for it.
        """

        async def question(ranks: SegmentRanks) -> list[Place]:
            counted = _COUNTED_MAX if self._keeping is None else _COUNTED_MEANWHILE
            if isinstance(ranks, StoreRanks) and await ranks.is_larger_than(counted // len(player_ids)):
                return []
            return await ranks.places_of(player_ids)

        with suppress(RankIndexNeeded, RanksUnavailable):
            return {place.player_id: place for place in await self.ask(segment, board, question)}
        return {}

    async def let_go(self, period: PeriodId) -> None:
        """Forget a period's orders: it is final, or its entries have been replaced and are to be loaded again."""
        if self._keeping is not None:
            for orders in self._keeping.orders:
                if orders.period == period:
                    await self._keeping.drop(orders)

    async def loaded(self) -> None:
        """Wait until nothing is being loaded."""
        if self._keeping is not None:
            await self._keeping.loader.idle()

    def close(self) -> None:
        """Load nothing more."""
        if self._keeping is not None:
            self._keeping.loader.close()

    def _epoch_of(self, segment: SegmentId) -> str:
        """Name the orders that are read from the store: one name a process and period.

        The store counts changes of all boards together; by this name nobody who comes back after the bell goes on in the new
        period with a revision of the old one (L21).
        """
        return str(self._epoch + microseconds_of(segment.period.start) // 1000)

    async def _ask_store(
        self, segment: SegmentId, board: Leaderboard, question: Callable[[SegmentRanks], Awaitable[T]]
    ) -> T:
        now = asyncio.get_running_loop().time()
        if self._large_until.get(segment, now) > now:
            raise self._too_large(segment)

        async def work(view: Reading) -> T:
            ranks = StoreRanks(view, segment, rules_of(segment.period, board), self._epoch_of(segment))
            if not await ranks.is_larger_than(LARGEST):
                return await question(ranks)
            self._large_until[segment] = now + _LARGE_SECONDS
            raise self._too_large(segment)

        return await self._store.read(work)

    def _too_large(self, segment: SegmentId) -> RankIndexNeeded | RanksUnavailable:
        if self._keeping is None:
            return RankIndexNeeded(leaderboard=segment.period.leaderboard)
        return RanksUnavailable(f"{segment.period.leaderboard} is too large to be ranked without the index")
