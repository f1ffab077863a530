"""Reading orders into the rank index, piece by piece, while everything else goes on.

Loading is no other thing than recording everything: a change that is told meanwhile carries a greater version and wins.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from server.application.order_rules import OrderRules
from server.domain.ids import PlayerId
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.ports.board_store import OrderPoint, RankedEntry, StoredEntry
from server.ports.rank_index import RankIndex, SegmentNotHeld
from server.ports.store import Reading, Store

CHUNK = 500
"""Entries that are read and recorded at once, which holds the loop for some two milliseconds."""
SEGMENT_CHUNK = 250
"""The same where entries are read whole."""
SEGMENTS_OPENED = 250
"""Segments that are opened at once, where their names have to be read."""


@dataclass(slots=True, eq=False)
class Orders:
    """The orders of one period, and its segments as far as this process has opened them or found them open.

    `expected`: those that there can be; None: any value makes one. `may_move`: a player can leave one for another.
    `is_dropped`: they are not wanted any more.
    """

    store: Store
    index: RankIndex
    period: PeriodId
    rules: OrderRules
    expected: Sequence[str] | None = None
    may_move: bool = False
    is_dropped: bool = False
    segments: set[str] = field(default_factory=set)

    async def open(self, segment: str) -> str | None:
        """Open a segment; a token: the caller is to load it.

        From before the first is open, the log is followed: what was committed and never told is found there.
        """
        if await self.index.mark() is None:
            await self.index.advance(await self.store.read(lambda view: view.last_contribution()))
        token = await self.index.open(self.rules.order_of(segment), self.rules.ranking)
        self.segments.add(segment)
        return token


class Walk(ABC):
    """Something that is being loaded. A failed one begins again.

    A segment is loaded by a walk that begins when the segment is open: not by one that is under way. What the index was told
    before may have gone with an order that is lost.
    """

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

    def followers(self) -> list[Walk]:
        """Return walks that are to be done, too, and that it has found in its last step."""
        return []


class PeriodWalk(Walk):
    """Loads segments of a period in one go, in the order of players' ids.

    `expected`: those that there can be, or None where any value makes one: then it begins with those that somebody has stood
    in, and one that is met later is walked by itself.
    """

    def __init__(self, orders: Orders, expected: Sequence[str] | None) -> None:
        super().__init__(orders)
        self._expected = expected
        self._named: str | None = ""
        self._after: PlayerId | None = None
        self._tokens: dict[str, str] = {}
        self._met: set[str] = set()
        self._followers: list[Walk] = []

    @property
    def key(self) -> Hashable:
        """The name of the period's orders."""
        return self._orders.rules.period

    def adopt(self, segment: str, token: str) -> bool:
        """Load a segment, too, that somebody has opened; False: it is too late for that."""
        if self._named is None:
            return False
        self._tokens[segment] = token
        return True

    async def step(self) -> bool:
        """Open some segments, or read a chunk and record it."""
        if self._named is not None:
            is_last = await self._open_some(self._named)
            return is_last and not self._tokens  # other processes have loaded them, or are about to
        after = self._after

        async def work(view: Reading) -> list[RankedEntry]:
            return await view.ranked_entries(self._orders.period, after, CHUNK)

        chunk = await self._store.read(work)
        await self._record(chunk)
        if len(chunk) < CHUNK:
            await self._finish()
            return True
        self._after = chunk[-1].player_id
        return False

    def again(self) -> PeriodWalk:
        """Return it from the beginning, with all that it was to load."""
        if self._expected is None:
            return PeriodWalk(self._orders, None)
        return PeriodWalk(self._orders, list(dict.fromkeys([*self._expected, *self._tokens])))

    def followers(self) -> list[Walk]:
        """Return the walks of segments that it has met and opened."""
        found, self._followers = self._followers, []
        return found

    async def _open_some(self, after: str) -> bool:
        """Open the next of the segments; True: those were the last."""
        names = self._expected
        if names is None:
            period = self._orders.period
            names = await self._store.read(lambda view: view.segments_of(period, after, SEGMENTS_OPENED))
        for segment in names:
            self._met.add(segment)
            token = await self._orders.open(segment)
            if token is not None:
                self._tokens[segment] = token
        is_last = self._expected is not None or len(names) < SEGMENTS_OPENED
        self._named = None if is_last else names[-1]
        return is_last

    async def _finish(self) -> None:
        """Let questions be answered. What was lost on the way does not keep the others from it."""
        lost = []
        for segment, token in self._tokens.items():
            try:
                await self._index.loaded(self._orders.rules.order_of(segment), token)
            except SegmentNotHeld:
                lost.append(segment)
        if lost:
            raise SegmentNotHeld(lost)

    async def _record(self, chunk: Sequence[RankedEntry]) -> None:
        rules = self._orders.rules
        for segment, some in rules.loaded(chunk).items():
            if segment in self._tokens:
                await self._index.record(rules.order_of(segment), some)
            elif segment not in self._met:
                await self._meet(segment)

    async def _meet(self, segment: str) -> None:
        self._met.add(segment)
        token = await self._orders.open(segment)
        if token is not None:
            self._followers.append(SegmentWalk(self._orders, segment, token))


class SegmentWalk(Walk):
    """Loads one segment that has been opened, in its own order: often one in which somebody is the first to stand."""

    def __init__(self, orders: Orders, segment: str, token: str) -> None:
        super().__init__(orders)
        self._segment = segment
        self._token = token
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
        await self._index.loaded(rules.order_of(self._segment), self._token)
        return True

    def again(self) -> PeriodWalk:
        """Return a walk that opens it anew."""
        return PeriodWalk(self._orders, [self._segment])
