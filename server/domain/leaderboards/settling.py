"""Walking through a sealed period, segment by segment and from the top, to number its places (B13, B50, B60).

A period of a million entries is settled in many small steps, and a server may die between any two of them. So what the next
entry's places depend on is a small value, `Walked`, that is written down with every step: whoever goes on from it comes to
the same places as one who walked through in one go, which are those of `ranked` and `winners`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import Leaderboard, PrizeTier, Ranking, RankStyle, RewardPolicy
from server.domain.leaderboards.prizes import last_paid_place, prize_of
from server.domain.leaderboards.ranking import min_score_bound, tie_of
from server.domain.values import value


@value
class Step:
    """An entry in the order in which a period is settled: by segment, order key and player."""

    segment: str
    order_key: bytes
    player_id: PlayerId
    is_bot: bool = False


@value
class Walked:
    """How far a walk has come: behind `last`, whose places were these. None: it has not begun.

    `settled_at` is when it began, in game time; `entries` counts all places that were given. `contenders`: how many of the
    segment can win.
    """

    settled_at: datetime
    last: Step | None = None
    position: int = 0
    rank: int = 0
    prize_position: int = 0
    contenders: int = 0
    entries: int = 0


@value
class Placed:
    """The final places of an entry. `prize_position` None: it cannot win. `tier` None: it wins nothing."""

    position: int
    rank: int
    prize_position: int | None
    tier: PrizeTier | None


class Walk:
    """A walk under the definition that holds in the period; `contenders_of` counts who can win in a segment."""

    def __init__(self, board: Leaderboard, walked: Walked, contenders_of: Callable[[str], int]) -> None:
        self._board = board
        self._walked = walked
        self._contenders_of = contenders_of
        self._bound = min_score_bound(board.ranking)
        self._last_paid = _last_paid(board.reward_policy, walked.contenders)

    @property
    def walked(self) -> Walked:
        """How far it has come."""
        return self._walked

    def place(self, step: Step) -> Placed | None:
        """Go one entry further, and return its places; None where it falls short of `min_score`: it has none (B51)."""
        before = self._walked
        if before.last is None or before.last.segment != step.segment:
            before = self._entering(step.segment)
        if self._bound is not None and step.order_key >= self._bound:
            self._walked = replace(before, last=step)
            return None
        can_win = self._can_win(step)
        self._walked = Walked(
            settled_at=before.settled_at,
            last=step,
            position=before.position + 1,
            rank=_next_rank(before, step, self._board.ranking),
            prize_position=before.prize_position + can_win,
            contenders=before.contenders,
            entries=before.entries + 1,
        )
        return self._placed(can_win=can_win)

    def _entering(self, segment: str) -> Walked:
        contenders = self._contenders_of(segment)
        self._last_paid = _last_paid(self._board.reward_policy, contenders)
        return Walked(self._walked.settled_at, contenders=contenders, entries=self._walked.entries)

    def _can_win(self, step: Step) -> bool:
        policy = self._board.reward_policy
        return not step.is_bot or (policy is not None and policy.bots_take_prizes)

    def _placed(self, *, can_win: bool) -> Placed:
        at, policy = self._walked, self._board.reward_policy
        place = at.prize_position if can_win else None
        if policy is None or (at.rank if policy.by_rank else at.prize_position) > self._last_paid:
            return Placed(at.position, at.rank, place, None)
        return Placed(at.position, at.rank, place, prize_of(place, at.rank, at.contenders, policy))


def _next_rank(before: Walked, step: Step, ranking: Ranking) -> int:
    """Return the rank of the entry that follows; a segment's first follows on nothing (B50)."""
    position = before.position + 1
    if before.last is None or ranking.rank_style is RankStyle.ORDINAL:
        return position
    if tie_of(before.last.order_key, ranking) == tie_of(step.order_key, ranking):
        return before.rank
    return before.rank + 1 if ranking.rank_style is RankStyle.DENSE else position


def _last_paid(policy: RewardPolicy | None, contenders: int) -> int:
    return 0 if policy is None else last_paid_place(contenders, policy)
