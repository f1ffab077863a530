"""Watchers who open streams and never read cost a bounded amount of memory, and harm nobody (L21)."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, aclosing
from pathlib import Path

import pytest

from benchmarks import workloads
from benchmarks.idlers import DeafBrowsers, Idlers
from benchmarks.meter import Meter
from benchmarks.servers import SECRET, token_of
from server.client import Client
from tests.acceptance.process import ServerProcess, eventually

BOARD = {"timeframe": {"type": "daily"}, "scoring": {"aggregation": "sum"}, "authoritative": False}
IDLERS, MIB_MAX = 100, 25.0
"""Half of what is promised of two hundred."""
ROWS = {Idlers: 36, DeafBrowsers: 60}
"""Of which all change: messages of a quarter of a page, and of two."""
ROUNDS, SEEN_WITHIN = 10, 5.0
"""Looks after each of which everybody is told something; and how long one who does read may wait for his."""
DEADLINE = 60


@pytest.fixture
async def busy(tmp_path: Path, door: str) -> AsyncIterator[ServerProcess]:
    environment = {"LAUREL_LIVE__UPDATES_PER_SECOND": "20", "LAUREL_SESSION__SECRET": SECRET}
    process = await ServerProcess(tmp_path, None, environment, {"daily": BOARD}).start()
    yield process
    await process.stop()


def http2(server: ServerProcess, door: str, names: list[str]) -> Idlers:
    return Idlers(server.port, [workloads.watch_board(name, "daily", ROWS[Idlers]) for name in names])


def http1(server: ServerProcess, door: str, names: list[str]) -> DeafBrowsers:
    path = f"/v1/leaderboards/daily/stream?limit={ROWS[DeafBrowsers]}"
    port = server.port if door == "envoy" else server.http_port
    return DeafBrowsers(port, [(path, token_of(name)) for name in names])


async def all_score(players: list[Client]) -> None:
    await asyncio.gather(*(one.call("LeaderboardService/SubmitScore", key="daily", score=1) for one in players))


@pytest.mark.parametrize("idle", [http2, http1])
async def test_l21_who_never_reads_costs_little_and_harms_nobody(
    busy: ServerProcess, door: str, idle: Callable[..., AbstractContextManager[object]]
) -> None:
    names = workloads.players("idler", IDLERS)
    players = [busy.anybody.as_player(token_of(name)) for name in names[: ROWS[DeafBrowsers]]]
    meter = Meter(busy.pid)
    for _ in range(20):
        await all_score(players)
    before = meter.memory_mib()
    reader = await busy.player("reader")
    async with (
        asyncio.timeout(DEADLINE),
        aclosing(reader.watch("LeaderboardService/WatchLeaderboard", key="daily")) as stream,
    ):
        with idle(busy, door, names):
            await eventually(lambda: _has_streams(busy, door, IDLERS), DEADLINE)
            await anext(stream)
            slowest, sent = 0.0, math.inf
            while sent > IDLERS:  # until nothing is sent any more to those who take nothing
                sent = await _figure(busy, door, "laurel_frames_sent_total")
                for _ in range(ROUNDS):
                    began = time.perf_counter()
                    await all_score(players)
                    await anext(stream)
                    slowest = max(slowest, time.perf_counter() - began)
                sent = await _figure(busy, door, "laurel_frames_sent_total") - sent
            grown = meter.memory_mib() - before
    assert grown < MIB_MAX
    assert slowest < SEEN_WITHIN


async def _has_streams(server: ServerProcess, door: str, count: int) -> bool:
    return await _figure(server, door, "laurel_streams_open") == count


async def _figure(server: ServerProcess, door: str, name: str) -> float:
    if door == "envoy":
        server.http_port = server.port
    _, text = await server.http("/metrics")
    return next(float(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name} "))
