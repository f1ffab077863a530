"""Applying migrations to a file (numbered, checked, each in a transaction of its own)."""

from __future__ import annotations

import sqlite3

from server.storage.migrations import Applied, Migration, load_migrations, pending

PACKAGE = "server.storage.sqlite"


def applied_migrations(connection: sqlite3.Connection) -> list[Applied]:
    """Return what has been applied; nothing for an empty file."""
    if not connection.execute("select 1 from sqlite_master where name = 'migration'").fetchone():
        return []
    return [Applied(*row) for row in connection.execute("select number, name, checksum from migration order by number")]


def known_migrations() -> list[Migration]:
    """Return all migrations of this version."""
    return load_migrations(PACKAGE)


def pending_migrations(connection: sqlite3.Connection) -> list[Migration]:
    """Return what is still to be applied.

    :raises MigrationsDiffer: if the file was written by another version
    """
    return pending(known_migrations(), applied_migrations(connection))


def migrate(connection: sqlite3.Connection) -> list[Migration]:
    """Apply all pending migrations and return them."""
    connection.execute(
        "create table if not exists migration (number integer primary key, name text not null, checksum text not null) strict"
    )
    steps = pending_migrations(connection)
    for step in steps:
        _apply(connection, step)
    return steps


def _apply(connection: sqlite3.Connection, step: Migration) -> None:
    connection.execute("begin immediate")
    try:
        for statement in _statements(step.sql):
            connection.execute(statement)
        connection.execute("insert into migration values (?, ?, ?)", (step.number, step.name, step.checksum))
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _statements(script: str) -> list[str]:
    """Split a script at the semicolons that end statements: `executescript` would commit behind our back."""
    found, rest = [], ""
    for part in script.split(";"):
        rest += part + ";"
        if sqlite3.complete_statement(rest):
            found.append(rest)
            rest = ""
    return found
