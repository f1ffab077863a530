"""Two servers, one PostgreSQL, one Redis: who stands where is the same whichever is asked, whatever befalls Redis (B53)."""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.servers import SECRET, token_of
from tests.acceptance.process import ROOT, ServerProcess, eventually
from tests.postgres import NEWEST, Databases
from tests.redis_server import RedisServer, redis_server

BOARD = "LeaderboardService"
PLAYERS = [f"player-{number}" for number in range(24)]
STYLES = ("dense", "competition", "ordinal")
BOARDS: dict[str, Any] = {
    style: {"scoring": {"aggregation": "best"}, "ranking": {"decimals": 0, "rank_style": style}} for style in STYLES
}
_HELD = """
local count = 0
for _, key in ipairs(redis.call('KEYS', '*:state')) do
  count = count + (redis.call('HGET', key, 'loader') == '' and 1 or 0)
end
return count
"""


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
    """Two servers of equal right."""
    both = [ServerProcess(tmp_path / name, environment=environment, boards=BOARDS) for name in ("one", "other")]
    for server in both:
        await server.start()
    yield both
    for server in both:
        await server.stop()


class Play:
    """Players who score through either server by chance, and what each has reached."""

    def __init__(self, servers: list[ServerProcess]) -> None:
        self._servers = servers
        self._dice = random.Random(3)
        self.best: dict[tuple[str, str], int] = {}

    async def round(self) -> None:
        """Let everybody score once on each board, all at the same time."""
        await asyncio.gather(*(self._score(board, player) for board in STYLES for player in PLAYERS))

    async def board(self, server: ServerProcess, board: str) -> list[Any]:
        """Read a whole board, and hold its rows to the rules: whatever is shown is an order, and no rank in it is wrong."""
        reader = server.anybody.as_player(token_of(PLAYERS[0]))
        rows = list((await reader.call(f"{BOARD}/ListEntries", key=board, page_size=1000)).page.entries)
        scores = [row.score for row in rows]
        assert scores == sorted(scores, reverse=True)
        assert [row.position for row in rows] == list(range(1, len(rows) + 1))
        assert [row.rank for row in rows] == ranks_of(scores, board)
        return rows

    async def is_right(self) -> bool:
        """Tell whether both servers show what everybody has reached, on all boards."""
        for server in self._servers:
            for board in STYLES:
                shown = {(board, row.player_id): row.score for row in await self.board(server, board)}
                if shown != {key: best for key, best in self.best.items() if key[0] == board}:
                    return False
        return True

    async def _score(self, board: str, player: str) -> None:
        score = self._dice.randrange(12)
        client = self._dice.choice(self._servers).anybody.as_player(token_of(player))
        await client.call(f"{BOARD}/SubmitScore", key=board, score=score)
        self.best[board, player] = max(score, self.best.get((board, player), 0))


def ranks_of(scores: list[float], style: str) -> list[int]:
    """Return ranks by looking at everybody."""
    match style:
        case "dense":
            return [1 + len({other for other in scores if other > score}) for score in scores]
        case "competition":
            return [1 + sum(other > score for other in scores) for score in scores]
    return list(range(1, len(scores) + 1))


async def test_b53_what_comes_in_through_one_server_the_other_shows_at_once(
    servers: list[ServerProcess], redis: RedisServer
) -> None:
    play = Play(servers)
    await play.round()
    await eventually(lambda: is_held(redis))
    for _ in range(5):
        await play.round()
        assert await play.is_right()
    one, other = (server.anybody.as_player(token_of("newcomer")) for server in servers)
    await one.call(f"{BOARD}/SubmitScore", key="dense", score=99)
    (around,) = (await other.call(f"{BOARD}/ListEntriesAroundPlayer", key="dense", page_size=1)).page.entries
    assert (around.player_id, around.rank, around.position) == ("newcomer", 1, 1)


async def test_b53_redis_killed_again_and_again_no_score_fails_and_no_rank_is_wrong(
    servers: list[ServerProcess], redis: RedisServer
) -> None:
    play = Play(servers)
    await play.round()
    await eventually(lambda: is_held(redis))
    for _ in range(4):
        await asyncio.to_thread(redis.kill)
        await play.round()
        await play.is_right()  # small boards are ranked from the store meanwhile
        await asyncio.to_thread(redis.start)
        await play.round()
        await play.is_right()
    await eventually(play.is_right)
    await eventually(lambda: is_held(redis))
    await play.round()
    await eventually(play.is_right)


async def test_b53_a_redis_that_is_emptied_is_filled_again_though_nobody_asks_for_anything(
    servers: list[ServerProcess], redis: RedisServer
) -> None:
    """So the first who reads a large board finds its order, and is not the one who has it loaded."""
    play = Play(servers)
    await play.round()
    await eventually(lambda: is_held(redis))
    redis.ask("FLUSHALL")
    await eventually(lambda: is_held(redis))
    await asyncio.to_thread(redis.restart)
    await eventually(lambda: is_held(redis))
    assert await play.is_right()


async def test_b53_a_redis_that_comes_back_with_an_order_of_yesterday_changes_nothing(
    servers: list[ServerProcess], redis: RedisServer
) -> None:
    play = Play(servers)
    await play.round()
    await eventually(lambda: is_held(redis))
    assert redis.ask("SAVE") == "+OK"
    await play.round()
    await play.round()
    await asyncio.to_thread(redis.restart)
    await eventually(play.is_right)
    await play.round()
    await eventually(play.is_right)


async def test_b53_what_redis_missed_while_it_was_paused_is_healed(
    servers: list[ServerProcess], redis: RedisServer
) -> None:
    play = Play(servers)
    await play.round()
    await eventually(lambda: is_held(redis))
    with redis.paused():
        await play.round()
        await play.is_right()
    await eventually(play.is_right)


async def test_without_redis_servers_are_ready_and_say_what_they_lack(
    servers: list[ServerProcess], redis: RedisServer
) -> None:
    async def lacks() -> bool:
        status, body = await servers[0].http("/readyz")
        assert status == 200
        return "Redis does not answer" in json.loads(body).get("lacks", "")

    assert not await lacks()
    await asyncio.to_thread(redis.kill)
    await eventually(lacks)
    _, metrics = await servers[0].http("/metrics")
    (line,) = (one for one in metrics.splitlines() if one.startswith("laurel_rank_index_failures_total"))
    assert float(line.split()[1]) > 0
    await asyncio.to_thread(redis.start)
    await eventually(lambda: negated(lacks()))


async def test_operators_can_compare_what_servers_serve(
    servers: list[ServerProcess], environment: dict[str, str], redis: RedisServer
) -> None:
    play = Play(servers)
    await play.round()
    await eventually(lambda: is_held(redis))
    code, said = await verify(environment)
    assert (code, said.count("in the index: 24 entries, the same")) == (0, 3), said


async def test_a_server_does_not_start_on_a_redis_that_drops_keys(
    tmp_path: Path, environment: dict[str, str], redis: RedisServer
) -> None:
    redis.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    server = ServerProcess(tmp_path, environment=environment, boards=BOARDS)
    with pytest.raises(AssertionError, match="the server ended"):
        await server.start()


async def is_held(redis: RedisServer) -> bool:
    """Tell whether all boards are in Redis."""
    return await asyncio.to_thread(redis.ask, "EVAL", _HELD, "0") == f":{len(STYLES)}"


async def negated(answer: Any) -> bool:
    return not await answer


async def verify(environment: dict[str, str]) -> tuple[int, str]:
    command = (sys.executable, "-m", "server", "ranks", "verify")
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env={**environment, "PATH": ""}, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()
