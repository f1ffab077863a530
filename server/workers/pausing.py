"""The pause between two rounds of a worker."""

from __future__ import annotations

import asyncio
from contextlib import suppress


async def pause(seconds: float, stopping: asyncio.Event) -> None:
    """Wait so long, or until the worker is to stop."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()
