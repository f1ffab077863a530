"""The rank index in the memory of one process.

An entry costs some 220 bytes with an id of 20 characters, 255 with 36: its member, its id as a key of the dictionary with the
member, and nine bytes of order (docs of `order`). Those who take no prizes are few, so they stand in a second, small order of
their own, and a prize position is a position less the number of them that stand before.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import TypeAlias

from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import Ranking
from server.domain.leaderboards.entry import SegmentId
from server.ports.rank_index import Change, LogMark, Mark, Place, RankIndex, SegmentNotHeld, Totals
from server.ranks.gathering import Gathering
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

PARTS_AT_ONCE = 6
"""So many parts of some hundred members are sorted between two turns of the loop, which takes some two milliseconds."""
PAUSE_SECONDS = 0.002
"""Between two such steps. Turns of the loop are not enough: other threads must come to hold the interpreter, which those that
bring calls and those that commit wait for, and sorting never lets go of it by itself."""


class InProcessRankIndex(RankIndex):
    """Keeps the open segments of one process. No call but `loaded` waits for anything, so each sees one moment.

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
        held = self._segments.get(segment)
        if held is None or held.epoch != token:
            raise SegmentNotHeld(segment)
        await held.put_in_order()
        if self._segments.get(segment) is not held:
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
    """The order of one segment. Until it is `put_in_order` it takes changes, and is not to be asked who stands where."""

    def __init__(self, ranking: Ranking, epoch: str = "") -> None:
        self.epoch = epoch
        self._members = Shards()
        self._order = Order(ranking)
        self._without_prizes = Order(ranking)
        self._gathered: Gathering | None = Gathering()
        self._unsorted: deque[list[bytes]] | None = None
        self._late: deque[_Move] = deque()
        """What has changed while the gathered are sorted, in the order in which it did."""
        self._revision = 0

    def totals(self) -> Totals:
        """Return how many stand here, how many of them can win, and how often that has changed."""
        ranked = len(self._order)
        return Totals(ranked, ranked - len(self._without_prizes), self._revision, self.epoch)

    def record(self, changes: Iterable[Change]) -> int:
        """Apply the changes that are news, and return how many were."""
        before = self._revision
        for change in changes:
            self._apply(change)
        return self._revision - before

    async def put_in_order(self) -> None:
        """Sort what was gathered, part by part; whoever calls meanwhile helps. The loop goes on in between."""
        if self._gathered is not None:
            self._unsorted, self._gathered = self._gathered.parts(), None
        while self._unsorted is not None:
            for _ in range(PARTS_AT_ONCE):
                self._sort_next()
            if self._unsorted:
                await asyncio.sleep(PAUSE_SECONDS)

    def _sort_next(self) -> None:
        """Put the next part behind those that are in order; what came late once there is none left."""
        if self._unsorted:
            part = sorted(self._unsorted.popleft())
            self._order.extend(part)
            self._without_prizes.extend([member for member in part if not takes_prizes(member)])
            return
        self._unsorted = None
        for old, new in self._late:
            self._move(old, new)
        self._late.clear()

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
        """Keep what the change says of its player, if it is news."""
        player_id, version, key, wins = change
        known = self._members.get(player_id)
        if known is not None and version <= version_of(known):
            return
        self._revision += 1
        new = None if key is None else member_of(key, player_id, version, takes_prizes=wins)
        self._members.put(player_id, tombstone_of(version) if new is None else new)
        old = None if known is None or is_tombstone(known) else known
        if self._gathered is not None:
            self._gathered.move(old, new)
        elif self._unsorted is not None:
            self._late.append((old, new))
        else:
            self._move(old, new)

    def _move(self, old: bytes | None, new: bytes | None) -> None:
        if old is not None:
            self._order.remove(old)
            if not takes_prizes(old):
                self._without_prizes.remove(old)
        if new is not None:
            self._order.add(new)
            if not takes_prizes(new):
                self._without_prizes.add(new)


_Move: TypeAlias = tuple[bytes | None, bytes | None]
"""The member of a player as it was, and as it is: None where he had no rank, or has none."""
