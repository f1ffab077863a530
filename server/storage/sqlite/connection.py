"""Opening the file: settings of every connection, and the lock that keeps a second process out."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path

from server.ports.errors import StoreUnavailable

EPHEMERAL = ":memory:"
"""A store that is gone when it is closed, for tests and previews."""
LOG_PAGES = 8000
"""After so many pages (32 MB) the log is written back. On a large board each score touches pages of its own, again and again:
written back eight times as rarely, most of them are written once instead of several times."""


class FileLock:
    """Holds `<file>.lock` for as long as the store is open; the system lets go of it however the process ends."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreUnavailable(f"{database} cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(self._handle, 32).decode(errors="replace").strip()
            os.close(self._handle)
            raise StoreUnavailable(
                f"{database} is in use by another process ({owner or 'unknown'}); SQLite serves one process. "
                "Stop that process, or use PostgreSQL to run several."
            ) from error
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"pid {os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let others open the file."""
        os.close(self._handle)


def connect(database: Path, *, is_reader: bool = False, is_durable: bool = True) -> sqlite3.Connection:
    """Open a connection that is safe to use from any thread, one at a time.

    WAL lets readers go on while the writer works; FULL means that a commit is on the disk when it returns.

    :raises StoreUnavailable: if it cannot be opened
    """
    try:
        connection = sqlite3.connect(
            database,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        connection.execute("pragma busy_timeout = 2000")
        connection.execute("pragma journal_mode = wal")
        connection.execute(f"pragma synchronous = {'full' if is_durable else 'off'}")
        connection.execute("pragma foreign_keys = on")
        connection.execute("pragma temp_store = memory")
        connection.execute("pragma cache_size = -65536")  # in KiB
        connection.execute(f"pragma wal_autocheckpoint = {LOG_PAGES}")
        if is_reader:
            connection.execute("pragma query_only = on")
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{database} cannot be opened: {error}") from error
    return connection


def connect_beside(database: Path) -> sqlite3.Connection:
    """Open a connection that changes nothing, also while another process serves the file.

    :raises StoreUnavailable: if there is no such file, or it cannot be opened
    """
    if not database.is_file():
        raise StoreUnavailable(f"{database} does not exist, or is no file")
    try:
        connection = sqlite3.connect(
            f"{database.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        connection.execute("pragma busy_timeout = 2000")
        connection.execute("select 1 from sqlite_master")
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{database} cannot be opened: {error}") from error
    return connection
