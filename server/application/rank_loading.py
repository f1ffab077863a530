"""Reading orders into the rank index, piece by piece, while everything else goes on.

Loading is no other thing than recording everything: a change that is told meanwhile carries a greater version and wins.
Walks take turns, a chunk each, so that small boards are ready first and the largest last, without counting any of them.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import structlog

from server.application.order_rules import OrderRules
from server.domain.ids import PlayerId
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.ports.board_store import OrderPoint, RankedEntry, StoredEntry
from server.ports.errors import WorldError
from server.ports.rank_index import Change, RankIndex, SegmentNotHeld
from server.ports.store import Reading, Store

log = structlog.get_logger(__name__)

CHUNK = 1000
"""Entries that are read and recorded at once, which holds the loop for some milliseconds."""
SEGMENT_CHUNK = 250
"""The same where entries are read whole."""


@dataclass(slots=True, eq=False)
class Orders:
    """The orders of one period, and its segments as far as this process has opened them or found them open.

    `may_move`: a player can leave one for another. `is_dropped`: they are not wanted any more.
    """

    store: Store
    index: RankIndex
    period: PeriodId
    rules: OrderRules
    may_move: bool = False
    is_dropped: bool = False
    segments: set[str] = field(default_factory=set)

    async def open(self, segment: str) -> bool:
        """Open a segment; True: the caller is to load it.

        From before the first is open, the log is followed: what was committed and never told is found there.
        """
        if await self.index.mark() is None:
            await self.index.advance(await self.store.read(lambda view: view.last_contribution()))
        is_mine = await self.index.open(self.rules.order_of(segment), self.rules.ranking)
        self.segments.add(segment)
        return is_mine


class Walk(ABC):
    """Something that is being loaded. A failed one begins again."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._store = orders.store
        self._index = orders.index

    @property
    def is_wanted(self) -> bool:
        """Whether the orders are still to be kept."""
        return not self._orders.is_dropped

    @property
    @abstractmethod
    def key(self) -> Hashable:
        """What it loads; nothing is walked twice at a time."""

    @abstractmethod
    async def step(self) -> bool:
        """Load some more; True once all of it is loaded."""

    @abstractmethod
    def again(self) -> Walk:
        """Return the same walk before its first step."""


class PeriodWalk(Walk):
    """Loads all segments of a period, in the order of players' ids.

    `expected`: the segments that there can be, or none where any value makes one; then they are opened as they are met. What
    is met was empty when the walk came by before: whoever has stood in it since has opened it himself, and told it.
    """

    def __init__(self, orders: Orders, expected: Sequence[str]) -> None:
        super().__init__(orders)
        self._expected = expected
        self._after: PlayerId | None = None
        self._is_mine: dict[str, bool] = {}

    @property
    def key(self) -> Hashable:
        """The name of the period's orders."""
        return self._orders.rules.period

    def adopt(self, segment: str) -> None:
        """Load a segment, too, that somebody has opened and that this walk has not met."""
        self._is_mine[segment] = True

    async def step(self) -> bool:
        """Read a chunk and record it."""
        if self._after is None:
            for segment in self._expected:
                await self._open(segment)
            if self._expected and not any(self._is_mine.values()):
                return True  # other processes have loaded it, or are about to
        after = self._after

        async def work(view: Reading) -> list[RankedEntry]:
            return await view.ranked_entries(self._orders.period, after, CHUNK)

        chunk = await self._store.read(work)
        await self._record(chunk)
        if len(chunk) == CHUNK:
            self._after = chunk[-1].player_id
            return False
        for segment in [name for name, is_mine in self._is_mine.items() if is_mine]:
            await self._index.loaded(self._orders.rules.order_of(segment))
        return True

    def again(self) -> PeriodWalk:
        """Return it from the beginning."""
        return PeriodWalk(self._orders, self._expected)

    async def _record(self, chunk: Sequence[RankedEntry]) -> None:
        rules = self._orders.rules
        changes: dict[str, list[Change]] = {}
        for entry in chunk:
            changes.setdefault(entry.segment, []).append(rules.loaded(entry))
        for segment, some in changes.items():
            if segment not in self._is_mine:
                await self._open(segment)
            if self._is_mine[segment]:
                await self._index.record(rules.order_of(segment), some)

    async def _open(self, segment: str) -> None:
        if not self._is_mine.get(segment):
            self._is_mine[segment] = await self._orders.open(segment)


class SegmentWalk(Walk):
    """Loads one segment that is open already, in its own order: mostly one in which somebody is the first to stand."""

    def __init__(self, orders: Orders, segment: str) -> None:
        super().__init__(orders)
        self._segment = segment
        self._after: OrderPoint | None = None

    @property
    def key(self) -> Hashable:
        """The name of its order."""
        return self._orders.rules.order_of(self._segment)

    async def step(self) -> bool:
        """Read a chunk and record it. Who moves behind the walk's back is told by whoever moved him."""
        segment, after = SegmentId(self._orders.period, self._segment), self._after

        async def work(view: Reading) -> list[StoredEntry]:
            return await view.order_after(segment, after, None, SEGMENT_CHUNK)

        chunk = await self._store.read(work)
        rules = self._orders.rules
        await self._index.record(rules.order_of(self._segment), [rules.change(entry) for entry in chunk])
        if len(chunk) == SEGMENT_CHUNK:
            last = chunk[-1]
            assert last.order_key is not None, "only what has a rank stands in an order"
            self._after = OrderPoint(last.order_key, last.key.player_id)
            return False
        await self._index.loaded(rules.order_of(self._segment))
        return True

    def again(self) -> PeriodWalk:
        """Return a walk that opens it anew."""
        return PeriodWalk(self._orders, [self._segment])


class RankLoader:
    """Does walks in turn, in a task that lives as long as there are any."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self._tasks = tasks
        self._walks: deque[Walk] = deque()
        self._known: dict[Hashable, Walk] = {}
        self._failed: list[Walk] = []
        self._is_running = False
        self._is_closed = False
        self._idle = asyncio.Event()
        self._idle.set()

    def add(self, walk: Walk) -> None:
        """Load something, unless it is being loaded."""
        known = self._known.get(walk.key)
        if self._is_closed or (known is not None and known.is_wanted):
            return
        self._known[walk.key] = walk
        self._walks.append(walk)
        if not self._is_running:
            self._is_running = True
            self._idle.clear()
            self._tasks.create_task(self._run(), name="rank-loading")

    def walk_of(self, key: Hashable) -> Walk | None:
        """Return the walk of this key that is under way, if any."""
        walk = self._known.get(key)
        return walk if walk is not None and walk.is_wanted else None

    def retry(self) -> None:
        """Begin again what has failed."""
        failed, self._failed = self._failed, []
        for walk in failed:
            self.add(walk)

    async def idle(self) -> None:
        """Wait until nothing is being loaded."""
        await self._idle.wait()

    def close(self) -> None:
        """Begin nothing more, and end after the chunk under way."""
        self._is_closed = True

    async def _run(self) -> None:
        try:
            while self._walks and not self._is_closed:
                walk = self._walks.popleft()
                if await self._is_done(walk):
                    self._forget(walk)
                else:
                    self._walks.append(walk)
                await asyncio.sleep(0)  # calls go first
        finally:
            self._is_running = False
            self._idle.set()

    def _forget(self, walk: Walk) -> None:
        if self._known.get(walk.key) is walk:  # and not another, of orders that were begun anew meanwhile
            del self._known[walk.key]

    async def _is_done(self, walk: Walk) -> bool:
        try:
            return not walk.is_wanted or await walk.step()
        except (WorldError, SegmentNotHeld) as error:  # what keeps the order lost it, or somebody else took over
            log.warning("rank_loading_failed", of=str(walk.key), error=repr(error))
            self._failed.append(walk.again())
            return True
