"""What the store keeps of how leaderboards came about: the log of contributions, and what games reported (B42)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from server.domain.leaderboards.entry import PeriodId
from server.domain.values import value
from server.ports.board_store import EntryKey


class Source(Enum):
    """Which of the three ways a contribution came in (B20)."""

    DIRECT = "direct"
    EVENT_LEADERBOARD = "event_leaderboard"
    GAME_EVENT = "game_event"
    OPERATOR = "operator"
    """Not a contribution: an entry was changed by hand or by a rescore, and indexes must look at it again."""


@value
class LoggedContribution:
    """A contribution as it arrived, applied or not, so that a board can be computed again (B42).

    `number` counts all of the log; 0 before it is written. `points` is a decimal as text, empty where points are not looked
    at or could not be computed. `claim` is the segment claim as JSON. `outcome` is the word of B2. Of game events only what
    was applied is logged: the rest follows from the game event itself, which is kept whole.
    """

    entry: EntryKey
    segment: str
    source: Source
    contribution_id: str
    at: datetime
    arrived_at: datetime
    points: str
    claim: str
    outcome: str
    metadata: str | None = None
    number: int = 0


class GameEventKey(NamedTuple):
    """Which server key reported it, and under which event_id."""

    server_key: str
    event_id: str


@value
class StoredGameEvent:
    """A game event, whole: `content` is its JSON. `at` is its time as judged, `arrived_at` game time."""

    key: GameEventKey
    at: datetime
    arrived_at: datetime
    content: str


class ContributionReading(ABC):
    """What can be seen of it."""

    @abstractmethod
    async def game_events(self, keys: Sequence[GameEventKey]) -> list[StoredGameEvent | None]:
        """Return game events that were reported before, in the order asked."""

    @abstractmethod
    async def game_events_between(
        self, start: datetime, end: datetime, after: tuple[datetime, GameEventKey] | None, limit: int
    ) -> list[StoredGameEvent]:
        """Return game events whose time lies in [start, end), by time and key."""

    @abstractmethod
    async def contributions_to(self, period: PeriodId, after_number: int, limit: int) -> list[LoggedContribution]:
        """Return the log of a period, from behind a number."""

    @abstractmethod
    async def contributions_after(self, number: int, limit: int) -> list[LoggedContribution]:
        """Return the log of all boards, from behind a number: which entries have changed."""

    @abstractmethod
    async def last_contribution(self) -> int:
        """Return the greatest number of the log, or 0."""

    @abstractmethod
    async def log_begins_at(self) -> datetime:
        """Return the moment since which nothing of the log has been dropped: it is whole from there on."""


class ContributionWriting(ContributionReading):
    """What can be changed of it."""

    @abstractmethod
    async def log_contributions(self, contributions: Sequence[LoggedContribution]) -> None:
        """Add to the log, in order."""

    @abstractmethod
    async def add_game_events(self, events: Sequence[StoredGameEvent]) -> None:
        """Keep game events that were not known when this transaction asked; one that was added meanwhile conflicts."""

    @abstractmethod
    async def forget_game_events(self, arrived_before: datetime, limit: int) -> int:
        """Drop game events that arrived before a moment, at most `limit`; return how many there were."""

    @abstractmethod
    async def forget_contributions(self, arrived_before: datetime, limit: int) -> int:
        """Drop log rows that arrived before a moment, at most `limit`; return how many. `log_begins_at` follows."""
