"""Settling what is due, cohorts and periods of leaderboards, and cleaning up now and then."""

from __future__ import annotations

from time import monotonic

from server.application.follow_up_periods import FollowUpPeriods
from server.application.settle_cohorts import SettleCohorts
from server.application.settle_periods import SettlePeriods
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


class PeriodSettlement:
    """The duty of settling periods, and of what is to be done once they are final."""

    def __init__(self, settle: SettlePeriods, follow_up: FollowUpPeriods) -> None:
        self._settle = settle
        self._follow_up = follow_up

    async def __call__(self) -> int:
        """Go on with some periods that are due, and return how many."""
        return await self._settle() + await self._follow_up()
