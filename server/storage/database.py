"""A database before it is a store: where it is, whether its schema is up to date, bringing it there, opening it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from server.application.gathering import IMPATIENT, Patience
from server.ports.store import Store
from server.storage.copying import (
    BATCH_ROWS,
    Comparison,
    CopyRefused,
    OnProgress,
    Source,
    Table,
    Target,
    copy_tables,
)
from server.storage.migrations import Applied, Migration
from server.storage.postgres import connection as postgres_connection
from server.storage.postgres import migrator as postgres_migrator
from server.storage.postgres.store import CONNECTIONS, STATEMENTS_CACHED, PostgresStore
from server.storage.postgres.tables import PostgresTables, place_of
from server.storage.sqlite import connection as sqlite_connection
from server.storage.sqlite import migrator as sqlite_migrator
from server.storage.sqlite.store import SqliteStore
from server.storage.sqlite.tables import SqliteTables, schema_tables

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
    async def open(self, on_commit: Callable[[int], None] = lambda _: None, patience: Patience = IMPATIENT) -> Store:
        """Open the store. Where transactions commit in batches, `on_commit` is told the size of each.

        `patience` is that of the door.
        """

    @abstractmethod
    async def place(self) -> str:
        """Return what tells this database from any other, however it is spelled."""

    @abstractmethod
    def as_source(self, tables: Sequence[Table]) -> AbstractAsyncContextManager[Source]:
        """Open it to be copied from, or raise CopyRefused."""

    @abstractmethod
    def as_target(self) -> AbstractAsyncContextManager[Target]:
        """Open it to be copied to, or raise CopyRefused."""


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

    async def open(self, on_commit: Callable[[int], None] = lambda _: None, patience: Patience = IMPATIENT) -> Store:
        return await SqliteStore.open(self._path, on_commit, patience=patience)

    async def place(self) -> str:
        path = Path(self._path)
        if not path.exists():  # noqa: ASYNC240 - nothing else runs yet
            return str(path.resolve())  # noqa: ASYNC240
        found = path.stat()  # noqa: ASYNC240
        return f"file {found.st_dev}:{found.st_ino}"

    @asynccontextmanager
    async def as_source(self, tables: Sequence[Table]) -> AsyncIterator[Source]:
        self._refuse_ephemeral()
        with SqliteTables.as_source(Path(self._path)) as source:
            yield source

    @asynccontextmanager
    async def as_target(self) -> AsyncIterator[Target]:
        self._refuse_ephemeral()
        with SqliteTables.as_target(Path(self._path)) as target:
            yield target

    def _refuse_ephemeral(self) -> None:
        if self._is_ephemeral:
            raise CopyRefused("a store that keeps nothing can be copied neither from nor to")

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

    async def open(self, on_commit: Callable[[int], None] = lambda _: None, patience: Patience = IMPATIENT) -> Store:
        return await PostgresStore.open(self._url, self._connections, self._statements_cached)

    async def place(self) -> str:
        return await place_of(self._url)

    def as_source(self, tables: Sequence[Table]) -> AbstractAsyncContextManager[Source]:
        return PostgresTables.as_source(self._url, tables)

    def as_target(self) -> AbstractAsyncContextManager[Target]:
        return PostgresTables.as_target(self._url)


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


async def copy_database(
    source: Database, target: Database, *, batch_rows: int = BATCH_ROWS, on_progress: OnProgress = lambda *_: None
) -> list[Comparison]:
    """Copy one database into another that is empty, or go on with a copy that was not finished; return how they compare.

    :raises CopyRefused: if source or target cannot be one
    :raises StoreUnavailable: if either cannot be opened, is in use, or fails
    """
    tables = schema_tables()
    if await source.place() == await target.place():
        raise CopyRefused("source and target are the same database")
    async with source.as_source(tables) as given, target.as_target() as taken:
        return await copy_tables(given, taken, tables, batch_rows, on_progress)
