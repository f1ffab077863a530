"""Telling modules what is due, and showing how much waits."""

from __future__ import annotations

from time import monotonic

from server.application.list_parked_notices import ListParkedNotices
from server.application.tell_modules import TellModules
from server.telemetry.metrics import Metrics

_COUNT_EVERY = 5.0
"""Seconds between two counts of what waits."""


class Telling:
    """The duty of telling."""

    def __init__(self, tell: TellModules, parked: ListParkedNotices, metrics: Metrics) -> None:
        self._tell = tell
        self._parked = parked
        self._metrics = metrics
        self._counted_at = 0.0

    async def __call__(self) -> int:
        """Tell some lanes, and return how many."""
        lanes = await self._tell()
        if monotonic() - self._counted_at > _COUNT_EVERY:
            self._counted_at = monotonic()
            waiting, parked = await self._parked.counts()
            self._metrics.notices_waiting.set(waiting)
            self._metrics.notices_parked.set(parked)
        return lanes
