"""What can be asked of one segment's order, whoever keeps it: the rank index, or the store itself (B50 to B53)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from server.domain.ids import PlayerId
from server.domain.leaderboards.entry import SegmentId
from server.ports.rank_index import Mark, Place, RankIndex, Totals


class SegmentRanks(ABC):
    """The order of a segment while a question about it is answered."""

    @abstractmethod
    async def totals(self) -> Totals:
        """Return how many have a rank and can win, and which order this is."""

    @abstractmethod
    async def places_of(self, player_ids: Sequence[PlayerId]) -> list[Place]:
        """Return the places of those of the players who have one, in order of position."""

    @abstractmethod
    async def page(self, after: Mark | None, limit: int) -> list[Place]:
        """Return up to `limit` places from the top, or those that come after the mark."""

    @abstractmethod
    async def around(self, player_id: PlayerId, limit: int) -> list[Place]:
        """Return up to `limit` places with the player in the middle, shifted at the ends; none where he has no place."""


class IndexedRanks(SegmentRanks):
    """The order as the rank index keeps it. Each call may raise SegmentNotHeld or RanksUnavailable."""

    def __init__(self, index: RankIndex, segment: SegmentId) -> None:
        self._index = index
        self._segment = segment

    async def totals(self) -> Totals:
        """Ask for the totals."""
        return await self._index.totals(self._segment)

    async def places_of(self, player_ids: Sequence[PlayerId]) -> list[Place]:
        """Ask for the places of players."""
        return await self._index.places_of(self._segment, player_ids)

    async def page(self, after: Mark | None, limit: int) -> list[Place]:
        """Ask for a page."""
        return await self._index.page(self._segment, after, limit)

    async def around(self, player_id: PlayerId, limit: int) -> list[Place]:
        """Ask for the places around a player."""
        return await self._index.around(self._segment, player_id, limit)
