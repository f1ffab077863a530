"""A database before it is a store: where it is, whether its schema is up to date, bringing it there, opening it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from server.ports.store import Store
from server.storage.migrations import Applied, Migration
from server.storage.postgres import connection as postgres_connection
from server.storage.postgres import migrator as postgres_migrator
from server.storage.postgres.store import CONNECTIONS, STATEMENTS_CACHED, PostgresStore
from server.storage.sqlite import connection as sqlite_connection
from server.storage.sqlite import migrator as sqlite_migrator
from server.storage.sqlite.store import SqliteStore

POSTGRES_SCHEMES = ("postgresql://", "postgres://")
SQLITE_SCHEME = "sqlite:"


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """Which migrations a database has, and which it still needs."""

    applied: Sequence[Applied]
    pending: Sequence[Migration]


class Database(ABC):
    """Where a store is kept. Everything here may raise StoreUnavailable, or MigrationsDiffer for another version's."""

    serves_many_processes = False

    @abstractmethod
    async def status(self) -> SchemaStatus:
        """Return how far the schema is."""

    @abstractmethod
    async def migrate(self) -> Sequence[Migration]:
        """Apply what is pending and return it."""

    @abstractmethod
    async def open(self, on_commit: Callable[[int], None] = lambda _: None) -> Store:
        """Open the store. `on_commit` is told the size of each batch, where transactions commit in batches."""


class SqliteDatabase(Database):
    """A file, or `:memory:`."""

    def __init__(self, path: str) -> None:
        self._path = path

    async def status(self) -> SchemaStatus:
        if self._is_ephemeral or not Path(self._path).exists():  # noqa: ASYNC240 - nothing else runs yet
            return SchemaStatus((), sqlite_migrator.known_migrations())
        connection = sqlite_connection.connect(Path(self._path))
        try:
            applied = sqlite_migrator.applied_migrations(connection)
            return SchemaStatus(applied, sqlite_migrator.pending_migrations(connection))
        finally:
            connection.close()

    async def migrate(self) -> Sequence[Migration]:
        if self._is_ephemeral:  # is migrated when it is opened
            return ()
        path = Path(self._path)
        lock = sqlite_connection.FileLock(path)
        try:
            connection = sqlite_connection.connect(path)
            try:
                return sqlite_migrator.migrate(connection)
            finally:
                connection.close()
        finally:
            lock.release()

    async def open(self, on_commit: Callable[[int], None] = lambda _: None) -> Store:
        return await SqliteStore.open(self._path, on_commit)

    @property
    def _is_ephemeral(self) -> bool:
        return self._path == sqlite_connection.EPHEMERAL


class PostgresDatabase(Database):
    """A database of a PostgreSQL server."""

    serves_many_processes = True

    def __init__(self, url: str, connections: int, statements_cached: int) -> None:
        self._url = url
        self._connections = connections
        self._statements_cached = statements_cached

    async def status(self) -> SchemaStatus:
        connection = await postgres_connection.connect(self._url)
        try:
            applied = await postgres_migrator.applied_migrations(connection)
            return SchemaStatus(applied, await postgres_migrator.pending_migrations(connection))
        finally:
            await connection.close()

    async def migrate(self) -> Sequence[Migration]:
        connection = await postgres_connection.connect(self._url)
        try:
            return await postgres_migrator.migrate(connection)
        finally:
            await connection.close()

    async def open(self, on_commit: Callable[[int], None] = lambda _: None) -> Store:
        return await PostgresStore.open(self._url, self._connections, self._statements_cached)


def database_at(url: str, connections: int = CONNECTIONS, statements_cached: int = STATEMENTS_CACHED) -> Database:
    """Return the database that a URL names. The numbers are PostgreSQL's: per process, and 0 behind a pooler.

    :raises ValueError: if it names none
    """
    if url.startswith(POSTGRES_SCHEMES):
        return PostgresDatabase(url, connections, statements_cached)
    if url.startswith(SQLITE_SCHEME) and len(url) > len(SQLITE_SCHEME):
        return SqliteDatabase(url.removeprefix(SQLITE_SCHEME))
    raise ValueError("a store is written as sqlite:PATH or postgresql://USER:PASSWORD@HOST:PORT/DATABASE")


async def prepare(database: Database, *, applies: bool) -> Sequence[Migration]:
    """Bring an empty database to the present schema, and an old one where `applies` allows it; return what was applied.

    In an empty one is nothing that a migration could harm; on data of a production server an operator decides when.
    """
    status = await database.status()
    return await database.migrate() if status.pending and (applies or not status.applied) else ()
