"""The definitions in force, and the phases that follow from them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from server.domain.event_leaderboards.definition import Phase
from server.domain.event_leaderboards.timeline import Timeline
from server.domain.ids import DefinitionHash, EventId, LeaderboardKey
from server.domain.leaderboards.calendar import Calendar
from server.domain.leaderboards.definition import Leaderboard, in_force
from server.domain.leaderboards.periods import Period
from server.domain.rewards import Item
from server.domain.scoring import Routes
from server.domain.values import value
from server.ports.store import Store


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """A leaderboard as it is defined now, and its periods. One gone from the files is its last self, archived (B3)."""

    present: Leaderboard
    calendar: Calendar

    def in_force(self, period: Period) -> Leaderboard:
        """Return what holds in a period now: what it pinned, but for what an edit changes at once (B3)."""
        return in_force(period.definition, self.present)


NO_BOARDS = Routes[LeaderboardKey]({}, ())
NO_EVENTS = Routes[EventId]({}, ())


@value
class Snapshot:
    """Everything designers configured, as one value: whoever holds it sees no reload (M6).

    `timelines` holds every event that was ever active, removed ones included, `boards` every leaderboard; `revision` is the
    store's at which they were read. `board_routes` and `event_routes` tell which boards and events a game event may touch
    (B33): those that are neither archived nor gone.
    """

    timelines: Mapping[EventId, Timeline]
    items: Mapping[str, Item]
    revision: int = 0
    boards: Mapping[LeaderboardKey, Board] = field(default_factory=dict)
    board_routes: Routes[LeaderboardKey] = NO_BOARDS
    event_routes: Routes[EventId] = NO_EVENTS
    has_event_bots: bool = False
    """Whether any event has bots, or had them in a phase that is written down: without, nobody looks further."""


class Catalog(ABC):
    """Keeps the snapshot in force."""

    @abstractmethod
    def current(self) -> Snapshot:
        """Return the snapshot in force."""

    @abstractmethod
    def timeline_of(self, event_id: EventId) -> Timeline:
        """Return an event's history.

        :raises EventNotFound: if there never was such an event
        """

    @abstractmethod
    def phase_at(self, event_id: EventId, moment: datetime) -> Phase | None:
        """Return the event's phase at a moment; the present one is remembered, so asking costs next to nothing."""

    @abstractmethod
    def phase_starting(self, event_id: EventId, start: datetime) -> Phase:
        """Return the phase that a cohort belongs to, by its key. It is one that was pinned.

        :raises CatalogBehind: if another process has pinned it
        """

    @abstractmethod
    def is_pinned(self, event_id: EventId, phase: Phase) -> bool:
        """Tell whether the phase is known to be written down."""

    @abstractmethod
    def pin(self, event_id: EventId, phase: Phase) -> None:
        """Remember that a phase has been written down."""

    @abstractmethod
    def board_of(self, key: LeaderboardKey) -> Board:
        """Return a leaderboard.

        :raises LeaderboardNotFound: if there never was one of that key
        """

    @abstractmethod
    def period_at(self, key: LeaderboardKey, moment: datetime) -> Period | None:
        """Return the board's period at a moment; the present one is remembered, so asking costs next to nothing."""

    @abstractmethod
    def window_key_of(self, key: LeaderboardKey, period: Period) -> str:
        """Return the unique name of a period (B11); that of the present one is remembered."""

    @abstractmethod
    def is_period_pinned(self, key: LeaderboardKey, period: Period) -> bool:
        """Tell whether the period is known to be written down."""

    @abstractmethod
    def pin_period(self, key: LeaderboardKey, period: Period) -> None:
        """Remember that a period has been written down."""

    @abstractmethod
    def board_defined_as(self, key: LeaderboardKey, definition_hash: DefinitionHash) -> Leaderboard:
        """Return a definition that the board has or had: what a stored period pinned.

        :raises CatalogBehind: if another process has activated it
        """

    @abstractmethod
    async def catch_up(self, store: Store, seen: int) -> None:
        """Read history again, unless somebody has done so since revision `seen`.

        :raises WorldError: if the store cannot be read
        """
