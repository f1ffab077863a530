"""Whether the rank index stands for what the store has, and the store for what the rules make of each entry (B50 to B53)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from server.application.board_periods import board_of_stored
from server.application.order_comparison import OrderComparison
from server.application.order_rules import rules_of
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.entry import SegmentId
from server.domain.leaderboards.periods import Stage
from server.domain.leaderboards.ranking import order_key
from server.domain.values import value
from server.ports.board_store import EntryKey, StoredEntry, StoredPeriod
from server.ports.catalog import Catalog
from server.ports.rank_index import RankIndex, SegmentNotHeld
from server.ports.store import Reading, Store

_CHUNK = 1000
_SEGMENTS_MAX = 100_000


@value
class Verified:
    """What was found of a segment in the index, or of a whole period in the store (`segment` None).

    `differences`: a sentence for each player with whom something is wrong. `is_held` False: the index has no order of it,
    which is nothing wrong; whoever asks for it has it loaded.
    """

    period: StoredPeriod
    segment: str | None
    entries: int
    is_held: bool = True
    differences: tuple[str, ...] = ()


class VerifyRanks:
    """Compare all periods that take scores. `pause` lets scores arrive that are on their way."""

    def __init__(
        self, store: Store, catalog: Catalog, index: RankIndex | None, pause: Callable[[], Awaitable[None]]
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._index = index
        self._pause = pause

    async def __call__(self, key: LeaderboardKey | None = None) -> AsyncIterator[Verified]:
        """Yield what the store has of each period, and then each of its segments in the index. `key` None: all boards."""
        for period in await self._store.read(lambda view: view.unsettled_periods(0)):
            if period.stage is not Stage.OPEN or key not in (None, period.period.leaderboard):
                continue
            yield await self._stored_keys(period)
            if self._index is not None:
                for segment in await self._segments_of(period):
                    yield await self._order(self._index, period, segment)

    async def repair(self, found: Verified) -> None:
        """Let the index forget a segment. Servers load it again, whole, as soon as somebody asks for it."""
        if self._index is not None and found.segment is not None:
            board = board_of_stored(self._catalog, found.period)
            await self._index.close(rules_of(found.period.period, board).order_of(found.segment))

    async def _order(self, index: RankIndex, period: StoredPeriod, segment: str) -> Verified:
        rules = rules_of(period.period, board_of_stored(self._catalog, period))
        walk = OrderComparison(self._store, index, SegmentId(period.period, segment), rules, self._pause)
        try:
            await walk.compare()
        except SegmentNotHeld:
            return Verified(period, segment, 0, is_held=False)
        return Verified(period, segment, walk.entries, differences=tuple(walk.differences))

    async def _segments_of(self, period: StoredPeriod) -> list[str]:
        sizes = await self._store.read(lambda view: view.segment_sizes(period.period, _SEGMENTS_MAX))
        return [one.segment for one in sizes]

    async def _stored_keys(self, period: StoredPeriod) -> Verified:
        """Compute the order key of every entry anew."""
        board = board_of_stored(self._catalog, period)
        count = 0
        wrong: list[str] = []
        after: PlayerId | None = None
        while chunk := await self._entries(period, after):
            count += len(chunk)
            after = chunk[-1].key.player_id
            wrong += [
                f"{entry.key.player_id}: his key says another order than his score, {entry.aggregate.score}"
                for entry in chunk
                if entry.order_key != _key_of(entry, board)
            ]
        return Verified(period, None, count, differences=tuple(wrong))

    async def _entries(self, period: StoredPeriod, after: PlayerId | None) -> list[StoredEntry]:
        async def work(view: Reading) -> list[StoredEntry]:
            rows = await view.ranked_entries(period.period, after, _CHUNK)
            entries = await view.entries_of([EntryKey(period.period, row.player_id) for row in rows])
            return [entry for entry in entries if entry is not None]

        return await self._store.read(work)


def _key_of(entry: StoredEntry, board: Leaderboard) -> bytes | None:
    """Return the order key that an entry should have; it knows nothing of `min_score`."""
    if entry.is_hidden or entry.aggregate.samples < board.min_samples:
        return None
    return order_key(entry.key.period, entry.key.player_id, entry.aggregate, board.ranking)
