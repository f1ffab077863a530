"""What modules keep, as they see it (M2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakValueDictionary

from server.application.module_objects import NOTHING, ModuleObjects, OtherVersion
from server.domain.ids import ID_MAX, is_identifier
from server.hooks import answers, api, shown
from server.ports.module_store import ObjectKey

VALUE_MAX = 64 * 1024
LIST_MAX = 1000
UPDATES_MAX = 20
"""So often an update is tried while others keep writing."""


class ModuleStorage:
    """Answers `ctx.storage`."""

    def __init__(self, objects: ModuleObjects) -> None:
        self._objects = objects
        self._updating: WeakValueDictionary[ObjectKey, asyncio.Lock] = WeakValueDictionary()

    async def get(self, collection: str, key: str, owner: str = "") -> api.StoredObject | None:
        """Return an object, or None."""
        found = await self._objects.get(_at(collection, owner, key))
        return None if found is None else shown.stored_object(found)

    async def put(self, collection: str, key: str, value: Any, owner: str = "", version: str | None = None) -> str:
        """Write an object and return its version."""
        text = answers.json_text(value, "a value", VALUE_MAX)
        try:
            return await self._objects.put(_at(collection, owner, key), text, version)
        except OtherVersion as other:
            raise _conflict(collection, owner, key) from other

    async def update(
        self, collection: str, key: str, change: Callable[[Any], Any], owner: str = "", default: Any = None
    ) -> Any:
        """Write what `change` makes of the value, again and again until nobody wrote in between.

        Updates of one object by this process wait for one another, so that many at once are not each other's conflicts.
        """
        lock = self._updating.setdefault(_at(collection, owner, key), asyncio.Lock())
        async with lock:
            for _ in range(UPDATES_MAX):
                found = await self.get(collection, key, owner)
                value = change(default if found is None else found.value)
                try:
                    await self.put(collection, key, value, owner, NOTHING if found is None else found.version)
                except api.VersionConflict:
                    continue
                return value
        raise _conflict(collection, owner, key)

    async def delete(self, collection: str, key: str, owner: str = "", version: str | None = None) -> None:
        """Remove an object, if it is there."""
        try:
            await self._objects.remove(_at(collection, owner, key), version)
        except OtherVersion as other:
            raise _conflict(collection, owner, key) from other

    async def list(
        self, collection: str, owner: str | None = None, after: api.StoredObject | None = None, limit: int = 100
    ) -> Sequence[api.StoredObject]:
        """Return objects of a collection, by owner and key."""
        wanted = max(1, min(limit, LIST_MAX))
        if owner is not None:
            found = await self._objects.of_owner(collection, owner, "" if after is None else after.key, wanted)
        else:
            behind = ("", "") if after is None else (after.owner, after.key)
            found = await self._objects.of_all(collection, behind, wanted)
        return [shown.stored_object(one) for one in found]


def _at(collection: str, owner: str, key: str) -> ObjectKey:
    for what, name in (("collection", collection), ("key", key), ("owner", owner or "nobody")):
        if not (isinstance(name, str) and is_identifier(name)):
            raise ValueError(f"{what} {name!r} cannot name an object: 1 to {ID_MAX} characters that can be seen")
    return ObjectKey(collection, owner, key)


def _conflict(collection: str, owner: str, key: str) -> api.VersionConflict:
    return api.VersionConflict(f"{collection}/{owner}/{key} was changed by somebody else; read it again")
