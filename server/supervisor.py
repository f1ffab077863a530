"""Several server processes on one port: started, watched, started again when they die, drained together.

Each is a whole `laurel serve`. The system spreads connections over those that listen on the port, and stops giving any to a
process that is gone; what the process had leased is taken over when the lease ends. This one serves nothing itself.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO

import structlog

from server.backends import StartRefused
from server.children import dying_with_parent
from server.settings import Settings

log = structlog.get_logger(__name__)

READY = "LAUREL_READY_DESCRIPTOR"
"""Names the end of a pipe on which a worker says that it serves."""
START_SECONDS = 90.0
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
SETTLED_SECONDS = 30.0
"""Whoever has lived so long dies of something new; the pause before the next start is short again."""
_MORE_THAN_DRAINING_SECONDS = 15.0


async def run_workers(settings: Settings, flags: Mapping[str, Any]) -> None:
    """Keep `settings.workers` processes serving until SIGTERM or SIGINT. SIGHUP reloads all of them.

    :raises StartRefused: if the store serves only one process, the port is taken, or the first start fails
    """
    if not settings.store.database.serves_many_processes:
        raise StartRefused(
            f"{settings.store.shown} serves one process, not {settings.workers}: SQLite's writer is a single one. "
            "Use PostgreSQL (--store postgresql://...) to run several."
        )
    with _reserved(settings.grpc.host, settings.grpc.port) as port:
        await _Supervisor(settings, flags, port).run()


def say_ready() -> None:
    """Tell the process that supervises this one, if any does, that it serves."""
    descriptor = os.environ.pop(READY, None)
    if descriptor is not None:
        with suppress(OSError), os.fdopen(int(descriptor), "wb") as end:
            end.write(b"serving\n")


class _Supervisor:
    def __init__(self, settings: Settings, flags: Mapping[str, Any], port: int) -> None:
        self._settings = settings
        self._flags = flags
        self._port = port
        self._stopping = asyncio.Event()
        self._processes: dict[int, Process] = {}

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._tell_all, signal.SIGHUP)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._stop_when_told())
                await self._start(1)  # alone: it may have to migrate
                others = range(2, self._settings.workers + 1)
                if not self._stopping.is_set():
                    await asyncio.gather(*(self._start(number) for number in others))
                if not self._stopping.is_set():
                    log.info("all_serving", workers=self._settings.workers, port=self._port)
                    for number in (1, *others):
                        tasks.create_task(self._keep(number))
        finally:
            await self._end()

    async def _stop_when_told(self) -> None:
        """Pass the word on at once, also to a worker that is just starting."""
        await self._stopping.wait()
        log.info("stopping", drain_seconds=self._settings.drain_seconds)
        self._tell_all(signal.SIGTERM)

    async def _start(self, number: int) -> None:
        """Start a worker and return when it serves.

        :raises StartRefused: if it ends before
        """
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as ready, os.fdopen(writing, "wb") as end:
            process = self._processes[number] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "server", "serve"),
                env=self._environment(number, writing),
                pass_fds=(writing,),
                preexec_fn=dying_with_parent(signal.SIGTERM),
            )
            end.close()  # the worker's own is now the last: if it dies, the pipe ends
            try:
                async with asyncio.timeout(START_SECONDS):
                    is_serving = await _first_line(ready)
            except TimeoutError:
                process.kill()
                raise StartRefused(f"worker {number} did not serve within {START_SECONDS:.0f} seconds") from None
        if not is_serving and not self._stopping.is_set():
            raise StartRefused(f"worker {number} did not start (code {await process.wait()}); it has said why")

    def _environment(self, number: int, ready: int) -> dict[str, str]:
        settings = self._settings
        package = str(Path(__file__).parents[1])
        http_port = settings.http.port and settings.http.port + number - 1
        own = {
            "workers": 1,
            "worker": str(number),
            "grpc": {"host": settings.grpc.host, "port": self._port, "shares_port": True},
            "http": {"port": http_port},
        }
        return {
            **os.environ,
            **dict(_variables(self._flags)),
            **dict(_variables(own)),
            READY: str(ready),
            "PYTHONPATH": os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH")))),
        }

    async def _keep(self, number: int) -> None:
        """Start a worker again whenever it ends, sooner or later as it has lived long or short."""
        pause = FIRST_PAUSE_SECONDS
        began = monotonic()
        while not await self._is_stopped_before(self._processes[number].wait()):
            if monotonic() - began > SETTLED_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            code = self._processes[number].returncode
            log.error("worker_ended", worker=number, code=code, next_start_in_seconds=pause)
            if await self._is_stopped_before(asyncio.sleep(pause)):
                return
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            began = monotonic()
            try:
                await self._start(number)
                log.info("worker_started_again", worker=number)
            except StartRefused as refused:
                log.error("worker_not_started", worker=number, reason=str(refused))  # noqa: TRY400 - it said so itself

    async def _is_stopped_before(self, event: Any) -> bool:
        """Wait for an event; tell whether this process was told to stop meanwhile."""
        waiting = [asyncio.ensure_future(one) for one in (event, self._stopping.wait())]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()
        return self._stopping.is_set()

    def _tell_all(self, number: signal.Signals) -> None:
        for process in self._processes.values():
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.send_signal(number)

    async def _end(self) -> None:
        """Let all drain at the same time; whoever takes far too long is killed."""
        self._tell_all(signal.SIGTERM)
        try:
            async with asyncio.timeout(self._settings.drain_seconds + _MORE_THAN_DRAINING_SECONDS):
                await self._all_ended()
        except TimeoutError:
            log.warning("workers_killed", reason="they did not end")
            self._tell_all(signal.SIGKILL)
            await self._all_ended()
        log.info("stopped")

    async def _all_ended(self) -> None:
        await asyncio.gather(*(process.wait() for process in self._processes.values()))


async def _first_line(pipe: BinaryIO) -> bytes:
    stream = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), pipe)
    try:
        return await stream.readline()
    finally:
        transport.close()


@contextmanager
def _reserved(host: str, port: int) -> Iterator[int]:
    """Hold a port that workers will share, without listening; 0 takes any that is free.

    :raises StartRefused: if somebody else has it
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            with closing(socket.socket(family, socket.SOCK_STREAM)) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind((host, port))  # without sharing: whoever listens there is in the way
                port = trial.getsockname()[1]
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            holder.bind((host, port))
        except OSError as error:
            raise StartRefused(f"{host}:{port} cannot be bound; is another server running there?") from error
        yield port


def _variables(settings: Mapping[str, Any], prefix: str = "LAUREL_") -> Iterator[tuple[str, str]]:
    """Yield settings as the environment writes them: `grpc` `port` is LAUREL_GRPC__PORT."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _variables(value, f"{prefix}{name.upper()}__")
        else:
            yield prefix + name.upper(), str(value)
