"""A file as plain tables, to be copied from or to."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from server.ports.errors import StoreUnavailable
from server.storage.copying import CopyRefused, Row, Table, Target, refuse_unready
from server.storage.sql_transaction import SECRET
from server.storage.sqlite.connection import EPHEMERAL, FileLock, connect, connect_beside
from server.storage.sqlite.migrator import applied_migrations, migrate, pending_migrations

_MARK = "unfinished_copy"
_TABLES = (
    "select name from sqlite_master where type = 'table' and name not in ('migration', 'unfinished_copy', 'sqlite_sequence')"
    " order by name"
)


def schema_tables() -> list[Table]:
    """Return the tables of this version's schema, which are alike in every database: made here, and looked at."""
    with closing(sqlite3.connect(EPHEMERAL, isolation_level=None)) as connection:
        migrate(connection)
        return [_table(connection, name) for (name,) in connection.execute(_TABLES).fetchall()]


def _table(connection: sqlite3.Connection, name: str) -> Table:
    columns = connection.execute("select name, type, pk from pragma_table_info(?) order by cid", (name,)).fetchall()
    key = sorted((place, column) for column, _, place in columns if place)
    return Table(
        name,
        tuple(column for column, _, _ in columns),
        tuple(column for _, column in key),
        frozenset(column for column, kind, _ in columns if kind == "TEXT"),
    )


def is_unfinished_copy(connection: sqlite3.Connection) -> bool:
    """Tell whether a copy into this file was begun and not finished."""
    return connection.execute("select 1 from sqlite_master where name = ?", (_MARK,)).fetchone() is not None


class SqliteTables(Target):
    """A file that no server has open, as its lock says."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    @classmethod
    @contextmanager
    def as_source(cls, path: Path) -> Iterator[SqliteTables]:
        """Open a file to be copied from; not a byte of it is changed.

        :raises StoreUnavailable: if it does not exist, cannot be opened, or is in use
        :raises CopyRefused: if it holds no whole database of this version
        """
        with closing(connect_beside(path)) as connection, _locked(path):
            refuse_unready(
                f"the source {path}",
                applied=bool(applied_migrations(connection)),
                pending=bool(pending_migrations(connection)),
                unfinished=is_unfinished_copy(connection),
            )
            yield cls(path, connection)

    @classmethod
    @contextmanager
    def as_target(cls, path: Path) -> Iterator[SqliteTables]:
        """Open a file to be copied to, making it and its schema where there is nothing.

        :raises StoreUnavailable: if it cannot be opened, or is in use
        :raises CopyRefused: if it holds something else
        """
        if path.exists():
            _refuse_foreign(path)
        with _locked(path), closing(connect(path)) as connection:
            if not applied_migrations(connection):
                migrate(connection)
            refuse_unready(f"the target {path}", applied=True, pending=bool(pending_migrations(connection)))
            yield cls(path, connection)

    async def secret(self) -> bytes | None:
        found = self._all("select value from installation where name = ?", (SECRET,))
        return found[0][0] if found else None

    async def count(self, table: Table) -> int:
        return int(self._all(f"select count(*) from {table.name}")[0][0])  # noqa: S608 - a table of the schema

    async def batches(self, table: Table, after: Row | None, size: int) -> AsyncGenerator[Sequence[Row], None]:
        key, places = ", ".join(table.key), ", ".join("?" for _ in table.key)
        behind = "" if after is None else f"where ({key}) > ({places})"
        with self._explained():
            cursor = self._connection.execute(
                f"select {', '.join(table.columns)} from {table.name} {behind} order by {key}",  # noqa: S608
                after or (),
            )
            while rows := cursor.fetchmany(size):
                yield rows

    async def unfinished(self) -> str | None:
        if not is_unfinished_copy(self._connection):
            return None
        return str(self._all(f"select origin from {_MARK}")[0][0])  # noqa: S608

    async def begin(self, origin: str) -> None:
        with self._transaction():
            self._connection.execute(f"create table {_MARK} (origin text not null) strict")
            self._connection.execute(f"insert into {_MARK} values (?)", (origin,))  # noqa: S608

    async def last_key(self, table: Table) -> Row | None:
        downward = ", ".join(f"{name} desc" for name in table.key)
        found = self._all(f"select {', '.join(table.key)} from {table.name} order by {downward} limit 1")  # noqa: S608
        return found[0] if found else None

    async def add(self, table: Table, rows: Sequence[Row]) -> None:
        names, places = ", ".join(table.columns), ", ".join("?" for _ in table.columns)
        with self._transaction():
            self._connection.executemany(f"insert into {table.name} ({names}) values ({places})", rows)  # noqa: S608

    async def finish(self, tables: Sequence[Table]) -> None:
        with self._transaction():
            self._connection.execute(f"drop table {_MARK}")

    def _all(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        with self._explained():
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._explained():
            self._connection.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreUnavailable(f"{self._path} failed: {error}") from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = FileLock(path)
    try:
        yield
    finally:
        lock.release()


def _refuse_foreign(path: Path) -> None:
    """Refuse a file that is another program's before anything in it is touched."""
    with closing(connect_beside(path)) as connection:
        if not applied_migrations(connection) and connection.execute(_TABLES).fetchone():
            raise CopyRefused(f"the target {path} holds tables that are not Laurel's; name a new database")
