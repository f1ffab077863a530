"""Final places that a board's `retention` gives up (B13). Without retention they are kept for ever.

What holds is the retention of today: an edit counts at once, for old periods too (B3). The periods themselves stay listed,
and so do grants.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

from server.domain.ids import LeaderboardKey
from server.domain.instants import NEVER
from server.domain.leaderboards.definition import Retention
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.periods import Stage
from server.ports.board_store import StoredPeriod
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Reading, Store

PERIODS_AT_ONCE = 100
ROWS_AT_ONCE = 500
_PAUSE = 0.005
"""Seconds between two deletions: calls go first."""


class DropOldSnapshots:
    """Drop what is due now."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock

    async def __call__(self) -> int:
        """Drop, and return how many rows there were."""
        boards = self._catalog.current().boards
        kept = {key: one.present.retention for key, one in boards.items() if one.present.retention != Retention()}
        return sum([await self._of_board(key, retention) for key, retention in kept.items()])

    async def _of_board(self, key: LeaderboardKey, retention: Retention) -> int:
        """Drop the oldest first: whoever comes after a failure finds that what is older than a dropped one is, too."""
        old = await self._store.read(lambda view: _given_up(view, key, retention, self._clock.now()))
        return sum([await self._drop(period) for period in reversed(old)])

    async def _drop(self, period: PeriodId) -> int:
        total = 0
        while rows := await self._store.transact(lambda tx: tx.drop_snapshot(period, ROWS_AT_ONCE)):
            total += rows
            await asyncio.sleep(_PAUSE)
        return total


async def _given_up(view: Reading, key: LeaderboardKey, retention: Retention, now: datetime) -> list[PeriodId]:
    """Return the periods whose snapshots are to go, the newest first, up to the first of which nothing is left."""
    given_up: list[PeriodId] = []
    before, number = NEVER, 0
    while periods := await view.periods_before(key, before, PERIODS_AT_ONCE):
        for period in periods:
            if period.stage is not Stage.FINAL or not period.entries:
                continue
            number += 1
            if _is_kept(period, number, retention, now):
                continue
            if not await view.snapshot_sizes(period.period, 1):
                return given_up
            given_up.append(period.period)
        before = periods[-1].period.start
    return given_up


def _is_kept(period: StoredPeriod, number: int, retention: Retention, now: datetime) -> bool:
    """Tell whether a period's snapshot stays; `number` 1 is the latest that is final. Both bounds must allow it."""
    is_among_last = retention.periods is None or number <= retention.periods
    return is_among_last and (retention.age is None or now - period.end <= retention.age)
