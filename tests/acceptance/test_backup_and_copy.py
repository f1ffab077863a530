"""What an operator does to a database that players depend on: back it up while they play, and move it elsewhere."""

import asyncio
import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing, suppress
from pathlib import Path

import pytest

from server.client import Client
from server.storage.database import database_at
from server.storage.postgres.connection import connect
from tests.acceptance.process import ROOT, ServerProcess, eventually
from tests.missing import not_here
from tests.postgres import NEWEST, Databases, installations

EVENT = "EventLeaderboardService"
PLAYERS = 12
BACKUPS = 2
COMMAND_SECONDS = 60
MANY = 4000
"""Rows that are copied one by one: so many that a copy can be ended in the middle."""


@pytest.fixture(autouse=True)
def door(monkeypatch: pytest.MonkeyPatch) -> str:
    """One is enough: what is backed up and copied lies behind it."""
    monkeypatch.setenv("LAUREL_DOOR", "grpcio")
    return "grpcio"


class Command:
    """`laurel` on the command line, as a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, *arguments: str) -> "Command":
        environment = {name: text for name, text in os.environ.items() if not name.startswith("LAUREL_")}
        pipe = asyncio.subprocess.PIPE
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", "server", *arguments, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe
            )
        )

    async def ended(self) -> tuple[int, str, str]:
        """Return its exit code, and what it printed on standard output and on standard error."""
        async with asyncio.timeout(COMMAND_SECONDS):
            out, err = await self._process.communicate()
        assert self._process.returncode is not None
        return self._process.returncode, out.decode(), err.decode()

    def kill(self) -> None:
        with suppress(ProcessLookupError):  # it was faster
            self._process.kill()


async def laurel(*arguments: str, code: int = 0) -> str:
    """Run a command, hold it to an exit code, and return what it said. No terminal: no progress bar."""
    ended, out, err = await (await Command.start(*arguments)).ended()
    assert ended == code, (out, err)
    assert "Traceback" not in err
    assert (out if code else err) == ""
    return out + err


@pytest.fixture
async def target(databases: Databases) -> str:
    if NEWEST not in installations():
        not_here(f"PostgreSQL {NEWEST} is not installed")
    return await databases.empty(NEWEST)


async def signed_in(server: ServerProcess) -> dict[str, Client]:
    return {f"p{number}": await server.player(f"p{number}") for number in range(PLAYERS)}


class Players:
    """Players who submit as fast as they are answered, and remember what was acknowledged."""

    def __init__(self, players: dict[str, Client]) -> None:
        self.players = players
        self.scores = dict.fromkeys(players, 0)
        self._is_over = False

    async def play(self, name: str) -> None:
        while not self._is_over:
            self.scores[name] = (await self.players[name].call(f"{EVENT}/SubmitScore", id="weekly", score=1)).score

    async def __aenter__(self) -> "Players":
        self._tasks = [asyncio.create_task(self.play(name)) for name in self.players]

        async def all_have_scored() -> bool:
            return all(self.scores.values())

        await eventually(all_have_scored)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_over = True
        await asyncio.gather(*self._tasks)


@pytest.fixture
async def held() -> AsyncIterator[AsyncExitStack]:
    """Stops the servers that a test has started."""
    async with AsyncExitStack() as stack:
        yield stack


async def scores_in(server: ServerProcess) -> dict[str, int]:
    players = await signed_in(server)
    answers = {name: await one.call(f"{EVENT}/GetEventLeaderboard", id="weekly") for name, one in players.items()}
    return {name: answer.event_leaderboard.standing.score for name, answer in answers.items()}


async def test_backups_under_load_hold_everything_that_was_acknowledged(
    server: ServerProcess, tmp_path: Path, held: AsyncExitStack
) -> None:
    players = await signed_in(server)
    for player in players.values():
        await player.call(f"{EVENT}/RollCohort", id="weekly", minimal=True)
    store = f"sqlite:{server.folder / 'laurel.db'}"
    acknowledged = []
    async with Players(players) as playing:
        for number in range(BACKUPS):
            acknowledged.append(dict(playing.scores))
            said = await laurel("backup", str(tmp_path / f"{number}.bak"), "--store", store)
            assert f"{number}.bak: " in said
            assert "checked" in said
            assert playing.scores != acknowledged[-1]
    for number, before in enumerate(acknowledged):
        restored = ServerProcess(tmp_path / str(number))
        (tmp_path / f"{number}.bak").rename(restored.folder / "laurel.db")
        await restored.start()
        held.push_async_callback(restored.stop)
        found = await scores_in(restored)
        assert all(before[name] <= found[name] <= playing.scores[name] for name in players)
        await (await restored.player("p0")).call(f"{EVENT}/SubmitScore", id="weekly", score=1)


async def test_a_backup_that_is_killed_leaves_the_last_one_or_a_whole_new_one(
    server: ServerProcess, tmp_path: Path
) -> None:
    file, store = tmp_path / "laurel.bak", f"sqlite:{server.folder / 'laurel.db'}"
    partial = tmp_path / "laurel.bak.partial"
    await server.player("ann")
    await laurel("backup", str(file), "--store", store)
    for _ in range(BACKUPS):
        command = await Command.start("backup", str(file), "--store", store, "--overwrite")
        ended = asyncio.create_task(command.ended())

        async def is_under_way(ended: asyncio.Task[object] = ended) -> bool:
            return partial.exists() or ended.done()

        await eventually(is_under_way)
        command.kill()
        await ended
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as found:
            assert found.execute("pragma integrity_check").fetchone() == ("ok",)
            assert found.execute("select count(*) from player").fetchone() == (1,)
    await laurel("backup", str(file), "--store", store, "--overwrite")
    assert not partial.exists()


async def test_a_copy_that_is_killed_is_not_served_goes_on_and_is_served_then(
    server: ServerProcess, target: str, held: AsyncExitStack
) -> None:
    players = await signed_in(server)
    for number, player in enumerate(players.values()):
        await player.call(f"{EVENT}/RollCohort", id="weekly", minimal=True)
        await player.call(f"{EVENT}/SubmitScore", id="weekly", score=number + 1, request_id="first")
    source = f"sqlite:{server.folder / 'laurel.db'}"
    assert "in use by another process" in await laurel("copy", "--from", source, "--to", target, code=2)
    await server.stop()
    with closing(sqlite3.connect(server.folder / "laurel.db")) as file, file:
        rows = ((f"q{number}", 1, "", "") for number in range(MANY))
        file.executemany("insert into player values (?, ?, ?, ?)", rows)

    command = await Command.start("copy", "--from", source, "--to", target, "--batch", "1")
    await eventually(lambda: has_players(target), seconds=30)
    command.kill()
    await command.ended()
    assert 0 < await count_players(target) < MANY
    moved = ServerProcess(server.folder, environment={"LAUREL_STORE__URL": target})
    with pytest.raises(AssertionError, match="holds an unfinished copy; run the same `laurel copy` again"):
        await moved.start()

    said = await laurel("copy", "--from", source, "--to", target)
    assert said.count("  same\n") == len(said.splitlines()) - 1
    assert "both databases hold the same" in said
    await moved.start()
    held.push_async_callback(moved.stop)
    assert await scores_in(moved) == {name: number + 1 for number, name in enumerate(players)}
    ann = await moved.player("p0")
    repeated = await ann.call(f"{EVENT}/SubmitScore", id="weekly", score=1, request_id="first")
    assert repeated.score == 1
    assert (await ann.call(f"{EVENT}/SubmitScore", id="weekly", score=1)).score == 2


async def has_players(url: str) -> bool:
    """Tell whether a copy has come so far that it is in the middle."""
    return bool((await database_at(url).status()).applied) and await count_players(url) > 0


async def count_players(url: str) -> int:
    connection = await connect(url)
    try:
        return int(await connection.fetchval("select count(*) from player"))
    finally:
        await connection.close()
