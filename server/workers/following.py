"""Keeping in memory what other processes change in the store: history, the moved clock, and that one of them reloaded."""

from __future__ import annotations

from server.ports.catalog import Catalog
from server.ports.clock import MovableClock
from server.ports.operations import Operations
from server.ports.store import Store


class Follower:
    """Asks the store now and then whether it says more than this process knows.

    Nothing that is written depends on how soon: what is decided by old knowledge is found out by its transaction
    (`CatalogBehind`), a cohort carries its own time stamps, and the clock only moves forward.
    """

    def __init__(self, store: Store, catalog: Catalog, clock: MovableClock, operations: Operations) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._operations = operations

    async def __call__(self) -> int:
        """Look once, and catch up; there is never more to do at once."""
        bulletin = await self._store.read(lambda view: view.bulletin())
        if bulletin.clock_offset > self._clock.offset:
            self._clock.move_to_offset(bulletin.clock_offset)
        seen = self._catalog.current().revision
        if bulletin.catalog_revision != seen:
            await self._catalog.catch_up(self._store, seen)
        await self._operations.follow(bulletin.reloads)
        return 0
