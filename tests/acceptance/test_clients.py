"""Clients in other languages than ours play a round, over native gRPC, through both doors."""

import asyncio
import fcntl
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.api import annotations_pb2
from google.protobuf.duration_pb2 import Duration

from tests.acceptance.process import ROOT, ServerProcess
from tests.missing import not_here

GOOGLE = Path(annotations_pb2.__file__).parents[2]
REFUSED = grpc.StatusCode.FAILED_PRECONDITION.value[0]
RUN_SECONDS = 60
BUILD_SECONDS = 480
"""Two thirds of a minute on two idle cores."""


LAPS = {"scoring": {"aggregation": "min"}, "ranking": {"method": "score_asc"}}


@pytest.fixture
async def server(tmp_path: Path, door: str) -> AsyncIterator[ServerProcess]:
    """A server with one weekly event and one leaderboard."""
    process = await ServerProcess(tmp_path, boards={"laps": LAPS}).start()
    yield process
    await process.stop()


async def a_round_is_played(server: ServerProcess, *command: str | Path) -> dict[str, Any]:
    """Let a client play, and claim a week later. Return how it was refused in between."""

    async def run(phase: str) -> dict[str, Any]:
        process = await asyncio.create_subprocess_exec(
            *command, "weekly", "laps", phase, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        async with asyncio.timeout(RUN_SECONDS):
            out, error = await process.communicate()
        assert process.returncode == 0, error.decode()
        answer: dict[str, Any] = json.loads(out)
        return answer

    played = await run("play")
    assert played["events"] == ["weekly"]
    assert played["submitted"]["score"] == "9007199254740993"
    assert played["submitted"]["scores"][0]["isSelf"]
    assert (played["scored"]["applied"], played["scored"]["score"], played["scored"]["rank"]) == (True, 0.25, 1)
    assert [(one["playerId"], one["position"]) for one in played["page"]["entries"]] == [(played["player"], 1)]
    await server.operator.call("DebugService/MoveClock", forward=Duration(seconds=7 * 86_400))
    claimed = await run("claim")
    assert claimed["player"] == played["player"]
    assert claimed["wallet"]["currencies"] == {"coins": "10"}
    refusal: dict[str, Any] = played["refusal"]
    return refusal


async def test_a_javascript_client_plays_a_round(server: ServerProcess) -> None:
    node, modules = shutil.which("node"), ROOT / "build" / "node" / "node_modules"
    if node is None or not modules.is_dir():
        not_here("Node or its packages are missing; `make test` installs the packages where npm is there")
    script = ROOT / "build" / "node" / "client.mjs"
    shutil.copy(ROOT / "clients" / "node" / "client.mjs", script)
    address = f"127.0.0.1:{server.port}"
    refusal = await a_round_is_played(server, node, script, address, ROOT / "proto", GOOGLE)
    assert refusal == {"code": REFUSED, "details": 1}


@pytest.fixture(scope="session")
def cpp_client() -> Path:
    """The C++ client, built if it is not what its sources say. Nothing that Laurel installs brings a compiler."""
    missing = [
        name for name in ("make", "g++", "pkg-config", "protoc", "grpc_cpp_plugin") if shutil.which(name) is None
    ]
    if not missing and subprocess.run(["pkg-config", "--exists", "grpc++", "protobuf"], check=False).returncode:
        missing = ["grpc++"]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed; clients/cpp/Makefile names the packages of Debian")
    build = ROOT / "build" / "cpp"
    build.mkdir(parents=True, exist_ok=True)
    command = ["make", "-j2", "-C", str(ROOT / "clients" / "cpp"), f"BUILD={build}", f"GOOGLE={GOOGLE}"]
    with (build / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other processes of this run may be about to build it, too
        made = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False)
    assert made.returncode == 0, made.stderr
    return build / "client"


@pytest.mark.timeout(BUILD_SECONDS + 180)
async def test_a_cpp_client_plays_a_round(cpp_client: Path, server: ServerProcess) -> None:
    refusal = await a_round_is_played(server, cpp_client, f"127.0.0.1:{server.port}")
    assert refusal == {"code": REFUSED, "reason": "COHORT_NOT_COMPLETE"}
