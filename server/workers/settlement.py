"""Settling what is due, again and again. The period only says how soon; what is due is asked of the store."""

from __future__ import annotations

import asyncio
from time import monotonic

import structlog

from server.application.settle_cohorts import SettleCohorts
from server.ports.errors import WorldError
from server.telemetry.metrics import Metrics
from server.workers.pausing import pause

log = structlog.get_logger(__name__)

_CLEAN_EVERY = 3600.0
"""Seconds between two cleanings of old receipts."""


class SettlementWorker:
    """Runs until it is stopped; an error is logged, and the next period tries again."""

    def __init__(self, settle: SettleCohorts, metrics: Metrics, period_seconds: float) -> None:
        self._settle = settle
        self._metrics = metrics
        self._period = period_seconds
        self._stopping = asyncio.Event()
        self._cleaned_at = monotonic()

    async def run(self) -> None:
        """Work until `stop`."""
        while not self._stopping.is_set():
            visited = await self._visit()
            if visited:
                await asyncio.sleep(0)  # more may be due; calls go first
            else:
                await pause(self._period, self._stopping)

    def stop(self) -> None:
        """Finish what is under way and begin nothing new."""
        self._stopping.set()

    async def _visit(self) -> int:
        try:
            visited = await self._settle()
            self._metrics.settled.inc(visited)
            if monotonic() - self._cleaned_at > _CLEAN_EVERY:
                self._cleaned_at = monotonic()
                await self._settle.forget_old_receipts()
        except WorldError as error:
            log.error("settlement_failed", error=str(error))  # noqa: TRY400 - the world failed, not the code
            return 0
        except Exception:  # a bug must not end settlement for good
            log.exception("settlement_failed")
            return 0
        return visited
