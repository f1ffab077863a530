"""A copy of the database while another process serves it: taken beside it, proven, and only then given its name.

Pages are copied out of one snapshot, so the writer neither waits nor makes the copying begin anew, as it would if each step
looked at the newest state; what it commits meanwhile stays in the WAL, which cannot be emptied as long as the snapshot is
held. `vacuum into` would hold it longer: it writes every row and index anew.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.ports.errors import WorldError
from server.storage.sqlite.connection import connect_beside
from server.storage.sqlite.migrator import applied_migrations, pending_migrations

STEP_PAGES = 1024

OnProgress = Callable[[int, int], None]
"""Is told how many pages are copied, and of how many."""


class BackupRefused(WorldError):
    """No backup was made, and nothing was changed; the message says why and how to go on."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What was made: a file with its size in bytes, all its rows, and the last migration that it has."""

    file: Path
    size: int
    rows: int
    schema: str


def back_up(database: Path, file: Path, *, overwrites: bool, on_progress: OnProgress = lambda *_: None) -> Backup:
    """Copy a database into a file that holds everything committed before the call.

    Until it is whole and proven, the copy is called `<file>.partial`; the next backup to the same file takes its place.

    :raises StoreUnavailable: if the database cannot be read
    :raises MigrationsDiffer: if it was written by another version
    :raises BackupRefused: if the file exists and may not be overwritten, cannot be written, or does not hold what it should
    """
    with closing(connect_beside(database)) as source:
        if not applied_migrations(source):
            raise BackupRefused(f"{database} is no database of Laurel")
        pending_migrations(source)  # refuses what this version could neither prove nor serve
        try:
            with _partial(file) as partial:
                _refuse_taken(database, file, overwrites=overwrites)
                with closing(sqlite3.connect(partial, isolation_level=None)) as copy:
                    _copy_pages(source, copy, on_progress)
                    rows, schema = _proven(copy)
            return Backup(file, file.stat().st_size, rows, schema)
        except sqlite3.Error as error:
            raise BackupRefused(f"{database} cannot be copied to {file}: {error}") from error
        except OSError as error:
            raise BackupRefused(f"{file} cannot be written: {error.strerror}") from error


def _refuse_taken(database: Path, file: Path, *, overwrites: bool) -> None:
    if file.is_dir():
        raise BackupRefused(f"{file} is a folder; name a file in it")
    if not file.exists():
        return
    if file.samefile(database):
        raise BackupRefused(f"{file} is the database itself; name another file")
    if not overwrites:
        raise BackupRefused(f"{file} exists; name another file, or say --overwrite")
    if file.with_name(f"{file.name}-wal").exists():
        raise BackupRefused(
            f"{file} has been opened as a database, for {file.name}-wal is beside it; name another file"
        )


@contextmanager
def _partial(file: Path) -> Iterator[Path]:
    """Give a new, empty file in the folder of `file`, and put it in its place when all went well.

    The lock on it keeps a second backup away. One that was killed has left nothing but such a file, which is used again.
    """
    partial = file.with_name(f"{file.name}.partial")
    handle = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        _lock(handle, partial)
        try:
            os.ftruncate(handle, 0)
            os.fchmod(handle, 0o600)
            yield partial
            os.fsync(handle)
            partial.replace(file)
        except BaseException:
            partial.unlink()
            raise
        _sync_folder(file.parent)
    finally:
        os.close(handle)


def _lock(handle: int, partial: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_named = partial.exists() and os.path.samestat(os.fstat(handle), partial.stat())
    except BlockingIOError:
        is_named = False
    if not is_named:  # locked by another, or another has just ended and taken the name away
        raise BackupRefused(f"another backup is writing {partial}")


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _copy_pages(source: sqlite3.Connection, copy: sqlite3.Connection, on_progress: OnProgress) -> None:
    """Copy one snapshot, and leave a single file: a WAL belongs to a database in use, not to a backup."""
    copy.execute("pragma journal_mode = memory")  # what fails is thrown away whole
    copy.execute("pragma synchronous = off")  # is synchronised at the end, once
    source.execute("begin")
    source.execute("select 1 from sqlite_master").fetchone()  # a snapshot begins with the first look
    source.backup(copy, pages=STEP_PAGES, progress=lambda _, left, total: on_progress(total - left, total))
    source.execute("commit")
    copy.execute("pragma journal_mode = delete")


def _proven(copy: sqlite3.Connection) -> tuple[int, str]:
    """Return how many rows a copy has and its last migration.

    :raises BackupRefused: if something in it is damaged
    """
    (found,) = copy.execute("pragma integrity_check(1)").fetchone()
    if found != "ok":
        raise BackupRefused(f"the copy is damaged, and so, it seems, is the database: {found}")
    last = applied_migrations(copy)[-1]
    names = copy.execute("select name from sqlite_master where type = 'table' and name <> 'migration'").fetchall()
    rows = sum(copy.execute(f"select count(*) from {name}").fetchone()[0] for (name,) in names)  # noqa: S608
    return rows, f"{last.number:04}_{last.name}"
