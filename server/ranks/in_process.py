"""The rank index in the memory of one process.

An entry costs some 220 bytes with an id of 20 characters, 255 with 36: its member, its id as a key of the dictionary with the
member, and nine bytes of order (docs of `order`). Those who take no prizes are few, so they stand in a second, small order of
their own, and a prize position is a position less the number of them that stand before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import Ranking
from server.domain.leaderboards.entry import SegmentId
from server.ports.rank_index import Change, LogMark, Mark, Place, RankIndex, SegmentNotHeld, Totals
from server.ranks.members import (
    bound_of,
    is_tombstone,
    member_of,
    order_key_of,
    player_of,
    takes_prizes,
    tombstone_of,
    version_of,
)
from server.ranks.order import Order
from server.ranks.shards import Shards

_BULK_MIN = 1000
"""So many changes at once, if they are many beside what is there, are sorted in instead of put in one by one.

Nothing else runs meanwhile, so a board is loaded some thousands at a time.
"""


class InProcessRankIndex(RankIndex):
    """Keeps the open segments of one process. No call waits for anything, so each sees one moment.

    `first_epoch`: what the first order is known by; the next ones count on. One that grows by a thousand with each second
    between two starts gives no order of one process the epoch of another's.
    """

    can_miss_changes = False  # whoever tells it is this process: it ends with him, and is read again with the next

    def __init__(self, first_epoch: int = 0) -> None:
        self._epochs = count(first_epoch)
        self._segments: dict[SegmentId, SegmentOrder] = {}
        self._loading: set[SegmentId] = set()
        self._mark: int | None = None

    async def open(self, segment: SegmentId, ranking: Ranking) -> str | None:
        """Begin an empty order, unless there is one. Nobody but this process can be loading what is not loaded yet."""
        if segment not in self._segments:
            self._segments[segment] = SegmentOrder(ranking, str(next(self._epochs)))
            self._loading.add(segment)
        return self._segments[segment].epoch if segment in self._loading else None

    async def loaded(self, segment: SegmentId, token: str) -> None:
        """Answer questions from now on."""
        if segment not in self._segments or self._segments[segment].epoch != token:
            raise SegmentNotHeld(segment)
        self._loading.discard(segment)

    async def is_loaded(self, segment: SegmentId) -> bool:
        """Tell whether there is a whole order."""
        return segment in self._segments and segment not in self._loading

    async def close(self, segment: SegmentId) -> None:
        """Drop the order."""
        self._segments.pop(segment, None)
        self._loading.discard(segment)

    async def is_open(self, segment: SegmentId) -> bool:
        """Tell whether there is an order."""
        return segment in self._segments

    async def record(self, segment: SegmentId, changes: Iterable[Change]) -> int:
        """Apply the changes that are news."""
        held = self._segments.get(segment)
        if held is None:
            raise SegmentNotHeld(segment)
        return held.record(changes)

    async def totals(self, segment: SegmentId) -> Totals:
        """Return how many stand in the order."""
        return self._of(segment).totals()

    async def places_of(self, segment: SegmentId, player_ids: Sequence[PlayerId]) -> list[Place]:
        """Return the places of the players, the best first."""
        return self._of(segment).places_of(player_ids)

    async def page(self, segment: SegmentId, after: Mark | None, limit: int) -> list[Place]:
        """Return the places after the mark."""
        return self._of(segment).page(after, limit)

    async def around(self, segment: SegmentId, player_id: PlayerId, limit: int) -> list[Place]:
        """Return the places around the player."""
        return self._of(segment).around(player_id, limit)

    async def mark(self) -> LogMark | None:
        """Return the mark of this process, which ends with its orders."""
        return None if self._mark is None else LogMark(self._mark, "")

    async def advance(self, number: int) -> None:
        """Move the mark on."""
        self._mark = max(number, self._mark or 0)

    def _of(self, segment: SegmentId) -> SegmentOrder:
        if segment in self._loading or segment not in self._segments:
            raise SegmentNotHeld(segment)
        return self._segments[segment]


class SegmentOrder:
    """The order of one segment."""

    def __init__(self, ranking: Ranking, epoch: str = "") -> None:
        self._ranking = ranking
        self.epoch = epoch
        self._members = Shards()
        self._order = Order(ranking)
        self._without_prizes = Order(ranking)
        self._revision = 0

    def totals(self) -> Totals:
        """Return how many stand here, how many of them can win, and how often that has changed."""
        ranked = len(self._order)
        return Totals(ranked, ranked - len(self._without_prizes), self._revision, self.epoch)

    def record(self, changes: Iterable[Change]) -> int:
        """Apply the changes that are news, and return how many were; many at once are sorted in together."""
        batch = changes if isinstance(changes, list) else list(changes)
        before = self._revision
        if len(batch) < max(_BULK_MIN, len(self._order) // 8):
            for change in batch:
                self._apply(change)
        else:
            self._sort_in(batch)
        return self._revision - before

    def _sort_in(self, batch: list[Change]) -> None:
        for change in batch:
            self._note(change)
        ranked = [member for member in self._members.values() if not is_tombstone(member)]
        self._order = Order(self._ranking, ranked)
        self._without_prizes = Order(self._ranking, (member for member in ranked if not takes_prizes(member)))

    def places_of(self, player_ids: Iterable[PlayerId]) -> list[Place]:
        """Return the places of the players, the best first."""
        members = sorted(filter(None, (self._ranked_member(player_id) for player_id in set(player_ids))))
        return [place for member in members for place in self._places(self._order.count_before(member), 1)]

    def page(self, after: Mark | None, limit: int) -> list[Place]:
        """Return the places after the mark."""
        start = 0 if after is None else self._order.following(bound_of(after.order_key, after.player_id))
        return list(self._places(start, limit))

    def around(self, player_id: PlayerId, limit: int) -> list[Place]:
        """Return the places around the player, shifted at the ends."""
        member = self._ranked_member(player_id)
        if member is None:
            return []
        wanted = self._order.count_before(member) - (limit - 1) // 2
        return list(self._places(max(0, min(wanted, len(self._order) - limit)), limit))

    def _places(self, start: int, limit: int) -> Iterator[Place]:
        for member, position, rank in self._order.rows(start, limit):
            prize_position = None
            if takes_prizes(member):
                others = self._without_prizes.count_before(member) if self._without_prizes else 0
                prize_position = position - others
            yield Place(player_of(member), order_key_of(member), position, rank, prize_position)

    def _ranked_member(self, player_id: PlayerId) -> bytes | None:
        member = self._members.get(player_id)
        return None if member is None or is_tombstone(member) else member

    def _apply(self, change: Change) -> None:
        old = self._ranked_member(change.player_id)
        if not self._note(change):
            return
        if old is not None:
            self._order.remove(old)
            if not takes_prizes(old):
                self._without_prizes.remove(old)
        new = self._ranked_member(change.player_id)
        if new is not None:
            self._order.add(new)
            if not takes_prizes(new):
                self._without_prizes.add(new)

    def _note(self, change: Change) -> bool:
        """Keep what the change says of its player, if it is news."""
        known = self._members.get(change.player_id)
        if known is not None and change.version <= version_of(known):
            return False
        self._revision += 1
        key = change.order_key
        self._members.put(
            change.player_id,
            tombstone_of(change.version)
            if key is None
            else member_of(key, change.player_id, change.version, takes_prizes=change.takes_prizes),
        )
        return True
