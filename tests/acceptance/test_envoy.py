"""What only Envoy brings: REST, gRPC-Web, browsers, TLS, all on the one port."""

import asyncio
import json
import ssl
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from grpc_reflection.v1alpha import reflection_pb2

from server.api.pb import leaderboard_service_pb2 as boards
from server.api.pb import session_service_pb2 as sessions
from server.client import Client
from server.doors.envoy.framing import framed
from tests.acceptance.process import OWN_CONNECTION, SERVER_KEY, ServerProcess, free_ports
from tests.acceptance.rest import asked

DEVICE = "device-of-a-browser"
ORIGIN = "https://play.example"


@pytest.fixture(params=["envoy"], autouse=True)
def door(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LAUREL_DOOR", request.param)
    return str(request.param)


async def test_a8_a_week_over_rest(server: ServerProcess) -> None:
    status, _, body = await asked(server, "/v1/session:authenticate", {"device_id": DEVICE, "name": "Ann"})
    assert status == 200
    token = json.loads(body)["session"]["token"]
    _, _, body = await asked(server, "/v1/event-leaderboards", token=token)
    assert [one["id"] for one in json.loads(body)["eventLeaderboards"]] == ["weekly"]
    _, _, body = await asked(server, "/v1/event-leaderboards/weekly:roll", {}, token=token)
    assert json.loads(body)["cohortId"]
    exact = 2**53 + 1
    _, _, body = await asked(server, "/v1/event-leaderboards/weekly:submit", {"score": str(exact)}, token=token)
    assert json.loads(body)["score"] == str(exact)
    status, _, body = await asked(server, "/v1/event-leaderboards/weekly:claim", {}, token=token)
    refusal = json.loads(body)
    assert (status, refusal["code"]) == (400, grpc.StatusCode.FAILED_PRECONDITION.value[0])
    assert refusal["details"][0]["reason"] == "COHORT_NOT_COMPLETE"
    await server.operator.call("DebugService/MoveClock", forward=Duration(seconds=7 * 86_400))
    status, _, body = await asked(server, "/v1/event-leaderboards/weekly:claim", {}, token=token)
    assert status == 200
    assert json.loads(body)["grant"]["reward"]["currencies"] == {"coins": "10"}


async def test_a_server_that_says_it_serves_takes_connections(tmp_path: Path) -> None:
    """On a port that was named, too, which nobody has to ask Envoy for."""
    port, _ = free_ports()
    server = await ServerProcess(tmp_path, environment={"LAUREL_GRPC__PORT": str(port)}).start()
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
    finally:
        await server.stop()


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/event-leaderboards", None, 401),
        ("/v1/session:authenticate", b"{", 400),
        ("/v1/session:authenticate", {"device_id": 5}, 400),
        ("/v1/session:authenticate", {"device_id": ""}, 400),
        ("/v1/nothing", None, 404),
        ("/", None, 404),
    ],
)
async def test_a4_rest_errors_have_the_status_of_http(server: ServerProcess, path: str, body: Any, status: int) -> None:
    assert (await asked(server, path, body))[0] == status


async def test_a8_a_call_over_grpc_web(server: ServerProcess) -> None:
    request = framed(sessions.AuthenticateRequest(device_id=DEVICE).SerializeToString())
    path = "/laurel.v1.SessionService/Authenticate"
    status, _, body = await asked(server, path, request, content_type="application/grpc-web+proto", x_grpc_web="1")
    assert status == 200
    length = int.from_bytes(body[1:5], "big")
    assert sessions.AuthenticateResponse.FromString(body[5 : 5 + length]).session.token
    assert body[5 + length] == 0x80
    assert b"grpc-status: 0" in body[5 + length :].replace(b"grpc-status:0", b"grpc-status: 0")
    text = b64encode(request)
    kind = "application/grpc-web-text"
    status, _, body = await asked(server, path, text, content_type=kind, accept=kind, x_grpc_web="1")
    assert status == 200
    assert b64decode(body[:8])[:1] == b"\0"


REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
LIST_SERVICES = reflection_pb2.ServerReflectionRequest(list_services="").SerializeToString()
NO_MESSAGE = b"\xff"
TOO_LARGE = bytes(256 * 1024 + 1)


def refusal_of(error: grpc.aio.AioRpcError) -> tuple[grpc.StatusCode, str]:
    """The code of an error and the reason in its details."""
    info = error_details_pb2.ErrorInfo()
    details = dict(error.trailing_metadata() or ())["grpc-status-details-bin"]
    assert isinstance(details, bytes)
    assert status_pb2.Status.FromString(details).details[0].Unpack(info)
    return error.code(), info.reason


MALFORMED = (grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED_MESSAGE")
LARGE = (grpc.StatusCode.RESOURCE_EXHAUSTED, "MESSAGE_TOO_LARGE")


@pytest.mark.parametrize(("body", "refusal"), [(NO_MESSAGE, MALFORMED), (TOO_LARGE, LARGE)])
async def test_a4_a_health_check_that_is_no_message_is_refused(
    server: ServerProcess, body: bytes, refusal: tuple[grpc.StatusCode, str]
) -> None:
    check: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = server.channel.unary_unary("/grpc.health.v1.Health/Check")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await check(body, timeout=10)
    assert refusal_of(refused.value) == refusal
    assert (await check(b"", timeout=10)) == b"\x08\x01"
    assert await server.stop() == 0
    assert not [line for line in server.lines if line.get("level") in ("error", "critical")]


@pytest.mark.parametrize(("body", "refusal"), [(NO_MESSAGE, MALFORMED), (TOO_LARGE, LARGE)])
@pytest.mark.parametrize("asked_before", [0, 2])
async def test_a4_a_reflection_stream_ends_with_a_status_where_it_goes_wrong(
    server: ServerProcess, asked_before: int, body: bytes, refusal: tuple[grpc.StatusCode, str]
) -> None:
    reflect: grpc.aio.StreamStreamMultiCallable[bytes, bytes] = server.channel.stream_stream(REFLECTION)
    stream = reflect(timeout=10)

    async def answer_to(question: bytes) -> bytes:
        await stream.write(question)
        answer = await stream.read()
        assert isinstance(answer, bytes)
        return answer

    for _ in range(asked_before):
        answer = reflection_pb2.ServerReflectionResponse.FromString(await answer_to(LIST_SERVICES))
        assert answer.list_services_response.service
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await answer_to(body)
    assert refusal_of(refused.value) == refusal
    assert await server.stop() == 0
    assert not [line for line in server.lines if line.get("level") in ("error", "critical")]


async def test_a4_a_reflection_stream_that_ends_within_a_message_is_refused(server: ServerProcess) -> None:
    whole = framed(LIST_SERVICES)
    for torn in (whole[:-1], whole[:3]):
        kind = "application/grpc-web+proto"
        status, _, body = await asked(server, REFLECTION, whole + torn, content_type=kind, x_grpc_web="1")
        end = 5 + int.from_bytes(body[1:5], "big")
        assert (status, body[end]) == (200, 0x80)
        trailers = body[end + 5 :].decode().replace(": ", ":").split("\r\n")
        assert "grpc-status:3" in trailers


async def test_browsers_of_named_origins_may_call(tmp_path: Path) -> None:
    server = await ServerProcess(tmp_path, environment={"LAUREL_GRPC__ORIGINS": json.dumps([ORIGIN])}).start()
    for origin, allowed in ((ORIGIN, ORIGIN), ("https://evil.example", None)):
        _, headers, _ = await asked(
            server,
            "/v1/session:authenticate",
            method="OPTIONS",
            origin=origin,
            access_control_request_method="POST",
            access_control_request_headers="authorization, last-event-id",
        )
        assert headers.get("access-control-allow-origin") == allowed
        assert ("last-event-id" in headers.get("access-control-allow-headers", "")) is (allowed is not None)
    await server.stop()


async def test_tls_and_an_access_log_without_credentials(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    await asyncio.to_thread(subprocess.run, made, check=True, capture_output=True)
    log = tmp_path / "access.log"
    environment = {
        "LAUREL_GRPC__CERTIFICATE_FILE": str(certificate),
        "LAUREL_GRPC__KEY_FILE": str(key),
        "LAUREL_GRPC__ACCESS_LOG": str(log),
    }
    server = await ServerProcess(tmp_path, environment=environment).start()
    trusted = grpc.ssl_channel_credentials(certificate.read_bytes())
    async with grpc.aio.secure_channel(f"localhost:{server.port}", trusted, OWN_CONNECTION) as channel:
        player = await Client(channel).sign_in(DEVICE, "ann")
        await player.call("EventLeaderboardService/RollCohort", id="weekly", minimal=True)
    with pytest.raises(ssl.SSLError):
        ssl.get_server_certificate(("localhost", server.port), ca_certs=str(Path(ssl.__file__)))
    await server.stop()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["path"].rpartition("/")[2] for line in lines] == ["Authenticate", "RollCohort"]
    assert "Bearer" not in log.read_text()


BOARDS = {"daily": {"timeframe": {"type": "daily"}, "scoring": {"aggregation": "best"}, "authoritative": False}}


async def test_a8a_a_leaderboard_over_rest_and_grpc_web(tmp_path: Path) -> None:
    server = await ServerProcess(tmp_path, boards=BOARDS).start()
    _, _, body = await asked(server, "/v1/session:authenticate", {"device_id": DEVICE, "name": "Ann"})
    token = json.loads(body)["session"]["token"]
    _, _, body = await asked(server, "/v1/leaderboards/daily:submit", {"score": 0.1}, token=token)
    assert (json.loads(body)["score"], json.loads(body)["rank"]) == (0.1, 1)
    _, _, body = await asked(server, "/v1/leaderboards/daily/entries:around?pageSize=5", token=token)
    (row,) = json.loads(body)["page"]["entries"]
    assert (row["name"], row["score"], row["isSelf"]) == ("Ann", 0.1, True)
    friends = f"playerIds={row['playerId']}&playerIds=nobody"
    _, _, body = await asked(server, f"/v1/leaderboards/daily/ranks:batchGet?{friends}", token=token)
    assert [one["position"] for one in json.loads(body)["page"]["entries"]] == [1]
    status, _, body = await asked(server, "/v1/leaderboards/nothing/entries", token=token)
    assert (status, json.loads(body)["details"][0]["reason"]) == (404, "LEADERBOARD_NOT_FOUND")
    for wrong in (b'{"score": "NaN"}', b'{"score": "-Infinity"}', b'{"scroe": 1}', b"{}"):
        status, _, body = await asked(server, "/v1/leaderboards/daily:submit", wrong, token=token)
        assert (status, json.loads(body)["details"][0]["reason"]) == (400, "INVALID_FIELD")

    request = framed(boards.ListEntriesRequest(key="daily").SerializeToString())
    path, kind = "/laurel.v1.LeaderboardService/ListEntries", "application/grpc-web+proto"
    _, _, body = await asked(server, path, request, token=token, content_type=kind, x_grpc_web="1")
    answer = boards.ListEntriesResponse.FromString(body[5 : 5 + int.from_bytes(body[1:5], "big")])
    assert [one.name for one in answer.page.entries] == ["Ann"]
    await server.stop()


async def test_a5_game_events_of_a_megabyte_come_in_over_rest(server: ServerProcess) -> None:
    def body(count: int, size: int) -> Any:
        attrs = {"text": "x" * size}
        return {
            "events": [
                {"eventId": str(one), "type": "a", "actor": {"id": "ann"}, "attrs": attrs} for one in range(count)
            ]
        }

    path = "/v1/game-events:ingest"
    status, _, answer = await asked(server, path, body(100, 10_000), x_laurel_server_key=SERVER_KEY)
    assert (status, {one["outcome"] for one in json.loads(answer)["results"]}) == (200, {"GAME_EVENT_OUTCOME_ACCEPTED"})
    status, _, answer = await asked(server, path, body(100, 15_000), x_laurel_server_key=SERVER_KEY)
    assert (status, json.loads(answer)["details"][0]["reason"]) == (429, "MESSAGE_TOO_LARGE")
