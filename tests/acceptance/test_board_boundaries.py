"""The end of a leaderboard's period, in real processes: every score on one side, every prize once (B12, B13, B61 to B63).

Killed with -9 while it settles, raced by scores, and down over three boundaries.
"""

import asyncio
import contextlib
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from benchmarks.filling import fill
from benchmarks.servers import SECRET, token_of
from server.api.pb import leaderboard_pb2 as pb
from server.client import CallFailed, Client
from tests.acceptance.process import ServerProcess, eventually
from tests.acceptance.test_workers import Cluster
from tests.postgres import NEWEST, Databases

BOARD = "LeaderboardService"
DAY = 86_400
ENTRIES = 4000
KILLS = {"grpcio": 10, "envoy": 4}
GEMS = {"type": "currency", "currencyKey": "gems"}
TIERS = [
    {"to": 10, "key": "gold", "entries": [{**GEMS, "amount": 100}]},
    {"to": 1500, "key": "silver", "entries": [{**GEMS, "amount": 10}]},
]
DAILY: dict[str, Any] = {
    "name": "Daily",
    "timeframe": {"type": "daily"},
    "scoring": {"aggregation": "sum"},
    "ranking": {"decimals": 0},
    "reward_policy": {"type": "top_n", "parameters": {"tiers": TIERS}},
    "authoritative": False,
}


async def move(operator: Client, seconds: int) -> None:
    await operator.call("DebugService/MoveClock", forward=Duration(seconds=seconds))


async def periods(player: Client) -> list[Any]:
    return list((await player.call(f"{BOARD}/ListPeriods", key="daily", page_size=100)).periods)


async def final_periods(player: Client) -> list[Any]:
    return [one for one in await periods(player) if one.state == pb.PERIOD_STATE_FINAL and one.entries]


async def whole_board(player: Client, window_key: str) -> list[Any]:
    """All rows of a period, page by page."""
    rows: list[Any] = []
    token = ""
    while True:
        answer = await player.call(
            f"{BOARD}/ListEntries", key="daily", window_key=window_key, page_size=1000, page_token=token
        )
        rows += answer.page.entries
        token = answer.next_page_token
        if not token:
            return rows


def prize_of(position: int) -> str:
    return "gold" if position <= 10 else "silver" if position <= 1500 else ""


@pytest.mark.timeout(300)
async def test_b13_killed_inside_settlement_again_and_again_the_same_places_and_prizes(
    tmp_path: Path, door: str
) -> None:
    environment = {
        "LAUREL_SESSION__SECRET": SECRET,
        "LAUREL_SEAL_WAIT_SECONDS": "0",  # nobody plays on: each life goes on at once, and is killed inside settlement
    }
    server = ServerProcess(tmp_path, environment=environment, boards={"daily": DAILY})
    names = [f"player-{number:05}" for number in range(ENTRIES)]
    await asyncio.to_thread(fill, f"sqlite:{tmp_path / 'laurel.db'}", tmp_path / "config", "daily", iter(names))
    await server.start()
    ann = await server.player("ann")
    before = await whole_board(ann, "")
    assert len(before) == ENTRIES
    await move(server.operator, DAY)
    dice = random.Random(7)
    for _ in range(KILLS[door]):
        await asyncio.sleep(dice.uniform(0.0, 0.25))  # the random point at which the power fails
        await server.kill()
        await server.start()
    ann = await server.player("ann")

    async def is_final() -> bool:
        return len(await final_periods(ann)) == 1

    await eventually(is_final, 60)
    (ended,) = await final_periods(ann)
    rows = await whole_board(ann, ended.window_key)
    assert ended.entries == ENTRIES
    assert [(row.player_id, row.score, row.rank) for row in rows] == [
        (row.player_id, row.score, row.rank) for row in before
    ]
    assert [row.position for row in rows] == list(range(1, ENTRIES + 1))
    assert [row.prize_tier for row in rows] == [prize_of(row.position) for row in rows]
    for row in (rows[0], rows[9], rows[10], rows[1499]):
        await paid_once(server, row)
    await paid_nothing(server, rows[1500])
    await server.stop()


async def paid_once(server: ServerProcess, row: Any) -> None:
    player = server.anybody.as_player(token_of(row.player_id))
    (grant,) = (await player.call("RewardService/ListGrants")).grants
    claimed = await player.call("RewardService/ClaimGrant", grant_id=grant.id)
    assert claimed.grant.id == grant.id
    with pytest.raises(CallFailed, match="ALREADY_CLAIMED"):
        await player.call("RewardService/ClaimGrant", grant_id=grant.id)
    amount = 100 if row.prize_tier == "gold" else 10
    assert (await player.call("RewardService/GetWallet")).currencies == {"gems": amount}


async def paid_nothing(server: ServerProcess, row: Any) -> None:
    assert not (await server.anybody.as_player(token_of(row.player_id)).call("RewardService/ListGrants")).grants


async def test_b13_down_over_three_boundaries_three_periods_settle_and_pay_once(tmp_path: Path) -> None:
    server = await ServerProcess(tmp_path, boards={"daily": DAILY}).start()
    for score in (30, 20, 10):
        for name in ("ann", "bob"):
            player = await server.player(name)
            await player.call(f"{BOARD}/SubmitScore", key="daily", score=score + (name == "ann"))
        await move(server.operator, DAY)
        await server.kill()  # most likely before it has settled; either way the next one begins with what is there
        await server.start()
    ann = await server.player("ann")

    async def all_final() -> bool:
        return len(await final_periods(ann)) == 3

    await eventually(all_final, 30)
    for name in ("ann", "bob"):
        player = await server.player(name)
        grants = (await player.call("RewardService/ListGrants")).grants
        assert len(grants) == 3
        assert len({grant.id for grant in grants}) == 3
    for ended, score in zip(await final_periods(ann), (10, 20, 30), strict=True):
        rows = await whole_board(ann, ended.window_key)
        assert [(row.name, row.score) for row in rows] == [("ann", score + 1), ("bob", score)]
    await server.stop()


async def test_b12_scores_that_race_the_bell_stand_in_the_period_of_their_own_time(tmp_path: Path) -> None:
    """Sixty-four players at once, while the clock jumps over three boundaries and each period is sealed behind them."""
    server = await ServerProcess(tmp_path, boards={"daily": DAILY}).start()
    players = [await server.player(f"p{number}") for number in range(64)]
    told = await race(players, server.operator)
    await everything_stands_where_it_was_told(players[0], told)
    await server.stop()


async def test_b12_the_same_with_four_processes_on_one_database(
    tmp_path: Path, databases: Databases, door: str
) -> None:
    environment = {
        "LAUREL_WORKERS": "4",
        "LAUREL_STORE__URL": await databases.fresh(NEWEST),
        "LAUREL_SESSION__SECRET": "a-secret-for-all-workers-0123456789",
        "LAUREL_FOLLOWING_SECONDS": "0.05",
        "LAUREL_DEBUG": "true",
    }
    server = await ServerProcess(tmp_path, environment=environment, boards={"daily": DAILY}).start()
    async with contextlib.AsyncExitStack() as held:
        held.push_async_callback(server.stop)
        cluster = Cluster(server, held)
        players = list((await cluster.players(64)).values())
        told = await race(players, server.operator)
        await everything_stands_where_it_was_told(players[0], told)


async def race(players: list[Client], operator: Client) -> Counter[tuple[str, str]]:
    """Let everybody score all the time while days end; return what was acknowledged, by period and player."""
    told: Counter[tuple[str, str]] = Counter()
    is_over = asyncio.Event()

    async def play(number: int, player: Client) -> None:
        while not is_over.is_set():
            answer = await player.call(f"{BOARD}/SubmitScore", key="daily", score=1)
            if not answer.applied:  # a whole day went by between its call and its transaction, and the seal was quicker
                assert answer.outcome == pb.CONTRIBUTION_OUTCOME_LATE
                continue
            told[answer.period_start_time.ToJsonString(), f"p{number}"] += 1

    async with asyncio.TaskGroup() as group:
        for number, player in enumerate(players):
            group.create_task(play(number, player))
        for _ in range(3):
            await asyncio.sleep(0.4)  # what they do meanwhile is the test
            await move(operator, DAY)
        await asyncio.sleep(0.4)
        is_over.set()
    await move(operator, DAY)
    return told


async def everything_stands_where_it_was_told(player: Client, told: Counter[tuple[str, str]]) -> None:
    starts = {start for start, _ in told}
    assert len(starts) >= 4

    async def all_final() -> bool:
        return {one.start_time.ToJsonString() for one in await final_periods(player)} == starts

    await eventually(all_final, 30)
    stored: Counter[tuple[str, str]] = Counter()
    for ended in await final_periods(player):
        for row in await whole_board(player, ended.window_key):
            assert row.num_scores == row.score
            stored[ended.start_time.ToJsonString(), row.name] = int(row.score)
    assert stored == told
