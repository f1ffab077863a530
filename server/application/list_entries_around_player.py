"""Somebody reads a leaderboard around a player (B53)."""

from __future__ import annotations

from server.application.board_pages import BoardPage
from server.application.segment_pages import SegmentAsked, SegmentPages, Selection
from server.application.segment_ranks import SegmentRanks
from server.domain.ids import PlayerId
from server.domain.leaderboards.entry import SegmentId
from server.domain.values import value
from server.ports.board_store import SnapshotRow
from server.ports.rank_index import Place
from server.ports.store import Reading


class ListEntriesAroundPlayer:
    """Show the rows around a player, himself in the middle, shifted at the ends."""

    def __init__(self, pages: SegmentPages) -> None:
        self._pages = pages

    async def __call__(self, asked: SegmentAsked, player_id: PlayerId, limit: int) -> BoardPage:
        """List up to `limit` rows; none where the player has no place.

        :raises LeaderboardNotFound, PeriodNotFound, NoPeriodRunning: if there is nothing to read
        :raises SegmentRequired, SegmentNotFound: if the segment is not one of the board
        :raises RanksUnavailable, RankIndexNeeded: if the order cannot be asked
        """
        return await self._pages.page(asked, _Around(player_id, limit))


@value
class _Around(Selection):
    """The rows around a player."""

    player_id: PlayerId
    limit: int

    async def places(self, ranks: SegmentRanks) -> list[Place]:
        return await ranks.around(self.player_id, self.limit)

    async def final_rows(self, view: Reading, segment: SegmentId) -> list[SnapshotRow]:
        for row in await view.snapshot_of(segment, [self.player_id]):
            last_first = await view.snapshot_size(segment) - self.limit
            first = max(0, min(row.position - 1 - (self.limit - 1) // 2, last_first))
            return await view.snapshot_page(segment, first, self.limit)
        return []
