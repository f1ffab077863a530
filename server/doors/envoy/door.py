"""Serving calls inside Envoy, as an ASGI application.

Envoy has done what is the transport's: HTTP/2, gRPC-Web and REST turned into gRPC, CORS, TLS, limits of connections. What
arrives is a gRPC call, or a page for operators.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import aclosing
from typing import Any

from grpc_health.v1 import health_pb2
from grpc_health.v1.health import SERVICE_NAME as HEALTH
from grpc_reflection.v1alpha import reflection, reflection_pb2
from grpc_reflection.v1alpha.reflection import aio

from server.api.admission import Envelope
from server.api.dispatch import Dispatch, decoded
from server.api.errors import ApiError, DeadlineExceeded, MessageTooLarge, MethodNotFound
from server.api.methods import PACKAGE
from server.api.status import Failure
from server.doors.envoy.framing import GRPC, OK_TRAILERS, error_headers, framed, message_in, messages_in, seconds_of
from server.doors.envoy.sending import Send, in_pieces

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_REFLECTION = f"/{reflection.SERVICE_NAME}/ServerReflectionInfo"
_GRPC_TYPE = b"application/grpc"
_HEALTH_CHECK = "/grpc.health.v1.Health/Check"
_START = {"type": "http.response.start", "status": 200, "headers": [GRPC], "trailers": True}
_TRAILERS = {"type": "http.response.trailers", "headers": OK_TRAILERS, "more_trailers": False}
_ABOVE_LIMIT = 64 * 1024
"""So much more is read before a body is refused, so that the refusal can say why."""


class EnvoyDoor:
    """An ASGI application: gRPC calls go to the dispatch, everything else to `pages`."""

    def __init__(self, dispatch: Dispatch, pages: Application, *, has_reflection: bool = False) -> None:
        self._dispatch = dispatch
        self._pages = pages
        self._streams = frozenset(method.path for method in dispatch.streams)
        self._services = {"", *(f"{PACKAGE}.{method.service}" for method in dispatch.methods)}
        self._is_serving = True
        names = sorted({*self._services, HEALTH, reflection.SERVICE_NAME} - {""})
        self._reflection = aio.ReflectionServicer(service_names=names) if has_reflection else None

    def refuse(self) -> None:
        """Tell health checks that this server is going."""
        self._is_serving = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        if not any(name == b"content-type" and value.startswith(_GRPC_TYPE) for name, value in headers):
            await self._pages(scope, receive, in_pieces(send))
            return
        if scope["path"] == _REFLECTION and self._reflection is not None:
            await self._reflect(self._reflection, receive, send)
            return
        if scope["path"] in self._streams:
            await self._stream(scope, receive, in_pieces(send))
            return
        answer = await self._answered(scope, receive)
        if isinstance(answer, Failure):
            await _refuse(answer, send)
            return
        await send(_START)
        await send({"type": "http.response.body", "body": framed(answer)})
        await send(_TRAILERS)

    async def _answered(self, scope: Scope, receive: Receive) -> bytes | Failure:
        try:
            envelope = await self._envelope(scope, receive)
            if envelope.path == _HEALTH_CHECK:
                return self._health(envelope.body)
            timeout = _timeout(scope)
            if timeout is None:
                return await self._dispatch.serve(envelope)
            async with asyncio.timeout(timeout):
                return await self._dispatch.serve(envelope)
        except TimeoutError:
            return self._dispatch.failure(DeadlineExceeded())
        except ApiError as error:
            return self._dispatch.failure(error)

    async def _envelope(self, scope: Scope, receive: Receive) -> Envelope:
        """Read a call.

        :raises ApiError: if it is none, or too large
        """
        path: str = scope["path"]
        headers: list[tuple[bytes, bytes]] = scope["headers"]

        def header(name: str) -> str | None:
            wanted = name.encode()
            for key, value in headers:
                if key == wanted:
                    return value.decode("latin-1")
            return None

        bytes_max = self._dispatch.message_bytes_max(path)
        message = message_in(await _body(receive, bytes_max), bytes_max)
        return Envelope(path, message, header, lambda: str((scope.get("client") or ("", 0))[0]))

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by messages until the stream ends, its deadline passes, or nobody is there any more."""
        is_started, failure = False, None
        try:
            envelope = await self._envelope(scope, receive)
            async with asyncio.timeout(_timeout(scope)), aclosing(self._dispatch.stream(envelope)) as answers:
                async for answer in answers:
                    if isinstance(answer, Failure):
                        failure = answer
                        break
                    if not is_started:
                        await send(_START)
                        is_started = True
                    await send({"type": "http.response.body", "body": framed(answer), "more_body": True})
        except TimeoutError:
            failure = self._dispatch.failure(DeadlineExceeded())
        except ApiError as error:
            failure = self._dispatch.failure(error)
        if failure is not None and not is_started:
            await _refuse(failure, send)
            return
        if not is_started:
            await send(_START)
        await send({"type": "http.response.body", "body": b""})
        await send(_TRAILERS if failure is None else {**_TRAILERS, "headers": error_headers(failure)})

    async def _reflect(self, servicer: aio.ReflectionServicer, receive: Receive, send: Send) -> None:
        """Answer questions about the API for as long as they come; it is the one call that streams."""

        async def asked() -> AsyncIterator[reflection_pb2.ServerReflectionRequest]:
            async for message in messages_in(_chunks(receive), self._dispatch.message_bytes_max(_REFLECTION)):
                yield decoded(reflection_pb2.ServerReflectionRequest, message)

        trailers = _TRAILERS
        await send(_START)
        try:
            async for answer in servicer.ServerReflectionInfo(asked(), None):
                body = framed(answer.SerializeToString())
                await send({"type": "http.response.body", "body": body, "more_body": True})
        except ApiError as error:  # what was asked before has its answer
            trailers = {**_TRAILERS, "headers": error_headers(self._dispatch.failure(error))}
        await send({"type": "http.response.body", "body": b""})
        await send(trailers)

    def _health(self, message: bytes) -> bytes:
        service = decoded(health_pb2.HealthCheckRequest, message).service
        if service not in self._services:
            raise MethodNotFound
        known = health_pb2.HealthCheckResponse
        status = known.SERVING if self._is_serving else known.NOT_SERVING
        answer: bytes = known(status=status).SerializeToString()
        return answer


async def _refuse(failure: Failure, send: Send) -> None:
    """Answer by nothing but how a call failed."""
    await send({"type": "http.response.start", "status": 200, "headers": [GRPC, *error_headers(failure)]})
    await send({"type": "http.response.body", "body": b""})


def _timeout(scope: Scope) -> float | None:
    """Return how many seconds the caller waits, if he said so."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    return seconds_of(next((value for name, value in headers if name == b"grpc-timeout"), None))


async def _body(receive: Receive, bytes_max: int) -> bytes:
    """Read a body whole.

    :raises MessageTooLarge: once it is so far above the limit that the rest need not be read
    """
    event = await receive()
    body: bytes = event.get("body", b"")
    if not event.get("more_body"):
        return body
    parts, size = [body], len(body)
    while event.get("more_body"):
        event = await receive()
        part: bytes = event.get("body", b"")
        size += len(part)
        if size > bytes_max + _ABOVE_LIMIT:
            raise MessageTooLarge(bytes_max=bytes_max)
        parts.append(part)
    return b"".join(parts)


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        event = await receive()
        yield event.get("body", b"")
        if not event.get("more_body"):  # asked again, it would answer at once and for ever
            return
