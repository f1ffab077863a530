"""`/healthz`, `/readyz`, `/metrics` and `/openapi.json` over HTTP, on the loop of the server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from server.doors.sockets import socket_options
from server.telemetry.metrics import CONTENT_TYPE, Metrics

_BACKLOG = 128


@dataclass(frozen=True, slots=True)
class Probes:
    """What orchestrators ask.

    `ready` returns why the server takes no calls, or an empty text; `lacks` what is amiss although it takes them, likewise;
    `refresh` updates gauges.
    """

    ready: Callable[[], Awaitable[str]]
    refresh: Callable[[], None]
    lacks: Callable[[], str] = lambda: ""


class HttpDoor:
    """An HTTP server. `start` binds, `close` stops it."""

    def __init__(self, host: str, port: int, application: Starlette, tasks: asyncio.TaskGroup) -> None:
        self._host = host
        self._port = port
        self._tasks = tasks
        config = uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = _Quiet(config)
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Bind and serve, and return the port.

        :raises OSError: if the port cannot be bound
        """
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for name, number in socket_options():
            listener.setsockopt(socket.IPPROTO_TCP, name, number)
        try:
            listener.bind((self._host, self._port))
            listener.listen(_BACKLOG)  # so that who is told the port finds somebody there
        except OSError as error:
            listener.close()
            raise OSError(f"{self._host}:{self._port} cannot be bound: {error.strerror}") from error
        self._serving = self._tasks.create_task(self._server.serve([listener]))
        return int(listener.getsockname()[1])

    async def close(self) -> None:
        """Stop."""
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving


class _Quiet(uvicorn.Server):
    """A server that leaves signals to whoever runs the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def pages(probes: Probes, metrics: Metrics, openapi: bytes, streams: Iterable[Route] = ()) -> Starlette:
    """Return the pages for operators, the API's OpenAPI document, and streams of events, as an ASGI application."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        why_not = await probes.ready()
        lacks = probes.lacks()
        answer = {"ready": not why_not, "reason": why_not} | ({"lacks": lacks} if lacks else {})
        return JSONResponse(answer, status_code=503 if why_not else 200)

    async def exposition(_: Request) -> Response:
        probes.refresh()
        return Response(metrics.exposition(), media_type=CONTENT_TYPE)

    async def document(_: Request) -> Response:
        return Response(openapi, media_type="application/json")

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", exposition),
            Route("/openapi.json", document),
            *streams,
        ],
    )
