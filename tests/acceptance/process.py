"""A real server process, on real sockets, with a real file: started, killed and started again."""

import asyncio
import hashlib
import json
import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc.aio

from server.client import Client

ROOT = Path(__file__).parents[2]
OWN_CONNECTION = (("grpc.use_local_subchannel_pool", 1),)
"""Channels of a process share what they know of an address. A port that an ended server had may be given to the next one, and
a channel that still remembers the first would refuse the second for seconds without trying it."""
SERVER_KEY = "acceptance-server-key"
START_SECONDS = 30
STOP_SECONDS = 30

PRIZE = {"guaranteed": {"currencies": {"coins": {"min": 10}}}}
WEEKLY: dict[str, Any] = {
    "reset_schedule": "0 0 * * 1",
    "cohort_size": 50,
    "operator": "incr",
    "reward_tiers": {"0": [{"rank_min": 1, "rank_max": 50, "reward": PRIZE}]},
}


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Wait until something holds, but not for ever."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.01)


def free_ports() -> tuple[int, int]:
    """Return two ports that a server can be started on, and again."""
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(other.getsockname()[1])


class ServerProcess:
    """A server in a folder of its own. `start` waits until it serves; a second `start` finds the same database."""

    def __init__(
        self,
        folder: Path,
        events: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        boards: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder = folder
        self.environment = dict(environment or {})
        self.lines: list[dict[str, Any]] = []
        self.configure(events or {"weekly": WEEKLY}, boards=boards)
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._channel: grpc.aio.Channel | None = None
        self.port = 0
        self.http_port = 0

    def configure(
        self,
        events: Mapping[str, Any],
        items: Mapping[str, Any] | None = None,
        boards: Mapping[str, Any] | None = None,
    ) -> None:
        """Write definitions as a designer would."""
        for name, data in (("event_leaderboards", events), ("items", items or {}), ("leaderboards", boards or {})):
            target = self.folder / "config" / name
            target.mkdir(parents=True, exist_ok=True)
            (target / "all.json").write_text(json.dumps({name: data}))

    async def start(self) -> "ServerProcess":
        environment = {
            **os.environ,
            "LAUREL_CONFIG_FOLDER": str(self.folder / "config"),
            "LAUREL_MODULES_FOLDER": str(self.folder / "modules"),
            "LAUREL_STORE__URL": f"sqlite:{self.folder / 'laurel.db'}",
            "LAUREL_SERVER_KEYS": json.dumps({"tests": hashlib.sha256(SERVER_KEY.encode()).hexdigest()}),
            "LAUREL_LIMITS__PLAYER_CALLS_PER_SECOND": "0",
            "LAUREL_LIMITS__ADDRESS_CALLS_PER_SECOND": "0",
            "LAUREL_GRPC__PORT": "0",
            "LAUREL_HTTP__PORT": "0",
            "LAUREL_LOG__FORMAT": "json",
            "LAUREL_SETTLEMENT_SECONDS": "0.05",
            **self.environment,
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server", "serve", cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE
        )
        try:
            async with asyncio.timeout(START_SECONDS):
                serving = await self.line("serving")
            if int(environment.get("LAUREL_WORKERS", "1")) > 1:
                async with asyncio.timeout(START_SECONDS):
                    await self.line("all_serving")
        except BaseException:
            await self.kill()
            raise
        self.port = int(serving["grpc"].rpartition(":")[2])
        self.http_port = int(serving["http"].rsplit(":", 1)[1].split("/")[0])
        self._reading = asyncio.create_task(self._read_on())
        if self._channel is not None:
            await self._channel.close()
        self._channel = grpc.aio.insecure_channel(f"127.0.0.1:{self.port}", OWN_CONNECTION)
        return self

    async def line(self, event: str) -> dict[str, Any]:
        """Read log lines up to one that tells of an event."""
        while True:
            line = await self._next_line()
            if line is None:
                raise AssertionError(f"the server ended: {self.lines}")
            if line.get("event") == event:
                return line

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def anybody(self) -> Client:
        assert self._channel is not None
        return Client(self._channel)

    @property
    def operator(self) -> Client:
        assert self._channel is not None
        return Client(self._channel, server_key=SERVER_KEY)

    @property
    def channel(self) -> grpc.aio.Channel:
        assert self._channel is not None
        return self._channel

    async def player(self, name: str) -> Client:
        return await self.anybody.sign_in(f"device-of-{name}", name)

    async def kill(self) -> None:
        """End the process as a power cut would."""
        assert self._process is not None
        if self._process.returncode is None:
            with suppress(ProcessLookupError):  # it has ended by itself, and nobody has been told yet
                self._process.kill()
        await self._ended()

    async def stop(self) -> int:
        """Ask the process to stop, and return its exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.terminate()
        code = await self._ended()
        if self._channel is not None:
            await self._channel.close()
        return code

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def http(self, path: str) -> tuple[int, str]:
        """Get a path of the HTTP port."""

        def get() -> tuple[int, str]:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{path}", timeout=5) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.read().decode()

        return await asyncio.to_thread(get)

    async def _ended(self) -> int:
        assert self._process is not None
        async with asyncio.timeout(STOP_SECONDS):
            code = await self._process.wait()
            if self._reading is None:  # it ended before it served
                await self._read_on()
            else:
                await self._reading
                self._reading = None
        return code

    async def _read_on(self) -> None:
        while await self._next_line() is not None:
            pass

    async def _next_line(self) -> dict[str, Any] | None:
        assert self._process is not None
        assert self._process.stderr is not None
        text = (await self._process.stderr.readline()).decode()
        if not text:
            return None
        try:
            line: dict[str, Any] = json.loads(text)
        except ValueError:
            line = {"event": "", "text": text.rstrip()}
        self.lines.append(line)
        return line
