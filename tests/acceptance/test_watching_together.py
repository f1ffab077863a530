"""Two servers on one PostgreSQL: who watches on one sees what the other has taken, whatever befalls what is between (L23)."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from benchmarks.servers import SECRET
from server.client import Client
from tests.acceptance.process import ServerProcess
from tests.postgres import NEWEST, Databases
from tests.redis_server import RedisServer, redis_server

EVENT, BOARD = "EventLeaderboardService", "LeaderboardService"
DAILY = {"timeframe": {"type": "daily"}, "scoring": {"aggregation": "sum"}, "authoritative": False}
DEADLINE = 60
SOON, WITHIN_SECONDS = 2.0, 10.0
"""Over the channel; and without it, by the look that every feed takes."""


class Between:
    """What carries messages between the servers, and how to take it away."""

    def __init__(self, url: str, redis: RedisServer | None) -> None:
        self._url = url
        self._redis = redis

    async def break_down(self) -> None:
        if self._redis is not None:
            self._redis.kill()
            return
        connection = await asyncpg.connect(self._url)
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid() and query ilike '%listen%laurel_changes%'"
        )
        await connection.close()

    async def come_back(self) -> None:
        if self._redis is not None:
            self._redis.start()


@contextmanager
def _redis(kind: str) -> Iterator[RedisServer | None]:
    if kind != "redis":
        yield None
        return
    with redis_server() as server:
        yield server


@pytest.fixture(params=["redis", "postgresql"])
async def together(
    request: pytest.FixtureRequest, tmp_path: Path, databases: Databases, door: str
) -> AsyncIterator[tuple[list[ServerProcess], Between]]:
    url = await databases.fresh(NEWEST)
    with _redis(request.param) as redis:
        environment = {"LAUREL_STORE__URL": url, "LAUREL_SESSION__SECRET": SECRET}
        if redis is not None:
            environment["LAUREL_RANKS__REDIS_URL"] = redis.url
        servers = [ServerProcess(tmp_path / one, None, environment, {"daily": DAILY}) for one in ("one", "other")]
        for server in servers:
            await server.start()
        yield servers, Between(url, redis)
        for server in servers:
            await server.stop()


class View:
    """What somebody sees of a board, kept up to date by its stream."""

    def __init__(self, stream: AsyncGenerator[Any, None]) -> None:
        self._stream = stream
        self.scores: dict[str, float] = {}

    async def follow(self) -> None:
        async with aclosing(self._stream) as messages:
            async for message in messages:
                kind = message.WhichOneof("event")
                if kind == "ready":
                    page = message.ready
                    rows = page.standings if hasattr(page, "standings") else page.entries
                    self.scores = {row.name: row.score for row in rows}
                elif kind == "score_update":
                    self.scores |= {row.name: row.score for row in message.score_update.updates}

    async def shows(self, name: str, score: float, within: float) -> None:
        async with asyncio.timeout(within):
            while self.scores.get(name) != score:  # noqa: ASYNC110 - another process has no event to wait for
                await asyncio.sleep(0.01)


async def test_l23_what_one_server_takes_is_seen_on_the_other(together: tuple[list[ServerProcess], Between]) -> None:
    (one, other), between = together
    signed = await one.anybody.call("SessionService/Authenticate", device_id="device-of-ann", name="ann")
    here, there = (server.anybody.as_player(signed.session.token) for server in (one, other))
    cohort_id = (await there.call(f"{EVENT}/RollCohort", id="weekly", minimal=True)).cohort_id
    views = [
        View(here.watch(f"{EVENT}/WatchCohort", cohort_id=cohort_id)),
        View(here.watch(f"{BOARD}/WatchLeaderboard", key="daily")),
    ]
    async with asyncio.timeout(DEADLINE):
        following = [asyncio.ensure_future(view.follow()) for view in views]
        try:
            await _score(there, [view.shows for view in views], 1, WITHIN_SECONDS)
            await _score(there, [view.shows for view in views], 2, SOON)
            await between.break_down()
            await _score(there, [view.shows for view in views], 3, WITHIN_SECONDS)
            await between.come_back()
            await _score(there, [view.shows for view in views], 4, WITHIN_SECONDS)
            await _score(there, [view.shows for view in views], 5, WITHIN_SECONDS)
        finally:
            for one_of_them in following:
                one_of_them.cancel()
            await asyncio.gather(*following, return_exceptions=True)


async def _score(
    player: Client, shows: list[Callable[[str, float, float], Awaitable[None]]], total: int, within: float
) -> None:
    """Score once on both boards, where everybody adds up, and wait until it is seen."""
    await player.call(f"{EVENT}/SubmitScore", id="weekly", score=1)
    await player.call(f"{BOARD}/SubmitScore", key="daily", score=1)
    for one in shows:
        await one("ann", total, within)
