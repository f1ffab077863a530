"""What a module sees: plain values of its own, which it may keep and change without touching anything of the server.

`server.modules_api` is where modules import these from; their names and fields are a promise of compatibility.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from server.domain.errors import DomainError, InsufficientFunds, Refusal

__all__ = [
    "Board",
    "Caller",
    "Candidate",
    "Cohort",
    "Counted",
    "DomainError",
    "Event",
    "Grant",
    "InsufficientFunds",
    "JoinCohort",
    "Leaderboard",
    "LeaderboardRow",
    "NewCohort",
    "Notice",
    "PastCohort",
    "Period",
    "Phase",
    "Player",
    "Refusal",
    "Reward",
    "SharedCohort",
    "Standing",
    "StandingRow",
    "StoredObject",
    "Submission",
    "TierChange",
    "VersionConflict",
]


class VersionConflict(Exception):
    """Somebody has changed the object since it was read: read it again, and decide anew."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes the call in which a hook runs.

    A `player` by his session, a `server` by its key, an `address` that signs in, or the `laurel` server itself: settlement,
    notices, jobs. `name` is the player's id, the key's name or the address.
    """

    kind: Literal["player", "server", "address", "laurel"]
    name: str = ""

    @property
    def player_id(self) -> str:
        """The player's id; empty where it is no player."""
        return self.name if self.kind == "player" else ""

    @property
    def is_trusted(self) -> bool:
        """Whether the call comes from the studio's own servers, or from this one."""
        return self.kind in ("server", "laurel")


@dataclass(frozen=True, slots=True)
class Event:
    """An event leaderboard. `cohort_sizes` has one entry for each tier."""

    id: str
    name: str
    category: str
    tiers: int
    cohort_sizes: tuple[int, ...]
    additional_properties: dict[str, str]


@dataclass(frozen=True, slots=True)
class Player:
    """A player's account."""

    id: str
    name: str
    avatar_url: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open cohort that the player could join."""

    cohort_id: str
    tier: int
    count: int
    size: int
    properties: dict[str, Any]
    player_ids: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class JoinCohort:
    """Answer of `cohort_selection`: this open cohort."""

    cohort_id: str


@dataclass(frozen=True, slots=True)
class NewCohort:
    """Answer of `cohort_selection`: a new cohort.

    `tier` None is the player's own; `properties` can be looked for later; a `reserved` cohort is filled only by name.
    """

    tier: int | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    reserved: bool = False


@dataclass(frozen=True, slots=True)
class SharedCohort:
    """Answer of `cohort_selection`: an open cohort of the player's tier with just these properties, or a new one with them.

    The right answer for groups: however many roll at once, they fill one cohort after the other.
    """

    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a cohort ended for a player: rank of `count`, in which tier, and what it does to the tier."""

    cohort_id: str
    tier: int
    rank: int
    count: int
    tier_change: int


@dataclass(frozen=True, slots=True)
class PastCohort:
    """A cohort that the player has finished."""

    cohort_id: str
    tier: int
    rank: int
    count: int
    score: int
    submissions: int
    completed_at: datetime


@dataclass(frozen=True, slots=True)
class Reward:
    """What a player gets. Return a changed copy: `replace(reward, ...)`, or `reward.plus(coins=10)`."""

    items: dict[str, int] = field(default_factory=dict)
    currencies: dict[str, int] = field(default_factory=dict)
    energies: dict[str, int] = field(default_factory=dict)
    message: str = ""

    def plus(self, **currencies: int) -> Reward:
        """Return the reward with more of some currencies."""
        total = dict(self.currencies)
        for name, amount in currencies.items():
            total[name] = total.get(name, 0) + amount
        return replace(self, currencies=total)


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """A leaderboard. Its scores are decimals of so many places."""

    key: str
    name: str
    aggregation: Literal["sum", "count", "max", "min", "avg", "best", "latest"]
    decimals: int
    is_ascending: bool
    additional_properties: dict[str, str]


@dataclass(frozen=True, slots=True)
class Board:
    """What a score is for. Of an `event_leaderboard` the `event` says more, of a `leaderboard` the `leaderboard`.

    The other one is None; `id` is the key of either.
    """

    kind: Literal["event_leaderboard", "leaderboard"]
    id: str
    event: Event | None
    leaderboard: Leaderboard | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A score on its way in. Return a changed copy with `replace(submission, score=...)`.

    `score` is a whole number on event leaderboards, and a Decimal on leaderboards, which have neither subscore nor operator.
    `metadata` None: the player's metadata stay as they are. `operator` None: the event's own. `is_trusted`: a studio's
    server sends it. `request_id` and `is_trusted` are to be read only. `metrics`: what the game reports instead of a score,
    else None; `score` is then what they come to as things stand, and is changed by changing them.
    """

    score: int | Decimal
    subscore: int = 0
    metadata: dict[str, Any] | None = None
    operator: Literal["best", "set", "increment", "decrement"] | None = None
    is_trusted: bool = False
    request_id: str = ""
    metrics: dict[str, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """The telling itself: the same `id` again means that an earlier attempt failed, or was not seen to end.

    Ids are of one database; one that was copied elsewhere counts on from what it holds.
    """

    id: int
    attempt: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of an event: active until `active_end`, over at `expiry`, when the next may start."""

    start: datetime
    active_end: datetime
    expiry: datetime


@dataclass(frozen=True, slots=True)
class Cohort:
    """A cohort. `completed_at` is None while it is played in."""

    id: str
    event_id: str
    tier: int
    size: int
    count: int
    properties: dict[str, Any]
    created_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Period:
    """A run of a leaderboard in [start, end). `entries`: how many have a final place, 0 while it is not final."""

    leaderboard: str
    window_key: str
    start: datetime
    end: datetime
    state: Literal["running", "closing", "settling", "final"]
    entries: int


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """A player's or a bot's line of a leaderboard. `scores`: how many came to this one.

    `prize_position` None: he cannot win; `prize_tier` empty: he wins nothing as things stand. Give a row back as `after` to
    go on behind it: `order_key` says where that is.
    """

    player_id: str
    name: str
    score: Decimal
    rank: int | None
    position: int | None
    prize_position: int | None
    prize_tier: str
    scores: int
    metadata: dict[str, Any]
    reached_at: datetime
    order_key: bytes
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of a score: `applied`, or why it does not count. `score` and `rank` are the player's now.

    `rank` None: he has none, or it cannot be told just now.
    """

    outcome: str
    score: Decimal | None
    rank: int | None

    @property
    def is_applied(self) -> bool:
        """Whether it counts."""
        return self.outcome == "applied"


@dataclass(frozen=True, slots=True)
class StandingRow:
    """A place in a cohort. `tier_change` is what the place does to his tier, as things stand.

    `rank` is among all, `prize_rank` among those who can win; bots have no account, and win nothing unless the event says so.
    """

    player_id: str
    name: str
    rank: int
    score: int
    subscore: int
    submissions: int
    metadata: dict[str, Any]
    tier_change: int
    prize_rank: int
    is_bot: bool


@dataclass(frozen=True, slots=True)
class TierChange:
    """A player has rolled into a cohort of another tier than that of his cohort before."""

    from_tier: int
    to_tier: int
    cohort_id: str


@dataclass(frozen=True, slots=True)
class Grant:
    """Something that a player was given.

    `source_kind` is event_leaderboard, shared_leaderboard_period or module, `source_id` the event, leaderboard or module.
    """

    id: str
    key: str
    player_id: str
    source_kind: str
    source_id: str
    reward: Reward
    state: Literal["pending", "claimed", "expired", "revoked"]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A JSON value in storage. Give `version` back to `put` to change nothing but what was read."""

    collection: str
    key: str
    owner: str
    value: Any
    version: str
    updated_at: datetime
