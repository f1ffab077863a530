"""Several processes on one port and one PostgreSQL: killed, reloaded, drained, and never at odds."""

import asyncio
import os
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import grpc.aio
import pytest
from google.protobuf.duration_pb2 import Duration

from server.client import CallFailed, Client
from tests.acceptance.process import OWN_CONNECTION, PRIZE, SERVER_KEY, WEEKLY, ServerProcess, eventually
from tests.postgres import NEWEST, Databases

EVENT = "EventLeaderboardService"
WORKERS = 2
CONNECTIONS = 12 * WORKERS
"""So many that chance leaves no worker without one."""
PLAYERS = 48
SUBMISSIONS = 12
SIZE = 5
DAY = 86_400
SMALL = {
    **WEEKLY,
    "cohort_size": SIZE,
    "auto_claim": True,
    "reward_tiers": {"0": [{"rank_min": 1, "rank_max": SIZE, "reward": PRIZE}]},
}


class Cluster:
    """A server of several processes, and connections that are spread over them."""

    def __init__(self, server: ServerProcess, held: AsyncExitStack) -> None:
        self.server = server
        self._held = held
        self.channels: list[grpc.aio.Channel] = []

    async def connect(self, count: int = CONNECTIONS) -> list[Client]:
        """Open connections of their own, and return an operator on each."""
        address = f"127.0.0.1:{self.server.port}"
        opened = [grpc.aio.insecure_channel(address, OWN_CONNECTION) for _ in range(count)]
        for channel in opened:
            self._held.push_async_callback(channel.close)
        self.channels += opened
        return [Client(channel, server_key=SERVER_KEY) for channel in opened]

    async def players(self, count: int = PLAYERS) -> dict[str, Client]:
        """Sign players in, each over one of the connections."""
        if not self.channels:
            await self.connect()
        names = [f"p{number}" for number in range(count)]
        anybody = [Client(self.channels[number % len(self.channels)]) for number in range(count)]
        signed = await asyncio.gather(
            *(one.sign_in(f"device-of-{name}", name) for one, name in zip(anybody, names, strict=True))
        )
        return dict(zip(names, signed, strict=True))

    def workers(self) -> list[int]:
        """Return the processes that the supervisor has started."""
        pid = self.server.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture
async def cluster(tmp_path: Path, databases: Databases, door: str) -> AsyncIterator[Cluster]:
    environment = {
        "LAUREL_WORKERS": str(WORKERS),
        "LAUREL_STORE__URL": await databases.fresh(NEWEST),
        "LAUREL_SESSION__SECRET": "a-secret-for-all-workers-0123456789",
        "LAUREL_FOLLOWING_SECONDS": "0.05",
        "LAUREL_DEBUG": "true",
    }
    async with AsyncExitStack() as held:
        server = await ServerProcess(tmp_path, {"weekly": SMALL}, environment).start()
        held.push_async_callback(server.stop)
        yield Cluster(server, held)


async def test_e21_workers_share_one_port_and_fill_cohorts_together(cluster: Cluster) -> None:
    players = await cluster.players()
    rolled = await asyncio.gather(
        *(one.call(f"{EVENT}/RollCohort", id="weekly", minimal=True) for one in players.values())
    )
    sizes = Counter(one.cohort_id for one in rolled)
    assert max(sizes.values()) <= SIZE
    assert len(sizes) <= -(-PLAYERS // SIZE) + WORKERS
    served = [await _calls_served(line["http"]) for line in cluster.server.lines if line["event"] == "serving"]
    assert len(served) == WORKERS
    assert sum(served) >= 2 * PLAYERS
    assert sum(one > 0 for one in served) > 1, "the system spreads connections"


async def _calls_served(http: str) -> float:
    def get() -> str:
        address = http.removeprefix("http://").partition("/")[0].rpartition(":")
        with socket.create_connection((address[0], int(address[2])), timeout=5) as one:
            one.sendall(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            return b"".join(iter(lambda: one.recv(65536), b"")).decode()

    lines = (await asyncio.to_thread(get)).splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("grpc_server_handled_total{"))


async def test_a_worker_killed_under_load_loses_nothing_and_is_started_again(cluster: Cluster) -> None:
    players = await cluster.players()
    await asyncio.gather(*(_persist(one, f"{EVENT}/RollCohort", id="weekly", minimal=True) for one in players.values()))
    begun = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for name, player in players.items():
            group.create_task(_submit_all(name, player, begun))
        await begun.wait()
        victim = cluster.workers()[0]
        os.kill(victim, signal.SIGKILL)
        async with asyncio.timeout(60):
            await _logged(cluster.server, "worker_started_again")
    assert len(cluster.workers()) == WORKERS
    assert victim not in cluster.workers()
    for player in players.values():
        seen = await _persist(player, f"{EVENT}/GetEventLeaderboard", id="weekly")
        assert seen.event_leaderboard.standing.score == SUBMISSIONS
    operator, *_ = await cluster.connect(1)
    await operator.call("DebugService/MoveClock", forward=Duration(seconds=7 * DAY))
    for player in players.values():
        await eventually(lambda one=player: _is_paid(one), 60)  # type: ignore[misc]
        assert (await player.call("RewardService/GetWallet")).currencies == {"coins": 10}


async def _submit_all(name: str, player: Client, begun: asyncio.Event) -> None:
    for number in range(SUBMISSIONS):
        request_id = f"{name}-{number}"
        await _persist(player, f"{EVENT}/SubmitScore", id="weekly", score=1, request_id=request_id)
        if number == 2:
            begun.set()


async def _is_paid(player: Client) -> bool:
    return bool((await _persist(player, "RewardService/ListGrants")).grants)


async def _persist(player: Client, method: str, **fields: object):  # type: ignore[no-untyped-def]
    """Call until it is answered: a process that dies takes its connections with it."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await player.call(method, timeout=5, **fields)
            except CallFailed as failure:
                if failure.reason == "COHORT_NOT_COMPLETE":  # the roll happened, and its answer was lost
                    return None
                if failure.code not in ("UNAVAILABLE", "CANCELLED", "DEADLINE_EXCEEDED", "ABORTED"):
                    raise
            await asyncio.sleep(0.02)


async def _logged(server: ServerProcess, event: str) -> None:
    await eventually(lambda: _has(server, event), 60)


async def _has(server: ServerProcess, event: str) -> bool:
    return any(line.get("event") == event for line in server.lines)


async def test_m6_e82_a_reload_and_a_moved_clock_of_one_worker_reach_all(cluster: Cluster) -> None:
    operators = await cluster.connect()
    players = await cluster.players(CONNECTIONS)
    cluster.server.configure({"weekly": {**SMALL, "name": "Edited"}, "second": SMALL})
    assert (await operators[0].call("AdminService/Reload")).reloaded
    before = (
        await operators[0].call("DebugService/MoveClock", forward=Duration(seconds=30 * DAY))
    ).current_time.seconds

    async def all_know() -> bool:
        asked = (one.call(f"{EVENT}/ListEventLeaderboards", page_size=10) for one in players.values())
        answers = await asyncio.gather(*asked)
        known = {tuple((one.id, one.name) for one in answer.event_leaderboards) for answer in answers}
        return known == {(("second", ""), ("weekly", "Edited"))} and all(
            answer.current_time.seconds >= before for answer in answers
        )

    await eventually(all_know, 20)


async def test_workers_are_drained_together(cluster: Cluster) -> None:
    workers = cluster.workers()
    assert await cluster.server.stop() == 0
    assert not any(map(_lives, workers))


def _lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_workers_do_not_outlive_their_supervisor(cluster: Cluster) -> None:
    workers = cluster.workers()
    await cluster.server.kill()

    async def are_gone() -> bool:
        return not any(map(_lives, workers))

    await eventually(are_gone, 30)
