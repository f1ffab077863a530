"""What Envoy runs: a whole server as an ASGI application, opened and closed with the line to whoever started it."""

from __future__ import annotations

import asyncio
import json
import os

from server.backends import StartRefused
from server.bootstrap import open_server, settle_down, watch
from server.control import FLAGS, Control
from server.doors.envoy.door import EnvoyDoor, Receive, Scope
from server.doors.envoy.sending import Send
from server.operations import LiveOperations
from server.ports.errors import WorldError
from server.settings import Settings, SettingsInvalid, load_settings
from server.telemetry.logs import configure_logs


class InsideEnvoy:
    """The application: its lifespan opens the server, its requests go to the door."""

    def __init__(self) -> None:
        self._door: EnvoyDoor | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or live."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._door is not None:
            await self._door(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        control = await Control.inherited()
        try:
            settings = load_settings(**json.loads(os.environ[FLAGS]))
            configure_logs(settings.log.level, settings.log_format, worker=settings.worker)
            await self._serve(settings, control, receive, send)
        except* (StartRefused, SettingsInvalid, WorldError) as group:
            control.say("refused", reason=str(group.exceptions[0]))
            await send({"type": "lifespan.startup.failed", "message": "refused"})
        control.say("stopped")
        await receive()
        control.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, settings: Settings, control: Control, receive: Receive, send: Send) -> None:
        stopping = asyncio.Event()
        async with open_server(settings, is_inside_envoy=True) as server, asyncio.TaskGroup() as tasks:
            self._door = server.application
            listening = tasks.create_task(_obey(control, server.operations, tasks, stopping))
            watching = tasks.create_task(watch(settings, server.operations, stopping)) if settings.reload else None
            settle_down()
            await send({"type": "lifespan.startup.complete"})
            control.say("serving", http_port=server.http_port)
            await stopping.wait()
            listening.cancel()
            if watching is not None:
                await watching


async def _obey(
    control: Control, operations: LiveOperations, tasks: asyncio.TaskGroup, stopping: asyncio.Event
) -> None:
    """Do what the line says; when it ends, nobody is left to serve for."""
    while (line := await control.hear()) is not None and line["event"] != "stop":
        if line["event"] == "reload":
            tasks.create_task(operations.reload(announces=True))
    stopping.set()


app = InsideEnvoy()
