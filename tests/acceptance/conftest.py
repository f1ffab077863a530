"""A server for each test, or one for a whole file where the tests leave each other alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.process import ServerProcess


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server with one weekly event, started, and stopped afterwards if the test has not done so."""
    process = await ServerProcess(tmp_path).start()
    yield process
    await process.stop()
