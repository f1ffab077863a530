"""The log of the embedded store: written back beside the writer, begun anew, and never at the cost of a row."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from server.domain.ids import PlayerId
from server.domain.players import Player
from server.ports.store import Transaction
from server.storage.sqlite.checkpoints import Checkpoints
from server.storage.sqlite.connection import connect
from server.storage.sqlite.migrator import migrate
from server.storage.sqlite.store import SqliteStore
from tests.builders import MONDAY

LOG_PAGES = 20
SECONDS = 20
"""For all that is waited for here."""


def beginning(file: Path) -> bytes:
    """Return the salt of the log, which is another one each time that it begins anew."""
    return file.with_name(f"{file.name}-wal").read_bytes()[16:24]


@contextmanager
def table(file: Path) -> Iterator[sqlite3.Connection]:
    """Open a file with an empty table. Commits never write its log back themselves."""
    with closing(connect(file)) as writer:
        writer.execute("create table one (number integer primary key, text text)")
        yield writer


@asynccontextmanager
async def looking_after(file: Path, writer: sqlite3.Connection) -> AsyncIterator[Checkpoints]:
    with closing(connect(file)) as beside:
        checkpoints = Checkpoints(writer, beside, LOG_PAGES)
        writer.execute("pragma wal_autocheckpoint = 0")
        try:
            async with asyncio.timeout(SECONDS):
                yield checkpoints
        finally:
            checkpoints.close()


async def write(writer: sqlite3.Connection, checkpoints: Checkpoints, goes_on: Callable[[int], bool]) -> int:
    """Commit row after row, and return how many there are."""
    (count,) = writer.execute("select count(*) from one").fetchone()
    while goes_on(count):
        writer.execute("insert into one (text) values (?)", ["x" * 1000])
        count += 1
        await checkpoints.look()
        await asyncio.sleep(0)
    return int(count)


async def test_the_log_begins_anew_although_the_writer_never_rests(tmp_path: Path) -> None:
    file = tmp_path / "laurel.db"
    with table(file) as writer:
        async with looking_after(file, writer) as checkpoints:
            for _ in range(3):
                before = beginning(file)
                await write(writer, checkpoints, lambda _, before=before: beginning(file) == before)  # type: ignore[misc]


async def test_who_reads_an_old_state_keeps_the_log_only_until_he_ends(tmp_path: Path) -> None:
    file = tmp_path / "laurel.db"
    with table(file) as writer, closing(connect(file)) as reader:
        async with looking_after(file, writer) as checkpoints:
            await write(writer, checkpoints, lambda count: count < 5)
            reader.execute("begin")
            seen = reader.execute("select count(*) from one").fetchone()
            before = beginning(file)
            await write(writer, checkpoints, lambda count: count < 20 * LOG_PAGES)
            assert beginning(file) == before
            assert reader.execute("select count(*) from one").fetchone() == seen == (5,)
            reader.execute("commit")
            count = await write(writer, checkpoints, lambda _: beginning(file) == before)
        assert reader.execute("select count(*) from one").fetchone() == (count,)


async def test_a_log_that_cannot_be_written_back_is_kept_and_the_writer_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "laurel.db"
    with table(file) as writer:
        beside = connect(file)
        beside.close()
        checkpoints = Checkpoints(writer, beside, LOG_PAGES)
        assert await write(writer, checkpoints, lambda count: count < 10 * LOG_PAGES) == 10 * LOG_PAGES
        checkpoints.close()


async def test_a_store_whose_log_has_begun_anew_many_times_has_all_of_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "laurel.db"
    with closing(connect(file)) as connection:
        migrate(connection)
    monkeypatch.setattr("server.storage.sqlite.store.Checkpoints", partial(Checkpoints, log_pages=LOG_PAGES))
    store = await SqliteStore.open(str(file))
    players: list[PlayerId] = []
    async with asyncio.timeout(SECONDS):
        for _ in range(3):
            before = beginning(file)
            while beginning(file) == before:
                players += [PlayerId(f"player-{len(players) + number}") for number in range(5)]
                await asyncio.gather(*(store.transact(partial(_add, player)) for player in players[-5:]))
    await store.close()
    store = await SqliteStore.open(str(file))
    found = await store.read(lambda view: view.accounts_of(players))
    assert [one and one.player_id for one in found] == players
    await store.close()


async def _add(player: PlayerId, tx: Transaction) -> bool:
    return await tx.add_player(Player(player, MONDAY))
