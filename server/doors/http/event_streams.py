"""Server-sent events: the streams of gRPC over plain HTTP, for browsers (L20).

`event:` names what happened, `id:` is the revision, `data:` one line of JSON. What refuses a stream is an HTTP status before
its first byte. A comment stands for each heartbeat.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog
from google.protobuf import json_format
from google.protobuf.message import Message
from google.rpc import status_pb2
from starlette.datastructures import Headers, QueryParams
from starlette.routing import Route

from server.api.admission import Envelope
from server.api.dispatch import Dispatch
from server.api.methods import PACKAGE
from server.api.pb import event_leaderboard_service_pb2 as cohorts
from server.api.pb import leaderboard_service_pb2 as boards
from server.api.status import Code, Failure

log = structlog.get_logger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

RETRY_MILLISECONDS = (1000, 3000)
"""After so long, by chance, a browser connects again: not all at once."""
_ENCODED_MAX = 256
"""All watchers of a board are sent one message within moments of each other."""
_STATUSES = {
    Code.INVALID_ARGUMENT: 400,
    Code.FAILED_PRECONDITION: 400,
    Code.OUT_OF_RANGE: 400,
    Code.UNAUTHENTICATED: 401,
    Code.PERMISSION_DENIED: 403,
    Code.NOT_FOUND: 404,
    Code.ALREADY_EXISTS: 409,
    Code.ABORTED: 409,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.UNIMPLEMENTED: 501,
    Code.UNAVAILABLE: 503,
    Code.DEADLINE_EXCEEDED: 504,
}
_FAILED = b'event: closed\ndata: {"reason":"CLOSED_REASON_FAILED","retry_after":"1s"}\n\n'
"""What ends a stream that has begun and cannot go on; it has no id, so that the last one stays."""
TIME_HEADER = b"laurel-time"
"""Game time as the stream begins, which clocks of players only come near to."""
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # proxies that would collect a stream before they pass it on
]


@dataclass(frozen=True, slots=True)
class EventStream:
    """A path under which a stream can be had: its call, its messages, and which field the path names."""

    path: str
    method: str
    request: type[Message]
    response: type[Message]
    named: str


STREAMS = (
    EventStream(
        "/v1/cohorts/{name}/stream",
        "EventLeaderboardService/WatchCohort",
        cohorts.WatchCohortRequest,
        cohorts.WatchCohortResponse,
        "cohort_id",
    ),
    EventStream(
        "/v1/leaderboards/{name}/stream",
        "LeaderboardService/WatchLeaderboard",
        boards.WatchLeaderboardRequest,
        boards.WatchLeaderboardResponse,
        "key",
    ),
)


class EventStreamDoor:
    """An ASGI application for one kind of stream.

    `hears_leaving`: whether `receive` waits until the client has gone. Where it does not, sending to him fails instead.
    """

    def __init__(self, dispatch: Dispatch, stream: EventStream, *, hears_leaving: bool) -> None:
        self._dispatch = dispatch
        self._stream = stream
        self._hears_leaving = hears_leaving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one stream."""
        serving = asyncio.ensure_future(self._serve(scope, send))
        leaving = asyncio.ensure_future(_left(receive)) if self._hears_leaving else None
        try:
            await asyncio.wait(
                {one for one in (serving, leaving) if one is not None}, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            if leaving is not None:
                leaving.cancel()
            serving.cancel()
            (ended,) = await asyncio.gather(serving, return_exceptions=True)
            if isinstance(ended, Exception):
                log.info("stream_cut_off", path=scope["path"], error=repr(ended))

    async def _serve(self, scope: Scope, send: Send) -> None:
        if scope["method"] != "GET":  # a HEAD would hold a stream that nobody reads
            await send({"type": "http.response.start", "status": 405, "headers": [(b"allow", b"GET")]})
            await send({"type": "http.response.body", "body": b""})
            return
        headers = Headers(scope=scope)
        try:
            body = self._request(scope, headers).SerializeToString()
        except json_format.ParseError as error:
            await _refuse(400, {"code": Code.INVALID_ARGUMENT.value, "message": _said(error), "details": []}, send)
            return
        envelope = Envelope(
            f"/{PACKAGE}.{self._stream.method}", body, headers.get, lambda: str((scope.get("client") or ("", 0))[0])
        )
        async with aclosing(self._dispatch.stream(envelope)) as answers:
            first = await anext(answers, None)
            if isinstance(first, Failure):
                await _refuse(_STATUSES.get(first.code, 500), told(first), send)
            elif first is not None:
                await self._send_all(first, answers, send)

    async def _send_all(self, first: bytes, answers: AsyncGenerator[bytes | Failure, None], send: Send) -> None:
        headers = [*_HEADERS, (TIME_HEADER, self._dispatch.now.isoformat().encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        low, high = RETRY_MILLISECONDS
        retry = f"retry: {low + secrets.randbelow(high - low)}\n\n".encode()
        await send({"type": "http.response.body", "body": retry + _event(self._stream, first), "more_body": True})
        async for answer in answers:
            if isinstance(answer, Failure):
                await send({"type": "http.response.body", "body": _FAILED})
                return
            event = _event(self._stream, answer)
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def _request(self, scope: Scope, headers: Headers) -> Message:
        """Return the request that path, query and headers make."""
        fields: dict[str, Any] = dict(QueryParams(scope["query_string"]))
        fields[self._stream.named] = scope["path_params"]["name"]
        seen = headers.get("last-event-id")
        if seen:
            fields["resume_revision"] = seen
        message = self._stream.request()
        json_format.ParseDict(fields, message)
        return message


def event_streams(dispatch: Dispatch, *, hears_leaving: bool) -> list[Route]:
    """Return where streams of events can be had."""
    return [Route(stream.path, EventStreamDoor(dispatch, stream, hears_leaving=hears_leaving)) for stream in STREAMS]


@lru_cache(maxsize=_ENCODED_MAX)
def _event(stream: EventStream, body: bytes) -> bytes:
    """Return a message as an event. All watchers of a board get the same bytes, so this is done once for them."""
    message: Any = stream.response.FromString(body)
    name = message.WhichOneof("event")
    if name == "heartbeat":
        return b": heartbeat\n\n"
    data = json_format.MessageToDict(
        getattr(message, name), preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    text = json.dumps({"revision": message.revision, **data}, separators=(",", ":"), ensure_ascii=False)
    return f"event: {name}\nid: {message.revision}\ndata: {text}\n\n".encode()


async def _left(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(status: int, told: Mapping[str, Any], send: Send) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})


def told(failure: Failure) -> dict[str, Any]:
    """Return a failure as REST tells it: code, message, and details as JSON."""
    status = status_pb2.Status.FromString(failure.details)
    told: dict[str, Any] = json_format.MessageToDict(status)
    return {"code": failure.code.value, "message": failure.message, "details": told.get("details", [])}


def _said(error: json_format.ParseError) -> str:
    return f"the query cannot be read: {str(error)[:200]}"
