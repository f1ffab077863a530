"""What can go wrong with the world, in the application's words. Adapters translate; no driver's error comes further."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from server.domain.ids import CohortId


class WorldError(Exception):
    """Something outside the rules failed. Its text is for logs, never for players."""


class StoreConflict(WorldError):
    """Other writers kept changing the same rows; the call may be tried again."""


class StoreUnavailable(WorldError):
    """The database cannot be reached, or refused to write."""


class StoreOverloaded(WorldError):
    """More work is waiting than the store's queue may hold; the call was not begun."""


class CatalogBehind(WorldError):
    """The store knows a phase or a definition that this process does not, or not any more as it is."""


class RanksUnavailable(WorldError):
    """The order of a board cannot be asked just now: it is being read, or what keeps it is out of reach. It heals itself."""


class HookFailed(WorldError):
    """A module raised, or took too long, in a hook that fails the call (M4). `incident` stands in the log."""

    def __init__(self, hook: str, module: str, incident: str) -> None:
        super().__init__(f"hook {hook} of module {module} failed, incident {incident}")
        self.hook = hook
        self.module = module
        self.incident = incident


class BotsBehind(WorldError):
    """Bots of cohorts stand where they stood before, and somebody is to see or to decide by where they stand at `now`."""

    def __init__(self, cohort_ids: Sequence[CohortId], now: datetime) -> None:
        super().__init__(f"bots are behind in {', '.join(cohort_ids)}")
        self.cohort_ids = cohort_ids
        self.now = now
