"""Settling what is due, and cleaning up now and then."""

from __future__ import annotations

from time import monotonic

from server.application.settle_cohorts import SettleCohorts
from server.telemetry.metrics import Metrics

_CLEAN_EVERY = 3600.0
"""Seconds between two cleanings of old receipts."""


class Settlement:
    """The duty of settlement."""

    def __init__(self, settle: SettleCohorts, metrics: Metrics) -> None:
        self._settle = settle
        self._metrics = metrics
        self._cleaned_at = monotonic()

    async def __call__(self) -> int:
        """Settle some cohorts that are due, and return how many."""
        visited = await self._settle()
        self._metrics.settled.inc(visited)
        if monotonic() - self._cleaned_at > _CLEAN_EVERY:
            self._cleaned_at = monotonic()
            await self._settle.forget_old_receipts()
        return visited
