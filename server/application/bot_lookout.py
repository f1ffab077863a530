"""What the bots of a segment see that look at others, in a transaction that moves them (L4).

They see how all stood after the look before, and it is written down, so that what they did can be played again. The leader
and ranks are counted without such bots: none follows itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server.domain.bots.behavior import Anchor
from server.domain.bots.field import Seat, Watched
from server.domain.bots.sightings import Lookout
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.entry import SegmentId
from server.domain.leaderboards.ranking import min_score_bound, score_of_key
from server.ports.board_bot_store import StoredSighting
from server.ports.store import Transaction


class BotLookout:
    """Looks once, for all bots of a segment."""

    def __init__(self, tx: Transaction, segment: SegmentId, board: Leaderboard, gap: int) -> None:
        self._tx = tx
        self._segment = segment
        self._ranking = board.ranking
        self._bound = min_score_bound(board.ranking)
        self._gap = gap

    async def look(
        self, seats: Sequence[Seat], seen: Mapping[Lookout, Sequence[Watched]], second: int
    ) -> list[StoredSighting]:
        """Return what is new to them at a second of the period."""
        followers = [seat for seat in seats if seat.is_reactive]
        wanted = {lookout for seat in followers for lookout in seat.lookouts if self._is_due(lookout, seen, second)}
        if not wanted:
            return []
        points = await self._points(sorted(wanted, key=lambda one: (one.anchor.value, one.rank)), followers)
        return [
            StoredSighting(lookout, second, found)
            for lookout, found in points.items()
            if not seen.get(lookout) or seen[lookout][-1].points != found
        ]

    def _is_due(self, lookout: Lookout, seen: Mapping[Lookout, Sequence[Watched]], second: int) -> bool:
        known = seen.get(lookout)
        return not known or second - known[-1].second >= self._gap

    async def _points(self, wanted: Sequence[Lookout], followers: Sequence[Seat]) -> dict[Lookout, int]:
        ranks = {one: max(one.rank, 1) for one in wanted if one.anchor is not Anchor.MEDIAN_HUMAN}
        keys: dict[Lookout, bytes | None] = {}
        if ranks:
            ids = {seat.player_id for seat in followers}
            rows = await self._tx.order_after(self._segment, None, self._bound, max(ranks.values()) + len(ids))
            others = [row.order_key for row in rows if row.key.player_id not in ids]
            keys |= {one: others[rank - 1] if rank <= len(others) else None for one, rank in ranks.items()}
        for one in wanted:
            if one.anchor is Anchor.MEDIAN_HUMAN:
                keys[one] = await self._median()
        step = 10**self._ranking.decimals
        return {one: score_of_key(key, self._ranking) // step for one, key in keys.items() if key is not None}

    async def _median(self) -> bytes | None:
        count = await self._tx.count_order(self._segment, self._bound, 0)
        humans = count.entries - count.bots
        return await self._tx.human_at(self._segment, self._bound, (humans - 1) // 2) if humans else None
