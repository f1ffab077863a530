"""kill -9 in the middle of load, ten times: whatever was acknowledged is there once, no reward twice."""

import asyncio
import random
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from google.protobuf.duration_pb2 import Duration

from server.client import CallFailed, Client
from tests.acceptance.process import WEEKLY, ServerProcess

EVENT = "EventLeaderboardService"
PLAYERS = 24
KILLS = {"grpcio": 10, "envoy": 4}
"""By door: behind either, the same store writes."""
DAY = 86_400


class Ledger:
    """What was acknowledged, and what may have happened besides: a call that was cut off."""

    def __init__(self) -> None:
        self.scores: dict[str, int] = {}
        self.unsure: dict[str, int] = {}
        self.rolled: set[str] = set()
        self.claimed: dict[str, str] = {}


async def play(name: str, player: Client, ledger: Ledger, dice: random.Random, events: list[str]) -> None:
    """Roll, submit and claim in every event until the server is gone."""
    number = 0
    while True:
        event = dice.choice(events)
        key = f"{name}/{event}"
        try:
            if key not in ledger.rolled:
                try:
                    await player.call(f"{EVENT}/RollCohort", id=event, minimal=True, timeout=5)
                except CallFailed as failure:
                    if failure.reason != "COHORT_NOT_COMPLETE":  # it happened, and the answer was lost
                        raise
                ledger.rolled.add(key)
                continue
            score, number = dice.randrange(1, 100), number + 1
            ledger.unsure[key] = ledger.unsure.get(key, 0) + score
            answer = await player.call(f"{EVENT}/SubmitScore", id=event, score=score, timeout=5)
            ledger.unsure[key] -= score
            ledger.scores[key] = ledger.scores.get(key, 0) + score
            assert answer.score >= ledger.scores[key]
        except CallFailed as failure:
            if failure.code not in ("UNAVAILABLE", "CANCELLED", "DEADLINE_EXCEEDED"):
                raise
            return


async def test_what_was_acknowledged_survives_kill_9_ten_times(tmp_path: Path, door: str) -> None:
    events = ["weekly", "second", "third"]
    server = ServerProcess(tmp_path, dict.fromkeys(events, WEEKLY))
    ledger, dice = Ledger(), random.Random(11)
    for kill in range(KILLS[door]):
        await server.start()
        players = {f"p{number}": await server.player(f"p{number}") for number in range(PLAYERS)}
        async with asyncio.TaskGroup() as group:
            for name, player in players.items():
                group.create_task(play(name, player, ledger, random.Random(f"{name}{kill}"), events))
            await asyncio.sleep(dice.uniform(0.05, 0.6))  # the random point at which the power fails
            await server.kill()
    await server.start()
    players = {f"p{number}": await server.player(f"p{number}") for number in range(PLAYERS)}
    await every(check_scores(key, players[key.split("/")[0]], ledger) for key in ledger.rolled)
    assert sum(ledger.scores.values()) > 0
    await claims_survive(server, ledger)


async def check_scores(key: str, player: Client, ledger: Ledger) -> None:
    """The score is what was acknowledged, plus at most what was cut off."""
    seen = (await player.call(f"{EVENT}/GetEventLeaderboard", id=key.split("/")[1])).event_leaderboard
    assert seen.cohort_id, f"{key} was put into a cohort, and is in none"
    low = ledger.scores.get(key, 0)
    assert low <= seen.standing.score <= low + ledger.unsure.get(key, 0), key


async def claims_survive(server: ServerProcess, ledger: Ledger) -> None:
    """Claim under load, killed again and again: each reward is granted once, whatever was acknowledged."""
    await server.operator.call("DebugService/MoveClock", forward=Duration(seconds=7 * DAY))
    keys = sorted(key for key in ledger.rolled if ledger.scores.get(key))
    patience = 0.0
    while len(ledger.claimed) < len(keys):
        patience += 0.02  # the first times it dies at once, later it gets somewhere
        players = {f"p{number}": await server.player(f"p{number}") for number in range(PLAYERS)}
        async with asyncio.TaskGroup() as group:
            for key in keys:
                if key not in ledger.claimed:
                    group.create_task(claim(key, players[key.split("/")[0]], ledger))
            await asyncio.sleep(patience)
            await server.kill()
        await server.start()
    players = {f"p{number}": await server.player(f"p{number}") for number in range(PLAYERS)}
    for name, player in players.items():
        own = [key for key in keys if key.startswith(f"{name}/")]
        grants = (await player.call("RewardService/ListGrants")).grants
        assert sorted(grant.source_id for grant in grants) == sorted(key.split("/")[1] for key in own)
        assert (await player.call("RewardService/GetWallet")).currencies == {"coins": 10 * len(own)}
        for key in own:
            assert ledger.claimed[key] in {"", *(grant.id for grant in grants)}
    await server.stop()


async def claim(key: str, player: Client, ledger: Ledger) -> None:
    try:
        answer = await player.call(f"{EVENT}/ClaimReward", id=key.split("/")[1], minimal=True, timeout=5)
        ledger.claimed[key] = answer.grant.id
    except CallFailed as failure:
        if failure.reason == "ALREADY_CLAIMED":  # it happened, and the answer was lost
            ledger.claimed[key] = ""
        elif failure.code not in ("UNAVAILABLE", "CANCELLED", "DEADLINE_EXCEEDED"):
            raise


async def every(checks: Any) -> None:
    todo: list[Coroutine[Any, Any, None]] = list(checks)
    for first in range(0, len(todo), 50):
        await asyncio.gather(*todo[first : first + 50])
