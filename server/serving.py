"""The doors of a server: opened on its core, and closed when what runs has been finished."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import structlog
from starlette.applications import Starlette

from server.api.openapi import openapi_document
from server.backends import StartRefused
from server.core import Core
from server.doors.envoy import EnvoyDoor
from server.doors.grpcio import GrpcDoor, GrpcSettings
from server.doors.http import HttpDoor, Probes, demo, event_streams, pages
from server.operations import LiveOperations
from server.ports.errors import WorldError
from server.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that takes calls. Inside Envoy, which holds the port, it is an ASGI application and knows no port."""

    operations: LiveOperations
    grpc_port: int = 0
    http_port: int = 0
    application: EnvoyDoor | None = None


@dataclass(frozen=True, slots=True)
class Serving:
    """What doors are opened for."""

    core: Core
    draining: asyncio.Event = field(default_factory=asyncio.Event)

    async def plainly(self, settings: Settings, held: AsyncExitStack) -> RunningServer:
        """Open grpc.aio on one port, health and metrics on another.

        :raises StartRefused: if a port cannot be bound
        """
        grpc_settings = GrpcSettings(
            settings.grpc.host,
            settings.grpc.port,
            max(settings.limits.message_bytes, settings.limits.bulk_message_bytes),
            settings.has_reflection,
            settings.grpc.shares_port,
        )
        door = GrpcDoor(self.core.dispatch, grpc_settings)
        http_port = await self._pages_aside(settings, held)
        try:
            grpc_port = await door.start()
        except OSError as error:
            raise StartRefused(str(error)) from error
        held.push_async_callback(door.close, 1.0)
        held.push_async_callback(self._drain, settings.drain_seconds)
        held.push_async_callback(door.refuse)
        log.info(
            "serving",
            door="grpcio",
            grpc=f"{settings.grpc.host}:{grpc_port}",
            http=f"http://{settings.http.host}:{http_port}/readyz",
            store=settings.store.shown,
            debug=settings.has_debug,
        )
        return RunningServer(self.core.operations, grpc_port, http_port)

    async def inside_envoy(self, settings: Settings, held: AsyncExitStack) -> RunningServer:
        """Make the application that Envoy runs. A worker has its pages aside, too: the port is not its alone."""
        http_port = await self._pages_aside(settings, held) if settings.worker else 0
        door = EnvoyDoor(
            self.core.dispatch, self._pages(settings, hears_leaving=False), has_reflection=settings.has_reflection
        )
        held.push_async_callback(self._drain, settings.drain_seconds)
        held.callback(door.refuse)
        return RunningServer(self.core.operations, http_port=http_port, application=door)

    async def _pages_aside(self, settings: Settings, held: AsyncExitStack) -> int:
        """Open health and metrics on a port of their own, and return it.

        :raises StartRefused: if it cannot be bound
        """
        http = HttpDoor(
            settings.http.host, settings.http.port, self._pages(settings, hears_leaving=True), self.core.world.tasks
        )
        try:
            port = await http.start()
        except OSError as error:
            raise StartRefused(str(error)) from error
        held.push_async_callback(http.close)
        return port

    async def _drain(self, seconds: float) -> None:
        self.draining.set()
        self.core.use.feeds.drain()
        try:
            async with asyncio.timeout(seconds):
                await self.core.dispatch.drain()
        except TimeoutError:
            log.warning("drain_timed_out", calls_in_flight=self.core.dispatch.in_flight)

    def _pages(self, settings: Settings, *, hears_leaving: bool) -> Starlette:
        streams = event_streams(self.core.dispatch, hears_leaving=hears_leaving)
        streams += [] if settings.is_production else demo(self.core.dispatch)
        return pages(self._probes(), self.core.metrics, openapi_document(self.core.dispatch.methods), streams)

    def _probes(self) -> Probes:
        core = self.core
        world, use, dispatch, metrics = core.world, core.use, core.dispatch, core.metrics
        keeping = world.ranks.keeping

        async def why_not_ready() -> str:
            if self.draining.is_set():
                return "draining"
            try:
                await world.store.read(lambda view: view.clock_offset())
            except WorldError:
                return "the store cannot be reached"
            return ""

        def refresh() -> None:
            metrics.calls_in_flight.set(dispatch.in_flight)
            metrics.submissions_waiting.set(use.submit_score.waiting)
            metrics.store_waiting.set(world.store.waiting)
            metrics.streams_open.set(dispatch.streams_open)
            metrics.feeds_open.set(use.feeds.open)
            metrics.watchers_behind.set(use.feeds.caught_up)
            if keeping is not None:
                metrics.rank_walks.set(keeping.loader.walked)
                metrics.rank_entries_healed.set(keeping.healed)

        return Probes(why_not_ready, refresh, lambda: "" if keeping is None else keeping.index.trouble)
