"""Several processes that cannot be started: each reason is told, and nothing is left behind."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.process import ROOT
from tests.postgres import NEWEST, Databases


@pytest.fixture
def door() -> str:
    """One is enough: nothing here gets as far as a door."""
    return "grpcio"


def _serve(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server", "serve", *arguments],
        cwd=ROOT,
        env={**os.environ, "LAUREL_GRPC__PORT": "0", "LAUREL_HTTP__PORT": "0", **environment},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_several_workers_on_sqlite_are_refused(tmp_path: Path) -> None:
    ended = _serve("--workers", "2", "--store", f"sqlite:{tmp_path / 'laurel.db'}")
    assert ended.returncode == 2
    assert "serves one process" in ended.stderr
    assert "PostgreSQL" in ended.stderr
    assert not (tmp_path / "laurel.db").exists()


async def test_workers_whose_start_is_refused_end_with_the_reason(tmp_path: Path, databases: Databases) -> None:
    url = await databases.fresh(NEWEST)
    (tmp_path / "event_leaderboards").mkdir()
    (tmp_path / "event_leaderboards" / "bad.json").write_text('{"event_leaderboards": {"x": {"cohort_size": -1}}}')
    ended = await asyncio.to_thread(
        _serve, "--workers", "2", "--store", url, "--config", str(tmp_path), LAUREL_LOG__FORMAT="json"
    )
    assert ended.returncode == 2
    assert "definitions or modules have errors" in ended.stderr
    assert "worker 1 did not start (code 2)" in ended.stderr


async def test_a_taken_port_is_refused(tmp_path: Path, databases: Databases) -> None:
    url = await databases.fresh(NEWEST)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = await asyncio.to_thread(_serve, "--workers", "2", "--store", url, "--port", port)
    assert ended.returncode == 2
    assert f"127.0.0.1:{port} cannot be bound" in ended.stderr
