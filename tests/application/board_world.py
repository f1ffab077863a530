"""A server with leaderboards, and short words to write entries: through the one way in, or as an operator would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from server.application.board_pages import BoardPage, PeriodAsked
from server.application.board_ranks import BoardRanks
from server.application.contribution_batch import ContributionBatch
from server.application.contributions import Contributing
from server.application.rank_keeping import Changed
from server.application.segment_pages import SegmentAsked
from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.outcomes import Outcome
from server.domain.leaderboards.ranking import order_key
from server.domain.leaderboards.segments import Claim
from server.domain.players import Player
from server.ports.board_store import EntryKey, StoredEntry
from server.ports.contribution_store import LoggedContribution, Source
from server.ports.rank_index import Mark
from server.ports.store import Transaction
from tests.world import Game, game

KEY = LeaderboardKey("board")
PLAIN: dict[str, Any] = {"scoring": {"aggregation": "best"}, "ranking": {"decimals": 0}}
"""A board without periods that keeps the best score of each."""
_NUMBERS = count(1)


class Boards:
    """A game, and what tests of boards do in it."""

    def __init__(self, playing: Game, ranks: BoardRanks) -> None:
        self.playing = playing
        self.ranks = ranks

    @property
    def now(self) -> datetime:
        return self.playing.clock.now()

    def board(self, key: LeaderboardKey = KEY) -> Leaderboard:
        """What holds in the running period."""
        period = self.playing.catalog.period_at(key, self.now)
        assert period is not None
        return self.playing.catalog.board_of(key).in_force(period)

    def segment(self, segment: str = "", key: LeaderboardKey = KEY) -> SegmentId:
        """A segment of the running period."""
        period = self.playing.catalog.period_at(key, self.now)
        assert period is not None
        return SegmentId(PeriodId(key, period.start), segment)

    async def write(
        self, scores: dict[str, int], segment: str = "", key: LeaderboardKey = KEY, **options: Any
    ) -> list[Changed]:
        """Commit scores, and tell nobody. Return what is to be told. `at` may lie in another period."""
        at = options.get("at", self.now)
        fields = self.playing.catalog.board_of(key).present.segmentation
        claim = Claim(from_trusted=segment if fields else None, is_trusted=True)

        async def work(tx: Transaction) -> ContributionBatch:
            for name in scores:
                await tx.add_player(Player(PlayerId(name), at, name.title()))
            batch = ContributionBatch(tx, self.playing.catalog, self.now)
            await batch.apply(
                [
                    Contributing(key, PlayerId(name), str(score), at, str(next(_NUMBERS)), Source.DIRECT, claim)
                    for name, score in scores.items()
                ]
            )
            return batch

        batch = await self.playing.store.transact(work)
        for pinned_key, period in batch.pinned:
            self.playing.catalog.pin_period(pinned_key, period)
        assert all(one.is_applied for one in batch.answers), batch.answers
        return list(batch.changed)

    async def score(self, scores: dict[str, int], segment: str = "", key: LeaderboardKey = KEY, **options: Any) -> None:
        """Commit scores, and tell the ranks."""
        await self.ranks.changed(await self.write(scores, segment, key, **options))

    async def amend(self, player: str, segment: SegmentId, *, tells: bool = True, **changes: Any) -> StoredEntry:
        """Change an entry by hand: hide it, make a bot of it, move it."""

        async def work(tx: Transaction) -> Changed:
            (before,) = await tx.entries_of([EntryKey(segment.period, PlayerId(player))])
            assert before is not None
            entry = replace(before, version=before.version + 1, **changes)
            key = order_key(
                segment.period, entry.key.player_id, entry.aggregate, self.board(segment.period.leaderboard).ranking
            )
            entry = replace(entry, order_key=None if entry.is_hidden else key)
            await tx.record_entries([entry])
            await tx.add_segments([entry.segment_id])
            logged = LoggedContribution(
                entry.key, entry.segment, Source.OPERATOR, "", self.now, self.now, "", "{}", Outcome.APPLIED.value
            )
            await tx.log_contributions([logged])
            return before, entry

        changed = await self.playing.store.transact(work)
        if tells:
            await self.ranks.changed([changed])
        return changed[1]

    async def tend(self) -> None:
        """Do what a worker does each second, until nothing is left to do."""
        while await self.playing.use.tend_ranks():
            pass
        await self.ranks.loaded()

    async def page(
        self, player: str | None = None, segment: str = "", after: Mark | None = None, limit: int = 50, **period: Any
    ) -> BoardPage:
        asked = SegmentAsked(None if player is None else PlayerId(player), KEY, PeriodAsked(**period), segment)
        return await self.playing.use.list_entries(asked, after, limit)


@asynccontextmanager
async def boards(
    folder: Path, definition: dict[str, Any] | None = None, others: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[Boards]:
    """Start a server with one board, and others if they are given."""
    leaderboards = {KEY: PLAIN if definition is None else definition, **(others or {})}
    async with game(folder, {}, leaderboards=leaderboards, **options) as playing:
        yield Boards(playing, playing.ranks)


def names(page: BoardPage) -> str:
    """Who is on a page, in order."""
    return " ".join(row.player_id for row in page.rows)
