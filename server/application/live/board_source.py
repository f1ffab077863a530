"""What a segment of a leaderboard looks like to those who watch it: its first lines, theirs, and its period (L20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zlib import crc32

from server.application.board_pages import BoardPage, BoardRow
from server.application.live.frames import Reason
from server.application.live.sources import Look, Source
from server.application.segment_pages import SegmentAsked, SegmentPages, Selection
from server.application.segment_ranks import SegmentRanks
from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import Status, TimeframeType
from server.domain.leaderboards.entry import SegmentId
from server.domain.leaderboards.periods import PeriodState
from server.domain.leaderboards.ranking import score_of_key
from server.domain.live.rows import LiveRow, Revision, Sight
from server.ports.board_store import SnapshotRow
from server.ports.rank_index import Mark, Place
from server.ports.store import Reading, Store

_SETTLES_WITHIN = timedelta(seconds=1)
"""How soon to look again whether a period that is over has become final: nobody says so who is heard here."""


_NAMES_AT_ONCE = 100
"""So many names of those who stand below the top are read again with each look."""


class BoardSource(Source):
    """Reads a segment as pages do: from the index while the period runs, from the snapshot once it is final.

    The lines of those who stand below the top are made of their places alone, and of names that were read before: thousands
    may watch one board, and their entries need not be read a few times a second.
    """

    def __init__(self, store: Store, pages: SegmentPages, asked: SegmentAsked) -> None:
        self._store = store
        self._pages = pages
        self._asked = asked
        self._names: dict[PlayerId, tuple[str, str]] = {}

    async def look(self, rows: int, own: Sequence[PlayerId]) -> Look:
        """Look at the segment.

        :raises DomainError: if there is no such thing any more
        :raises WorldError: if the order cannot be asked just now
        """
        watched = _Watched(rows, tuple(own))
        page = await self._pages.page(self._asked, watched)
        shown = min(rows, page.board.ranking.size or rows)
        lines = [_line(row) for row in page.rows]
        top = tuple(line for line in lines if line.position <= shown)
        wanted = set(own)
        sight = Sight(revision_in(page.revision), top, page.total)
        found = {line.player_id: line for line in lines if line.player_id in wanted}
        if page.period.state is not PeriodState.FINAL:
            found |= await self._below(page, watched.below)
        return Look(sight, page, found, _due(page), _over(page))

    async def _below(self, page: BoardPage, places: Sequence[Place]) -> dict[PlayerId, LiveRow]:
        await self._read_names([place.player_id for place in places])
        return {place.player_id: self._line_below(page, place) for place in places}

    def _line_below(self, page: BoardPage, place: Place) -> LiveRow:
        name, avatar_url = self._names.get(place.player_id, ("", ""))
        score = score_of_key(place.order_key, page.board.ranking)
        return LiveRow(place.player_id, name, avatar_url, score, 0, place.rank, place.position)

    async def _read_names(self, player_ids: Sequence[PlayerId]) -> None:
        """Read the names that are not known yet, and a few of the others again, those first that were read longest ago."""
        present = set(player_ids)
        known = {one: names for one, names in self._names.items() if one in present}
        asked = [one for one in player_ids if one not in known] + list(known)[:_NAMES_AT_ONCE]
        accounts = await self._store.read(lambda view: view.accounts_of(asked)) if asked else []
        for player_id, account in zip(asked, accounts, strict=True):
            known.pop(player_id, None)
            if account is not None:
                known[player_id] = account.name, account.avatar_url
        self._names = known


@dataclass(slots=True)
class _Watched(Selection):
    """The first lines of an order; and besides, of the same order, where some players stand who are `below` them."""

    limit: int
    own: tuple[PlayerId, ...]
    below: list[Place] = field(default_factory=list)

    async def places(self, ranks: SegmentRanks) -> list[Place]:
        first = await ranks.page(None, self.limit)
        self.below = _not_among(first, await ranks.places_of(self.own) if self.own else [])
        return first

    async def final_rows(self, view: Reading, segment: SegmentId) -> list[SnapshotRow]:
        first = await view.snapshot_page(segment, 0, self.limit)
        known = {row.player_id for row in first}
        own = await view.snapshot_of(segment, self.own) if self.own else []
        return first + [row for row in own if row.player_id not in known]

    def shown(self, rows: Sequence[BoardRow], size: int | None) -> tuple[list[BoardRow], Mark | None]:
        return list(rows), None


def revision_in(text: str) -> Revision:
    """Return the revision that a page tells. An epoch is a number, or any text that names a life of an order."""
    epoch, _, number = text.rpartition(".")
    return Revision(int(epoch) if epoch.isdecimal() else crc32(epoch.encode()), int(number))


def _not_among(first: Sequence[Place], others: Sequence[Place]) -> list[Place]:
    known = {place.player_id for place in first}
    return [place for place in others if place.player_id not in known]


def _line(row: BoardRow) -> LiveRow:
    return LiveRow(row.player_id, row.name, row.avatar_url, row.aggregate.score, 0, row.rank or 0, row.position or 0)


def _due(page: BoardPage) -> datetime | None:
    """Return when something happens by itself: the period ends, or is settled."""
    match page.period.state:
        case PeriodState.RUNNING:
            return page.period.end
        case PeriodState.CLOSING | PeriodState.SETTLING:
            return page.now + _SETTLES_WITHIN
        case PeriodState.FINAL:
            return None


def _over(page: BoardPage) -> Reason | None:
    if page.period.state is not PeriodState.FINAL:
        return None
    if page.board.status is Status.ARCHIVED:
        return Reason.ARCHIVED
    is_phase = page.board.timeframe.type is TimeframeType.EVENT
    return Reason.PHASE_ENDED if is_phase else Reason.PERIOD_ROLLED
