"""Bots in cohorts over real sockets, through both doors: they come and move on their own, and humans win (L2, L7, L8, L22)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from benchmarks.servers import SECRET
from server.api.pb import leaderboard_pb2 as boards
from server.client import Client
from tests.acceptance.process import ServerProcess, eventually
from tests.acceptance.test_event_streams import opened
from tests.acceptance.test_watching import applied
from tests.postgres import NEWEST, Databases

EVENT = "EventLeaderboardService"
DEADLINE = 30

RUNNER = {
    "behavior": {
        "type": "single",
        "block": "progress_linear",
        "params": {"target_score": 90_000, "duration_seconds": 900},
    },
    "names": ["Ada", "Bo", "Cy", "Di"],
    "score_spread": 0.2,
}
PLAIN: dict[str, Any] = {
    "reset_schedule": "0 0 * * 1",
    "cohort_size": 4,
    "operator": "incr",
    "reward_tiers": {
        "0": [
            {
                "rank_min": rank,
                "rank_max": rank,
                "reward": {"guaranteed": {"currencies": {"coins": {"min": 100 - rank}}}},
            }
            for rank in range(1, 5)
        ]
    },
}
COMPANY = {**PLAIN, "bots": {"which": ["runner"], "kinds": {"runner": RUNNER}, "fill": {"to": 4, "every_seconds": 1}}}
EVENTS = {"weekly": COMPANY, "plain": PLAIN}


@pytest.fixture
async def server(tmp_path: Path, door: str) -> AsyncIterator[ServerProcess]:
    process = await ServerProcess(tmp_path, EVENTS).start()
    yield process
    await process.stop()
    assert not [line for line in process.lines if line.get("level") in ("error", "critical")]


async def roll(player: Client, event: str = "weekly") -> Any:
    return await player.call(f"{EVENT}/RollCohort", id=event)


async def until(stream: AsyncIterator[Any], rows: dict[str, Any], holds: Any) -> dict[str, Any]:
    """Follow a stream until what it has told holds."""
    async for message in stream:
        rows = applied(rows, message)
        if holds(rows):
            return rows
    raise AssertionError("the stream has ended")


async def test_l22_bots_drip_in_and_move_down_both_streams_and_a_human_takes_a_place(
    server: ServerProcess, door: str
) -> None:
    ann, bob = await server.player("ann"), await server.player("bob")
    rolled = await roll(ann)
    cohort = rolled.cohort_id
    token = (await server.anybody.call("SessionService/Authenticate", device_id="device-of-ann")).session.token
    async with asyncio.timeout(DEADLINE):
        watching = ann.watch(f"{EVENT}/WatchCohort", cohort_id=cohort)
        read = opened(server, door, f"/v1/cohorts/{cohort}/stream", authorization=f"Bearer {token}")
        async with aclosing(watching) as stream, read as browser:
            full = await until(stream, {}, lambda rows: len(rows) == 4)
            first = {player: row.score for player, row in full.items()}
            moved = await until(
                stream, full, lambda rows: sum(row.score > first[who] for who, row in rows.items()) >= 3
            )
            assert len({row.name for row in moved.values()}) == 4
            scores: dict[str, int] = {}
            async for event in browser:
                for row in event.data.get("updates", []):
                    scores[row["player_id"]] = int(row.get("score", 0))
                if sum(score > 0 for score in scores.values()) >= 3:
                    break
            await roll(bob)
            after = await until(stream, moved, lambda rows: any(row.name == "bob" for row in rows.values()))
            assert len(after) == 4
            assert len(after.keys() & full.keys()) == 3
    submitted = await bob.call(f"{EVENT}/SubmitScore", id="weekly", score=1)
    assert (submitted.rank, submitted.prize_rank, submitted.count) == (3, 1, 4)


async def test_l7_settlement_pays_humans_as_without_bots_and_only_the_studio_knows_them(server: ServerProcess) -> None:
    players = {name: await server.player(name) for name in ("ann", "bob")}
    cohorts = {}
    for number, player in enumerate(players.values(), 1):
        for event in EVENTS:
            cohorts[event] = (await roll(player, event)).cohort_id
            await player.call(f"{EVENT}/SubmitScore", id=event, score=number)

    async def is_full() -> bool:
        page = await players["ann"].call(f"{EVENT}/ListStandings", cohort_id=cohorts["weekly"])
        return len(page.scores) == 4 and {one.kind for one in page.scores} == {boards.PLAYER_KIND_UNSPECIFIED}

    await eventually(is_full, DEADLINE)
    told = (await server.operator.call(f"{EVENT}/ListStandings", cohort_id=cohorts["weekly"])).scores
    kinds = [one.kind for one in told]
    assert (kinds.count(boards.PLAYER_KIND_BOT), kinds.count(boards.PLAYER_KIND_PLAYER)) == (2, 2)
    await server.operator.call("DebugService/MoveClock", forward=Duration(seconds=7 * 86_400))
    for player in players.values():
        grants = [(await player.call(f"{EVENT}/ClaimReward", id=event)).grant for event in EVENTS]
        assert grants[0].reward == grants[1].reward
        assert grants[0].reward.currencies
        past = (await player.call(f"{EVENT}/ListPastCohorts", id="weekly")).past_cohorts[0]
        assert past.rank == past.prize_rank + 2
        assert past.count == 4


async def test_l3_a_restart_shows_the_same_bots(server: ServerProcess) -> None:
    """Killed as by a power cut: whoever reads next sees those that were there, no lower than they were."""
    ann = await server.player("ann")
    cohort = (await roll(ann)).cohort_id

    async def seen() -> dict[str, Any]:
        page = await server.operator.call(f"{EVENT}/ListStandings", cohort_id=cohort)
        return {one.player_id: one for one in page.scores}

    async def is_full() -> bool:
        return len(await seen()) == 4

    await eventually(is_full, DEADLINE)
    before = await seen()
    await server.kill()
    await server.start()
    after = await seen()
    assert after.keys() == before.keys()
    for player_id, one in before.items():
        assert (after[player_id].name, after[player_id].create_time) == (one.name, one.create_time)
        assert after[player_id].score >= one.score


async def test_l8_servers_on_one_database_show_one_order_and_move_it_for_each_other(
    tmp_path: Path, databases: Databases, door: str
) -> None:
    environment = {"LAUREL_STORE__URL": await databases.fresh(NEWEST), "LAUREL_SESSION__SECRET": SECRET}
    both = [ServerProcess(tmp_path / name, EVENTS, environment) for name in ("one", "other")]
    for one in both:
        await one.start()
    try:
        signed = await both[0].anybody.call("SessionService/Authenticate", device_id="device-of-ann")
        clients = [one.anybody.as_player(signed.session.token) for one in both]
        cohort = (await roll(clients[0])).cohort_id
        async with asyncio.timeout(DEADLINE):
            streams = [one.watch(f"{EVENT}/WatchCohort", cohort_id=cohort) for one in clients]
            async with aclosing(streams[0]) as here, aclosing(streams[1]) as there:
                full = [await until(stream, {}, lambda rows: len(rows) == 4) for stream in (here, there)]
                assert full[0].keys() == full[1].keys()
                for stream, rows in zip((here, there), full, strict=True):
                    first = {player: row.score for player, row in rows.items()}
                    await until(stream, rows, lambda now, was=first: sum(now[who].score > was[who] for who in now) >= 3)

        async def agrees() -> bool:
            pages = [await one.operator.call(f"{EVENT}/ListStandings", cohort_id=cohort) for one in both]
            return pages[0].revision == pages[1].revision and list(pages[0].scores) == list(pages[1].scores)

        await eventually(agrees, DEADLINE)
        players = await asyncio.gather(*(both[number % 2].player(f"p{number}") for number in range(7)))
        rolls = await asyncio.gather(*(roll(player) for player in players))
        for cohort_id in {one.cohort_id for one in rolls} | {cohort}:
            page = await both[1].operator.call(f"{EVENT}/ListStandings", cohort_id=cohort_id)
            assert len(page.scores) <= 4
            assert sorted(one.rank for one in page.scores) == list(range(1, len(page.scores) + 1))
    finally:
        for one in both:
            await one.stop()
            assert not [line for line in one.lines if line.get("level") in ("error", "critical")]
