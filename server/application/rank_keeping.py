"""Keeping a rank index in step with the store: opening orders, having them loaded, telling what was committed.

What is told while an order is loading counts like anything else: of one entry the greatest version holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress

from server.application.board_periods import board_in
from server.application.order_rules import OrderRules, rules_of
from server.application.rank_loader import RankLoader
from server.application.rank_loading import Orders, PeriodWalk, SegmentWalk
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.segments import WHOLE_BOARD
from server.ports.board_store import StoredEntry
from server.ports.catalog import Catalog
from server.ports.rank_index import Change, RankIndex, SegmentNotHeld
from server.ports.store import Store

Changed = tuple[StoredEntry | None, StoredEntry]
"""An entry before and after a commit. None: it is new, or nobody knows what it was."""


class RankKeeping:
    """The orders that this process has opened or found open in an index, and what is told to them.

    `healed`: entries that were news to the index when it was told of them again.
    """

    def __init__(self, store: Store, catalog: Catalog, index: RankIndex, tasks: asyncio.TaskGroup) -> None:
        self._store = store
        self._catalog = catalog
        self._index = index
        self._loader = RankLoader(tasks)
        self._snapshot = catalog.current()
        self._rules: dict[PeriodId, OrderRules] = {}
        self._orders: dict[PeriodId, Orders] = {}
        self.healed = 0

    @property
    def index(self) -> RankIndex:
        """What keeps the orders."""
        return self._index

    @property
    def loader(self) -> RankLoader:
        """What loads them."""
        return self._loader

    @property
    def orders(self) -> list[Orders]:
        """All orders that are kept, a period each."""
        return list(self._orders.values())

    async def tell(self, changed: Iterable[Changed]) -> int:
        """Record committed entries, those of a period that nothing is kept of yet included; return how many were news.

        :raises SegmentNotHeld, WorldError: if the index does not take it
        """
        if self._catalog.current() is not self._snapshot:
            self._snapshot = self._catalog.current()
            self._rules.clear()
        told: dict[SegmentId, list[Change]] = {}
        for before, entry in changed:
            rules = self._rules.get(entry.key.period) or await self._learn(entry.key.period)
            change = rules.change(entry)
            told.setdefault(rules.order_of(entry.segment), []).append(change)
            if before is not None and before.segment != entry.segment:
                gone = Change(change.player_id, change.version, None)
                told.setdefault(rules.order_of(before.segment), []).append(gone)
        return sum([await self._record(order, changes) for order, changes in told.items()])

    async def tell_again(self, entries: Sequence[StoredEntry]) -> None:
        """Record entries of which nobody knows whether they were told, or what they were before.

        :raises SegmentNotHeld, WorldError: if the index does not take it
        """
        self.healed += await self.tell([(None, entry) for entry in entries])
        for orders in list(self._orders.values()):
            if orders.may_move:
                moved = [one for one in entries if one.key.period == orders.period and one.version > 1]
                for segment in orders.segments if moved else ():
                    await self._take_out(
                        orders.rules.order_of(segment), [one for one in moved if one.segment != segment]
                    )

    async def _take_out(self, order: SegmentId, elsewhere: Sequence[StoredEntry]) -> None:
        """Take players out of a segment that they have left, if it still has them."""
        versions = {entry.key.player_id: entry.version for entry in elsewhere}
        with suppress(SegmentNotHeld):
            places = await self._index.places_of(order, list(versions))
            await self._index.record(order, [Change(one.player_id, versions[one.player_id], None) for one in places])

    def hold(self, period: PeriodId, board: Leaderboard) -> Orders:
        """Keep a period's orders under what is in force in it: they are being loaded from now on, unless they are kept."""
        rules = rules_of(period, board)
        orders = self._orders.get(rules.period)
        if orders is None:
            may_move = board.segmentation is not None and board.segmentation.may_move
            orders = Orders(self._store, self._index, period, rules, _expected(board), may_move)
            self._orders[rules.period] = orders
            self._loader.add(PeriodWalk(orders, orders.expected))
        return orders

    def load_again(self) -> None:
        """Load all that is kept: the index has lost it."""
        for orders in self._orders.values():
            orders.segments = set()  # a new one: somebody may be walking over the old
            self._loader.add(PeriodWalk(orders, orders.expected))

    async def seek(self, segment: SegmentId, board: Leaderboard) -> None:
        """See to it that an order is kept that somebody has asked for in vain. What nobody stands in is not worth one."""
        rules = rules_of(segment.period, board)
        if rules.period not in self._orders:
            self.hold(segment.period, board)
            return
        is_walked = any(map(self._loader.walk_of, (rules.period, rules.order_of(segment.segment))))
        if not is_walked and await self._is_stood_in(segment):
            self._loader.add(PeriodWalk(self._orders[rules.period], [segment.segment]))

    async def drop(self, orders: Orders) -> None:
        """Forget orders: their period is final, or is kept under another name, or must be loaded again."""
        if self._orders.pop(orders.rules.period, None) is not None:
            self._rules.pop(orders.period, None)
            orders.is_dropped = True
            for segment in orders.segments:
                await self._index.close(orders.rules.order_of(segment))

    async def _is_stood_in(self, segment: SegmentId) -> bool:
        return await self._store.read(lambda view: view.has_more_ranked(segment, 0))

    async def _learn(self, period: PeriodId) -> OrderRules:
        board = await self._store.read(lambda view: board_in(view, self._catalog, period))
        rules = self._rules[period] = self.hold(period, board).rules
        return rules

    async def _record(self, order: SegmentId, changes: Sequence[Change]) -> int:
        orders = self._orders.get(order.period)
        if orders is None:
            return 0  # dropped meanwhile; whoever asks for it has it loaded, this included
        if order.segment in orders.segments:
            try:
                return await self._index.record(order, changes)
            except SegmentNotHeld:  # it was open when this process last looked; all of the period is to be loaded again
                orders.segments.discard(order.segment)
                self._loader.add(PeriodWalk(orders, ()))
        await self._open(orders, order.segment)
        return await self._index.record(order, changes)

    async def _open(self, orders: Orders, segment: str) -> None:
        """Open a segment that somebody is the first to stand in, as far as is known here, and have it loaded."""
        token = await orders.open(segment)
        if token is None:
            return
        walk = self._loader.walk_of(orders.rules.period)
        if not isinstance(walk, PeriodWalk) or not walk.adopt(segment, token):
            self._loader.add(SegmentWalk(orders, segment, token))


def _expected(board: Leaderboard) -> Sequence[str] | None:
    """Return which segments there can be; None where any value makes one."""
    if board.segmentation is None:
        return [WHOLE_BOARD]
    buckets = board.segmentation.buckets
    return None if buckets is None else sorted(buckets)
