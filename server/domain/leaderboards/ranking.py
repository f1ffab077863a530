"""Who stands before whom, and what the places are called (B50, B51).

The order is written as bytes, an *order key*, that sort the same in Python, SQLite, PostgreSQL and as members of a sorted
set in Redis: the score in the ranking's direction, the instant at which it was reached, then a hash of period and player,
so that no id is lucky by its spelling. Keys of one board and period have one length, so whatever follows a key (a player's
id, where two hashes should ever be alike) sorts after it. Positions count keys. Ranks count *ties*: the front part of a
key that two entries share when they have the same rank.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import blake2b
from struct import Struct

from server.domain.ids import PlayerId
from server.domain.instants import BEGINNING, from_microseconds, microseconds_of
from server.domain.leaderboards.aggregation import Aggregate
from server.domain.leaderboards.definition import Leaderboard, Ranking, RankStyle
from server.domain.leaderboards.entry import Entry, PeriodId, is_ranked
from server.domain.scoring import SCALED_MAX
from server.domain.values import value

KEY_LENGTH = 24
_HASH_LENGTH = 8
_SCORE_LENGTH = 8
_TIME_LENGTH = 8
_KEY = Struct(f">QQ{_HASH_LENGTH}s")
_NUMBER = Struct(">Q")
_FIRST_MOMENT = microseconds_of(BEGINNING)


@value
class Standing:
    """Where an entry stands: `position` is 1..n without ties, `rank` is the place by the board's style."""

    entry: Entry
    order_key: bytes
    position: int
    rank: int


def order_key(period: PeriodId, player_id: PlayerId, aggregate: Aggregate, ranking: Ranking) -> bytes:
    """Return the bytes by which an entry sorts: the smaller, the better its position."""
    reached = microseconds_of(aggregate.reached_at) - _FIRST_MOMENT
    return _KEY.pack(_ordinal(aggregate.score, ranking), reached, lot_of(period, player_id))


def next_order_key(known: bytes, aggregate: Aggregate, ranking: Ranking) -> bytes:
    """Return what a known key of an entry becomes by a change: it keeps the lot that was drawn once."""
    reached = microseconds_of(aggregate.reached_at) - _FIRST_MOMENT
    return _KEY.pack(_ordinal(aggregate.score, ranking), reached, known[_SCORE_LENGTH + _TIME_LENGTH :])


def lot_of(period: PeriodId, player_id: PlayerId) -> bytes:
    """Return the lot a player drew in a period: it decides where score and instant are alike."""
    text = f"{period.leaderboard}\0{microseconds_of(period.start)}\0{player_id}"
    return blake2b(text.encode(), digest_size=_HASH_LENGTH).digest()


def score_of_key(key: bytes, ranking: Ranking) -> int:
    """Return the scaled score that a key holds."""
    number: int = _NUMBER.unpack_from(key)[0]
    return number - SCALED_MAX if ranking.is_ascending else SCALED_MAX - number


def reached_at_of_key(key: bytes) -> datetime:
    """Return the instant that a key holds."""
    number: int = _NUMBER.unpack_from(key, _SCORE_LENGTH)[0]
    return from_microseconds(number + _FIRST_MOMENT)


def score_bound(score: int, ranking: Ranking) -> bytes:
    """Return the bytes below which lie the keys of exactly those entries that have a better score."""
    return _NUMBER.pack(_ordinal(score, ranking))


def tie_length(ranking: Ranking) -> int:
    """Return how many bytes two keys must share for their entries to have one rank."""
    if ranking.rank_style is RankStyle.ORDINAL:
        return KEY_LENGTH
    return _SCORE_LENGTH + _TIME_LENGTH if ranking.ranks_time else _SCORE_LENGTH


def tie_of(key: bytes, ranking: Ranking) -> bytes:
    """Return the front of a key that is shared by all of the same rank; the keys of better ranks lie below it.

    So `1 + count(key < tie)` is the competition rank, and `1 + count(distinct tie < this tie)` the dense one.
    """
    return key[: tie_length(ranking)]


def bound_after(front: bytes) -> bytes | None:
    """Return the least bytes above all that begin with `front`, or None where nothing is."""
    stripped = front.rstrip(b"\xff")
    return stripped[:-1] + bytes([stripped[-1] + 1]) if stripped else None


def min_score_bound(ranking: Ranking) -> bytes | None:
    """Return the bytes at and above which lie the keys that fall short of `min_score`, or None (B51)."""
    return None if ranking.min_score is None else bound_after(score_bound(ranking.min_score, ranking))


def ranked(entries: Iterable[Entry], period: PeriodId, board: Leaderboard) -> list[Standing]:
    """Return all entries that have a rank, in order of position. This is what every index and every query must agree to."""
    keyed = [
        (order_key(period, entry.player_id, entry.aggregate, board.ranking), entry.player_id, entry)
        for entry in entries
        if is_ranked(entry, board)
    ]
    keyed.sort(key=lambda one: one[:2])
    ranks = ranks_of([key for key, _, _ in keyed], board.ranking)
    return [
        Standing(entry, key, position, rank)
        for position, ((key, _, entry), rank) in enumerate(zip(keyed, ranks, strict=True), 1)
    ]


def ranks_of(keys: Iterable[bytes], ranking: Ranking) -> Iterator[int]:
    """Yield the ranks of keys that are in order, from the first position on (B50)."""
    rank, tie = 0, None
    for position, key in enumerate(keys, 1):
        if ranking.rank_style is RankStyle.ORDINAL:
            yield position
            continue
        here = tie_of(key, ranking)
        if here != tie:
            rank = rank + 1 if ranking.rank_style is RankStyle.DENSE else position
            tie = here
        yield rank


def _ordinal(score: int, ranking: Ranking) -> int:
    """Return the score as a whole number from 0 up, the better the smaller."""
    return score + SCALED_MAX if ranking.is_ascending else SCALED_MAX - score
