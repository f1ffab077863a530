"""What modules keep: many updates of one object at once (M2)."""

import asyncio
from collections import Counter
from typing import Any, cast

import pytest

from server.application.module_objects import NOTHING, ModuleObjects, OtherVersion
from server.domain.instants import BEGINNING
from server.hooks.storage import UPDATES_MAX, ModuleStorage
from server.ports.module_store import ObjectKey, StoredObject


class Objects:
    """Keeps objects with versions, and takes a moment for each step."""

    def __init__(self) -> None:
        self.kept: dict[ObjectKey, StoredObject] = {}
        self.tries: Counter[str] = Counter()

    async def get(self, at: ObjectKey) -> StoredObject | None:
        await asyncio.sleep(0)
        return self.kept.get(at)

    async def put(self, at: ObjectKey, value: str, expected: str | None) -> str:
        await asyncio.sleep(0)
        self.tries[at.key] += 1
        found = self.kept.get(at)
        if expected != (NOTHING if found is None else found.version):
            raise OtherVersion
        self.kept[at] = StoredObject(at, value, f"v{self.tries[at.key]}", BEGINNING)
        return self.kept[at].version


def one_more(value: int) -> int:
    return value + 1


@pytest.fixture
def objects() -> Objects:
    return Objects()


def storage_of(objects: Objects) -> ModuleStorage:
    return ModuleStorage(cast(ModuleObjects, objects))


async def test_m2_updates_of_one_process_are_not_each_others_conflicts(objects: Objects) -> None:
    storage, count = storage_of(objects), UPDATES_MAX * 5
    keys = ["a", "b"] * count
    await asyncio.gather(*(storage.update("mine", key, one_more, default=0) for key in keys))
    assert [found.value for found in [await storage.get("mine", key) for key in "ab"] if found] == [count, count]
    assert objects.tries == {"a": count, "b": count}


async def test_m2_updates_of_several_processes_all_count(objects: Objects) -> None:
    await asyncio.gather(*(storage_of(objects).update("mine", "a", one_more, default=0) for _ in range(UPDATES_MAX)))
    found = await storage_of(objects).get("mine", "a")
    assert found is not None
    assert found.value == UPDATES_MAX


async def test_m2_an_update_that_raises_lets_the_next_one_in(objects: Objects) -> None:
    def fail(_: Any) -> Any:
        raise ValueError("no")

    storage = storage_of(objects)
    with pytest.raises(ValueError, match="no"):
        await storage.update("mine", "a", fail)
    assert await storage.update("mine", "a", one_more, default=0) == 1
