"""What a designer says about a leaderboard, in the form in which the rules read it.

Made by `server/definitions` from JSON, where defaults, other systems' words, checks and messages live.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache

from server.domain.bots.binding import BotBinding
from server.domain.ids import DefinitionHash, EventId, LeaderboardKey
from server.domain.rewards import RewardConfig
from server.domain.schedule import Recurrence, Schedule, Ticks
from server.domain.scoring import Filters, ScoringRule
from server.domain.values import value

DECIMALS_MAX = 6
SIZE_MAX = 10_000


class Status(Enum):
    """What becomes of contributions that arrive now (B2)."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    ARCHIVED = "archived"


class TimeframeType(Enum):
    """How a board is cut into periods (B10)."""

    NEVER = "never"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    CUSTOM = "custom"
    CRON = "cron"
    EVENT = "event"


@value
class Timeframe:
    """When periods begin and end; `timeframes` makes the schedule of it.

    `ticks`: the boundaries of hourly, daily, weekly, monthly and cron. `every`: the length of custom periods. `event_id`:
    whose phases the periods are (event). `start_time`, `end_time` bound any of them; `repeat` False: a custom board has one
    period. None: not given.
    """

    type: TimeframeType = TimeframeType.NEVER
    timezone: str = "UTC"
    ticks: Ticks | None = None
    every: timedelta | None = None
    event_id: EventId | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    repeat: bool = True
    late_grace: timedelta = timedelta()


class Aggregation(Enum):
    """How many contributions become one score (B21)."""

    SUM = "sum"
    COUNT = "count"
    MAX = "max"
    MIN = "min"
    AVG = "avg"
    BEST = "best"
    LATEST = "latest"


class Method(Enum):
    """Which score stands first (B50). TIME_ASC is SCORE_DESC where the instant is part of the rank."""

    SCORE_DESC = "score_desc"
    SCORE_ASC = "score_asc"
    TIME_ASC = "time_asc"


class RankStyle(Enum):
    """How ties are numbered: 1,1,2 or 1,1,3 or 1,2,3 (B50)."""

    DENSE = "dense"
    COMPETITION = "competition"
    ORDINAL = "ordinal"


def board_bot_direction(aggregation: Aggregation, *, ascending: bool) -> int:
    """Return the way in which bots' scores go: 1 where they grow, -1 where they fall; as those of players go (L6)."""
    if aggregation in (Aggregation.BEST, Aggregation.LATEST):
        return -1 if ascending else 1
    return -1 if aggregation is Aggregation.MIN else 1


@value
class Ranking:
    """Who stands before whom, and who is shown.

    `ties_by_time`: equal scores at different instants have different ranks. `min_score` is a scaled score, in the direction
    of the ranking (B51). `size` caps what pages show.
    """

    method: Method = Method.SCORE_DESC
    rank_style: RankStyle = RankStyle.DENSE
    ties_by_time: bool = False
    size: int | None = None
    min_score: int | None = None
    decimals: int = 3

    @property
    def is_ascending(self) -> bool:
        """Whether the lowest score stands first."""
        return self.method is Method.SCORE_ASC

    @property
    def ranks_time(self) -> bool:
        """Whether only an equal score reached at the same instant is a tie."""
        return self.ties_by_time or self.method is Method.TIME_ASC


class SegmentSource(Enum):
    """Whose word for a player's segment counts (B23)."""

    CLIENT = "client"
    TRUSTED = "trusted"


@value
class Segmentation:
    """How a board is split. `buckets` None: any value makes a segment, up to `max_segments`."""

    key: str
    buckets: frozenset[str] | None = None
    source: SegmentSource = SegmentSource.CLIENT
    may_move: bool = False
    max_segments: int = 10_000


@value
class PrizeTier:
    """A prize for the places up to `to` (top_n), or for the first `share` of all, at most `max_places` (top_percent).

    A share is a part of 1: ten percent is 0.1. Tiers stand in the order in which they are tried.
    """

    key: str
    reward: RewardConfig
    to: int | None = None
    share: Decimal | None = None
    max_places: int | None = None


@value
class RewardPolicy:
    """What a period pays when it ends (B60). `by_rank`: by rank, as Kraty does it, instead of by place among winners.

    `bots_take_prizes`: bots take places, whose prizes nobody gets. `bots_count`: they count among those who can win, for
    `min_entries` and shares, though no place is theirs (L7).
    """

    tiers: tuple[PrizeTier, ...]
    by_rank: bool = False
    min_entries: int = 1
    bots_take_prizes: bool = False
    bots_count: bool = False
    auto_claim: bool = False
    claim_expiry: timedelta | None = None
    hold: timedelta = timedelta()


@value
class Retention:
    """For how long snapshots are kept; None: for ever."""

    periods: int | None = None
    age: timedelta | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Leaderboard:
    """One leaderboard. Scores in it are scaled by 10 to the power of `ranking.decimals` (B22).

    `schedule` follows from `timeframe` and from when the board was first activated: a calendar puts it in.
    """

    key: LeaderboardKey
    hash: DefinitionHash
    timeframe: Timeframe = field(default_factory=Timeframe)
    name: str = ""
    description: str = ""
    additional_properties: Mapping[str, str] = field(default_factory=dict)
    status: Status = Status.ACTIVE
    scope: Filters = field(default_factory=Filters)
    rules: tuple[ScoringRule, ...] = ()
    aggregation: Aggregation = Aggregation.SUM
    contribution_min: int | None = None
    contribution_max: int | None = None
    min_samples: int = 1
    ranking: Ranking = field(default_factory=Ranking)
    segmentation: Segmentation | None = None
    reward_policy: RewardPolicy | None = None
    authoritative: bool = False
    bots: BotBinding | None = None
    reveal_bots: bool = False
    """Rows tell that a bot is one."""
    retention: Retention = field(default_factory=Retention)
    schedule: Recurrence = field(default_factory=Schedule)


@lru_cache(maxsize=4096)
def in_force(pinned: Leaderboard, present: Leaderboard) -> Leaderboard:
    """Return what holds in a running period: what it pinned, but for what an edit changes at once (B3).

    A board without periods would never take an edit, so on it what judges contributions is the present one's too. The answer
    is remembered: it is asked for with every contribution, and changes with a reload.
    """
    ranking = replace(pinned.ranking, size=present.ranking.size)
    living = replace(
        pinned,
        name=present.name,
        description=present.description,
        additional_properties=present.additional_properties,
        status=present.status,
        retention=present.retention,
        ranking=ranking,
    )
    if pinned.timeframe.type is not TimeframeType.NEVER:
        return living
    return replace(
        living,
        scope=present.scope,
        rules=present.rules,
        contribution_min=present.contribution_min,
        contribution_max=present.contribution_max,
        ranking=replace(ranking, min_score=present.ranking.min_score),
    )
