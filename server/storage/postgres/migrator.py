"""Applying migrations: all of them or none, and one process at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from server.storage.migrations import Applied, Migration, load_migrations, pending

PACKAGE = "server.storage.postgres"
_TURN = "select pg_advisory_xact_lock(hashtextextended('laurel migrations', 0))"

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]


async def applied_migrations(connection: Connection) -> list[Applied]:
    """Return what has been applied; nothing for an empty database."""
    if await connection.fetchval("select to_regclass('migration')") is None:
        return []
    rows = await connection.fetch("select number, name, checksum from migration order by number")
    return [Applied(*row) for row in rows]


async def pending_migrations(connection: Connection) -> list[Migration]:
    """Return what is still to be applied.

    :raises MigrationsDiffer: if the database was written by another version
    """
    return pending(load_migrations(PACKAGE), await applied_migrations(connection))


async def migrate(connection: Connection) -> list[Migration]:
    """Apply all pending migrations and return them. Of several processes that start together, one does it."""
    async with connection.transaction():
        await connection.execute(_TURN)
        await connection.execute(
            "create table if not exists migration (number int primary key, name text not null, checksum text not null)"
        )
        steps = await pending_migrations(connection)
        for step in steps:
            await connection.execute(step.sql)
            await connection.execute("insert into migration values ($1, $2, $3)", step.number, step.name, step.checksum)
    return steps
