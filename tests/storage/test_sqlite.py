"""What is the embedded store's own: one process, migrations, the disk."""

import sqlite3
from pathlib import Path

import pytest

from server.domain.ids import PlayerId
from server.domain.players import Player
from server.ports.errors import StoreUnavailable
from server.storage.migrations import Applied, Migration, MigrationsDiffer, load_migrations, pending
from server.storage.queries import load_queries
from server.storage.sqlite.connection import EPHEMERAL, connect
from server.storage.sqlite.migrator import PACKAGE, applied_migrations, migrate, pending_migrations
from server.storage.sqlite.store import SqliteStore
from tests.builders import MONDAY


def migrated(file: Path) -> Path:
    connection = connect(file)
    migrate(connection)
    connection.close()
    return file


async def test_a_second_opening_of_the_same_file_is_refused_and_says_who_has_it(tmp_path: Path) -> None:
    file = str(migrated(tmp_path / "laurel.db"))
    store = await SqliteStore.open(file)
    with pytest.raises(StoreUnavailable, match=r"in use by another process \(pid \d+\).*PostgreSQL"):
        await SqliteStore.open(file)
    await store.close()
    await (await SqliteStore.open(file)).close()


async def test_an_outdated_schema_is_refused_and_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="laurel migrate up"):
        await SqliteStore.open(str(tmp_path / "laurel.db"))
    migrated(tmp_path / "laurel.db")
    await (await SqliteStore.open(str(tmp_path / "laurel.db"))).close()


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "laurel.db"
    file.write_bytes(b"not a database, not at all, but long enough to look like one" * 20)
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        await SqliteStore.open(str(file))


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    connection = connect(tmp_path / "laurel.db")
    assert [step.number for step in migrate(connection)] == [step.number for step in load_migrations(PACKAGE)]
    assert migrate(connection) == []
    assert pending_migrations(connection) == []
    connection.close()


def test_a_migration_that_fails_leaves_the_schema_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [
        Migration(1, "good", "create table a (x);"),
        Migration(2, "bad", "create table b (x); create table a (y);"),
    ]
    monkeypatch.setattr("server.storage.sqlite.migrator.load_migrations", lambda _: steps)
    connection = connect(tmp_path / "laurel.db")
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection)
    assert [one.number for one in applied_migrations(connection)] == [1]
    tables = {row[0] for row in connection.execute("select name from sqlite_master")}
    assert tables >= {"a", "migration"}
    assert "b" not in tables
    connection.close()


def test_a_database_of_a_newer_or_edited_version_is_refused() -> None:
    known = [Migration(1, "first", "select 1;")]
    applied = Applied(1, "first", known[0].checksum)
    assert pending(known, []) == known
    assert pending(known, [applied]) == []
    with pytest.raises(MigrationsDiffer, match="does not know"):
        pending(known, [applied, Applied(2, "later", "x")])
    with pytest.raises(MigrationsDiffer, match="another form"):
        pending(known, [Applied(1, "first", "edited")])


@pytest.mark.parametrize("name", load_queries(PACKAGE))
def test_every_statement_compiles_against_the_schema(tmp_path: Path, name: str) -> None:
    connection = connect(migrated(tmp_path / "laurel.db"))
    query = load_queries(PACKAGE)[name]
    connection.execute(f"explain {query.sql}", [None] * len(query.names))
    connection.close()


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("open_cohorts", "cohort_open"),
        ("open_cohorts_and_reserved", "cohort_open"),
        ("acquire_due_cohorts", "cohort_due"),
        ("grants_of", "reward_grant_player"),
        ("past_cohorts_of", "participant_player"),
        ("forget_receipts", "receipt_created"),
    ],
)
def test_what_is_asked_often_is_found_by_an_index(tmp_path: Path, name: str, index: str) -> None:
    connection = connect(migrated(tmp_path / "laurel.db"))
    query = load_queries(PACKAGE)[name]
    plan = connection.execute(f"explain query plan {query.sql}", [None] * len(query.names)).fetchall()
    assert any(index in row[3] for row in plan), plan
    connection.close()


async def test_an_ephemeral_store_keeps_nothing() -> None:
    store = await SqliteStore.open(EPHEMERAL)
    await store.transact(lambda tx: tx.add_player(Player(PlayerId("ann"), MONDAY)))
    await store.close()
    store = await SqliteStore.open(EPHEMERAL)
    assert await store.read(lambda view: view.player_of(PlayerId("ann"))) is None
    await store.close()


async def test_a_disk_that_refuses_fails_the_calls_and_not_the_server(tmp_path: Path) -> None:
    file = migrated(tmp_path / "laurel.db")
    store = await SqliteStore.open(str(file))
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("pragma journal_mode = wal")
    store._writer.execute("pragma busy_timeout = 10")
    other.execute("begin immediate")
    with pytest.raises(StoreUnavailable, match="failed to write"):
        await store.transact(lambda tx: tx.add_player(Player(PlayerId("ann"), MONDAY)))
    other.execute("rollback")
    assert await store.transact(lambda tx: tx.add_player(Player(PlayerId("ann"), MONDAY)))
    other.close()
    await store.close()
