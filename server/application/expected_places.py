"""Places as they must be, counted while a segment of the store is read from its top: nothing is counted twice (B50, B60)."""

from __future__ import annotations

from collections.abc import Iterable

from server.application.order_rules import OrderRules
from server.domain.leaderboards.definition import RankStyle
from server.domain.leaderboards.ranking import tie_of
from server.ports.board_store import StoredEntry
from server.ports.rank_index import Place


class ExpectedPlaces:
    """How far the counting has come in one order."""

    def __init__(self, rules: OrderRules) -> None:
        self._rules = rules
        self._tie: bytes | None = None
        self._last: Place | None = None
        self._winners = 0

    def of(self, entries: Iterable[StoredEntry]) -> list[Place]:
        """Return the places of the next entries in order."""
        return [self._next(entry) for entry in entries]

    def go_on_behind(self, places: list[Place]) -> None:
        """Count on from places that were counted otherwise, the last of which stands last."""
        if places:
            self._last = places[-1]
            self._tie = tie_of(places[-1].order_key, self._rules.ranking)
            self._winners = max((one.prize_position or 0 for one in places), default=0) or self._winners

    def _next(self, entry: StoredEntry) -> Place:
        change = self._rules.change(entry)
        assert change.order_key is not None, "the order has only what is ranked"
        position = 1 if self._last is None else self._last.position + 1
        tie = tie_of(change.order_key, self._rules.ranking)
        self._winners += change.takes_prizes
        rank = self._rank(position, is_tied=tie == self._tie)
        self._tie = tie
        self._last = Place(
            change.player_id, change.order_key, position, rank, self._winners if change.takes_prizes else None
        )
        return self._last

    def _rank(self, position: int, *, is_tied: bool) -> int:
        if self._last is None or self._rules.ranking.rank_style is RankStyle.ORDINAL:
            return position
        if is_tied:
            return self._last.rank
        return self._last.rank + 1 if self._rules.ranking.rank_style is RankStyle.DENSE else position
