"""A database of PostgreSQL as plain tables, to be copied from or to."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from server.ports.errors import StoreUnavailable
from server.storage.copying import CopyRefused, Row, Table, Target, refuse_unready
from server.storage.postgres.connection import APPLICATION, UNREACHABLE, connect
from server.storage.postgres.migrator import applied_migrations, migrate, pending_migrations
from server.storage.sql_transaction import SECRET

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

_MARK = "unfinished_copy"
_TURN = "select pg_try_advisory_lock(hashtextextended('laurel copy', 0))"
_PATIENCE = "5s"
"""How long writers of the source may take to end."""


async def is_unfinished_copy(connection: Connection) -> bool:
    """Tell whether a copy into this database was begun and not finished."""
    return await connection.fetchval("select to_regclass($1)", _MARK) is not None


async def place_of(url: str) -> str:
    """Return what tells this database from any other, by whatever name its server is called."""
    connection = await connect(url)
    try:
        found = await connection.fetchrow(
            "select oid, pg_postmaster_start_time() from pg_database where datname = current_database()"
        )
        return f"database {found}"
    finally:
        await connection.close()


class PostgresTables(Target):
    """A database on one connection, which keeps others away by what it has locked."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    @asynccontextmanager
    async def as_source(cls, url: str, tables: Sequence[Table]) -> AsyncIterator[PostgresTables]:
        """Open a database to be copied from. Until it is closed, whoever wants to write to it waits.

        :raises StoreUnavailable: if it cannot be reached
        :raises CopyRefused: if it is being served or written to, or holds no whole database of this version
        """
        connection = await connect(url)
        try:
            async with _explained(), connection.transaction():
                refuse_unready(
                    "the source",
                    applied=bool(await applied_migrations(connection)),
                    pending=bool(await pending_migrations(connection)),
                    unfinished=await is_unfinished_copy(connection),
                )
                await _refuse_served(connection)
                await _lock(connection, tables)
                yield cls(connection)
        finally:
            await connection.close()

    @classmethod
    @asynccontextmanager
    async def as_target(cls, url: str) -> AsyncIterator[PostgresTables]:
        """Open a database to be copied to, making its schema where there is none.

        :raises StoreUnavailable: if it cannot be reached
        :raises CopyRefused: if another copy is under way
        """
        connection = await connect(url)
        try:
            async with _explained():
                if not await connection.fetchval(_TURN):
                    raise CopyRefused("another copy into the target is under way")
                if not await applied_migrations(connection):
                    await migrate(connection)
                refuse_unready("the target", applied=True, pending=bool(await pending_migrations(connection)))
            yield cls(connection)
        finally:
            await connection.close()

    async def secret(self) -> bytes | None:
        async with _explained():
            found: bytes | None = await self._connection.fetchval(
                "select value from installation where name = $1", SECRET
            )
            return found

    async def count(self, table: Table) -> int:
        async with _explained():
            return int(await self._connection.fetchval(f"select count(*) from {table.name}"))  # noqa: S608

    async def batches(self, table: Table, after: Row | None, size: int) -> AsyncGenerator[Sequence[Row], None]:
        key = ", ".join(_key(table))
        places = ", ".join(f"${number}" for number in range(1, len(table.key) + 1))
        behind = "" if after is None else f"where ({key}) > ({places})"
        sql = f"select {', '.join(table.columns)} from {table.name} {behind} order by {key}"  # noqa: S608
        async with _explained(), self._connection.transaction():
            cursor = await self._connection.cursor(sql, *(after or ()))
            while rows := await cursor.fetch(size):
                yield [tuple(row) for row in rows]

    async def unfinished(self) -> str | None:
        async with _explained():
            if not await is_unfinished_copy(self._connection):
                return None
            return str(await self._connection.fetchval(f"select origin from {_MARK}"))  # noqa: S608

    async def begin(self, origin: str) -> None:
        async with _explained(), self._connection.transaction():
            await self._connection.execute(f"create table {_MARK} (origin text not null)")
            await self._connection.execute(f"insert into {_MARK} values ($1)", origin)  # noqa: S608

    async def last_key(self, table: Table) -> Row | None:
        downward = ", ".join(f"{one} desc" for one in _key(table))
        async with _explained():
            found = await self._connection.fetchrow(
                f"select {', '.join(table.key)} from {table.name} order by {downward} limit 1"  # noqa: S608
            )
        return None if found is None else tuple(found)

    async def add(self, table: Table, rows: Sequence[Row]) -> None:
        async with _explained(), self._connection.transaction():
            try:
                await self._connection.copy_records_to_table(table.name, records=rows, columns=table.columns)
            except asyncpg.CharacterNotInRepertoireError:
                _refuse_nul(table, rows)
                raise

    async def finish(self, tables: Sequence[Table]) -> None:
        async with _explained(), self._connection.transaction():
            for table in tables:
                await self._go_on_counting(table)
            await self._connection.execute(f"drop table {_MARK}")

    async def _go_on_counting(self, table: Table) -> None:
        """Let columns that number their rows go on after the highest number that was copied."""
        numbered = await self._connection.fetch(
            "select attname from pg_attribute where attrelid = $1::text::regclass and attidentity <> ''", table.name
        )
        for (column,) in numbered:
            await self._connection.execute(
                f"select setval(pg_get_serial_sequence('{table.name}', '{column}'), max({column})) from {table.name}"  # noqa: S608
            )


def _key(table: Table) -> list[str]:
    """Return the key's columns, texts by their bytes, in whatever order the database would put them itself."""
    return [f'{name} collate "C"' if name in table.texts else name for name in table.key]


async def _refuse_served(connection: Connection) -> None:
    """Refuse a database that servers are connected to: they would wait for the locks, and all their calls with them."""
    servers = await connection.fetchval(
        "select count(*) from pg_stat_activity where datname = current_database() and application_name = $1",
        APPLICATION,
    )
    if servers:
        raise CopyRefused(f"the source is being served ({servers} connections); stop its servers first")


async def _lock(connection: Connection, tables: Sequence[Table]) -> None:
    """Keep writers out who were not seen, such as those behind a pooler."""
    await connection.execute(f"set local lock_timeout = '{_PATIENCE}'")
    try:
        await connection.execute(f"lock table {', '.join(table.name for table in tables)} in share mode")
    except asyncpg.LockNotAvailableError as error:
        raise CopyRefused("somebody is writing to the source; stop its servers first") from error


def _refuse_nul(table: Table, rows: Sequence[Row]) -> None:
    """Name the row with the one character that SQLite keeps in texts and PostgreSQL does not."""
    for row in rows:
        for name, value in zip(table.columns, row, strict=True):
            if isinstance(value, str) and "\0" in value:
                key = [one for column, one in zip(table.columns, row, strict=True) if column in table.key]
                raise CopyRefused(
                    f"{table.name}.{name} of {key!r} has a character U+0000, which PostgreSQL cannot keep; "
                    "mend that row in the source, then run the same command again"
                )


@asynccontextmanager
async def _explained() -> AsyncIterator[None]:
    try:
        yield
    except (asyncpg.PostgresError, *UNREACHABLE) as error:
        raise StoreUnavailable(f"PostgreSQL failed: {error}") from error
