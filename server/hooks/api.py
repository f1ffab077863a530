"""What a module sees: plain values of its own, which it may keep and change without touching anything of the server.

`server.modules_api` is where modules import these from; their names and fields are a promise of compatibility.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from server.domain.errors import Refusal

__all__ = [
    "Candidate",
    "Context",
    "Event",
    "EventLeaderboards",
    "JoinCohort",
    "NewCohort",
    "PastCohort",
    "Player",
    "Refusal",
    "Reward",
    "SharedCohort",
    "Standing",
]


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


class Log(Protocol):
    """A logger bound to module and hook. Keywords become fields of the line."""

    def debug(self, event: str, **fields: Any) -> None:
        """Log what only developers want to see."""

    def info(self, event: str, **fields: Any) -> None:
        """Log what happened."""

    def warning(self, event: str, **fields: Any) -> None:
        """Log what somebody should look at."""

    def error(self, event: str, **fields: Any) -> None:
        """Log what went wrong."""


class EventLeaderboards(Protocol):
    """The server's knowledge of events, as far as modules may ask."""

    async def past_cohorts(self, player_id: str, event_id: str, limit: int = 10) -> Sequence[PastCohort]:
        """Return the cohorts that the player has finished, the latest first, at most 100."""

    async def open_cohorts(
        self, event_id: str, player_id: str, tier: int, where: Mapping[str, Any] | None = None, limit: int = 100
    ) -> Sequence[Candidate]:
        """Return open cohorts of the running phase that the player was never in, reserved ones included.

        `where` gives properties that a cohort must have, with these values. At most 1,000 cohorts are looked at.
        """


class Context(Protocol):
    """What a hook may use."""

    @property
    def log(self) -> Log:
        """A logger bound to module and hook."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """The module's own section of the settings: `[modules.<name>]`."""

    @property
    def event_leaderboards(self) -> EventLeaderboards:
        """The server's knowledge of events."""

    def now(self) -> datetime:
        """Return the game time."""
