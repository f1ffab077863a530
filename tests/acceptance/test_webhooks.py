"""A real server tells a studio's server what happened, through kills and while the studio is out of order (B80, B81)."""

import asyncio
import hashlib
import hmac
import json
import random
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from server.api.pb.server_service_pb2 import LeaderboardSubmission
from server.client import Client
from tests.acceptance.process import ServerProcess, eventually
from tests.webhooks.receiver import OK, Received, Receiver, receiver

SECRET = "kd83JK2l-acceptance-only-0a9s8d7f6g"
DAYS, PLAYERS = 3, 120
TIERS = [{"to": PLAYERS, "key": "all", "entries": [{"type": "currency", "currencyKey": "gems", "amount": 1}]}]
DAILY: dict[str, Any] = {
    "timeframe": {"type": "daily"},
    "scoring": {"aggregation": "best"},
    "reward_policy": {"type": "top_n", "parameters": {"tiers": TIERS}},
    "authoritative": False,
}


def server_of(folder: Path, studio: Receiver) -> ServerProcess:
    webhook = {
        "name": "studio",
        "url": studio.url,
        "secrets": [SECRET],
        "allows_private": True,
        "ca_file": studio.ca_file,
        "kinds": ["shared_leaderboard.period_finalized", "grant.created"],
    }
    environment = {"LAUREL_WEBHOOKS": json.dumps([webhook]), "LAUREL_MODULES_SECONDS": "0.05"}
    return ServerProcess(folder, environment=environment, boards={"daily": DAILY})


async def play_a_day(operator: Client) -> None:
    """Let everybody score, and the day end."""
    for first in range(0, PLAYERS, 60):
        scores = [
            LeaderboardSubmission(player_id=f"p{number:03}", key="daily", score=number)
            for number in range(first, first + 60)
        ]
        answer = await operator.call("ServerService/SubmitScores", leaderboard_submissions=scores)
        assert all(one.applied for one in answer.leaderboard_results)
    await operator.call("DebugService/MoveClock", forward=Duration(seconds=86_400))


def is_signed(one: Received) -> bool:
    at, proof = one.headers["x-signature"].split(",")
    message = at.removeprefix("t=").encode() + b"." + one.body
    return proof == "v1=" + hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest()


@pytest.mark.timeout(240)
async def test_b81_killed_and_with_a_studio_that_fails_half_of_the_time_nothing_is_lost(tmp_path: Path) -> None:
    dice = random.Random(3)
    taken: dict[str, dict[str, Any]] = {}

    async def answers(one: Received) -> bytes:
        if dice.random() < 0.5 and int(one.headers["x-attempt"]) < 3:  # waits double each time
            return b"HTTP/1.1 503 Not Now\r\nContent-Length: 0\r\n\r\n"
        taken[one.data["id"]] = one.data
        return OK

    (tmp_path / "studio").mkdir()
    async with receiver(tmp_path / "studio") as studio:
        studio.answer = answers
        server = await server_of(tmp_path, studio).start()
        for _ in range(DAYS):
            await play_a_day(server.operator)
            await asyncio.sleep(dice.uniform(0, 0.3))  # the random point at which the power fails
            await server.kill()
            await server.start()

        async def everything_is_taken() -> bool:
            kinds = [body["kind"] for body in taken.values()]
            return len(kinds) == 3 * DAYS

        await eventually(everything_is_taken, 60)
        await server.stop()
    assert all(is_signed(one) for one in studio.received)
    periods = [one["data"] for one in taken.values() if one["kind"] == "shared_leaderboard.period_finalized"]
    assert [one["entries"] for one in periods] == [PLAYERS] * DAYS
    grants = [grant for one in taken.values() if one["kind"] == "grant.created" for grant in one["data"]["grants"]]
    assert len({grant["key"] for grant in grants}) == len(grants) == PLAYERS * DAYS
