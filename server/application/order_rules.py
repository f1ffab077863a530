"""What decides who stands in the order of a period, apart from the entries: taken from what is in force (B3, B51)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from server.domain.ids import LeaderboardKey
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
        key = entry.order_key
        if key is not None and self.short_from is not None and key >= self.short_from:
            key = None
        return Change(entry.key.player_id, entry.version, key, self.bots_win or not entry.is_bot)

    def loaded(self, entries: Iterable[RankedEntry]) -> dict[str, list[Change]]:
        """Return the same of many entries while they are loaded, by segment: without a call for each of millions."""
        short_from, bots_win = self.short_from, self.bots_win
        changes: dict[str, list[Change]] = {}
        for player_id, segment, version, key, is_bot in entries:
            falls_short = short_from is not None and key is not None and key >= short_from
            change = Change(player_id, version, None if falls_short else key, bots_win or not is_bot)
            try:
                changes[segment].append(change)
            except KeyError:
                changes[segment] = [change]
        return changes


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
