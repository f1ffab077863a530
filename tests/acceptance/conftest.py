"""A server for each test, or one for a whole file where the tests leave each other alone. Both doors pass the same tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.behind_envoy import why_no_envoy
from tests.acceptance.process import ServerProcess
from tests.missing import not_here


@pytest.fixture(params=["grpcio", "envoy"], autouse=True)
def door(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which door servers of this test open."""
    chosen: str = request.param
    if chosen == "envoy" and (missing := why_no_envoy()):
        not_here(missing)
    monkeypatch.setenv("LAUREL_DOOR", chosen)
    return chosen


@pytest.fixture
async def server(tmp_path: Path, door: str) -> AsyncIterator[ServerProcess]:
    """A server with one weekly event, started, and stopped afterwards if the test has not done so."""
    process = await ServerProcess(tmp_path).start()
    yield process
    await process.stop()
