"""An entry: a player's line in one segment of one period, and whether it is to be seen."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.aggregation import Aggregate
from server.domain.leaderboards.definition import Leaderboard
from server.domain.values import value


class PeriodId(NamedTuple):
    """One period of one board: its identity is its start (B11)."""

    leaderboard: LeaderboardKey
    start: datetime


class SegmentId(NamedTuple):
    """Where entries live: one segment of one period (B12). A board without segments has one, the empty text."""

    period: PeriodId
    segment: str = ""


@value
class Entry:
    """Who it is, and what his contributions come to. `is_hidden`: an operator took him out of sight (B72)."""

    player_id: PlayerId
    aggregate: Aggregate
    is_bot: bool = False
    is_hidden: bool = False


def is_ranked(entry: Entry, board: Leaderboard) -> bool:
    """Tell whether an entry has a rank: not hidden, with samples enough, and not short of `min_score` (B21, B51)."""
    if entry.is_hidden or entry.aggregate.samples < board.min_samples:
        return False
    ranking = board.ranking
    if ranking.min_score is None:
        return True
    score = entry.aggregate.score
    return score <= ranking.min_score if ranking.is_ascending else score >= ranking.min_score
