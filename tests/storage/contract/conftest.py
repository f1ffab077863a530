"""The stores that must pass the contract. An adapter joins by one more entry in STORES."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from server.ports.store import Capability, Store
from server.storage.postgres.store import PostgresStore
from server.storage.sqlite.connection import connect
from server.storage.sqlite.migrator import migrate
from server.storage.sqlite.store import SqliteStore
from tests.missing import not_here
from tests.postgres import NEWEST, OLDEST, Databases, installations

Opener = Callable[[], Awaitable[Store]]
"""Opens the store; again, after a close, finds what was kept."""


def _migrated(folder: Path) -> str:
    file = folder / "laurel.db"
    connection = connect(file)
    migrate(connection)
    connection.close()
    return str(file)


async def sqlite_opener(folder: Path, _: Databases) -> Opener:
    file = _migrated(folder)
    return lambda: SqliteStore.open(file)


async def forgetful_sqlite_opener(folder: Path, _: Databases) -> Opener:
    """A store that remembers next to nothing, so that everything is read again and again."""
    file = _migrated(folder)
    return lambda: SqliteStore.open(file, remembered=1)


async def oldest_postgres_opener(_: Path, databases: Databases) -> Opener:
    return await _postgres_opener(OLDEST, databases)


async def newest_postgres_opener(_: Path, databases: Databases) -> Opener:
    return await _postgres_opener(NEWEST, databases)


async def _postgres_opener(version: int, databases: Databases) -> Opener:
    """As behind a pooler on the newest version: no statement outlives its transaction."""
    if version not in installations():
        not_here(f"PostgreSQL {version} is not installed")
    url = await databases.fresh(version)
    return lambda: PostgresStore.open(url, statements_cached=0 if version == NEWEST else 100)


STORES = {
    "sqlite": (SqliteStore.capabilities, sqlite_opener),
    "forgetful-sqlite": (SqliteStore.capabilities, forgetful_sqlite_opener),
    f"postgres-{OLDEST}": (PostgresStore.capabilities, oldest_postgres_opener),
    f"postgres-{NEWEST}": (PostgresStore.capabilities, newest_postgres_opener),
}


@pytest.fixture(params=STORES)
async def opener(request: pytest.FixtureRequest, tmp_path: Path, databases: Databases) -> Opener:
    capabilities, make = STORES[request.param]
    for mark in request.node.iter_markers("needs"):
        needed: Capability = mark.args[0]
        if needed not in capabilities:
            pytest.skip(f"{request.param} has no {needed.name}: {SqliteStore.__doc__}")
    return await make(tmp_path, databases)


@pytest.fixture
async def store(opener: Opener) -> AsyncIterator[Store]:
    opened = await opener()
    yield opened
    await opened.close()
