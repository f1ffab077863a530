"""What is put on the stand: a door and a store, and what the store alone can tell of itself."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.meter import Meter
from server.behind_envoy import why_no_envoy
from tests.postgres import PostgresServer, installations

SETTINGS = ("grpcio+sqlite", "envoy+sqlite", "envoy+postgres", "grpcio+postgres")
"""Doors and stores; `make bench` takes all but the last, for which nothing is promised of its own."""
DATABASE = "bench"


@dataclass(frozen=True, slots=True)
class Setting:
    """A door and a store in a folder. `database` is one that is a process of its own."""

    door: str
    store: str
    folder: Path
    database: PostgresServer | None = None

    def __str__(self) -> str:
        return f"{self.door} + {self.store}"

    def database_seconds(self) -> float:
        """Return the CPU seconds that the database has used, if it is not part of the server."""
        return 0.0 if self.database is None else Meter(self.database.processes()[0]).seconds()

    def log_bytes(self) -> int:
        """Return how much PostgreSQL has written to its log; 0 for SQLite, which does not count.

        What the kernel says that a process has written is of no use: it counts large folios whole, a MiB for a commit.
        """
        return 0 if self.database is None else _asked(self.database, "select pg_current_wal_lsn() - '0/0'")

    def stored_bytes(self) -> int:
        """Return the size of the database, what stands in SQLite's log included."""
        if self.database is not None:
            return _asked(self.database, f"select pg_database_size('{DATABASE}')")
        with closing(sqlite3.connect(f"file:{self.folder / 'laurel.db'}?mode=ro", uri=True)) as connection:
            (pages,) = connection.execute("pragma page_count").fetchone()
            (size,) = connection.execute("pragma page_size").fetchone()
        return int(pages * size)


def why_not(wanted: str) -> str:
    """Return why one of SETTINGS cannot be measured on this machine, or an empty text."""
    door, _, store = wanted.partition("+")
    if door == "envoy" and (missing := why_no_envoy()):
        return missing
    return "PostgreSQL is not installed" if store == "postgres" and not installations() else ""


def _asked(database: PostgresServer, question: str) -> int:
    where = ("-h", str(database.folder), "-U", "laurel", "-d", "postgres")
    return int(database.run("psql", "-X", "-A", "-t", *where, "-c", question))
