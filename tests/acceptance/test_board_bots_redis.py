"""Bots with several servers, PostgreSQL and Redis: every server shows one order, Redis stands for the store (L8, B53)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from benchmarks.servers import SECRET
from tests.acceptance.process import ServerProcess, eventually
from tests.acceptance.test_board_bots import BOARDS
from tests.acceptance.test_board_ranks_redis import verify
from tests.postgres import NEWEST, Databases
from tests.redis_server import RedisServer, redis_server

BOARD = "LeaderboardService"
DEADLINE = 60


@pytest.fixture(autouse=True)
def door(monkeypatch: pytest.MonkeyPatch) -> None:
    """One door: what stands behind it knows nothing of doors."""
    monkeypatch.setenv("LAUREL_DOOR", "grpcio")


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with redis_server() as one:
        yield one


@pytest.fixture
async def environment(databases: Databases, redis: RedisServer) -> dict[str, str]:
    return {
        "LAUREL_STORE__URL": await databases.empty(NEWEST),
        "LAUREL_RANKS__REDIS_URL": redis.url,
        "LAUREL_SESSION__SECRET": SECRET,
    }


@pytest.fixture
async def servers(tmp_path: Path, environment: dict[str, str]) -> AsyncIterator[list[ServerProcess]]:
    both = [ServerProcess(tmp_path / name, environment=environment, boards=BOARDS) for name in ("one", "other")]
    for server in both:
        await server.start()
    yield both
    for server in both:
        await server.stop()


async def test_l8_two_servers_show_one_order_and_a_watcher_of_one_sees_what_the_other_moves(
    servers: list[ServerProcess],
) -> None:
    one = servers[0]
    signed = await one.anybody.call("SessionService/Authenticate", device_id="device-of-ann", name="ann")
    here, there = (server.anybody.as_player(signed.session.token) for server in servers)
    await here.call(f"{BOARD}/SubmitScore", key="daily", score=3)
    moved: set[str] = set()
    async with asyncio.timeout(DEADLINE), aclosing(there.watch(f"{BOARD}/WatchLeaderboard", key="daily")) as stream:
        assert len((await anext(stream)).ready.entries) == 8
        async for message in stream:
            moved |= {row.player_id for row in message.score_update.updates}
            if len(moved) >= 7:
                break
            await here.call(f"{BOARD}/ListEntries", key="daily")

    async def agrees() -> bool:
        pages = [(await client.call(f"{BOARD}/ListEntries", key="daily")).page for client in (here, there)]
        return [(row.player_id, row.score, row.position) for row in pages[0].entries] == [
            (row.player_id, row.score, row.position) for row in pages[1].entries
        ]

    await eventually(agrees, DEADLINE)


async def test_redis_stands_for_the_store_with_bots_that_have_come_to_rest(
    servers: list[ServerProcess], environment: dict[str, str]
) -> None:
    """Whoever compares while bots move looks again, as with scores that come in."""
    ann = await servers[0].player("ann")
    await ann.call(f"{BOARD}/SubmitScore", key="daily", score=3)
    for server in servers:
        await server.operator.call(f"{BOARD}/ListEntries", key="daily")

    async def is_same() -> bool:
        code, said = await verify(environment)
        return code == 0 and "in the index: 8 entries, the same" in said

    await eventually(is_same, DEADLINE)
