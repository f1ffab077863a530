"""What modules keep: JSON by collection, key and owner, with versions (M2)."""

from __future__ import annotations

from server.ports.clock import Clock
from server.ports.identity import Identities
from server.ports.module_store import ObjectKey, StoredObject
from server.ports.store import Store, Transaction

NOTHING = ""
"""The version of what is not there."""


class OtherVersion(Exception):
    """The object is not the one that was expected."""


class ModuleObjects:
    """Reads and writes objects."""

    def __init__(self, store: Store, clock: Clock, identities: Identities) -> None:
        self._store = store
        self._clock = clock
        self._identities = identities

    async def get(self, at: ObjectKey) -> StoredObject | None:
        """Return an object, or None."""
        return await self._store.read(lambda view: view.stored_object(at))

    async def put(self, at: ObjectKey, value: str, expected: str | None) -> str:
        """Write an object and return its version; `expected` None: whatever is there.

        :raises OtherVersion: if another version is there; nothing is changed
        """
        stored = StoredObject(at, value, self._identities.version(), self._clock.now())

        async def work(tx: Transaction) -> None:
            await _refuse_other(tx, at, expected)
            await tx.put_object(stored)

        await self._store.transact(work)
        return stored.version

    async def remove(self, at: ObjectKey, expected: str | None) -> None:
        """Remove an object.

        :raises OtherVersion: as above
        """

        async def work(tx: Transaction) -> None:
            await _refuse_other(tx, at, expected)
            await tx.remove_object(at)

        await self._store.transact(work)

    async def of_owner(self, collection: str, owner: str, after_key: str, limit: int) -> list[StoredObject]:
        """Return an owner's objects, by key."""
        return await self._store.read(lambda view: view.stored_objects_of(collection, owner, after_key, limit))

    async def of_all(self, collection: str, after: tuple[str, str], limit: int) -> list[StoredObject]:
        """Return everybody's objects, by owner and key."""
        return await self._store.read(lambda view: view.stored_objects_in(collection, after, limit))


async def _refuse_other(tx: Transaction, at: ObjectKey, expected: str | None) -> None:
    """Refuse to touch another version. Read where any will do, too: reading keeps others, who expect one, from writing."""
    found = await tx.stored_object(at)
    if expected is not None and expected != (NOTHING if found is None else found.version):
        raise OtherVersion
