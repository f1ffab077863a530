"""The definitions in force, and the phases that follow from them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime

from server.domain.event_leaderboards.definition import Phase
from server.domain.event_leaderboards.timeline import Timeline
from server.domain.ids import EventId
from server.domain.rewards import Item
from server.domain.values import value
from server.ports.store import Store


@value
class Snapshot:
    """Everything designers configured, as one value: whoever holds it sees no reload (M6).

    `timelines` holds every event that was ever active, removed ones included; `revision` is the store's at which they were
    read.
    """

    timelines: Mapping[EventId, Timeline]
    items: Mapping[str, Item]
    revision: int = 0


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
    async def catch_up(self, store: Store, seen: int) -> None:
        """Read history again, unless somebody has done so since revision `seen`.

        :raises WorldError: if the store cannot be read
        """
