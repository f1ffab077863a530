"""A studio's modules in a real server process: called, swapped under load, and kept from doing harm (M3 to M6, M8)."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.struct_pb2 import Struct

from server.api.pb import event_leaderboard_pb2 as events
from server.client import CallFailed, Client
from tests.acceptance.process import WEEKLY, ServerProcess, eventually

EVENT = "EventLeaderboardService"
API = "import asyncio, sys, time\nfrom server.modules_api import *\n\n"
SELECT = API + "def register(registry):\n    registry.cohort_selection(hook)\n\n"
CHANGE = API + "def register(registry):\n    registry.reward(hook)\n\n"
CLUBS = (
    SELECT
    + """
async def hook(event, player, candidates, properties):
    club = properties["client"].get("club", "")
    for one in candidates:
        if one.properties.get("club") == club:
            return JoinCohort(one.cohort_id)
    return NewCohort(properties={"club": club})
"""
)
INTO_TIER = SELECT + "async def hook():\n    await asyncio.sleep({seconds})\n    return NewCohort(tier={tier})\n"
BLOCKING = SELECT + "async def hook():\n    time.sleep(0.3)\n    return None\n"
SECRET = "the secret of the studio"
REWARDS = (
    CHANGE
    + f"""
SAYS = {{
    "bob": lambda: 1 / 0,
    "cid": lambda: Refusal("NOT_TODAY", "Come back tomorrow.", "PERMISSION_DENIED"),
    "dan": lambda: Refusal(7, None),
    "eve": lambda: Refusal("FINE", "All is well.", "OK"),
    "fay": lambda: Refusal("HALF", "half a character: \\ud800"),
    "gil": lambda: Refusal("LISTED", "A code of a kind of its own.", ["INTERNAL"]),
}}

def hook(player, reward):
    if player.name == "ann":
        return reward.plus(coins=5, gems=1)
    try:
        refusal = SAYS[player.name]()
    except ZeroDivisionError as error:
        raise ValueError("{SECRET}") from error
    raise refusal
"""
)

ODD_REFUSALS_ARE = ("FAILED_PRECONDITION", "INTERNAL")


def write(folder: Path, name: str, code: str) -> None:
    (folder / "modules").mkdir(parents=True, exist_ok=True)
    (folder / "modules" / f"{name}.py").write_text(code)


@asynccontextmanager
async def serving(folder: Path, code: str, **event: Any) -> AsyncIterator[ServerProcess]:
    """Serve with one module, `mine`, and stop."""
    write(folder, "mine", code)
    server = await ServerProcess(folder, {"weekly": {**WEEKLY, **event}}).start()
    try:
        yield server
    finally:
        await server.kill()


async def reload(server: ServerProcess, code: str, outcome: str = "reloaded") -> None:
    """Swap the module, and wait until the log tells what came of it."""
    seen = count(server, outcome)
    write(server.folder, "mine", code)
    server.signal(signal.SIGHUP)

    async def told() -> bool:
        return count(server, outcome) > seen

    await eventually(told)


def count(server: ServerProcess, event: str) -> int:
    return sum(line["event"] == event for line in server.lines)


async def roll(player: Client, **fields: Any) -> events.EventLeaderboard:
    rolled = await player.call(f"{EVENT}/RollCohort", id="weekly", **fields)
    shown: events.EventLeaderboard = rolled.event_leaderboard
    return shown


async def club(server: ServerProcess, name: str, wish: str) -> str:
    properties = Struct()
    properties.update({"club": wish})
    return (await roll(await server.player(name), properties=properties)).cohort_id


async def test_m5_a_module_decides_who_meets_whom(tmp_path: Path) -> None:
    async with serving(tmp_path, CLUBS) as server:
        ann, bob, cid = [await club(server, *one) for one in (("ann", "red"), ("bob", "blue"), ("cid", "red"))]
        assert ann == cid != bob
        assert (await server.operator.call("AdminService/GetCatalogue")).modules == ["mine"]


async def test_m6_modules_are_swapped_under_load_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path, INTO_TIER.format(seconds=0.02, tier=1), tiers=3) as server:
        players = [await server.player(f"p{number}") for number in range(60)]
        rolls = [asyncio.ensure_future(rolled_into(player, number)) for number, player in enumerate(players)]
        await asyncio.wait(rolls, return_when=asyncio.FIRST_COMPLETED, timeout=5)
        await reload(server, INTO_TIER.format(seconds=0, tier=2))
        async with asyncio.timeout(10):
            tiers = await asyncio.gather(*rolls)
        assert tiers[0] == 1
        assert (await roll(await server.player("after"))).tier == 2

        for broken in ("x = = 1\n", SELECT.replace("hook)", "hok)"), SELECT + "def hook(candidate):\n    pass\n"):
            await reload(server, broken, "reload_refused")
        assert (await roll(await server.player("later"))).tier == 2
        last = (await server.operator.call("AdminService/GetCatalogue")).last_reload
        assert not last.reloaded
        # No call failed; one that fell back to the default did so because its hook was late on a busy machine.
        assert tiers.count(0) <= count(server, "hook_failed") < len(players) / 2
        assert any("did you mean 'candidates'?" in one.message for one in last.diagnostics)

        await reload(server, BLOCKING)
        slow = asyncio.ensure_future(roll(await server.player("slow")))
        quick = await server.player("quick")
        assert not (
            await quick.call(f"{EVENT}/GetEventLeaderboard", id="weekly", timeout=5)
        ).event_leaderboard.cohort_id
        assert (await slow).cohort_id  # it delayed others, and itself, and no more
        assert (await server.http("/readyz"))[0] == 200


async def rolled_into(player: Client, number: int) -> int:
    """Roll a little after the one before, so that some are in a hook whenever the swap happens."""
    await asyncio.sleep(number * 0.002)
    tier: int = (await roll(player)).tier
    return tier


@pytest.mark.parametrize(
    "code",
    [
        "import sys\ndel sys.modules[__name__]\nraise ValueError('after')\n",
        "def __getattr__(name):\n    raise RuntimeError(name)\n",
    ],
    ids=["removes itself", "raises when looked at"],
)
async def test_m6_a_module_that_fails_strangely_at_reload_does_not_end_the_server(tmp_path: Path, code: str) -> None:
    """A reload that dies of anything but ModuleInvalid takes the task group with it, and all players."""
    async with serving(tmp_path, CLUBS) as server:
        ann = await server.player("ann")
        write(tmp_path, "mine", code)
        server.signal(signal.SIGHUP)

        async def told() -> bool:
            return count(server, "reload_refused") > 0 or count(server, "stopped") > 0 or not await alive(ann)

        await eventually(told)
        assert (await roll(ann)).cohort_id


async def alive(player: Client) -> bool:
    try:
        await player.call(f"{EVENT}/ListEventLeaderboards", timeout=1)
    except CallFailed:
        return False
    return True


async def test_m8_a_hook_that_exits_does_not_end_the_server(tmp_path: Path) -> None:
    async with serving(tmp_path, SELECT + "def hook():\n    sys.exit(3)\n") as server:
        assert (await roll(await server.player("ann"))).cohort_id
        assert (await roll(await server.player("bob"))).cohort_id


async def test_m4_a_reward_hook_changes_a_reward_refuses_or_fails_without_a_word(tmp_path: Path) -> None:
    names = ("ann", "bob", "cid", "dan", "eve", "fay", "gil")
    async with serving(tmp_path, REWARDS) as server:
        players = {name: await server.player(name) for name in names}
        for player in players.values():
            await roll(player, minimal=True)
            await player.call(f"{EVENT}/SubmitScore", id="weekly", score=1)
        await server.operator.call("DebugService/MoveClock", forward=Duration(seconds=7 * 86_400))
        granted = (await players["ann"].call(f"{EVENT}/ClaimReward", id="weekly")).grant
        assert granted.reward.currencies == {"coins": 15, "gems": 1}

        failure = await failed(players["bob"])
        assert (failure.code, failure.reason) == ("INTERNAL", "HOOK_FAILED")
        assert SECRET not in f"{failure} {failure.metadata}"
        (line,) = [line for line in server.lines if line.get("incident") == failure.metadata["incident"]]
        assert (line["event"], line["module"], line["hook"]) == ("hook_failed", "mine", "reward")
        assert SECRET in str(line)

        refusal = await failed(players["cid"])
        assert (refusal.code, refusal.reason, refusal.message) == (
            "PERMISSION_DENIED",
            "NOT_TODAY",
            "Come back tomorrow.",
        )
        await reload(server, CHANGE + "def hook(reward):\n    return reward\n")
        for name in names[1:3]:
            granted = (await players[name].call(f"{EVENT}/ClaimReward", id="weekly")).grant
            assert granted.reward.currencies == {"coins": 10}

        await reload(server, REWARDS)
        odd = {name: str(await failed(players[name])) for name in names[3:]}
        # An odd refusal is a refusal, or a hook that failed; it is never OK or UNKNOWN, and tells of no TypeError.
        assert {name: text for name, text in odd.items() if text.split()[0] not in ODD_REFUSALS_ARE} == {}


async def failed(player: Client) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await player.call(f"{EVENT}/ClaimReward", id="weekly", timeout=2)
    return caught.value
