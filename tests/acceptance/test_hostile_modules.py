"""Whatever a module does, only the call that asked it suffers: the others go on beside it (M4, M8)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from server.client import CallFailed, Client
from tests.acceptance.process import WEEKLY, ServerProcess, eventually

SECRET = "the secret of the studio"
DEADLINE = 20.0
SINGERS = 4
HOSTILE = f'''
import asyncio, threading, time
from server.modules_api import *

def register(registry):
    for name, function in list(globals().items()):
        if name.startswith("do_"):
            registry.function(name[3:], function)
    registry.cohort_selection(spoil)
    registry.before("GetWallet", spoil_request)

async def do_raise(ctx):
    raise ValueError("{SECRET}")

async def do_nonsense(ctx):
    return {{"circle": threading.Lock()}}

async def do_sleep(ctx):
    await asyncio.sleep(600)

async def do_never_mind(ctx):
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            pass

async def do_import(ctx):
    import nothing_of_the_kind

async def do_exit(ctx):
    raise SystemExit(3)

async def do_block(ctx, payload):
    time.sleep(payload)
    return not threading.current_thread().name.startswith("module-")

async def do_block_for_ever(ctx):
    while True:
        pass

def do_loop_for_ever(ctx):
    while True:
        pass

def do_hang(ctx):
    time.sleep(600)

def do_plain(ctx):
    return "fine"

async def do_stored(ctx, payload):
    time.sleep(payload["hold"])
    await ctx.storage.put("c", "k", payload["value"])
    return (await ctx.storage.get("c", "k")).value

async def spoil(event, properties, candidates):
    event.additional_properties["cohorts"] = "spoilt"
    properties["client"]["spoilt"] = True
    candidates.clear()
    raise RuntimeError("{SECRET}")

async def spoil_request(ctx, request):
    ctx.settings["spoilt"] = True
'''


async def sing(player: Client, failures: list[CallFailed], stopping: asyncio.Event, sung: list[int]) -> None:
    while not stopping.is_set():
        try:
            await player.call("EventLeaderboardService/SubmitScore", timeout=DEADLINE, id="weekly", score=1)
            sung.append(1)
        except CallFailed as failure:
            failures.append(failure)


@asynccontextmanager
async def a_chorus(server: ServerProcess) -> AsyncIterator[list[int]]:
    """Players who submit all the time; none of their calls may fail, and all of them count."""
    singers = [await server.player(f"singer-{number}") for number in range(SINGERS)]
    for one in singers:
        await one.call("EventLeaderboardService/RollCohort", id="weekly")
    failures, sung, stopping = list[CallFailed](), list[int](), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for one in singers:
            tasks.create_task(sing(one, failures, stopping, sung))
        yield sung
        stopping.set()
    assert failures == []
    shown = await singers[0].call(
        "EventLeaderboardService/GetEventLeaderboard", id="weekly", view="STANDINGS_VIEW_COHORT"
    )
    assert sum(row.score for row in shown.event_leaderboard.scores) == len(sung)


@pytest.fixture
async def hostile(tmp_path: Path, door: str) -> AsyncIterator[ServerProcess]:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "hostile.py").write_text(HOSTILE)
    server = await ServerProcess(tmp_path, {"weekly": WEEKLY}).start()
    yield server
    await server.kill()


async def function(player: Client, name: str, payload: str = "null") -> Any:
    answer = await player.call("ModuleService/CallFunction", timeout=DEADLINE, name=name, payload=payload)
    return answer.payload


async def fails(player: Client, name: str, payload: str = "null") -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await function(player, name, payload)
    return caught.value


def logged(server: ServerProcess, event: str, **fields: Any) -> list[dict[str, Any]]:
    return [line for line in server.lines if line.get("event") == event and fields.items() <= line.items()]


async def until_logged(server: ServerProcess, event: str, count: int = 1, **fields: Any) -> list[dict[str, Any]]:
    async def is_there() -> bool:
        return len(logged(server, event, **fields)) >= count

    await eventually(is_there)
    return logged(server, event, **fields)


@pytest.mark.parametrize("name", ["raise", "nonsense", "sleep", "never_mind", "import", "exit", "hang"])
async def test_m4_what_fails_fails_its_own_call_with_an_incident_that_the_log_knows(
    hostile: ServerProcess, name: str
) -> None:
    ann = await hostile.player("ann")
    async with a_chorus(hostile) as sung:
        failure = await fails(ann, name)
        assert (failure.code, failure.reason) == ("INTERNAL", "HOOK_FAILED")
        assert SECRET not in str(failure) + str(failure.metadata)
        (line,) = await until_logged(hostile, "hook_failed", incident=failure.metadata["incident"])
        assert (line["module"], line["hook"]) == ("hostile", f"function {name}")
        before = len(sung)

        async def goes_on() -> bool:
            return len(sung) > before + SINGERS

        await eventually(goes_on)


async def test_m8_a_hook_that_holds_the_loop_is_named_and_the_third_time_leaves_it(hostile: ServerProcess) -> None:
    ann, bob = await hostile.player("ann"), await hostile.player("bob")
    async with a_chorus(hostile):
        for number in range(3):
            assert await function(ann, "block", "1.0") == "true"  # on the loop, where nothing can end it in time
            named = await until_logged(hostile, "hook_holds_the_loop", number + 1)
            assert (named[-1]["module"], named[-1]["hook"]) == ("hostile", "function block")
            assert "time.sleep(payload)" in named[-1]["stack"]
        await until_logged(hostile, "module_leaves_the_loop")

        blocking = asyncio.ensure_future(fails(ann, "block", "1.0"))
        for _ in range(20):  # beside it, not behind it
            await bob.call("RewardService/GetInventory", timeout=DEADLINE)
            assert not blocking.done() or blocking.result()
        await blocking
        assert await function(ann, "block", "0") == "false"
        assert await function(ann, "stored", '{"hold": 0.05, "value": [1]}') == "[1]"
    assert len(logged(hostile, "hook_holds_the_loop")) == 3
    _, metrics = await hostile.http("/metrics")
    assert 'laurel_hook_held_loop_total{hook="function block",module="hostile"} 3.0' in metrics


async def test_m8_a_hook_that_would_never_let_go_of_the_loop_is_stopped(hostile: ServerProcess) -> None:
    ann = await hostile.player("ann")
    async with a_chorus(hostile):
        assert (await fails(ann, "block_for_ever")).reason == "HOOK_FAILED"
        (line,) = await until_logged(hostile, "hook_stopped")
        assert line["hook"] == "function block_for_ever"


async def test_m8_threads_that_loop_for_ever_are_stopped_and_the_module_goes_on(hostile: ServerProcess) -> None:
    ann = await hostile.player("ann")
    async with a_chorus(hostile):
        failures = await asyncio.gather(*(fails(ann, "loop_for_ever") for _ in range(12)))
        assert {one.reason for one in failures} == {"HOOK_FAILED"}

        async def is_free() -> bool:
            try:
                return bool(await function(ann, "plain") == '"fine"')
            except CallFailed:
                return False

        await eventually(is_free, DEADLINE)


async def test_m8_a_module_whose_threads_hang_fails_at_once_and_harms_no_other(hostile: ServerProcess) -> None:
    (hostile.folder / "modules" / "other.py").write_text(
        "def register(registry):\n    registry.function('other', other)\n\ndef other(ctx):\n    return 'fine'\n"
    )
    await hostile.operator.call("AdminService/Reload")
    ann = await hostile.player("ann")
    await asyncio.gather(*(fails(ann, "hang") for _ in range(12)))
    failure = await fails(ann, "plain")
    (line,) = await until_logged(hostile, "hook_failed", incident=failure.metadata["incident"])
    assert "found none of the module's 8 threads free" in line["what"]
    assert await function(ann, "other") == '"fine"'


async def test_m8_a_module_that_keeps_failing_is_reported_loudly_and_the_server_stays_ready(
    hostile: ServerProcess,
) -> None:
    ann = await hostile.player("ann")
    for _ in range(20):
        await fails(ann, "raise")
    (line,) = await until_logged(hostile, "module_keeps_failing")
    assert (line["level"], line["module"], line["failures_in_a_row"]) == ("critical", "hostile", 20)
    assert (await hostile.http("/readyz"))[0] == 200


async def test_m4_what_a_module_spoils_is_its_own(hostile: ServerProcess) -> None:
    ann = await hostile.player("ann")
    rolled = await ann.call("EventLeaderboardService/RollCohort", id="weekly", with_definition=True)
    assert dict(rolled.event_leaderboard.additional_properties) == {}
    with pytest.raises(CallFailed, match="HOOK_FAILED"):
        await ann.call("RewardService/GetWallet")
    assert len(await until_logged(hostile, "hook_failed", module="hostile")) == 2
