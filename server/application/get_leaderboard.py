"""A player looks at a leaderboard: what it is, which period runs, and where he stands (B52)."""

from __future__ import annotations

from datetime import datetime

from server.application.board_pages import BoardPage, PeriodAsked
from server.application.list_leaderboards import BoardView, board_view
from server.application.segment_pages import SegmentAsked, SegmentPages, Selection
from server.application.segment_ranks import SegmentRanks
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.segments import WHOLE_BOARD
from server.domain.values import value
from server.ports.board_store import EntryKey, SnapshotRow
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.rank_index import Place
from server.ports.store import Reading, Store


@value
class BoardShown:
    """A leaderboard, and the caller's own line in the running period.

    `page` has no rows, only his line, the total and the revision of the segment he stands in: of the whole where the board is
    not split, None where he stands in no segment of one that is, or where no period runs.
    """

    view: BoardView
    page: BoardPage | None
    now: datetime


class GetLeaderboard:
    """Show a leaderboard."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, pages: SegmentPages) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._pages = pages

    async def __call__(self, player_id: PlayerId | None, key: LeaderboardKey) -> BoardShown:
        """Get. A trusted caller (None) has no line of his own.

        :raises LeaderboardNotFound: if there never was such a board
        :raises RanksUnavailable, RankIndexNeeded: if the order cannot be asked
        """
        now = self._clock.now()

        async def work(view: Reading) -> tuple[BoardView, str | None]:
            shown = await board_view(view, self._catalog, key, now)
            return shown, await _segment_of(view, shown, player_id)

        shown, segment = await self._store.read(work)
        if shown.period is None or segment is None:
            return BoardShown(shown, None, now)
        period = PeriodAsked(start=shown.period.start)
        page = await self._pages.page(SegmentAsked(player_id, key, period, segment), _OwnLine())
        return BoardShown(shown, page, now)


async def _segment_of(view: Reading, shown: BoardView, player_id: PlayerId | None) -> str | None:
    if shown.board.segmentation is None:
        return WHOLE_BOARD
    if player_id is None or shown.period is None:
        return None
    key = EntryKey(PeriodId(shown.board.key, shown.period.start), player_id)
    (entry,) = await view.entries_of([key])
    return None if entry is None else entry.segment


@value
class _OwnLine(Selection):
    """No rows at all: the caller's own comes with every page."""

    async def places(self, ranks: SegmentRanks) -> list[Place]:
        return []

    async def final_rows(self, view: Reading, segment: SegmentId) -> list[SnapshotRow]:
        return []
