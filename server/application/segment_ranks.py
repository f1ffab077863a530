"""What can be asked of one segment's order, whoever keeps it: the rank index, or the store itself (B50 to B53)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence

from server.domain.ids import PlayerId
from server.domain.leaderboards.entry import SegmentId
from server.domain.values import value
from server.ports.rank_index import Mark, Place, RankIndex, Totals

_LOOKS_MAX = 3


@value
class Look:
    """Places that were wanted, those of some players besides, and the totals: all of one order."""

    places: list[Place]
    own: dict[PlayerId, Place]
    totals: Totals


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

    async def look(self, wanted: Wanted, players: Sequence[PlayerId] = ()) -> Look:
        """Return what is wanted, where some players stand, and the totals."""
        totals = await self.totals()
        places = await wanted(self)
        own = await self.places_of(players) if players else []
        return Look(places, {one.player_id: one for one in [*own, *places] if one.player_id in players}, totals)


Wanted = Callable[[SegmentRanks], Awaitable[list[Place]]]
"""Which places somebody wants to see."""


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

    async def look(self, wanted: Wanted, players: Sequence[PlayerId] = ()) -> Look:
        """Look again where the order has changed while it was asked, which happens only to an index out of this process.

        On a board that never stands still the last look is as good as any: what it shows of one player agrees with itself.
        """
        for _ in range(_LOOKS_MAX):
            seen = await super().look(wanted, players)
            if await self.totals() == seen.totals:
                break
        return seen
