"""How a player's contributions become one score, whatever the order in which they arrive (B21, B22, B24).

What is known of a set of contributions is an `Aggregate`, and two of them `combined` say what is known of both sets. That
operation is commutative and associative, which is all there is to order: one contribution at a time, in batches, or again
from the log, the same contributions come to the same score, reached at the same time. Only a sum that leaves the range
depends on order, because the contribution that would carry it out is refused (B22).
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from server.domain.leaderboards.definition import Aggregation, Leaderboard
from server.domain.leaderboards.outcomes import Outcome
from server.domain.leaderboards.scores import mean
from server.domain.scoring import SCALED_MAX
from server.domain.values import value

TOTAL_MAX = 2**63 - 1
"""The sum behind an average must fit the column that keeps it."""


class Stamp(NamedTuple):
    """When a contribution happened and which one it was: two of the same instant still have an order."""

    at: datetime
    contribution_id: str


@value
class Contribution:
    """A score on its way to a board. Where contributions are counted, `points` are not looked at.

    `metadata` None says nothing about the entry's metadata.
    """

    points: int
    stamp: Stamp
    metadata: str | None = None


@value
class Aggregate:
    """What a set of contributions comes to.

    `total` is the exact sum that sum and avg keep, 0 for the others. `changed_at` is None for a sum that only zeros made.
    """

    score: int
    samples: int
    total: int
    first_at: datetime
    latest: Stamp
    changed_at: datetime | None
    metadata: str | None = None
    metadata_stamp: Stamp | None = None

    @property
    def reached_at(self) -> datetime:
        """When the present score was reached (B21): the earlier, the better, where scores are equal."""
        return self.first_at if self.changed_at is None else self.changed_at


def applied(aggregate: Aggregate | None, contribution: Contribution, board: Leaderboard) -> Aggregate | Outcome:
    """Return the aggregate with one contribution more, or why it does not count; then the old one stays as it is."""
    is_counted = board.aggregation is Aggregation.COUNT
    if not is_counted and is_out_of_bounds(contribution.points, board):
        return Outcome.OUT_OF_BOUNDS
    if not is_counted and abs(contribution.points) > SCALED_MAX:
        return Outcome.OVERFLOW
    new = _of_one(contribution, board)
    return _in_range(new if aggregate is None else combined(aggregate, new, board))


def is_out_of_bounds(points: int, board: Leaderboard) -> bool:
    """Tell whether the points lie outside what one contribution may bring (B24)."""
    below = board.contribution_min is not None and points < board.contribution_min
    return below or (board.contribution_max is not None and points > board.contribution_max)


def combined(one: Aggregate, other: Aggregate, board: Leaderboard) -> Aggregate:
    """Return what two sets of contributions come to together. Nobody checks here that it stays in range."""
    samples = one.samples + other.samples
    total = one.total + other.total
    score, changed_at = _value(one, other, board, samples, total)
    newest = one if other.metadata_stamp is None else max(one, other, key=_told_at)
    return Aggregate(
        score=score,
        samples=samples,
        total=total,
        first_at=min(one.first_at, other.first_at),
        latest=max(one.latest, other.latest),
        changed_at=changed_at,
        metadata=newest.metadata,
        metadata_stamp=newest.metadata_stamp,
    )


def _of_one(contribution: Contribution, board: Leaderboard) -> Aggregate:
    points, stamp = contribution.points, contribution.stamp
    aggregation = board.aggregation
    is_sum = aggregation is Aggregation.SUM
    keeps_total = is_sum or aggregation is Aggregation.AVG
    is_idle = is_sum and points == 0  # adding nothing changes no sum
    return Aggregate(
        score=_step(board) if aggregation is Aggregation.COUNT else points,
        samples=1,
        total=points if keeps_total else 0,
        first_at=stamp.at,
        latest=stamp,
        changed_at=None if is_idle else stamp.at,
        metadata=contribution.metadata,
        metadata_stamp=None if contribution.metadata is None else stamp,
    )


def _value(
    one: Aggregate, other: Aggregate, board: Leaderboard, samples: int, total: int
) -> tuple[int, datetime | None]:
    """Return the score of both together, and when it was last changed."""
    match board.aggregation:
        case Aggregation.SUM:
            return total, _last(one.changed_at, other.changed_at)
        case Aggregation.COUNT:
            return samples * _step(board), _last(one.changed_at, other.changed_at)
        case Aggregation.AVG:
            return mean(total, samples), _last(one.changed_at, other.changed_at)
        case Aggregation.LATEST:
            made_by = max(one, other, key=lambda aggregate: (aggregate.latest, aggregate.score))
            return made_by.score, made_by.changed_at
        case Aggregation.MAX | Aggregation.MIN | Aggregation.BEST:
            return _better(one, other, is_lowest=_keeps_lowest(board))


def _better(one: Aggregate, other: Aggregate, *, is_lowest: bool) -> tuple[int, datetime | None]:
    if one.score == other.score:
        return one.score, min(one.reached_at, other.reached_at)
    made_by = one if (one.score < other.score) is is_lowest else other
    return made_by.score, made_by.changed_at


def _keeps_lowest(board: Leaderboard) -> bool:
    if board.aggregation is Aggregation.BEST:
        return board.ranking.is_ascending
    return board.aggregation is Aggregation.MIN


def _step(board: Leaderboard) -> int:
    """Return what one contribution counts: a whole 1, in the board's smallest steps."""
    step: int = 10**board.ranking.decimals
    return step


def _last(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return max(one, other)


def _told_at(aggregate: Aggregate) -> tuple[bool, Stamp | None]:
    """Order by who last said something about metadata."""
    return aggregate.metadata_stamp is not None, aggregate.metadata_stamp


def _in_range(aggregate: Aggregate) -> Aggregate | Outcome:
    fits = abs(aggregate.score) <= SCALED_MAX and abs(aggregate.total) <= TOTAL_MAX
    return aggregate if fits else Outcome.OVERFLOW
