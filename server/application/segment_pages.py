"""Pages of a segment: from the order while its period runs, from the snapshot once it is final (B12, B13, B52)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from server.application.board_bots import BoardBots
from server.application.board_pages import BoardPage, BoardRow, PeriodAsked
from server.application.board_periods import FoundPeriod, period_asked
from server.application.board_ranks import BoardRanks, revision_of
from server.application.board_rows import RowMaker
from server.application.segment_ranks import Look, SegmentRanks
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.instants import microseconds_of
from server.domain.leaderboards.entry import SegmentId
from server.domain.leaderboards.periods import Period, Stage
from server.domain.leaderboards.prizes import contenders_among
from server.domain.values import value
from server.ports.board_store import SnapshotRow
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.rank_index import Mark, Place
from server.ports.store import Reading, Store


@value
class SegmentAsked:
    """Who reads which segment of which period. `player_id` None: a trusted caller, who has no line of his own."""

    player_id: PlayerId | None
    leaderboard: LeaderboardKey
    period: PeriodAsked = PeriodAsked()
    segment: str = ""


class Selection(ABC):
    """Which lines of a segment are wanted."""

    @abstractmethod
    async def places(self, ranks: SegmentRanks) -> list[Place]:
        """Return them from the order."""

    @abstractmethod
    async def final_rows(self, view: Reading, segment: SegmentId) -> list[SnapshotRow]:
        """Return them from the snapshot."""

    def shown(self, rows: Sequence[BoardRow], size: int | None) -> tuple[list[BoardRow], Mark | None]:
        """Return what a page shows of them, and where the next one begins, if there is one.

        `size` is the last position that pages show (B51).
        """
        return [row for row in rows if size is None or (row.position or 0) <= size], None


class SegmentPages:
    """Reads segments."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, ranks: BoardRanks, bots: BoardBots) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._ranks = ranks
        self._bots = bots

    async def page(self, asked: SegmentAsked, selection: Selection) -> BoardPage:
        """Return the lines that are selected.

        :raises LeaderboardNotFound, PeriodNotFound, NoPeriodRunning: if there is nothing to read
        :raises SegmentRequired, SegmentNotFound: if the segment is not one of the board
        :raises RanksUnavailable, RankIndexNeeded: if the order cannot be asked
        """
        page = None
        while page is None:  # twice where the period becomes final in between
            page = await self._page(asked, selection)
        return page

    async def _page(self, asked: SegmentAsked, selection: Selection) -> BoardPage | None:
        now = self._clock.now()

        async def first(view: Reading) -> tuple[FoundPeriod, BoardPage | None]:
            found = await period_asked(view, self._catalog, asked.leaderboard, asked.period, now)
            found.segment(asked.segment)
            return found, await self._final_page(view, found, asked, selection) if found.is_final else None

        found, final = await self._store.read(first)
        if final is not None:
            return final
        segment = found.segment(asked.segment)
        await self._bots.read(segment, found.board, Period(found.view.start, found.view.end, found.board))
        own = () if asked.player_id is None else (asked.player_id,)
        look = await self._ranks.look(segment, found.board, selection.places, own)
        return await self._store.read(lambda view: self._living_page(view, found, asked, selection, look))

    async def _living_page(
        self, view: Reading, found: FoundPeriod, asked: SegmentAsked, selection: Selection, look: Look
    ) -> BoardPage | None:
        """Return the page; None if the period has become final meanwhile: its entries are being dropped then."""
        (stored,) = await view.stored_periods([found.period_id])
        if stored is not None and stored.stage is Stage.FINAL:
            return None
        segment = found.segment(asked.segment)
        contenders = contenders_among(look.totals.ranked, look.totals.contenders, found.board.reward_policy)
        make = RowMaker(segment, found.board, asked.player_id, contenders)
        rows, next_after = selection.shown(await make.rows(view, look.places), found.board.ranking.size)
        own = await make.own(view, None if asked.player_id is None else look.own.get(asked.player_id))
        revision = revision_of(look.totals)
        return self._filled(found, segment, look.totals.ranked, rows, own, revision, next_after)

    async def _final_page(
        self, view: Reading, found: FoundPeriod, asked: SegmentAsked, selection: Selection
    ) -> BoardPage:
        segment = found.segment(asked.segment)
        make = RowMaker(segment, found.board, asked.player_id)
        finalized_at = (found.stored and found.stored.finalized_at) or found.view.end
        places = [make.final(row) for row in await selection.final_rows(view, segment)]
        rows, next_after = selection.shown(places, found.board.ranking.size)
        mine = await view.snapshot_of(segment, [asked.player_id]) if asked.player_id is not None else []
        own = make.final(mine[0]) if mine else None
        total = await view.snapshot_size(segment)
        revision = f"{microseconds_of(finalized_at) // 1000}.0"
        return self._filled(found, segment, total, rows, own, revision, next_after)

    def _filled(
        self,
        found: FoundPeriod,
        segment: SegmentId,
        total: int,
        rows: list[BoardRow],
        own: BoardRow | None,
        revision: str,
        next_after: Mark | None,
    ) -> BoardPage:
        return BoardPage(
            board=found.board,
            period=found.view,
            segment=segment.segment,
            total=total,
            rows=rows,
            own=own,
            revision=revision,
            now=self._clock.now(),
            next_after=next_after,
        )
