"""Starting servers as processes of their own, and knowing their ports."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jwt

from benchmarks.meter import Meter

ROOT = Path(__file__).parents[1]
SECRET = "benchmarks-sign-with-this-0123456789abcdef"
SERVER_KEY = "benchmarks-call-with-this-key"
START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    port: int
    http_port: int
    meter: Meter


@cache
def token_of(player: str) -> str:
    """Return the session of a player, signed as the server under test signs: he has one for all of his calls."""
    claims = {
        "iss": "laurel",
        "sub": player,
        "typ": "session",
        "iat": int(time.time()),
        "exp": int(time.time()) + 86_400,
    }
    return jwt.encode(claims, SECRET, algorithm="HS256")


@contextmanager
def empty_server() -> Iterator[Server]:
    """Run the bare server."""
    with _process([sys.executable, "-m", "benchmarks.empty_server"], {}) as process:
        assert process.stdout is not None
        yield Server(int(process.stdout.readline()), 0, Meter(process.pid))


@contextmanager
def empty_envoy() -> Iterator[Server]:
    """Run Envoy with an application inside that does nothing, set up as pyvoy does by itself."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = int(trial.getsockname()[1])
    command = [sys.executable, "-m", "benchmarks.empty_envoy", str(port)]
    with _process(command, {}) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield Server(port, 0, Meter(process.pid))


@contextmanager
def laurel(
    folder: Path, events: dict[str, Any], door: str, url: str = "", boards: dict[str, Any] | None = None
) -> Iterator[Server]:
    """Run Laurel on a database in a folder, or at a URL, with these definitions and no rate limits."""
    configure(folder, events, boards or {})
    environment = {
        "LAUREL_CONFIG_FOLDER": str(folder / "config"),
        "LAUREL_MODULES_FOLDER": str(folder / "modules"),
        "LAUREL_STORE__URL": url or f"sqlite:{folder / 'laurel.db'}",
        "LAUREL_DOOR": door,
        "LAUREL_SESSION__SECRET": SECRET,
        "LAUREL_SERVER_KEYS": json.dumps({"bench": hashlib.sha256(SERVER_KEY.encode()).hexdigest()}),
        "LAUREL_LIMITS__PLAYER_CALLS_PER_SECOND": "0",
        "LAUREL_LIMITS__ADDRESS_CALLS_PER_SECOND": "0",
        "LAUREL_GRPC__PORT": "0",
        "LAUREL_HTTP__PORT": "0",
        "LAUREL_LOG__FORMAT": "json",
        "LAUREL_DEBUG": "true",
    }
    with _process([sys.executable, "-m", "server", "serve"], environment) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("{") and json.loads(line).get("event") == "serving":
                serving = json.loads(line)
                break
        else:
            raise RuntimeError("the server did not start")
        grpc_port = int(serving["grpc"].rpartition(":")[2])
        http_port = int(serving["http"].rsplit(":", 1)[1].split("/")[0])
        yield Server(grpc_port, http_port, Meter(process.pid))


def configure(folder: Path, events: dict[str, Any], boards: dict[str, Any]) -> Path:
    """Write definitions into the configuration of a folder, and return it."""
    config = folder / "config"
    for kind, definitions in (("event_leaderboards", events), ("leaderboards", boards)):
        (config / kind).mkdir(parents=True, exist_ok=True)
        (config / kind / "bench.json").write_text(json.dumps({kind: definitions}))
    return config


@contextmanager
def _process(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
