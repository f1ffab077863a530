"""A store beside which other processes write history: work that finds the catalogue behind catches up and runs again.

`CatalogBehind` may be raised by any work, deep inside a decision. What it did is rolled back, the catalogue reads what is
new, and the work decides anew. A call therefore never sees more of this than a little time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from server.ports.catalog import Catalog
from server.ports.errors import CatalogBehind, StoreConflict
from server.ports.store import Reading, Store, T, Transaction

V = TypeVar("V", bound=Reading)

ATTEMPTS = 5
"""Every attempt but the first follows on somebody else's change of history, and these are rare."""


class StoreInStep(Store):
    """Another store, and a catalogue that catches up with it."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog
        self.capabilities = store.capabilities

    @property
    def waiting(self) -> int:
        return self._store.waiting

    async def transact(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        return await self._in_step(self._store.transact, work)

    async def read(self, work: Callable[[Reading], Awaitable[T]]) -> T:
        return await self._in_step(self._store.read, work)

    async def installation_secret(self) -> bytes:
        return await self._store.installation_secret()

    async def close(self) -> None:
        await self._store.close()

    async def _in_step(
        self, run: Callable[[Callable[[V], Awaitable[T]]], Awaitable[T]], work: Callable[[V], Awaitable[T]]
    ) -> T:
        for _ in range(ATTEMPTS):
            seen = self._catalog.current().revision
            try:
                return await run(work)
            except CatalogBehind as behind:
                last = behind
                await self._catalog.catch_up(self._store, seen)
        raise StoreConflict(f"history kept changing: {last}") from last
