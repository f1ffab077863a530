"""What a client sees of a leaderboard (B52): rows, pages, periods, in values that the wire only has to spell."""

from __future__ import annotations

from datetime import datetime

from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.aggregation import Aggregate
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.periods import PeriodState
from server.domain.values import value
from server.ports.rank_index import Mark

ROWS_DEFAULT, ROWS_MAX = 50, 1000
PLAYERS_MAX = 100
"""Whose ranks are told in one call (B53)."""


@value
class PeriodView:
    """A period as clients name it (B11): by window key or start. `entries` is counted once it is final, 0 before."""

    leaderboard: LeaderboardKey
    window_key: str
    start: datetime
    end: datetime
    state: PeriodState
    entries: int = 0


@value
class PeriodAsked:
    """Which period a read is of: a window key, a start instant, or neither, which is the running one (B11)."""

    window_key: str = ""
    start: datetime | None = None


@value
class BoardRow:
    """A line of a board (B52). `rank` and `position` are None where it has none: hidden, or short of samples or score.

    `prize_position` None: it cannot win. `prize_tier` empty: it wins nothing as things stand.
    """

    player_id: PlayerId
    name: str
    avatar_url: str
    aggregate: Aggregate
    rank: int | None
    position: int | None
    prize_position: int | None
    prize_tier: str
    updated_at: datetime
    is_bot: bool = False
    is_self: bool = False
    is_hidden: bool = False
    order_key: bytes = b""


@value
class BoardPage:
    """Some rows of a segment, all of one moment. `board` is what holds in the period now; `total` how many have a rank.

    `own` is the caller's line: None without an entry in this segment and period. `next_after` is None on the last page.
    `revision` is `<epoch>.<n>`: two pages with one revision are of one order.
    """

    board: Leaderboard
    period: PeriodView
    segment: str
    total: int
    rows: list[BoardRow]
    own: BoardRow | None
    revision: str
    now: datetime
    next_after: Mark | None = None
