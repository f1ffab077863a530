"""A segment's order asked of the store: exact, in one consistent state, and as slow as the segment is large.

It answers as the rank index does, for boards that no index keeps, or not yet. Positions are counts of keys, ranks counts of
ties, so a question walks over all that stand before; `LARGEST` bounds that.
"""

from __future__ import annotations

from collections.abc import Sequence

from server.application.order_rules import OrderRules
from server.application.segment_ranks import SegmentRanks
from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import RankStyle
from server.domain.leaderboards.entry import SegmentId
from server.domain.leaderboards.ranking import tie_length, tie_of
from server.ports.board_store import EntryKey, OrderPoint, StoredEntry
from server.ports.rank_index import Mark, Place, Totals
from server.ports.store import Reading

LARGEST = 100_000
"""A segment with more ranked entries needs an index."""


class StoreRanks(SegmentRanks):
    """The order of a segment as a reading sees it. `epoch` tells it from the orders that an index has kept."""

    def __init__(self, view: Reading, segment: SegmentId, rules: OrderRules, epoch: str) -> None:
        self._view = view
        self._segment = segment
        self._rules = rules
        self._epoch = epoch

    async def totals(self) -> Totals:
        """Count all. The log says whether anything can have changed since, and of bots their own count of moves."""
        count = await self._view.count_order(self._segment, self._rules.short_from, 0)
        contenders = count.entries if self._rules.bots_win else count.entries - count.bots
        changes = await self._view.last_contribution()
        if self._rules.has_bots:
            changes += (await self._view.bots_of(self._segment)).revision
        return Totals(count.entries, contenders, changes, self._epoch)

    async def is_larger_than(self, size: int) -> bool:
        """Tell whether more than so many have a rank, and look no further."""
        return await self._view.has_more_ranked(self._segment, size)

    async def places_of(self, player_ids: Sequence[PlayerId]) -> list[Place]:
        """Count before each of the players."""
        wanted = list(dict.fromkeys(player_ids))
        entries = await self._view.entries_of([EntryKey(self._segment.period, one) for one in wanted])
        ranked = sorted(filter(self._is_ranked, filter(None, entries)), key=_point_of)
        return [place for entry in ranked for place in await self._places([entry])]

    async def page(self, after: Mark | None, limit: int) -> list[Place]:
        """Read on from the mark."""
        point = None if after is None else OrderPoint(after.order_key, after.player_id)
        return await self._places(await self._after(point, limit))

    async def around(self, player_id: PlayerId, limit: int) -> list[Place]:
        """Read to both sides of the player, and more to one of them where the other ends."""
        (own,) = await self._view.entries_of([EntryKey(self._segment.period, player_id)])
        if own is None or not self._is_ranked(own):
            return []
        others = limit - 1
        before = await self._view.order_before(self._segment, _point_of(own), others) if others else []
        after = await self._after(_point_of(own), others) if others else []
        above = max(others // 2, others - len(after))
        first = max(len(before) - above, 0)
        return await self._places([*before[first:], own, *after][:limit])

    async def _after(self, point: OrderPoint | None, limit: int) -> list[StoredEntry]:
        return await self._view.order_after(self._segment, point, self._rules.short_from, limit)

    def _is_ranked(self, entry: StoredEntry) -> bool:
        return entry.segment == self._segment.segment and self._rules.change(entry).order_key is not None

    async def _places(self, entries: Sequence[StoredEntry]) -> list[Place]:
        """Return the places of entries that stand one after the other: the first is counted, the others follow from it."""
        if not entries:
            return []
        ranking = self._rules.ranking
        position, rank, bots = await self._before(_key_of(entries[0]))
        places: list[Place] = []
        tie = b""
        for entry in entries:
            key = _key_of(entry)
            if places and tie_of(key, ranking) != tie:
                rank = rank + 1 if ranking.rank_style is RankStyle.DENSE else position
            tie = tie_of(key, ranking)
            wins = self._rules.bots_win or not entry.is_bot
            bots += not wins
            places.append(Place(entry.key.player_id, key, position, rank, position - bots if wins else None))
            position += 1
        return places

    async def _before(self, key: bytes) -> tuple[int, int, int]:
        """Return the position and rank of a key, and how many before it take no prizes."""
        count = await self._view.count_order(self._segment, key, 0)
        position = count.entries + 1
        return position, await self._rank(key, position), 0 if self._rules.bots_win else count.bots

    async def _rank(self, key: bytes, position: int) -> int:
        ranking = self._rules.ranking
        if ranking.rank_style is RankStyle.ORDINAL:
            return position
        length = tie_length(ranking) if ranking.rank_style is RankStyle.DENSE else 0
        better = await self._view.count_order(self._segment, tie_of(key, ranking), length)
        return 1 + (better.ties if length else better.entries)


def _key_of(entry: StoredEntry) -> bytes:
    assert entry.order_key is not None, "only what has a rank is asked about here"
    return entry.order_key


def _point_of(entry: StoredEntry) -> OrderPoint:
    return OrderPoint(_key_of(entry), entry.key.player_id)
