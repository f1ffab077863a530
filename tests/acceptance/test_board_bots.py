"""Bots on leaderboards in real servers: they come, move for who watches, win nothing, and score the same after any restart."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import aclosing, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.api.pb import leaderboard_pb2 as pb
from server.behind_envoy import why_no_envoy
from server.client import Client
from tests.acceptance.process import ServerProcess, eventually
from tests.acceptance.test_event_streams import opened
from tests.acceptance.test_leaderboards import final_period, move, to_the_next_day
from tests.determinism.test_bots_elsewhere import elsewhere
from tests.missing import not_here
from tests.postgres import NEWEST, Databases

BOARD = "LeaderboardService"
DEADLINE = 60
PODIUM = {
    "type": "top_n",
    "parameters": {
        "tiers": [{"key": "gold", "to": 1, "entries": [{"type": "currency", "currencyKey": "gems", "amount": 5}]}]
    },
}
RUNNER: dict[str, Any] = {
    "names": ["Ava", "Ben", "Cleo", "Dario", "Elif"],
    "score_spread": 0.3,
    "behavior": {
        "type": "single",
        "block": "progress_linear",
        "params": {"target_score": 5_000_000, "duration_seconds": 86_400, "jitter": 0.4},
    },
}
SHADOW: dict[str, Any] = {
    "behavior": {"type": "single", "block": "track_position", "params": {"anchor": "leader", "most_per_second": 500}}
}
DAILY: dict[str, Any] = {
    "timeframe": {"type": "daily"},
    "scoring": {"aggregation": "best"},
    "ranking": {"decimals": 1},
    "authoritative": False,
    "reward_policy": PODIUM,
    "bots": {"which": ["runner", "runner", "shadow"], "fill": {"to": 7}, "kinds": {"runner": RUNNER, "shadow": SHADOW}},
}
BOARDS = {"daily": DAILY, "open": {**DAILY, "reveal_bots": True}}


@pytest.fixture(params=["grpcio", "envoy", "grpcio on postgresql"], autouse=True)
def door(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which door is opened, and on which store where it is not the embedded one."""
    stand: str = request.param
    chosen = stand.partition(" on ")[0]
    if chosen == "envoy" and (missing := why_no_envoy()):
        not_here(missing)
    monkeypatch.setenv("LAUREL_DOOR", chosen)
    return stand


@pytest.fixture
async def server(tmp_path: Path, door: str, databases: Databases) -> AsyncIterator[ServerProcess]:
    """A server with two boards that have bots, which ends without an error in its log."""
    on_postgresql = door.endswith("postgresql")
    environment = {"LAUREL_STORE__URL": await databases.fresh(NEWEST)} if on_postgresql else {}
    process = await ServerProcess(tmp_path, None, environment, BOARDS).start()
    yield process
    await process.stop()
    assert not [line for line in process.lines if line.get("level") in ("error", "critical")]


async def page(client: Client, key: str = "daily", **options: Any) -> Any:
    return (await client.call(f"{BOARD}/ListEntries", key=key, **options)).page


async def test_l22_bots_appear_and_move_for_who_watches(server: ServerProcess) -> None:
    """From one score on: nobody but bots changes anything."""
    ann = await server.player("ann")
    await ann.call(f"{BOARD}/SubmitScore", key="daily", score=3)
    async with asyncio.timeout(DEADLINE), aclosing(ann.watch(f"{BOARD}/WatchLeaderboard", key="daily")) as stream:
        ready = (await anext(stream)).ready
        (mine,) = (row.player_id for row in ready.entries if row.name == "ann")
        scores: dict[str, list[float]] = {row.player_id: [row.score] for row in ready.entries}
        assert len(scores) == 8
        async for message in stream:
            for row in message.score_update.updates:
                scores.setdefault(row.player_id, []).append(row.score)
            bots = [told for player, told in scores.items() if player != mine]
            if all(len(told) > 2 for told in bots):
                break
        assert all(told == sorted(told) for told in bots), "none goes back"
        assert len(scores) == 8


async def test_l22_bots_move_in_server_sent_events(server: ServerProcess, door: str) -> None:
    signed = await server.anybody.call("SessionService/Authenticate", device_id="device-of-ann", name="ann")
    moved: set[str] = set()
    token = f"Bearer {signed.session.token}"
    async with opened(server, door, "/v1/leaderboards/daily/stream", authorization=token) as stream:
        assert stream.status == 200
        async for event in stream:
            if event.name == "score_update":
                moved |= {row["player_id"] for row in event.data["updates"]}
            if len(moved) == 7:
                break


async def test_l7_what_a_bot_is_trusted_callers_are_told_and_players_where_bots_are_revealed(
    server: ServerProcess,
) -> None:
    ann = await server.player("ann")
    await ann.call(f"{BOARD}/SubmitScore", key="daily", score=3)
    await ann.call(f"{BOARD}/SubmitScore", key="open", score=3)
    seen = (await page(ann)).entries
    assert {row.kind for row in seen} == {pb.PLAYER_KIND_UNSPECIFIED}
    assert all(row.num_scores >= 1 and row.metadata == "{}" and row.HasField("reached_time") for row in seen)
    assert all(len(row.player_id) == len(seen[0].player_id) for row in seen)
    for revealed in ((await page(server.operator)).entries, (await page(ann, "open")).entries):
        assert sorted(row.kind for row in revealed) == [pb.PLAYER_KIND_PLAYER] + [pb.PLAYER_KIND_BOT] * 7


async def test_l7_bots_win_nothing_and_the_best_human_wins_the_first_prize(server: ServerProcess) -> None:
    ann, bob = await server.player("ann"), await server.player("bob")
    await ann.call(f"{BOARD}/SubmitScore", key="daily", score=2)
    await bob.call(f"{BOARD}/SubmitScore", key="daily", score=1)
    await to_the_next_day(server, ann)
    final = await final_period(ann, "daily")
    rows = (await page(server.operator, window_key=final.window_key)).entries
    assert len(rows) == 9
    assert prizes(rows) == {"ann": (1, "gold"), "bob": (2, "")}
    assert prizes((await page(bob, window_key=final.window_key)).entries) == {"bob": (2, "")}
    assert rows[0].name not in {"ann", "bob"}
    assert len((await ann.call("RewardService/ListGrants")).grants) == 1
    assert not (await bob.call("RewardService/ListGrants")).grants


def prizes(rows: list[Any]) -> dict[str, tuple[int, str]]:
    """The places among those who can win, as far as they are told."""
    return {row.name: (row.prize_position, row.prize_tier) for row in rows if row.prize_position}


def known(server: ServerProcess, segment: str = "") -> tuple[dict[str, Any], list[list[Any]]]:
    """What the store of a server knows of the bots of the running period, and their entries: all of one moment."""
    with closing(sqlite3.connect(f"file:{server.folder / 'laurel.db'}?mode=ro", uri=True)) as connection:
        connection.execute("begin")
        (secret,) = connection.execute("select value from installation where name = 'secret'").fetchone()
        (content,) = connection.execute(
            "select d.content from definition_content d join board_activation a on a.hash = d.hash"
            " where a.leaderboard = 'daily' order by a.activated_at desc"
        ).fetchone()
        start, second, bots = connection.execute(
            "select period_start, second, bots from board_bots where leaderboard = 'daily' order by period_start desc"
        ).fetchone()
        where = (start, segment)
        sightings = connection.execute(
            "select anchor, rank, second, points from board_sighting"
            " where leaderboard = 'daily' and period_start = ? and segment = ? order by second",
            where,
        ).fetchall()
        entries = connection.execute(
            "select e.player_id, p.name, e.score, e.samples, e.changed_at from board_entry e join player p using (player_id)"
            " where e.leaderboard = 'daily' and e.period_start = ? and e.segment = ? and e.is_bot = 1",
            where,
        ).fetchall()
    said = {
        "key": "daily",
        "content": content,
        "start": start,
        "segment": segment,
        "secret": secret.hex(),
        "second": second,
        "bots": bots,
        "sightings": sightings,
    }
    return said, sorted(map(list, entries))


async def test_l3_bots_score_the_same_in_every_interpreter_and_after_every_restart(
    server: ServerProcess, door: str
) -> None:
    """What a server has in its store is what others come to from the seed, before it was killed and afterwards."""
    if door != "grpcio":
        pytest.skip("the door has no part in it, and other stores cannot be looked into beside a server")
    ann = await server.player("ann")
    await ann.call(f"{BOARD}/SubmitScore", key="daily", score=100)
    for number in range(3):
        if number:
            await server.kill()
            await server.start()
            ann = await server.player("ann")
            await move(server, timedelta(seconds=1000 * number))
        seconds: set[int] = set()

        async def moved(seen: set[int] = seconds, client: Client = ann) -> bool:
            await page(client)
            seen.add(known(server)[0]["second"])
            return len(seen) > 2

        await eventually(moved, DEADLINE)
        said, entries = known(server)
        for hash_seed in ("1", "99"):
            told = await asyncio.to_thread(elsewhere, hash_seed, "board", given=json.dumps(said))
            assert sorted(json.loads(line) for line in told.splitlines()) == entries
        assert (len(entries), said["second"] >= 1000 * number) == (7, True)
