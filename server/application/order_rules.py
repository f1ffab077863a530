"""What decides who stands in the order of a period, apart from the entries: taken from what is in force (B3, B51)."""

from __future__ import annotations

from functools import lru_cache

from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.definition import Leaderboard, Ranking, TimeframeType
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.domain.leaderboards.ranking import min_score_bound
from server.domain.values import value
from server.ports.board_store import RankedEntry, StoredEntry
from server.ports.rank_index import Change


@value
class OrderRules:
    """How a period's orders are kept: under which name, in whose ranking, and who is in them.

    `short_from`: the bytes from which on keys fall short of `min_score`; None: none does.
    """

    period: PeriodId
    ranking: Ranking
    short_from: bytes | None
    bots_win: bool
    has_bots: bool = False

    def order_of(self, segment: str) -> SegmentId:
        """Return the name under which an index keeps a segment's order."""
        return SegmentId(self.period, segment)

    def change(self, entry: StoredEntry) -> Change:
        """Return what an index is told of an entry."""
        return self._change(entry.key.player_id, entry.version, entry.order_key, is_bot=entry.is_bot)

    def loaded(self, entry: RankedEntry) -> Change:
        """Return what an index is told of an entry while it is loaded."""
        return self._change(entry.player_id, entry.version, entry.order_key, is_bot=entry.is_bot)

    def _change(self, player_id: PlayerId, version: int, key: bytes | None, *, is_bot: bool) -> Change:
        if key is not None and self.short_from is not None and key >= self.short_from:
            key = None
        return Change(player_id, version, key, self.bots_win or not is_bot)


@lru_cache(maxsize=4096)
def rules_of(period: PeriodId, board: Leaderboard) -> OrderRules:
    """Return the rules of a period's orders under what is in force in it. Asked for by every read, and remembered."""
    policy = board.reward_policy
    return OrderRules(
        _kept_as(period, board),
        board.ranking,
        min_score_bound(board.ranking),
        policy is not None and policy.bots_take_prizes,
        board.bots is not None,
    )


def _kept_as(period: PeriodId, board: Leaderboard) -> PeriodId:
    """Return the name of a period's orders.

    A board without periods takes another `min_score` at once, and with it others belong to its order. Processes hear of that
    one after the other, so the two orders have two names: none of them ever answers with a mixture. No key of a board has an
    `@` in it.
    """
    least = board.ranking.min_score
    if board.timeframe.type is not TimeframeType.NEVER or least is None:
        return period
    return PeriodId(LeaderboardKey(f"{period.leaderboard}@{least}"), period.start)
