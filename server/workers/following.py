"""Keeping in memory what other processes change in the store: history, the moved clock, and that one of them reloaded."""

from __future__ import annotations

import asyncio

import structlog

from server.ports.catalog import Catalog
from server.ports.clock import MovableClock
from server.ports.errors import WorldError
from server.ports.operations import Operations
from server.ports.store import Store
from server.workers.pausing import pause

log = structlog.get_logger(__name__)


class Follower:
    """Asks the store now and then whether it says more than this process knows.

    Nothing that is written depends on how soon: what is decided by old knowledge is found out by its transaction
    (`CatalogBehind`), a cohort carries its own time stamps, and the clock only moves forward.
    """

    def __init__(
        self, store: Store, catalog: Catalog, clock: MovableClock, operations: Operations, period_seconds: float
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._operations = operations
        self._period = period_seconds
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop`."""
        while not self._stopping.is_set():
            try:
                await self.look()
            except WorldError as error:
                log.warning("following_failed", error=str(error))
            except Exception:  # a bug must not end following for good
                log.exception("following_failed")
            await pause(self._period, self._stopping)

    def stop(self) -> None:
        """Begin nothing new."""
        self._stopping.set()

    async def look(self) -> None:
        """Look once, and catch up."""
        bulletin = await self._store.read(lambda view: view.bulletin())
        if bulletin.clock_offset > self._clock.offset:
            self._clock.move_to_offset(bulletin.clock_offset)
        seen = self._catalog.current().revision
        if bulletin.catalog_revision != seen:
            await self._catalog.catch_up(self._store, seen)
        await self._operations.follow(bulletin.reloads)
