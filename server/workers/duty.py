"""A duty that is done again and again. The period only says how soon; what is due is asked of the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from server.ports.errors import WorldError

log = structlog.get_logger(__name__)

Duty = Callable[[], Awaitable[int]]
"""Does some of what is due and returns how much that was; 0 means that nothing is due."""


class DutyWorker:
    """Does a duty until it is stopped; an error is logged, and the next period tries again."""

    def __init__(self, name: str, duty: Duty, period_seconds: float) -> None:
        self._name = name
        self._duty = duty
        self._period = period_seconds
        self._stopping = asyncio.Event()

    @property
    def name(self) -> str:
        """What it is called in logs."""
        return self._name

    async def run(self) -> None:
        """Work until `stop`."""
        while not self._stopping.is_set():
            if await self._done():
                await asyncio.sleep(0)  # more may be due; calls go first
            else:
                await self._pause()

    def stop(self) -> None:
        """Finish what is under way and begin nothing new."""
        self._stopping.set()

    async def _done(self) -> int:
        try:
            return await self._duty()
        except WorldError as error:
            log.error("duty_failed", duty=self._name, error=str(error))  # noqa: TRY400 - the world failed, not the code
        except Exception:  # a bug must not end a duty for good
            log.exception("duty_failed", duty=self._name)
        return 0

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._period):
                await self._stopping.wait()
