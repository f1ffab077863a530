"""The way from an empty folder to a rule in force, by the commands of docs/MODULES.md as they are printed there (M7)."""

import asyncio
import json
import os
import re
import shlex
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc.aio
import pytest

from server.client import CallFailed, Client
from tests.acceptance.process import OWN_CONNECTION

DOCS = Path(__file__).parents[2] / "docs" / "MODULES.md"
CHAPTER = DOCS.read_text("utf-8").split("\n## Your first module\n")[1].split("\n## ")[0]
COMMAND_SECONDS = 60
START_SECONDS = 30
STOP_SECONDS = 30
EVENTS = "EventLeaderboardService"


def block(kind: str) -> list[str]:
    """Return the lines of the chapter's one block of a kind."""
    (lines,) = re.findall(rf"```{kind}\n(.*?)```", CHAPTER, re.DOTALL)
    return str(lines).splitlines()


def environment() -> dict[str, str]:
    """Return an environment like a reader's: `laurel` on the path, nothing set, but free ports and lines to be read."""
    programs = Path(sys.executable).parent
    assert (programs / "laurel").is_file(), f"there is no laurel in {programs}; `make` puts it there"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LAUREL_", "PYTEST_", "PYTHON"))}
    return {
        **clean,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "LAUREL_GRPC__PORT": "0",
        "LAUREL_HTTP__PORT": "0",
        "LAUREL_LOG__FORMAT": "json",
    }


async def ran(command: str, folder: Path) -> str:
    """Run a command to its end, and return what it printed."""
    process = await asyncio.create_subprocess_exec(
        *shlex.split(command), cwd=folder, env=environment(), stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            printed, complained = await process.communicate()
    except TimeoutError:
        process.kill()
        raise
    assert process.returncode == 0, f"{command}: {printed.decode()}{complained.decode()}"
    return printed.decode()


@asynccontextmanager
async def serving(command: str, folder: Path) -> AsyncIterator[list[dict[str, Any]]]:
    """Run a command that serves, hand out its log up to where it does, and stop it."""
    process = await asyncio.create_subprocess_exec(*shlex.split(command), cwd=folder, env=environment(), stderr=PIPE)
    try:
        async with asyncio.timeout(START_SECONDS):
            lines = await lines_until("serving", process)
        yield lines
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.communicate()
        except TimeoutError:
            process.kill()
            raise


async def lines_until(event: str, process: Process) -> list[dict[str, Any]]:
    assert process.stderr is not None
    lines: list[dict[str, Any]] = []
    while not lines or lines[-1]["event"] != event:
        text = (await process.stderr.readline()).decode()
        assert text, f"it ended: {lines}"
        lines.append(json.loads(text) if text.startswith("{") else {"event": "", "text": text})
    return lines


async def test_m7_from_an_empty_folder_to_a_rule_in_force(tmp_path: Path) -> None:
    *commands, serve = block("sh")
    assert len(commands) + 1 <= 5
    printed = [await ran(command, tmp_path) for command in commands]
    assert any("3 passed" in text for text in printed)
    async with serving(serve, tmp_path) as lines:
        told = {line["event"]: line for line in lines}
        assert told["reloaded"]["modules"] == ["fair_scores"]
        assert told["reloaded"]["event_leaderboards"] == 1
        token = (await ran("laurel token ann", tmp_path)).strip()
        async with grpc.aio.insecure_channel(told["serving"]["grpc"], OWN_CONNECTION) as channel:
            await plays_as_printed(Client(channel, token=token))


async def plays_as_printed(ann: Client) -> None:
    """Make the calls of the second block, and see what stands there."""
    rolled, submitted, refused, called, answered = block("console")[1:]
    assert '"first_event"' in rolled
    assert (await ann.call(f"{EVENTS}/RollCohort", id="first_event")).event_leaderboard.cohort_id
    assert '"score": 10001' in submitted
    with pytest.raises(CallFailed) as caught:
        await ann.call(f"{EVENTS}/SubmitScore", id="first_event", score=10_001)
    assert caught.value.reason in refused
    await ann.call(f"{EVENTS}/SubmitScore", id="first_event", score=10_000)
    assert '"fair_scores.limit"' in called
    answer = await ann.call("ModuleService/CallFunction", name="fair_scores.limit")
    assert json.loads(answered) == {"payload": answer.payload}
