"""Backups: taken while somebody writes, proven, and never half a file under the name that was asked for."""

import fcntl
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.ports.errors import StoreUnavailable
from server.storage.migrations import MigrationsDiffer
from server.storage.sqlite import backup
from server.storage.sqlite.backup import BackupRefused, back_up
from server.storage.sqlite.connection import connect
from server.storage.sqlite.migrator import migrate

ROWS = 3000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backups" / "laurel.bak"


@pytest.fixture
def database(tmp_path: Path, file: Path) -> Path:
    file.parent.mkdir()
    return tmp_path / "laurel.db"


@pytest.fixture
def writer(database: Path) -> Iterator[sqlite3.Connection]:
    """Another connection, as the server's, with everything still in the WAL."""
    connection = connect(database)
    connection.execute("pragma wal_autocheckpoint = 0")
    migrate(connection)
    add_players(connection, 0, ROWS)
    yield connection
    connection.close()


def add_players(writer: sqlite3.Connection, first: int, count: int) -> None:
    names = ((f"p{number:06}", "x" * 200) for number in range(first, first + count))
    writer.execute("begin immediate")
    writer.executemany("insert into player values (?, 0, ?, '')", names)
    writer.execute("commit")


def players_in(file: Path) -> int:
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
    try:
        return int(connection.execute("select count(*) from player").fetchone()[0])
    finally:
        connection.close()


def names_beside(file: Path) -> list[str]:
    return sorted(path.name for path in file.parent.iterdir())


def test_it_holds_what_was_committed_and_is_one_private_file(
    database: Path, writer: sqlite3.Connection, file: Path
) -> None:
    made = back_up(database, file, overwrites=False)
    assert (made.file, made.size, made.rows) == (file, file.stat().st_size, ROWS)
    assert made.schema == "0003_leaderboards"
    assert file.stat().st_mode & 0o777 == 0o600
    assert names_beside(file) == [file.name]
    assert players_in(file) == ROWS


def test_a_writer_that_goes_on_neither_waits_nor_makes_it_begin_anew(
    database: Path, writer: sqlite3.Connection, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "STEP_PAGES", 10)
    steps: list[int] = []

    def write_on(done: int, _: int) -> None:
        add_players(writer, ROWS + len(steps), 1)
        steps.append(done)

    made = back_up(database, file, overwrites=False, on_progress=write_on)
    assert len(steps) > 10
    assert steps == sorted(set(steps))
    assert made.rows == players_in(file) == ROWS
    assert players_in(database) == ROWS + len(steps)


def test_a_database_that_nobody_serves_is_backed_up_and_left_as_it_is(
    database: Path, writer: sqlite3.Connection, file: Path
) -> None:
    writer.close()
    before = database.read_bytes()
    assert back_up(database, file, overwrites=False).rows == ROWS
    assert database.read_bytes() == before


def test_a_backup_is_a_database_to_back_up(database: Path, writer: sqlite3.Connection, file: Path) -> None:
    back_up(database, file, overwrites=False)
    again = file.with_name("again")
    assert back_up(file, again, overwrites=False).rows == ROWS


def test_a_file_that_exists_is_kept_unless_it_may_be_replaced(
    database: Path, writer: sqlite3.Connection, file: Path
) -> None:
    file.write_text("somebody's letter")
    with pytest.raises(BackupRefused, match="exists; name another file, or say --overwrite"):
        back_up(database, file, overwrites=False)
    assert file.read_text() == "somebody's letter"
    back_up(database, file, overwrites=True)
    assert players_in(file) == ROWS
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_database_is_never_replaced_by_its_backup(database: Path, writer: sqlite3.Connection, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    linked.symlink_to(database)
    for name in (database, linked):
        with pytest.raises(BackupRefused, match="is the database itself"):
            back_up(database, name, overwrites=True)
    assert players_in(database) == ROWS


def test_a_file_that_is_in_use_as_a_database_is_not_replaced(
    database: Path, writer: sqlite3.Connection, file: Path
) -> None:
    back_up(database, file, overwrites=False)
    served = connect(file)
    add_players(served, ROWS, 1)
    with pytest.raises(BackupRefused, match=r"laurel\.bak-wal is beside it"):
        back_up(database, file, overwrites=True)
    served.close()
    back_up(database, file, overwrites=True)


@pytest.mark.parametrize("name", ["", "missing/laurel.bak"])
def test_a_place_where_nothing_can_be_written_is_told(
    database: Path, writer: sqlite3.Connection, file: Path, name: str
) -> None:
    with pytest.raises(BackupRefused, match=r"is a folder|cannot be written"):
        back_up(database, file.parent / name, overwrites=True)
    assert names_beside(file) == []


def test_what_an_interrupted_backup_leaves_is_no_backup_and_in_nobodys_way(
    database: Path, writer: sqlite3.Connection, file: Path
) -> None:
    file.with_name("laurel.bak.partial").write_bytes(b"half a page" * 1000)
    back_up(database, file, overwrites=False)
    assert names_beside(file) == [file.name]
    assert players_in(file) == ROWS


def test_a_backup_that_fails_leaves_the_last_one(database: Path, writer: sqlite3.Connection, file: Path) -> None:
    back_up(database, file, overwrites=False)
    add_players(writer, ROWS, 1)

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(database, file, overwrites=True, on_progress=stop)
    assert names_beside(file) == [file.name]
    assert players_in(file) == ROWS


def test_two_backups_to_one_file_do_not_meet(database: Path, writer: sqlite3.Connection, file: Path) -> None:
    with file.with_name("laurel.bak.partial").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(BackupRefused, match=r"another backup is writing .*\.partial"):
            back_up(database, file, overwrites=False)
    assert not file.exists()


def test_a_damaged_database_is_told_and_no_backup_is_made(
    database: Path, writer: sqlite3.Connection, file: Path
) -> None:
    writer.close()
    with database.open("r+b") as stream:
        stream.seek(database.stat().st_size - 3 * 4096)
        stream.write(b"\xff" * 2 * 4096)
    with pytest.raises(BackupRefused, match=r"damaged|malformed"):
        back_up(database, file, overwrites=False)
    assert names_beside(file) == []


def test_what_is_no_database_of_this_laurel_is_not_backed_up(database: Path, file: Path) -> None:
    with pytest.raises(StoreUnavailable, match="does not exist"):
        back_up(database, file, overwrites=False)
    assert not database.exists()
    database.write_bytes(b"a letter, and no database at all" * 200)
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        back_up(database, file, overwrites=False)
    database.unlink()
    sqlite3.connect(database).execute("create table mine (x)").connection.close()
    with pytest.raises(BackupRefused, match="is no database of Laurel"):
        back_up(database, file, overwrites=False)
    assert names_beside(file) == []


def test_a_database_of_a_newer_version_is_left_to_that_version(
    database: Path, writer: sqlite3.Connection, file: Path
) -> None:
    writer.execute("insert into migration values (9999, 'later', 'x')")
    with pytest.raises(MigrationsDiffer, match="does not know"):
        back_up(database, file, overwrites=False)
    assert names_beside(file) == []
