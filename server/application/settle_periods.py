"""Periods that are over: sealed, numbered and paid in chunks, made final in one transaction (B13).

What is due is asked of the store, the oldest period of each board first, so a server that was down over three boundaries
settles three periods in order, each once. Every chunk is a transaction of its own that writes down how far it came: a process
that dies in between leaves work that the next one goes on with, to the same places and grants. Before it looks, a chunk takes
the period for itself: two processes that settle one period take turns, and neither does what the other has done.

Entries that have no rank, hidden ones and those short of samples or `min_score`, have no row in the snapshot. A bot that may
take prizes takes its place among the winners, but nothing is granted to it: it has no wallet.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from server.application.board_periods import board_of_stored
from server.application.board_ranks import BoardRanks
from server.application.bot_moves import BotMoves
from server.application.notices import Notices, period_finalized
from server.application.seal_wait import SealWait
from server.application.settlement_chunk import Prizes, SettlementChunk
from server.application.settlement_progress import (
    Following,
    Seating,
    following_to_text,
    progress_from_text,
    seating_to_text,
    walked_to_text,
)
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.periods import Stage
from server.domain.leaderboards.segments import WHOLE_BOARD
from server.domain.leaderboards.settling import Walked
from server.ports.board_store import StoredPeriod
from server.ports.broker import Broker, period_topic
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.identity import Identities
from server.ports.store import Store, Transaction

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
PERIODS_AT_ONCE = 8
CHUNKS_AT_ONCE = 24
"""So many are shared by the periods, then they are let go and what is due is asked anew: a small board that ends together
with a large one does not wait for it, and a lease lasts much longer than it takes."""
_SHARE_LEFT = 0.25
_PAUSE_MAX = 0.05
"""Between two chunks calls have the store for themselves, a quarter as long as the chunk took, at most so many seconds."""


class SettlePeriods:
    """Settle what is due now."""

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        clock: Clock,
        identities: Identities,
        ranks: BoardRanks,
        notices: Notices,
        secret: bytes,
        worker: str,
        *,
        broker: Broker,
        bots: BotMoves,
        seal_wait: timedelta = timedelta(),
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._identities = identities
        self._ranks = ranks
        self._notices = notices
        self._secret = secret
        self._worker = worker
        self._broker = broker
        self._bots = bots
        self._seal_wait = SealWait(seal_wait.total_seconds())

    async def __call__(self) -> int:
        """Go on with the periods that are due longest, and return how many; 0 means that nothing is due."""
        wall = self._clock.wall()
        over = self._seal_wait.over(self._clock.now(), asyncio.get_running_loop().time())
        if over is None:
            return 0
        due = await self._store.transact(
            lambda tx: tx.acquire_due_periods(self._worker, over, wall, LEASE, PERIODS_AT_ONCE)
        )
        for one in due:
            await self._settle(one.period, CHUNKS_AT_ONCE // len(due))
        return len(due)

    async def _settle(self, period: PeriodId, chunks: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(chunks):
            began, now = loop.time(), self._clock.now()
            if await self._store.transact(lambda tx, at=now: self._chunk(tx, period, at)):  # type: ignore[misc]
                log.info("period_final", leaderboard=period.leaderboard, start=period.start.isoformat())
                await self._ranks.let_go(period)
                self._broker.publish([period_topic(period)])
                return
            await asyncio.sleep(min((loop.time() - began) * _SHARE_LEFT, _PAUSE_MAX))
        await self._store.transact(lambda tx: tx.release_period(period))

    async def _chunk(self, tx: Transaction, period: PeriodId, now: datetime) -> bool:
        """Do the next step: the seal, some entries, or the flip. Return whether the period is final."""
        await tx.seal_period(period)
        (stored,) = await tx.stored_periods([period])
        assert stored is not None, "a period that was leased is there"
        if stored.stage is Stage.FINAL:
            return True
        board = board_of_stored(self._catalog, stored)
        walked = progress_from_text(stored.progress) if stored.progress else Seating(now)
        if isinstance(walked, Seating):
            await tx.record_progress(period, await self._seated(tx, stored, board, walked))
            return False
        prizes = Prizes(self._catalog.current().items, self._identities, self._secret)
        if await SettlementChunk(tx, period, board, prizes).settle(walked) is not None:
            return False
        await self._finalize(tx, stored, walked, now)
        return True

    async def _seated(self, tx: Transaction, stored: StoredPeriod, board: Leaderboard, seating: Seating) -> str:
        """Bring the bots of the next segment to the period's end, and return how far that is (L8)."""
        segment = None if board.bots is None else await _segment_behind(tx, stored.period, board, seating.behind)
        if segment is None:
            return walked_to_text(Walked(seating.settled_at))
        await self._bots.finish(tx, stored, segment)
        return seating_to_text(Seating(seating.settled_at, segment))

    async def _finalize(self, tx: Transaction, stored: StoredPeriod, walked: Walked, now: datetime) -> None:
        """Make it final: from this commit on its places are read from the snapshot, and its grants can be seen."""
        await tx.finalize_period(stored.period, now, walked.entries)
        await tx.record_follow_up(stored.period, following_to_text(Following(walked.settled_at)), now)
        await self._notices.write(tx, [period_finalized(stored.period, now)])


async def _segment_behind(tx: Transaction, period: PeriodId, board: Leaderboard, behind: str | None) -> str | None:
    """Return the next segment that somebody stands in, or None; a board that is not split has one."""
    if board.segmentation is None:
        return WHOLE_BOARD if behind is None else None
    return next(iter(await tx.segments_of(period, behind or "", 1)), None)
