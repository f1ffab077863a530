"""kill -9 between what happened and its telling: every notice still arrives, in the order of its cohort (M1)."""

import asyncio
import json
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

from google.protobuf.duration_pb2 import Duration

from server.client import CallFailed, Client
from tests.acceptance.process import WEEKLY, ServerProcess, eventually

EVENT = "EventLeaderboardService"
PLAYERS = 16
WEEKS = {"grpcio": 6, "envoy": 2}
"""By door: behind either, the same worker tells."""
WEEK = Duration(seconds=7 * 86_400)
LISTENER = """
import json, os

def register(registry):
    registry.cohort_completed(completed)
    registry.grant_created(granted)

def note(**fact):
    file = os.open({file!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, json.dumps(fact).encode() + b"\\n")
    os.close(file)

async def completed(cohort, notice):
    note(kind="completed", cohort=cohort.id, notice=notice.id)

async def granted(player, grant, notice):
    note(kind="granted", cohort=grant.key.split(":")[2], notice=notice.id, grant=grant.id)
"""


async def play(player: Client) -> None:
    await player.call(f"{EVENT}/RollCohort", id="weekly", minimal=True)
    await player.call(f"{EVENT}/SubmitScore", id="weekly", score=1)


async def grants_of(players: list[Client]) -> set[str]:
    listed = await asyncio.gather(*(one.call("RewardService/ListGrants", page_size=100) for one in players))
    return {grant.id for answer in listed for grant in answer.grants}


async def test_notices_survive_kill_9_and_keep_their_order(tmp_path: Path, door: str) -> None:
    file = tmp_path / "told.jsonl"
    file.touch()
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "listener.py").write_text(LISTENER.format(file=str(file)))
    environment = {"LAUREL_MODULES_SECONDS": "0.01"}
    server = ServerProcess(tmp_path, {"weekly": WEEKLY | {"auto_claim": True, "cohort_size": 4}}, environment)
    try:
        await weeks_of_power_cuts(server, WEEKS[door])
        players = [await server.player(f"p{number}") for number in range(PLAYERS)]
        grants = await grants_of(players)
    finally:
        await server.kill()
    assert len(grants) == PLAYERS * WEEKS[door]
    check(told_in(file), grants)


async def weeks_of_power_cuts(server: ServerProcess, weeks: int) -> None:
    """Play so many weeks, each ended by a power cut, and let the server catch up."""
    dice = random.Random(7)
    for _ in range(weeks):
        await server.start()
        players = [await server.player(f"p{number}") for number in range(PLAYERS)]
        await asyncio.gather(*map(play, players))
        await server.operator.call("DebugService/MoveClock", forward=WEEK)
        await asyncio.sleep(dice.uniform(0.0, 0.12))  # the random point at which the power fails
        await server.kill()
    await server.start()
    await eventually(lambda: all_is_told(server), 60)


async def all_is_told(server: ServerProcess) -> bool:
    """Whether every grant has been made, and nothing waits any more."""
    try:
        left = await server.operator.call("AdminService/ListParkedNotices")
    except CallFailed:
        return False
    assert left.parked_count == 0
    players = [await server.player(f"p{number}") for number in range(PLAYERS)]
    unpaid = len(await grants_of(players)) % PLAYERS
    return bool(left.waiting_count == 0 and not unpaid)


def told_in(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def check(told: list[dict[str, Any]], grants: set[str]) -> None:
    """Everything was told at least once, and what was told for the first time came in its order."""
    assert {one["grant"] for one in told if one["kind"] == "granted"} == grants
    first_times: dict[str, dict[int, str]] = defaultdict(dict)
    for one in told:
        first_times[one["cohort"]].setdefault(one["notice"], one["kind"])
    for cohort, seen in first_times.items():
        assert list(seen) == sorted(seen), cohort
        assert list(seen.values()).count("completed") == 1, cohort
