"""Moving house in every direction: what is on one side is on the other, however often the move was interrupted."""

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from server.domain.ids import PlayerId
from server.ports.errors import StoreUnavailable
from server.storage.copying import Comparison, CopyRefused, canonical
from server.storage.database import copy_database, database_at
from server.storage.postgres import tables as postgres_tables
from server.storage.postgres.connection import connect as connect_postgres
from server.storage.sql_transaction import SECRET
from server.storage.sqlite.connection import connect
from server.storage.sqlite.migrator import migrate
from server.storage.sqlite.tables import schema_tables
from tests.builders import WEEK
from tests.missing import not_here
from tests.postgres import NEWEST, OLDEST, Databases, installations
from tests.storage.contract.boards import logged
from tests.world import WEEKLY, game

TABLES = schema_tables()
ROWS = 40
EDGES = (-(2**63), 2**63 - 1, 0, 1, -1)
TEXTS = (
    "",
    "plain",
    "Ann",
    "ann",
    "Änn",
    "ß",
    "e\u0301",
    "日本",
    "👩‍👩‍👧",
    "'quoted\"",
    "a\\b",
    "\t\n\r",
    "\\u0000",
    "\U0010ffff",
    "\x7f",
)
PRIZE = {
    "reward_tiers": {
        "0": [{"rank_min": 1, "rank_max": 5, "reward": {"guaranteed": {"currencies": {"coins": {"min": 5}}}}}]
    }
}
DIRECTIONS = [("sqlite", "sqlite"), ("sqlite", OLDEST), ("sqlite", NEWEST), (NEWEST, "sqlite"), (OLDEST, NEWEST)]

Kind = str | int


@dataclass(frozen=True)
class Move:
    """From where, and to where. The source is filled, of the target there is nothing yet."""

    source: str
    target: str

    async def run(self, **options: Any) -> list[Comparison]:
        return await copy_database(database_at(self.source), database_at(self.target), **options)


async def empty(kind: Kind, name: str, folder: Path, databases: Databases) -> str:
    """Return the URL of a database in which there is nothing, not even a schema."""
    if kind == "sqlite":
        return f"sqlite:{folder / name}.db"
    if kind not in installations():
        not_here(f"PostgreSQL {kind} is not installed")
    return await databases.empty(int(kind))


@pytest.fixture(params=DIRECTIONS, ids=lambda pair: f"{pair[0]}-to-{pair[1]}")
async def move(request: pytest.FixtureRequest, tmp_path: Path, databases: Databases) -> Move:
    kind, target_kind = request.param
    source = await empty(kind, "source", tmp_path, databases)
    await database_at(source).migrate()
    await fill(source, random.Random(7))
    return Move(source, await empty(target_kind, "target", tmp_path, databases))


@pytest.fixture
async def to_postgres(tmp_path: Path, databases: Databases) -> Move:
    source = f"sqlite:{tmp_path / 'source.db'}"
    await database_at(source).migrate()
    await fill(source, random.Random(7))
    return Move(source, await empty(NEWEST, "target", tmp_path, databases))


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:"))


async def execute(url: str, sql: str, rows: list[tuple[Any, ...]] | None = None) -> None:
    """Run a statement on either kind; its parameters are written ?."""
    if url.startswith("sqlite:"):
        with closing(connect(path_of(url))) as file:
            file.execute("begin")
            file.executemany(sql, rows or [()])
            file.execute("commit")
        return
    numbered = "".join(f"{part}${number}" for number, part in enumerate(sql.split("?"), 1))
    connection = await connect_postgres(url)
    await connection.executemany(numbered[: numbered.rindex("$")], rows or [()])
    await connection.close()


async def rows_of(url: str, table: str) -> set[tuple[Any, ...]]:
    columns = next(", ".join(one.columns) for one in TABLES if one.name == table)
    sql = f"select {columns} from {table}"
    if url.startswith("sqlite:"):
        with closing(connect(path_of(url))) as file:
            return set(file.execute(sql).fetchall())
    connection = await connect_postgres(url)
    found = {tuple(row) for row in await connection.fetch(sql)}
    await connection.close()
    return found


async def everything_in(url: str) -> dict[str, set[tuple[Any, ...]]]:
    return {table.name: await rows_of(url, table.name) for table in TABLES}


async def fill(url: str, dice: random.Random) -> None:
    """Fill every table with whatever its columns can hold, edges of all types among it."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as example:
        migrate(example)
        for table in TABLES:
            kinds = example.execute(
                'select type, "notnull", pk, name from pragma_table_info(?)', (table.name,)
            ).fetchall()
            rows = [tuple(value(dice, number, *kind) for kind in kinds) for number in range(ROWS)]
            places = ", ".join("?" * len(kinds))
            numbered = "" if url.startswith("sqlite:") else "overriding system value "
            await execute(
                url, f"insert into {table.name} ({', '.join(table.columns)}) {numbered}values ({places})", rows
            )

    await execute(url, "insert into installation values (?, ?)", [(SECRET, dice.randbytes(32))])


def value(dice: random.Random, number: int, kind: str, is_needed: int, place_in_key: int, column: str) -> Any:
    if column in ("amount", "entry_id", "number"):
        return dice.choice((0, 2**63 - 1)) if column == "amount" else number * 3 + 1
    if not is_needed and not place_in_key and dice.random() < 0.3:
        return None
    is_unique = place_in_key or column == "grant_key"
    match kind:
        case "TEXT":
            return dice.choice(TEXTS) + (f"{number}" if is_unique else "")
        case "BLOB":
            return dice.choice((b"", b"\x00", b"\xff\x00'", dice.randbytes(40))) + (
                bytes([number]) if is_unique else b""
            )
        case _:
            return dice.choice(EDGES) if not is_unique else dice.choice((-1, 1)) * (2**62 + number)


class Unplugged(Exception):
    """What ends a copy in the middle."""


def unplugged_after(steps: int) -> Callable[..., None]:
    left = iter(range(steps))

    def on_progress(*_: Any) -> None:
        if next(left, None) is None:
            raise Unplugged

    return on_progress


async def test_every_row_arrives_as_it_was(move: Move) -> None:
    before = await everything_in(move.source)
    compared = await move.run(batch_rows=7)
    assert [one.table for one in compared] == [table.name for table in TABLES]
    assert all(one.is_same and one.source.rows >= ROWS for one in compared)
    assert await everything_in(move.target) == before == await everything_in(move.source)


async def test_a_copy_that_was_interrupted_anywhere_goes_on_and_ends_the_same(move: Move) -> None:
    interruptions = 0
    for steps in range(0, 400, 9):
        try:
            compared = await move.run(batch_rows=11, on_progress=unplugged_after(steps))
        except Unplugged:
            interruptions += 1
            with pytest.raises(StoreUnavailable, match="holds an unfinished copy; run the same `laurel copy` again"):
                await database_at(move.target).open()
        else:
            break
    assert interruptions > 5
    assert all(one.is_same for one in compared)
    assert await everything_in(move.target) == await everything_in(move.source)
    await (await database_at(move.target).open()).close()


async def test_a_target_that_holds_anything_is_refused_and_kept(move: Move) -> None:
    await database_at(move.target).migrate()
    await execute(move.target, "insert into player values (?, 1, 'Ann', '')", [("ann",)])
    with pytest.raises(CopyRefused, match="the target holds data already, in player; name a new database"):
        await move.run()
    assert await rows_of(move.target, "player") == {("ann", 1, "Ann", "")}


async def test_a_copy_that_is_finished_is_data_like_any_other(move: Move) -> None:
    await move.run()
    with pytest.raises(CopyRefused, match="the target holds data already"):
        await move.run()


async def test_what_is_numbered_goes_on_behind_what_was_copied(move: Move) -> None:
    await move.run()
    last = max(row[0] for row in await rows_of(move.source, "contribution"))
    store = await database_at(move.target).open()
    await store.transact(lambda tx: tx.log_contributions([logged("ann")]))
    assert await store.read(lambda view: view.last_contribution()) == last + 1
    await store.close()


async def test_an_unfinished_copy_is_gone_on_with_from_its_own_source_only(move: Move, tmp_path: Path) -> None:
    with pytest.raises(Unplugged):
        await move.run(on_progress=unplugged_after(3))
    other = f"sqlite:{tmp_path / 'other.db'}"
    await database_at(other).migrate()
    await fill(other, random.Random(8))
    with pytest.raises(CopyRefused, match="unfinished copy of another source"):
        await copy_database(database_at(other), database_at(move.target))
    with pytest.raises(CopyRefused, match="holds an unfinished copy"):
        await copy_database(database_at(move.target), database_at(f"sqlite:{tmp_path / 'third.db'}"))
    assert all(one.is_same for one in await move.run())


async def test_a_source_that_was_changed_in_between_is_found_out(move: Move) -> None:
    with pytest.raises(Unplugged):
        await move.run(on_progress=unplugged_after(40))
    await execute(move.source, "update activation set hash = 'another'")
    compared = await move.run()
    assert [one.table for one in compared if not one.is_same] == ["activation"]
    with pytest.raises(StoreUnavailable, match="holds an unfinished copy"):
        await database_at(move.target).open()


async def test_a_source_that_is_served_is_refused(move: Move) -> None:
    store = await database_at(move.source).open()
    await store.read(lambda view: view.clock_offset())
    with pytest.raises((StoreUnavailable, CopyRefused), match=r"in use by another process|the source is being served"):
        await move.run()
    await store.close()
    assert all(one.is_same for one in await move.run())


async def test_source_and_target_must_be_two(move: Move) -> None:
    with pytest.raises(CopyRefused, match="source and target are the same database"):
        await copy_database(database_at(move.source), database_at(move.source))


async def test_a_source_without_the_schema_is_refused_and_no_target_made(tmp_path: Path, databases: Databases) -> None:
    folder = tmp_path / "new"
    target = folder / "target.db"
    for source in (f"sqlite:{folder / 'missing.db'}", await databases.empty(NEWEST)):
        with pytest.raises((StoreUnavailable, CopyRefused), match=r"does not exist|holds no database of Laurel"):
            await copy_database(database_at(source), database_at(f"sqlite:{target}"))
    assert not folder.exists()


async def test_a_source_that_was_never_served_is_told(tmp_path: Path) -> None:
    source, target = f"sqlite:{tmp_path / 'source.db'}", f"sqlite:{tmp_path / 'target.db'}"
    await database_at(source).migrate()
    with pytest.raises(CopyRefused, match="never served, so there is nothing to copy"):
        await copy_database(database_at(source), database_at(target))


async def test_an_older_schema_is_refused_on_either_side(tmp_path: Path) -> None:
    old, new = f"sqlite:{tmp_path / 'old.db'}", f"sqlite:{tmp_path / 'new.db'}"
    for url in (old, new):
        await database_at(url).migrate()
    await execute(old, "delete from migration where number > 0")
    await execute(old, "insert into migration values (0, 'before', 'x')")
    for source, target in ((old, new), (new, old)):
        with pytest.raises(Exception, match=r"in another form|not up to date"):
            await copy_database(database_at(source), database_at(target))


async def test_a_file_of_another_program_is_neither_copied_nor_filled(tmp_path: Path) -> None:
    foreign, own = tmp_path / "foreign.db", f"sqlite:{tmp_path / 'own.db'}"
    sqlite3.connect(foreign).execute("create table mine (x)").connection.close()
    before = foreign.read_bytes()
    await database_at(own).migrate()
    for source, target in ((f"sqlite:{foreign}", f"sqlite:{tmp_path / 'new.db'}"), (own, f"sqlite:{foreign}")):
        with pytest.raises(CopyRefused, match=r"no database of Laurel|not Laurel's"):
            await copy_database(database_at(source), database_at(target))
    assert foreign.read_bytes() == before


async def test_a_store_that_keeps_nothing_is_neither_side(tmp_path: Path) -> None:
    kept = f"sqlite:{tmp_path / 'kept.db'}"
    await database_at(kept).migrate()
    for source, target in (("sqlite::memory:", kept), (kept, "sqlite::memory:")):
        with pytest.raises(CopyRefused, match="keeps nothing"):
            await copy_database(database_at(source), database_at(target))


async def test_a_character_that_postgresql_cannot_keep_names_its_row(to_postgres: Move) -> None:
    move = to_postgres
    await execute(move.source, "insert into balance values (?, ?, ?, ?)", [("ann", "currency", "co\0ins", 3)])
    with pytest.raises(
        CopyRefused, match=r"balance\.key of \['ann', 'currency', 'co\\x00ins'\] has a character U\+0000"
    ):
        await move.run()
    await execute(move.source, "update balance set key = 'coins' where player_id = 'ann'")
    assert all(one.is_same for one in await move.run())


async def test_a_writer_that_no_one_could_see_is_waited_for_and_then_refused(
    to_postgres: Move, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a pooler, where nobody tells that he is Laurel."""
    await to_postgres.run()
    monkeypatch.setattr(postgres_tables, "_PATIENCE", "50ms")
    writer = await connect_postgres(to_postgres.target)
    turn = writer.transaction()
    await turn.start()
    await writer.execute("update player set name = 'Bob'")
    with pytest.raises(CopyRefused, match="somebody is writing to the source"):
        await copy_database(database_at(to_postgres.target), database_at(f"sqlite:{tmp_path / 'back.db'}"))
    await turn.rollback()
    await writer.close()
    await copy_database(database_at(to_postgres.target), database_at(f"sqlite:{tmp_path / 'back.db'}"))
    assert await everything_in(f"sqlite:{tmp_path / 'back.db'}") == await everything_in(to_postgres.source)


async def test_two_copies_into_one_database_do_not_meet(to_postgres: Move) -> None:
    inside = asyncio.Event()
    running: list[Awaitable[Any]] = []

    def begin_another(*_: Any) -> None:
        if not inside.is_set():
            inside.set()
            running.append(asyncio.ensure_future(postgres_target_of(to_postgres)))

    await to_postgres.run(batch_rows=1, on_progress=begin_another)
    with pytest.raises(CopyRefused, match="another copy into the target is under way"):
        await running[0]


async def postgres_target_of(move: Move) -> None:
    async with database_at(move.target).as_target():
        raise AssertionError("two at once")


async def test_players_play_on_where_they_have_moved_to(tmp_path: Path, to_postgres: Move) -> None:
    source, target = f"sqlite:{tmp_path / 'played.db'}", to_postgres.target
    await database_at(source).migrate()
    store = await database_at(source).open()
    async with game(tmp_path / "before", {"weekly": WEEKLY | PRIZE}, store=store) as before:
        for name in ("ann", "bob"):
            await before.roll(name)
            await before.submit(name, 7)
        before.clock.advance(WEEK)
        await before.claim("ann")
        clock, secret = before.clock, await store.installation_secret()
    await store.close()

    assert all(one.is_same for one in await copy_database(database_at(source), database_at(target)))

    store = await database_at(target).open()
    assert await store.installation_secret() == secret
    async with game(tmp_path / "after", {"weekly": WEEKLY | PRIZE}, store=store, clock=clock) as after:
        await after.claim("bob")
        assert (
            await after.use.get_wallet(PlayerId("ann")) == await after.use.get_wallet(PlayerId("bob")) == {"coins": 5}
        )
        await after.roll("ann")
        await after.submit("ann", 3)
    await store.close()
    old, new = await rows_of(source, "ledger"), await rows_of(target, "ledger")
    assert old < new
    assert min(row[0] for row in new - old) > max(row[0] for row in old)


async def test_both_databases_have_the_tables_that_are_copied(databases: Databases) -> None:
    connection: asyncpg.Connection[asyncpg.Record] = await connect_postgres(await databases.fresh(NEWEST))
    columns = await connection.fetch(
        "select table_name, column_name from information_schema.columns where table_schema = 'public'"
    )
    keys = await connection.fetch(
        "select c.relname, a.attname from pg_index i join pg_class c on c.oid = i.indrelid "
        "join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey) "
        "where i.indisprimary and c.relnamespace = 'public'::regnamespace"
    )
    await connection.close()
    own = {"migration"}
    assert {tuple(row) for row in columns if row[0] not in own} == {
        (one.name, name) for one in TABLES for name in one.columns
    }
    assert {tuple(row) for row in keys if row[0] not in own} == {(one.name, name) for one in TABLES for name in one.key}


def test_what_differs_is_written_differently() -> None:
    rows = [
        (1,),
        ("1",),
        (b"1",),
        (None,),
        ("None",),
        (1, None),
        ("1', '2",),
        ("1", "2"),
        ("a\n",),
        ("a\\n",),
        ("",),
        (b"",),
    ]
    assert len({canonical([row]) for row in rows}) == len(rows)
