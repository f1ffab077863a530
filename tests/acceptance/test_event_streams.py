"""Server-sent events over real sockets, on the port of each door (L20, L21, L24)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
from google.protobuf.duration_pb2 import Duration

from server.client import Client
from tests.acceptance.process import ServerProcess

EVENT = "EventLeaderboardService"
DEADLINE = 20


class Event(NamedTuple):
    name: str
    id: str
    data: Any


class Stream:
    """What a browser reads."""

    def __init__(self, status: int, headers: dict[str, str], reader: asyncio.StreamReader) -> None:
        self.status, self.headers, self._reader = status, headers, reader

    async def body(self) -> bytes:
        return await self._reader.read()

    async def __aiter__(self) -> AsyncIterator[Event]:
        fields: dict[str, str] = {}
        async for line in self._lines():
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
            elif not line and "event" in fields:
                yield Event(fields["event"], fields.get("id", ""), json.loads(fields["data"]))
                fields = {}

    async def _lines(self) -> AsyncIterator[str]:
        is_chunked = self.headers.get("transfer-encoding") == "chunked"
        held = b""
        while True:
            if is_chunked:
                size = int((await self._reader.readline()) or b"0", 16)
                if not size:
                    return
                held += (await self._reader.readexactly(size + 2))[:-2]
            elif part := await self._reader.read(65_536):
                held += part
            else:
                return
            *lines, held = held.split(b"\n")
            for line in lines:
                yield line.decode()


@asynccontextmanager
async def opened(server: ServerProcess, door: str, path: str, **headers: str) -> AsyncIterator[Stream]:
    port = server.port if door == "envoy" else server.http_port
    async with asyncio.timeout(DEADLINE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        lines = [f"GET {path} HTTP/1.1", "host: localhost", "accept: text/event-stream"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        status = int((await reader.readline()).split()[1])
        given = {}
        while line := (await reader.readline()).strip():
            name, _, value = line.decode().partition(":")
            given[name.lower()] = value.strip()
        try:
            yield Stream(status, given, reader)
        finally:
            writer.close()


async def in_a_cohort(server: ServerProcess) -> tuple[str, str, Client]:
    """A cohort of two; the session of one, and the other."""
    signed = await server.anybody.call("SessionService/Authenticate", device_id="device-of-ann", name="ann")
    ann, bob = server.anybody.as_player(signed.session.token), await server.player("bob")
    rolled = await ann.call(f"{EVENT}/RollCohort", id="weekly", minimal=True)
    await bob.call(f"{EVENT}/RollCohort", id="weekly", minimal=True)
    return rolled.cohort_id, f"Bearer {signed.session.token}", bob


async def test_l20_a_browser_sees_what_a_client_sees(server: ServerProcess, door: str) -> None:
    cohort_id, token, bob = await in_a_cohort(server)
    async with opened(server, door, f"/v1/cohorts/{cohort_id}/stream?limit=10", authorization=token) as stream:
        assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        events = aiter(stream)
        ready = await anext(events)
        assert ready.name == "ready"
        assert [row["name"] for row in ready.data["standings"]] == ["ann", "bob"]
        ends_in = datetime.fromisoformat(ready.data["end_time"]) - datetime.fromisoformat(stream.headers["laurel-time"])
        assert timedelta() < ends_in <= timedelta(days=7)
        await bob.call(f"{EVENT}/SubmitScore", id="weekly", score=7)
        update = await anext(events)
        assert (update.name, update.data["revision"]) == ("score_update", update.id)
        assert [(row["name"], row["score"], row["rank"]) for row in update.data["updates"]] == [
            ("bob", "7", 1),
            ("ann", "0", 2),
        ]
        await server.operator.call("DebugService/MoveClock", forward=Duration(seconds=7 * 86_400))
        assert [event.name async for event in events][-2:] == ["finalized", "closed"]


async def test_l21_last_event_id_goes_on_where_it_was(server: ServerProcess, door: str) -> None:
    cohort_id, token, bob = await in_a_cohort(server)
    path = f"/v1/cohorts/{cohort_id}/stream"
    async with opened(server, door, path, authorization=token) as stays:
        seen = await anext(aiter(stays))
        await bob.call(f"{EVENT}/SubmitScore", id="weekly", score=3)
        async with opened(server, door, path, authorization=token, last_event_id=seen.id) as back:
            assert (await anext(aiter(back))).name == "score_update"


@pytest.mark.parametrize(
    ("path", "has_token", "status", "reason"),
    [
        ("/v1/cohorts/nowhere/stream", True, 404, "COHORT_NOT_FOUND"),
        ("/v1/cohorts/nowhere/stream", False, 401, "SESSION_MISSING"),
        ("/v1/leaderboards/nowhere/stream", True, 404, "LEADERBOARD_NOT_FOUND"),
        ("/v1/cohorts/x/stream?limit=-1", True, 400, "INVALID"),
        ("/v1/cohorts/x/stream?limit=many", True, 400, "limit"),
        ("/v1/cohorts/x/stream?colour=red", True, 400, "colour"),
    ],
)
async def test_l20_what_refuses_a_stream_is_a_status_before_its_first_byte(
    server: ServerProcess, door: str, path: str, has_token: bool, status: int, reason: str
) -> None:
    _, token, _ = await in_a_cohort(server)
    headers = {"authorization": token} if has_token else {}
    async with opened(server, door, path, connection="close", **headers) as stream:
        assert stream.status == status
        assert reason.encode() in await stream.body()
