"""Watchers of a server of several processes on one port: each sees what any of them takes, and outlives any of them (L21, L23)."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing, contextmanager
from pathlib import Path
from typing import Any

import grpc.aio
import pytest

from server.client import CallFailed, Client
from server.domain.live.rows import Revision
from tests.acceptance.process import WEEKLY, ServerProcess, eventually
from tests.postgres import NEWEST, Databases
from tests.redis_server import redis_server

EVENT, BOARD = "EventLeaderboardService", "LeaderboardService"
DAILY = {"timeframe": {"type": "daily"}, "scoring": {"aggregation": "sum"}, "authoritative": False}
SECRET = "a-secret-for-all-workers-0123456789"
WORKERS, SCORERS, WATCHERS_MAX = 2, 4, 32
SEEN_WITHIN, DEADLINE = 15.0, 90


@contextmanager
def _between(kind: str) -> Iterator[dict[str, str]]:
    """What carries messages between the workers, as settings."""
    if kind == "notify":
        yield {}
        return
    with redis_server() as redis:
        yield {"LAUREL_RANKS__REDIS_URL": redis.url}


@pytest.fixture(params=["notify", "redis"])
async def server(
    request: pytest.FixtureRequest, tmp_path: Path, databases: Databases, door: str
) -> AsyncIterator[ServerProcess]:
    with _between(request.param) as between:
        environment = {
            "LAUREL_WORKERS": str(WORKERS),
            "LAUREL_STORE__URL": await databases.fresh(NEWEST),
            "LAUREL_SESSION__SECRET": SECRET,
            **between,
        }
        process = await ServerProcess(tmp_path, {"weekly": WEEKLY}, environment, {"daily": DAILY}).start()
        yield process
        await process.stop()


class View:
    """What one watcher has of a board, whatever becomes of his connection. Times he came back, and what was amiss."""

    def __init__(self, player: Client, method: str, **what: str) -> None:
        self._player, self._method, self._what = player, method, what
        self._seen = ""
        self.scores: dict[str, float] = {}
        self.came_back = 0
        self.amiss: list[str] = []

    async def follow(self) -> None:
        while True:
            stream = self._player.watch(self._method, **self._what, resume_revision=self._seen)
            try:
                async with aclosing(stream) as messages:
                    async for message in messages:
                        self._take(message)
            except CallFailed as failure:
                if failure.code not in ("UNAVAILABLE", "CANCELLED", "UNKNOWN", "INTERNAL"):
                    raise
            self.came_back += 1
            await asyncio.sleep(0.05)

    def _take(self, message: Any) -> None:
        kind = message.WhichOneof("event")
        if kind not in ("ready", "score_update"):
            return
        before, now = Revision.read(self._seen), Revision.read(message.revision)
        if before is not None and now is not None and now.epoch == before.epoch and now < before:
            self.amiss.append(f"{now} after {before}")
        self._seen = message.revision
        if kind == "ready":
            page = message.ready
            self.scores = {
                row.name: row.score for row in (page.standings if "cohort_id" in self._what else page.entries)
            }
        else:
            self.scores |= {row.name: row.score for row in message.score_update.updates}


class Crowd:
    """Watchers on connections of their own, over all workers, and scorers on others."""

    def __init__(self, server: ServerProcess, held: AsyncExitStack) -> None:
        self._server, self._held = server, held
        self._following: list[asyncio.Task[None]] = []
        self.views: list[View] = []
        self.scorers: dict[str, Client] = {}
        self.total = 0

    async def begin(self) -> None:
        """Seat the scorers in one cohort, and let them be watched on every worker."""
        self._held.push_async_callback(self._end)
        for number in range(SCORERS):
            player = await (await self._connected()).sign_in(f"device-of-{number}", f"scorer-{number}")
            rolled = await player.call(f"{EVENT}/RollCohort", id="weekly", minimal=True)
            self.scorers[f"scorer-{number}"] = player
        while len(self.views) < WATCHERS_MAX and not await self._is_everywhere():
            player = await (await self._connected()).sign_in(f"device-of-w{len(self.views)}", f"w{len(self.views)}")
            assert (await player.call(f"{EVENT}/RollCohort", id="weekly", minimal=True)).cohort_id == rolled.cohort_id
            for view in (
                View(player, f"{EVENT}/WatchCohort", cohort_id=rolled.cohort_id),
                View(player, f"{BOARD}/WatchLeaderboard", key="daily"),
            ):
                self.views.append(view)
                self._following.append(asyncio.create_task(view.follow()))

    async def score(self) -> None:
        """Let everybody score once on both boards, and wait until all have seen all of it."""
        self.total += 1
        for name, player in self.scorers.items():
            for method, what in ((EVENT, {"id": "weekly"}), (BOARD, {"key": "daily"})):
                await _persist(player, f"{method}/SubmitScore", score=1, request_id=f"{name}-{self.total}", **what)
        wanted = dict.fromkeys(self.scorers, float(self.total))
        try:
            await eventually(lambda: self._have(wanted), SEEN_WITHIN)
        except TimeoutError:
            raise AssertionError(f"{wanted} is not what all see: {[view.scores for view in self.views]}") from None

    async def _have(self, wanted: dict[str, float]) -> bool:
        for task in self._following:
            if task.done():
                task.result()
        return all({name: view.scores.get(name) for name in wanted} == wanted for view in self.views)

    async def _is_everywhere(self) -> bool:
        """Tell whether every worker has watchers of both boards."""
        addresses = [line["http"] for line in self._server.lines if line["event"] == "serving"][-WORKERS:]
        counts = [await asyncio.to_thread(_boards_watched, address) for address in addresses]
        return all(count == 2 for count in counts)

    async def _connected(self) -> Client:
        channel = grpc.aio.insecure_channel(f"127.0.0.1:{self._server.port}", [("grpc.use_local_subchannel_pool", 1)])
        self._held.push_async_callback(channel.close)
        return Client(channel)

    async def _end(self) -> None:
        for task in self._following:
            task.cancel()
        await asyncio.gather(*self._following, return_exceptions=True)


async def _persist(player: Client, method: str, **fields: Any) -> None:
    """Call until it is answered: a worker that dies takes its connections with it."""
    while True:
        try:
            await player.call(method, timeout=5, **fields)
        except CallFailed as failure:
            if failure.code not in ("UNAVAILABLE", "CANCELLED", "DEADLINE_EXCEEDED", "ABORTED"):
                raise
            await asyncio.sleep(0.05)
        else:
            return


def _boards_watched(http: str) -> int:
    """Ask a worker how many boards are watched in it."""
    host, _, port = http.removeprefix("http://").partition("/")[0].rpartition(":")
    with socket.create_connection((host, int(port)), timeout=5) as one:
        one.sendall(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        text = b"".join(iter(lambda: one.recv(65536), b"")).decode()
    return next(int(float(line.split()[1])) for line in text.splitlines() if line.startswith("laurel_feeds_open "))


def _first_worker(supervisor: int) -> int:
    return int(Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()[0])


async def test_l23_watchers_of_several_workers_see_everything_and_outlive_one_that_is_killed(
    server: ServerProcess,
) -> None:
    async with asyncio.timeout(DEADLINE), AsyncExitStack() as held:
        crowd = Crowd(server, held)
        await crowd.begin()
        await crowd.score()
        await crowd.score()
        assert not any(view.came_back for view in crowd.views)
        os.kill(_first_worker(server.pid), signal.SIGKILL)
        await crowd.score()
        await crowd.score()
        assert any(view.came_back for view in crowd.views), "those of the worker that was killed"
        assert not all(view.came_back for view in crowd.views), "those of the other have noticed nothing"
        assert [view.amiss for view in crowd.views if view.amiss] == []
