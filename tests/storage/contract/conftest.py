"""The stores that must pass the contract. An adapter joins by one more entry in STORES."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from server.ports.store import Capability, Store
from server.storage.sqlite.connection import connect
from server.storage.sqlite.migrator import migrate
from server.storage.sqlite.store import SqliteStore

Opener = Callable[[], Awaitable[Store]]
"""Opens the store; again, after a close, finds what was kept."""


def _migrated(folder: Path) -> str:
    file = folder / "laurel.db"
    connection = connect(file)
    migrate(connection)
    connection.close()
    return str(file)


async def sqlite_opener(folder: Path) -> Opener:
    file = _migrated(folder)
    return lambda: SqliteStore.open(file)


async def forgetful_sqlite_opener(folder: Path) -> Opener:
    """A store that remembers next to nothing, so that everything is read again and again."""
    file = _migrated(folder)
    return lambda: SqliteStore.open(file, remembered=1)


STORES = {
    "sqlite": (SqliteStore.capabilities, sqlite_opener),
    "forgetful-sqlite": (SqliteStore.capabilities, forgetful_sqlite_opener),
}


@pytest.fixture(params=STORES)
async def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    capabilities, make = STORES[request.param]
    for mark in request.node.iter_markers("needs"):
        needed: Capability = mark.args[0]
        if needed not in capabilities:
            pytest.skip(f"{request.param} has no {needed.name}: {SqliteStore.__doc__}")
    return await make(tmp_path)


@pytest.fixture
async def store(opener: Opener) -> AsyncIterator[Store]:
    opened = await opener()
    yield opened
    await opened.close()
