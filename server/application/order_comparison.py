"""One segment's order in the rank index beside that in the store, place for place, from the top."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence

from server.application.expected_places import ExpectedPlaces
from server.application.order_rules import OrderRules
from server.application.store_ranks import StoreRanks
from server.domain.leaderboards.entry import SegmentId
from server.ports.board_store import OrderPoint, StoredEntry
from server.ports.rank_index import Mark, Place, RankIndex
from server.ports.store import Reading, Store

CHUNK = 1000
_LOOKS = 5
"""While scores come in, store and index are seen at two moments. What differs is looked at again, a little later."""


class OrderComparison:
    """Walks through both at once. `pause` lets scores arrive that are on their way."""

    def __init__(
        self,
        store: Store,
        index: RankIndex,
        segment: SegmentId,
        rules: OrderRules,
        pause: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._index = index
        self._segment = segment
        self._rules = rules
        self._pause = pause
        self._counted = ExpectedPlaces(rules)
        self._after: Mark | None = None
        self.entries = 0
        self.differences: list[str] = []

    async def compare(self) -> None:
        """Fill in how many entries there are, and a sentence for each player who stands elsewhere than he should.

        :raises SegmentNotHeld: if the index has no order of it
        """
        while True:
            expected, found = await self._next_places()
            self.entries += len(expected)
            self.differences += _differences(expected, found)
            if len(expected) < CHUNK:
                break
            self._after = Mark(expected[-1].order_key, expected[-1].player_id)

    async def _next_places(self) -> tuple[list[Place], list[Place]]:
        expected = self._counted.of(await self._store.read(self._entries))
        found = await self._found()
        for _ in range(_LOOKS):
            if expected == found:
                break
            await self._pause()
            expected = await self._store.read(self._counted_anew)
            self._counted.go_on_behind(expected)
            found = await self._found()
        return expected, found

    async def _found(self) -> list[Place]:
        """Return what the index has there."""
        return await self._index.page(self._rules.order_of(self._segment.segment), self._after, CHUNK)

    async def _entries(self, view: Reading) -> list[StoredEntry]:
        after = None if self._after is None else OrderPoint(self._after.order_key, self._after.player_id)
        return await view.order_after(self._segment, after, self._rules.short_from, CHUNK)

    async def _counted_anew(self, view: Reading) -> list[Place]:
        """Return the same places, by counting all that stand before: those before may have changed since."""
        return await StoreRanks(view, self._segment, self._rules, "").page(self._after, CHUNK)


def _differences(expected: Sequence[Place], found: Sequence[Place]) -> Iterator[str]:
    if expected == found:
        return
    should, stands = ({place.player_id: place for place in places} for places in (expected, found))
    for player_id in {**should, **stands}:
        right, wrong = should.get(player_id), stands.get(player_id)
        if right != wrong:
            yield f"{player_id}: {_told(right)} in the store, {_told(wrong)} in the index"


def _told(place: Place | None) -> str:
    if place is None:
        return "nowhere near"
    prize = "no prize" if place.prize_position is None else f"prize position {place.prize_position}"
    return f"position {place.position}, rank {place.rank}, {prize}, key {place.order_key.hex()}"
