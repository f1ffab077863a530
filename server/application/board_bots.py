"""The bots of leaderboards, while somebody looks: brought to the present by a first read, and kept moving by one node (L8).

Which node that is, a lease says; any node whose reads find bots of some seconds ago brings them up itself, and whoever is
late changes nothing. So a lost lease costs a few seconds of standing still, and never a score.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

import structlog

from server.application.board_ranks import BoardRanks
from server.application.bot_moves import BotMoves, Moved, second_at
from server.application.interest import Interest
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.entry import SegmentId
from server.domain.leaderboards.periods import Period
from server.ports.board_bot_store import NEVER_LOOKED
from server.ports.broker import Broker, segment_topic
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.errors import WorldError
from server.ports.store import Store

log = structlog.get_logger(__name__)

STALE_SECONDS = 2
"""A read that finds bots of longer ago brings them up before it answers."""
LEASE = timedelta(seconds=3)
"""Renewed each second. So long nobody moves the bots of a node that has stopped, unless somebody reads them."""
TELL_ALL_SECONDS = 30.0
"""So often the index hears of all bots, moved or not: what it missed is in no log."""
_AT_ONCE = 16
_OVER = 2**62
"""The second to which bots have been brought that will never move again."""


class BoardBots:
    """Brings bots up for reads, and moves them each second for as long as there are any. `seconds` counts real seconds."""

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        clock: Clock,
        ranks: BoardRanks,
        broker: Broker,
        moves: BotMoves,
        worker: str,
        seconds: Callable[[], float],
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._ranks = ranks
        self._broker = broker
        self._moves = moves
        self._worker = worker
        self._seconds = seconds
        self._interest: Interest[SegmentId] = Interest(seconds)
        self._brought: dict[SegmentId, int] = {}
        """To which second of its period the bots of a segment have been brought, as far as is known here."""
        self._told_all: dict[SegmentId, float] = {}
        self._locks: dict[SegmentId, asyncio.Lock] = {}

    async def read(self, segment: SegmentId, board: Leaderboard, period: Period) -> None:
        """Note that somebody reads a segment that is not final, and bring its bots up if nobody has done so lately.

        It never fails a read: what cannot be brought up is shown as it stood.
        """
        if board.bots is None:
            return
        self._interest.note(segment)
        second = second_at(period, self._clock.now())
        if second - self._brought.get(segment, NEVER_LOOKED - STALE_SECONDS) <= STALE_SECONDS:
            return
        await self._try([segment])

    async def __call__(self) -> int:
        """Move the bots that are looked at here, of those segments that no other node looks after. Always returns 0."""
        present = self._interest.present()
        self._forget_others(present)
        if present:
            due = await self._leased(present)
            for first in range(0, len(due), _AT_ONCE):
                await self._try(due[first : first + _AT_ONCE])
        return 0

    async def _leased(self, present: Sequence[SegmentId]) -> list[SegmentId]:
        """Return the segments whose bots are looked after here, and hear how far others have brought what is theirs."""
        wall = self._clock.wall()
        found = await self._store.transact(lambda tx: tx.lease_bots(present, self._worker, wall, wall + LEASE))
        for segment, lease in found.items():
            if not lease.is_held:
                self._brought[segment] = max(lease.second, self._brought.get(segment, NEVER_LOOKED))
        return [one for one in present if one not in found or found[one].is_held]

    async def _try(self, segments: Sequence[SegmentId]) -> None:
        for result in await asyncio.gather(*map(self._bring, segments), return_exceptions=True):
            if isinstance(result, WorldError):
                log.warning("bots_not_moved", error=repr(result))
            elif isinstance(result, BaseException):
                raise result

    async def _bring(self, segment: SegmentId) -> None:
        """Bring the bots of a segment to the present, one after the other of those who want it here."""
        async with self._locks.setdefault(segment, asyncio.Lock()):
            now = self._clock.now()
            moved = await self._store.transact(lambda tx: self._moves.move(tx, segment, now))
            if moved is None:
                self._interest.forget(segment)
                self._brought[segment] = _OVER
            else:
                self._brought[segment] = max(moved.second, self._brought.get(segment, NEVER_LOOKED))
                await self._tell(segment, moved)

    async def _tell(self, segment: SegmentId, moved: Moved) -> None:
        """Tell catalogue, index and watchers what has been committed."""
        if moved.pinned is not None:
            self._catalog.pin_period(segment.period.leaderboard, moved.pinned)
        changed = moved.changed
        if moved.entries and self._seconds() - self._told_all.get(segment, -TELL_ALL_SECONDS) >= TELL_ALL_SECONDS:
            self._told_all[segment] = self._seconds()
            changed = [(None, entry) for entry in moved.entries]
        if changed:
            await self._ranks.changed(changed)
        if moved.changed:
            self._broker.publish([segment_topic(segment)])

    def _forget_others(self, present: Iterable[SegmentId]) -> None:
        """Forget what was known of segments that nobody looks at any more."""
        kept = set(present)
        for segment in [one for one in self._brought if one not in kept]:
            del self._brought[segment]
        for segment in [one for one in self._told_all if one not in kept]:
            del self._told_all[segment]
        for segment in [one for one, lock in self._locks.items() if one not in kept and not lock.locked()]:
            del self._locks[segment]
