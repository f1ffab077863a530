"""Lines of a board as people see them (B52): places with what their entries say, and lines of a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from server.application.board_pages import BoardRow
from server.domain.ids import PlayerId
from server.domain.leaderboards.aggregation import Aggregate
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.entry import SegmentId
from server.domain.leaderboards.prizes import prize_of
from server.domain.leaderboards.ranking import reached_at_of_key, score_of_key
from server.domain.players import Player
from server.domain.values import value
from server.ports.board_store import EntryKey, SnapshotRow, StoredEntry
from server.ports.rank_index import Place
from server.ports.store import Reading


@value
class RowMaker:
    """Makes lines of one segment, as one player sees them. `contenders`: how many of the segment can win."""

    segment: SegmentId
    board: Leaderboard
    player_id: PlayerId | None
    contenders: int = 0

    async def rows(self, view: Reading, places: Sequence[Place]) -> list[BoardRow]:
        """Return a line for each place, with the names that players have now. An entry that is gone leaves its line out."""
        ids = [place.player_id for place in places]
        entries = await view.entries_of([EntryKey(self.segment.period, one) for one in ids])
        accounts = await view.accounts_of(ids)
        return [
            self._ranked(place, entry, account)
            for place, entry, account in zip(places, entries, accounts, strict=True)
            if entry is not None
        ]

    async def own(self, view: Reading, place: Place | None) -> BoardRow | None:
        """Return the player's own line. Without a place it says whether he is hidden; without an entry here it is None."""
        if self.player_id is None:
            return None
        if place is not None:
            return next(iter(await self.rows(view, [place])), None)
        (entry,) = await view.entries_of([EntryKey(self.segment.period, self.player_id)])
        if entry is None or entry.segment != self.segment.segment:
            return None
        (account,) = await view.accounts_of([self.player_id])
        return self._line(entry, account, entry.aggregate)

    def final(self, row: SnapshotRow) -> BoardRow:
        """Return a line of the snapshot."""
        return BoardRow(
            player_id=row.player_id,
            name=row.name,
            avatar_url=row.avatar_url,
            aggregate=row.aggregate,
            rank=row.rank,
            position=row.position,
            prize_position=row.prize_position,
            prize_tier=row.prize_tier,
            updated_at=row.updated_at,
            is_bot=row.is_bot,
            is_self=row.player_id == self.player_id,
            order_key=row.order_key,
        )

    def _ranked(self, place: Place, entry: StoredEntry, account: Player | None) -> BoardRow:
        tier = prize_of(place.prize_position, place.rank, self.contenders, self.board.reward_policy)
        return replace(
            self._line(entry, account, self._as_ranked(entry, place.order_key)),
            rank=place.rank,
            position=place.position,
            prize_position=place.prize_position,
            prize_tier="" if tier is None else tier.key,
            order_key=place.order_key,
        )

    def _line(self, entry: StoredEntry, account: Player | None, aggregate: Aggregate) -> BoardRow:
        return BoardRow(
            player_id=entry.key.player_id,
            name="" if account is None else account.name,
            avatar_url="" if account is None else account.avatar_url,
            aggregate=aggregate,
            rank=None,
            position=None,
            prize_position=None,
            prize_tier="",
            updated_at=entry.updated_at,
            is_bot=entry.is_bot,
            is_self=entry.key.player_id == self.player_id,
            is_hidden=entry.is_hidden,
        )

    def _as_ranked(self, entry: StoredEntry, key: bytes) -> Aggregate:
        """Return the score and its time as they were ranked: the entry may be newer, and would contradict its rank."""
        if entry.order_key == key:
            return entry.aggregate
        score = score_of_key(key, self.board.ranking)
        return replace(entry.aggregate, score=score, changed_at=reached_at_of_key(key))
