"""`laurel ranks verify` as operators type it: exit code 0 for good, 1 where something differs, 2 where it cannot be told."""

import asyncio
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from benchmarks.filling import fill
from server import terminal
from server.backends import shared_ranks
from server.cli import app
from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import Ranking
from server.domain.leaderboards.entry import SegmentId
from server.ports.rank_index import Change
from server.setting_sections import RankSection
from server.storage.database import database_at
from tests.missing import not_here
from tests.postgres import DATABASES, NEWEST, installations
from tests.redis_server import RedisServer, redis_server

BOARD = {
    "leaderboards": {"daily": {"name": "Daily", "timeframe": {"type": "daily"}, "scoring": {"aggregation": "best"}}}
}
PLAYERS = [f"player-{number:04}" for number in range(1500)]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own with one board, and log lines that go nowhere."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("LAUREL_") and name != "LAUREL_CI":
            monkeypatch.delenv(name)
    monkeypatch.setattr(terminal, "configure_logs", lambda *_, **__: None)
    folder = Path("config/leaderboards")
    folder.mkdir(parents=True)
    (folder / "all.json").write_text(json.dumps(BOARD))


def verify(*arguments: str, code: int = 0) -> str:
    result: Result = CliRunner().invoke(app, ["ranks", "verify", *arguments])
    assert result.exit_code == code, (result.output, result.exception)
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


def test_sqlite_is_compared_with_its_own_rules() -> None:
    fill("sqlite:data.db", Path("config"), "daily", iter(PLAYERS))
    said = verify("--store", "sqlite:data.db")
    assert "the store: 1,500 entries, every key is what its score makes of it" in said
    with closing(sqlite3.connect("data.db")) as database, database:
        changed = database.execute(
            "update board_entry set order_key = zeroblob(24) where player_id < 'player-0030'"
        ).rowcount
    assert changed == 30
    said = verify("daily", "--store", "sqlite:data.db", code=1)
    assert "1,500 entries, 30 DIFFER" in said
    assert "player-0007: his key says another order" in said
    assert "and 10 more" in said


def test_a_board_that_does_not_exist_and_a_database_of_another_version_are_told() -> None:
    fill("sqlite:data.db", Path("config"), "daily", iter(PLAYERS[:3]))
    assert "no leaderboard monthly" in verify("monthly", "--store", "sqlite:data.db", code=2)
    assert "migrate" in verify("--store", "sqlite:new.db", code=2)


def test_redis_is_compared_with_postgres_and_repaired(postgres: str, server: RedisServer) -> None:
    fill(postgres, Path("config"), "daily", iter(PLAYERS))
    asked = ("--store", postgres, "--redis", server.url)
    assert "in the index: 0 entries, not held" in verify(*asked)
    asyncio.run(load(postgres, server.url))
    assert "all of it in the index: 1,500 entries, the same" in verify(*asked)
    asyncio.run(load(postgres, server.url, Change(PlayerId(PLAYERS[7]), 99, None)))
    said = verify(*asked, "--repair", code=1)
    assert f"{PLAYERS[7]}: position" in said
    assert "nowhere near in the index" in said
    assert "forgotten" in said
    assert "not held" in verify(*asked)


def test_a_redis_that_is_away_or_unfit_is_told(postgres: str, server: RedisServer) -> None:
    fill(postgres, Path("config"), "daily", iter(PLAYERS[:3]))
    asked = ("--store", postgres, "--redis", server.url)
    server.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
    assert "maxmemory-policy is allkeys-lfu" in verify(*asked, code=2)
    server.kill()
    assert "Redis does not answer" in verify(*asked, code=2)


@pytest.fixture
def postgres() -> str:
    """An empty database."""
    if NEWEST not in installations():
        not_here(f"PostgreSQL {NEWEST} is not installed")
    return asyncio.run(DATABASES.empty(NEWEST))


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as one:
        yield one


async def load(url: str, redis: str, *wrong: Change) -> None:
    """Load the board as a server would, and tell the index what is not so."""
    store = await database_at(url).open()
    try:
        async with shared_ranks(RankSection(redis_url=redis, timeout_seconds=5), store) as index:
            assert index is not None
            (period,) = await store.read(lambda view: view.unsettled_periods(0))
            rows = await store.read(lambda view: view.ranked_entries(period.period, None, 5000))
            segment = SegmentId(period.period)
            if token := await index.open(segment, Ranking()):
                await index.record(segment, [Change(one.player_id, one.version, one.order_key) for one in rows])
                await index.loaded(segment, token)
            await index.record(segment, wrong)
    finally:
        await store.close()
