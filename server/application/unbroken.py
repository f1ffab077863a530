"""Work that runs to its end when nobody waits for it any more (A6)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_running: set[asyncio.Task[Any]] = set()
"""The loop itself holds tasks weakly."""


async def unbroken(work: Coroutine[Any, Any, T]) -> T:
    """Do work of several steps as one: a caller who is cancelled stops waiting, and the steps go on."""
    task = asyncio.get_running_loop().create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
    return await asyncio.shield(task)
