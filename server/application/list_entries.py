"""Somebody reads a leaderboard from the top, page by page (B52, B53)."""

from __future__ import annotations

from collections.abc import Sequence

from server.application.board_pages import BoardPage, BoardRow
from server.application.segment_pages import SegmentAsked, SegmentPages, Selection
from server.application.segment_ranks import SegmentRanks
from server.domain.leaderboards.entry import SegmentId
from server.domain.values import value
from server.ports.board_store import SnapshotRow
from server.ports.rank_index import Mark, Place
from server.ports.store import Reading


class ListEntries:
    """Show the rows of a segment in their order."""

    def __init__(self, pages: SegmentPages) -> None:
        self._pages = pages

    async def __call__(self, asked: SegmentAsked, after: Mark | None, limit: int) -> BoardPage:
        """List up to `limit` rows from behind a mark. No row that stays where it is is skipped or shown twice.

        :raises LeaderboardNotFound, PeriodNotFound, NoPeriodRunning: if there is nothing to read
        :raises SegmentRequired, SegmentNotFound: if the segment is not one of the board
        :raises RanksUnavailable, RankIndexNeeded: if the order cannot be asked
        """
        return await self._pages.page(asked, _Following(after, limit))


@value
class _Following(Selection):
    """The rows behind a mark, and one more that tells whether there is a next page."""

    after: Mark | None
    limit: int

    async def places(self, ranks: SegmentRanks) -> list[Place]:
        return await ranks.page(self.after, self.limit + 1)

    async def final_rows(self, view: Reading, segment: SegmentId) -> list[SnapshotRow]:
        position = 0 if self.after is None else await _position_of(view, segment, self.after)
        return await view.snapshot_page(segment, position, self.limit + 1)

    def shown(self, rows: Sequence[BoardRow], size: int | None) -> tuple[list[BoardRow], Mark | None]:
        visible, _ = Selection.shown(self, rows, size)
        page = visible[: self.limit]
        return page, Mark(page[-1].order_key, page[-1].player_id) if len(visible) > self.limit else None


async def _position_of(view: Reading, segment: SegmentId, mark: Mark) -> int:
    """Return the last position of a snapshot that is not behind the mark.

    The row that a mark was made of may have moved before the period became final; then it is sought by halving.
    """
    for row in await view.snapshot_of(segment, [mark.player_id]):
        if row.order_key == mark.order_key:
            return row.position
    low, high = 0, await view.snapshot_size(segment)
    while low < high:
        middle = (low + high + 1) // 2
        (row,) = await view.snapshot_page(segment, middle - 1, 1)
        if (row.order_key, row.player_id) <= mark:
            low = middle
        else:
            high = middle - 1
    return low
