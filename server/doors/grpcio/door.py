"""Serving calls with grpc.aio.

Messages stay bytes: the library's own decoding would answer a torn message with UNKNOWN, and an exception's text would
reach the client. What is answered is decided by the dispatch alone.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import unquote

import grpc
import grpc.aio
import structlog
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import SERVICE_NAME as HEALTH
from grpc_health.v1.health import aio as health
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc
from grpc_reflection.v1alpha.reflection import aio as reflecting

from server.api.admission import Envelope
from server.api.dispatch import Dispatch
from server.api.methods import PACKAGE
from server.api.status import Code

log = structlog.get_logger(__name__)

_CODES = {code: grpc.StatusCode[code.name] for code in Code}
_DETAILS = "grpc-status-details-bin"
_ABOVE_LIMIT = 64 * 1024
"""The library refuses what is this much above our own limit, without our explanation."""

Behaviour = Callable[[bytes, "grpc.aio.ServicerContext[bytes, bytes]"], Awaitable[bytes]]
Streaming = Callable[[bytes, "grpc.aio.ServicerContext[bytes, bytes]"], AsyncGenerator[bytes, None]]


@dataclass(frozen=True, slots=True)
class GrpcSettings:
    """Where to listen, and what is offered. `port` 0 takes any that is free.

    `message_bytes_max`: the largest request of any call; the library knows one limit for all, the dispatch one for each.
    """

    host: str
    port: int
    message_bytes_max: int
    has_reflection: bool
    shares_port: bool = False


class GrpcDoor:
    """A gRPC server. `start` binds, `close` stops it."""

    def __init__(self, dispatch: Dispatch, settings: GrpcSettings) -> None:
        self._settings = settings
        self._health = health.HealthServicer()
        self._services = sorted({f"{PACKAGE}.{method.service}" for method in dispatch.methods})
        self._server = grpc.aio.server(options=_options(settings))
        self._server.add_generic_rpc_handlers((_Calls(dispatch),))  # first: it is asked first
        generic = _OnlyGeneric(self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, generic)
        if settings.has_reflection:
            names = (*self._services, HEALTH, reflection.SERVICE_NAME)
            servicer = reflecting.ReflectionServicer(service_names=names)
            reflection_pb2_grpc.add_ServerReflectionServicer_to_server(servicer, generic)

    async def start(self) -> int:
        """Bind and serve, and return the port.

        :raises OSError: if the port cannot be bound
        """
        address = f"{self._settings.host}:{self._settings.port}"
        try:
            port = self._server.add_insecure_port(address)
        except RuntimeError as error:
            raise OSError(f"{address} cannot be bound; is another server running there?") from error
        await self._server.start()
        for service in ("", *self._services):
            await self._health.set(service, health_pb2.HealthCheckResponse.SERVING)
        return int(port)

    async def refuse(self) -> None:
        """Tell health checks that this server is going."""
        await self._health.enter_graceful_shutdown()

    async def close(self, grace_seconds: float) -> None:
        """Stop: calls that run may end within the grace."""
        await self._server.stop(grace_seconds)


class _OnlyGeneric:
    """A server that registers no method by its name.

    For each registered method the library keeps a future, and at every call that arrives, whichever it is, it waits for all
    of them anew: the five of health and reflection made each call of ours some 15 us dearer.
    """

    def __init__(self, server: grpc.aio.Server) -> None:
        self._server = server

    def add_generic_rpc_handlers(self, handlers: Iterable[grpc.GenericRpcHandler]) -> None:
        """Serve what these know."""
        self._server.add_generic_rpc_handlers(tuple(handlers))

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, object]) -> None:
        """Do nothing: generated code asks for this beside the generic handlers, which serve the same."""


class _Calls(grpc.GenericRpcHandler):
    """Leads every call of our package to the dispatch, also those that do not exist: these are explained there."""

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch
        self._handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            method.path: grpc.unary_unary_rpc_method_handler(_behaviour(dispatch, method.path))
            for method in dispatch.methods
        }

        self._handlers |= {
            method.path: grpc.unary_stream_rpc_method_handler(_streaming(dispatch, method.path))
            for method in dispatch.streams
        }

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        """Return what serves a path."""
        path = str(handler_call_details.method)
        known = self._handlers.get(path)
        if known is not None or not path.startswith(f"/{PACKAGE}."):
            return known
        return grpc.unary_unary_rpc_method_handler(_behaviour(self._dispatch, path))


def _behaviour(dispatch: Dispatch, path: str) -> Behaviour:
    async def serve(body: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        answer = await dispatch.serve(_envelope(path, body, context))
        if isinstance(answer, bytes):
            return answer
        await context.abort(_CODES[answer.code], answer.message, ((_DETAILS, answer.details),))
        raise AssertionError("abort does not return")

    return serve


def _streaming(dispatch: Dispatch, path: str) -> Streaming:
    async def serve(body: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> AsyncGenerator[bytes, None]:
        async with aclosing(dispatch.stream(_envelope(path, body, context))) as answers:
            async for answer in answers:
                if isinstance(answer, bytes):
                    yield answer
                else:
                    await context.abort(_CODES[answer.code], answer.message, ((_DETAILS, answer.details),))

    return serve


def _envelope(path: str, body: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> Envelope:
    metadata = context.invocation_metadata() or ()

    def header(name: str) -> str | None:
        for key, value in metadata:
            if key == name:
                return value if isinstance(value, str) else None
        return None

    return Envelope(path, body, header, lambda: _address(context.peer()))


def _address(peer: str) -> str:
    """Return the address in a peer name such as `ipv4:10.0.0.7:5123` or `ipv6:%5B::1%5D:5123`."""
    kind, _, rest = unquote(peer).partition(":")
    return rest.rpartition(":")[0] if kind in ("ipv4", "ipv6") else kind


def _options(settings: GrpcSettings) -> list[tuple[str, int]]:
    return [
        ("grpc.so_reuseport", int(settings.shares_port)),  # on by default, two servers would steal each other's calls
        ("grpc.max_receive_message_length", settings.message_bytes_max + _ABOVE_LIMIT),
        # The core drops calls at random once so many wait to be taken up; a crowd at a phase's start is larger than that.
        ("grpc.server.max_pending_requests", 10_000),
        ("grpc.server.max_pending_requests_hard_limit", 20_000),
        # Phones ping through NATs every 20 to 30 seconds; the library's own bounds would close their connections.
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
        ("grpc.http2.max_ping_strikes", 0),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
    ]
