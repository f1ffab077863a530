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

from server.api.pb import session_service_pb2 as sessions
from server.client import Client
from server.doors.envoy.framing import framed
from tests.acceptance.process import ServerProcess
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


async def test_browsers_of_named_origins_may_call(tmp_path: Path) -> None:
    server = await ServerProcess(tmp_path, environment={"LAUREL_GRPC__ORIGINS": json.dumps([ORIGIN])}).start()
    for origin, allowed in ((ORIGIN, ORIGIN), ("https://evil.example", None)):
        _, headers, _ = await asked(
            server,
            "/v1/session:authenticate",
            method="OPTIONS",
            origin=origin,
            access_control_request_method="POST",
            access_control_request_headers="authorization",
        )
        assert headers.get("access-control-allow-origin") == allowed
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
    async with grpc.aio.secure_channel(f"localhost:{server.port}", trusted) as channel:
        player = await Client(channel).sign_in(DEVICE, "ann")
        await player.call("EventLeaderboardService/RollCohort", id="weekly", minimal=True)
    with pytest.raises(ssl.SSLError):
        ssl.get_server_certificate(("localhost", server.port), ca_certs=str(Path(ssl.__file__)))
    await server.stop()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["path"].rpartition("/")[2] for line in lines] == ["Authenticate", "RollCohort"]
    assert "Bearer" not in log.read_text()
