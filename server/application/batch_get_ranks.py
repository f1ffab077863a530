"""Somebody asks where some players stand: a friends' board (B53)."""

from __future__ import annotations

from collections.abc import Sequence

from server.application.board_pages import BoardPage, BoardRow
from server.application.segment_pages import SegmentAsked, SegmentPages, Selection
from server.application.segment_ranks import SegmentRanks
from server.domain.ids import PlayerId
from server.domain.leaderboards.entry import SegmentId
from server.domain.values import value
from server.ports.board_store import SnapshotRow
from server.ports.rank_index import Mark, Place
from server.ports.store import Reading


class BatchGetRanks:
    """Show the rows of some players, sorted by position. Who has no place in the segment is left out."""

    def __init__(self, pages: SegmentPages) -> None:
        self._pages = pages

    async def __call__(self, asked: SegmentAsked, player_ids: Sequence[PlayerId]) -> BoardPage:
        """Get, for at most PLAYERS_MAX players.

        :raises LeaderboardNotFound, PeriodNotFound, NoPeriodRunning: if there is nothing to read
        :raises SegmentRequired, SegmentNotFound: if the segment is not one of the board
        :raises RanksUnavailable, RankIndexNeeded: if the order cannot be asked
        """
        return await self._pages.page(asked, _OfPlayers(tuple(player_ids)))


@value
class _OfPlayers(Selection):
    """The rows of these players. Whoever asks for a rank gets it, however far down (B51)."""

    player_ids: tuple[PlayerId, ...]

    async def places(self, ranks: SegmentRanks) -> list[Place]:
        return await ranks.places_of(self.player_ids)

    async def final_rows(self, view: Reading, segment: SegmentId) -> list[SnapshotRow]:
        return await view.snapshot_of(segment, self.player_ids)

    def shown(self, rows: Sequence[BoardRow], size: int | None) -> tuple[list[BoardRow], Mark | None]:
        return list(rows), None
