"""Boards and contributions that state only what matters to a test."""

from datetime import timedelta
from typing import Any

from server.domain.ids import DefinitionHash, LeaderboardKey, PlayerId
from server.domain.leaderboards.aggregation import Aggregate, Contribution, Stamp, applied
from server.domain.leaderboards.definition import Aggregation, Leaderboard, Ranking
from server.domain.leaderboards.entry import Entry
from tests.builders import MONDAY

START = MONDAY
MICROSECOND = timedelta(microseconds=1)


def board(aggregation: Aggregation = Aggregation.SUM, *, key: str = "board", **options: Any) -> Leaderboard:
    """A board of sums without decimals, the highest first, unless said otherwise."""
    chosen = {name: options.pop(name) for name in Ranking.__slots__ if name in options}
    ranking = Ranking(**{"decimals": 0} | chosen)
    return Leaderboard(LeaderboardKey(key), DefinitionHash("hash"), aggregation=aggregation, ranking=ranking, **options)


def contribution(points: int, seconds: float = 0, one: str = "", metadata: str | None = None) -> Contribution:
    return Contribution(points, Stamp(START + timedelta(seconds=seconds), one), metadata)


def aggregate(chosen: Leaderboard, *contributions: Contribution) -> Aggregate:
    """What the contributions come to; none of them may be refused."""
    so_far: Aggregate | None = None
    for each in contributions:
        after = applied(so_far, each, chosen)
        assert isinstance(after, Aggregate)
        so_far = after
    assert so_far is not None
    return so_far


def entry(name: str, score: int, seconds: float = 0, **options: Any) -> Entry:
    """A player who reached a score at a moment, by one contribution."""
    return Entry(PlayerId(name), aggregate(board(Aggregation.MAX), contribution(score, seconds)), **options)
