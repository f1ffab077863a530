"""Game events and the log of contributions are kept for so many days (B40, B42), then dropped, whole days at a time."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.ports.clock import Clock
from server.ports.store import Store

CHUNK = 1000
"""Rows that one transaction drops: a long delete would hold up everybody who writes."""


class ForgetGameEvents:
    """Drop some of what is too old. What must still be known again as a duplicate is not."""

    def __init__(self, store: Store, clock: Clock, *, dedupe: timedelta, kept: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._kept = max(kept, dedupe)

    async def __call__(self) -> int:
        """Drop up to a thousand of each, and return how many there were; 0 means that nothing is too old."""
        before = _day_of(self._clock.now() - self._kept)
        events = await self._store.transact(lambda tx: tx.forget_game_events(before, CHUNK))
        return events + await self._store.transact(lambda tx: tx.forget_contributions(before, CHUNK))


def _day_of(moment: datetime) -> datetime:
    """Return the beginning of a day in UTC: between midnights the duty finds nothing to do."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
