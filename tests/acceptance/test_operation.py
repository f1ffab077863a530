"""What an operator relies on: health, metrics, reflection, a clean stop, reloads, one process for one file."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import grpc.aio
import pytest
from google.protobuf.duration_pb2 import Duration
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from openapi_spec_validator import validate

from server.client import CallFailed
from tests.acceptance.process import ROOT, WEEKLY, ServerProcess, eventually

EVENT = "EventLeaderboardService"


async def test_health_and_metrics_over_http(server: ServerProcess) -> None:
    assert await server.http("/healthz") == (200, "ok\n")
    status, body = await server.http("/readyz")
    assert (status, json.loads(body)) == (200, {"ready": True, "reason": ""})
    ann = await server.player("ann")
    await ann.call(f"{EVENT}/RollCohort", id="weekly")
    with pytest.raises(CallFailed):
        await ann.call(f"{EVENT}/RollCohort", id="weekly")
    status, body = await server.http("/metrics")
    assert status == 200
    roll = 'grpc_service="laurel.v1.EventLeaderboardService",grpc_method="RollCohort"'
    swapped = 'grpc_method="RollCohort",grpc_service="laurel.v1.EventLeaderboardService"'
    lines = [line for line in body.splitlines() if roll in line or swapped in line]
    assert any("grpc_server_handled_total" in line and '"OK"' in line and line.endswith(" 1.0") for line in lines)
    assert any("FAILED_PRECONDITION" in line and line.endswith(" 1.0") for line in lines)
    assert any("grpc_server_handling_seconds_bucket" in line for line in lines)
    for name in ("laurel_calls_in_flight", "laurel_submissions_waiting", "laurel_store_commit_batch_size_sum"):
        assert f"\n{name}" in body
    assert 'laurel_refusals_total{reason="COHORT_NOT_COMPLETE"} 1.0' in body
    assert (await server.http("/nothing"))[0] == 404


async def test_the_openapi_document_over_http(server: ServerProcess) -> None:
    status, body = await server.http("/openapi.json")
    assert status == 200
    validate(json.loads(body))


async def test_grpc_health_and_reflection_need_no_session(server: ServerProcess) -> None:
    stub = health_pb2_grpc.HealthStub(server.channel)
    for service in ("", "laurel.v1.EventLeaderboardService"):
        answer = await stub.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    reflection = reflection_pb2_grpc.ServerReflectionStub(server.channel)
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    async for answer in reflection.ServerReflectionInfo(iter([request])):
        names = {service.name for service in answer.list_services_response.service}
    assert {"laurel.v1.SessionService", "laurel.v1.DebugService", "grpc.health.v1.Health"} <= names


async def test_reflection_and_debugging_are_off_in_production(tmp_path: Path) -> None:
    server = ServerProcess(
        tmp_path, environment={"LAUREL_ENVIRONMENT": "production", "LAUREL_SESSION__SECRET": "k3y" * 16}
    )
    with pytest.raises(AssertionError, match=r"session\.secret is weak"):
        await server.start()
    strong = "vT9-pQ2_xW7.aL4~mZ8!kR1@eY6#uI3$oB5%"
    server = ServerProcess(tmp_path, environment={"LAUREL_ENVIRONMENT": "production", "LAUREL_SESSION__SECRET": strong})
    await server.start()
    reflection = reflection_pb2_grpc.ServerReflectionStub(server.channel)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for _ in reflection.ServerReflectionInfo(
            iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        ):
            pass
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    with pytest.raises(CallFailed) as missing:
        await server.operator.call("DebugService/MoveClock", forward=Duration(seconds=1))
    assert missing.value.reason == "METHOD_NOT_FOUND"
    assert "DebugService" not in (await server.http("/openapi.json"))[1]
    await server.stop()


async def test_sigterm_finishes_what_runs_and_exits_with_0(server: ServerProcess) -> None:
    players = [await server.player(f"p{number}") for number in range(20)]
    for player in players:
        await player.call(f"{EVENT}/RollCohort", id="weekly", minimal=True)
    calls = [asyncio.ensure_future(player.call(f"{EVENT}/SubmitScore", id="weekly", score=1)) for player in players]
    await asyncio.sleep(0)
    code = asyncio.ensure_future(server_stop(server))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert await code == 0
    for answer in answers:
        assert not isinstance(answer, BaseException) or (
            isinstance(answer, CallFailed) and answer.code in ("UNAVAILABLE", "CANCELLED")
        )
    assert any(line["event"] == "stopped" for line in server.lines)
    await server.start()
    counted = 0
    for player in [await server.player(f"p{number}") for number in range(20)]:
        seen = (await player.call(f"{EVENT}/GetEventLeaderboard", id="weekly")).event_leaderboard
        counted += seen.standing.num_scores
    assert counted >= sum(not isinstance(answer, BaseException) for answer in answers)


async def server_stop(server: ServerProcess) -> int:
    server.signal(signal.SIGTERM)
    assert server._process is not None
    async with asyncio.timeout(20):
        return await server._process.wait()


async def test_a_second_process_on_the_same_file_is_refused(server: ServerProcess) -> None:
    second = ServerProcess(server.folder)
    with pytest.raises(AssertionError, match=r"in use by another process \(pid \d+\)"):
        await second.start()


async def test_sighup_reloads_and_a_bad_file_changes_nothing(server: ServerProcess) -> None:
    ann = await server.player("ann")

    async def listed(*names: str) -> bool:
        found = (await ann.call(f"{EVENT}/ListEventLeaderboards")).event_leaderboards
        return [one.id for one in found] == list(names)

    server.configure({"weekly": WEEKLY, "another": WEEKLY})
    server.signal(signal.SIGHUP)
    await eventually(lambda: listed("another", "weekly"))
    (server.folder / "config" / "event_leaderboards" / "broken.json").write_text("{")
    server.signal(signal.SIGHUP)

    async def was_refused() -> bool:
        return any(line["event"] == "reload_refused" for line in server.lines)

    await eventually(was_refused)
    assert await listed("another", "weekly")


async def test_watched_folders_are_reloaded_when_they_change(tmp_path: Path) -> None:
    server = await ServerProcess(tmp_path, environment={"LAUREL_RELOAD": "true"}).start()
    ann = await server.player("ann")
    server.configure({"weekly": WEEKLY, "another": WEEKLY})

    async def is_there() -> bool:
        return len((await ann.call(f"{EVENT}/ListEventLeaderboards")).event_leaderboards) == 2

    await eventually(is_there)
    await server.stop()


async def test_definitions_with_errors_stop_the_start_and_are_told(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, {"weekly": {"cohort_size": 0}})
    with pytest.raises(AssertionError, match=r"all\.json:1: 0 is too small"):
        await server.start()


async def test_a_module_with_an_error_stops_the_start_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "typo.py").write_text(
        "def register(registry):\n    registry.cohort_selecton(lambda event: None)\n"
    )
    server = ServerProcess(tmp_path)
    with pytest.raises(
        AssertionError, match=r"typo\.py:2: there is no hook 'cohort_selecton'; did you mean 'cohort_selection'"
    ):
        await server.start()


async def test_a_port_that_is_taken_stops_the_start_and_is_told(server: ServerProcess, tmp_path: Path) -> None:
    other = ServerProcess(tmp_path / "other", environment={"LAUREL_GRPC__PORT": str(server.port)})
    with pytest.raises(AssertionError, match=f"{server.port} cannot be bound"):
        await other.start()


async def test_the_game_clock_stays_moved_after_a_restart(server: ServerProcess) -> None:
    moved = await server.operator.call("DebugService/MoveClock", forward=Duration(seconds=86_400))
    await server.stop()
    await server.start()
    catalogue = await server.operator.call("AdminService/GetCatalogue")
    assert catalogue.current_time.seconds >= moved.current_time.seconds


def test_python_m_server_and_laurel_are_the_same() -> None:
    out = subprocess.run(
        [sys.executable, "-m", "server", "version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert out.stdout.strip() == "0.1.0"
