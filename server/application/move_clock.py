"""Moving the game clock forward, so that a season can be played in a minute (E82)."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.application.unbroken import unbroken
from server.domain.errors import ClockOnlyMovesForward
from server.ports.clock import MovableClock
from server.ports.store import Store, Transaction

FURTHEST = timedelta(days=365 * 100)
"""No schedule is meant to be tested further ahead; the calendar ends in the year 9999."""


class MoveClock:
    """Move game time forward. Tokens, leases and limits keep real time."""

    def __init__(self, store: Store, clock: MovableClock) -> None:
        self._store = store
        self._clock = clock

    async def __call__(self, span: timedelta) -> datetime:
        """Move by a span and return the new game time.

        :raises ClockOnlyMovesForward: for a negative span, or one that leads out of the calendar
        """
        if not timedelta() <= span <= FURTHEST - self._clock.offset:
            raise ClockOnlyMovesForward(limit_days=FURTHEST.days)

        await unbroken(self._move(span))
        return self._clock.now()

    async def _move(self, span: timedelta) -> None:
        async def work(tx: Transaction) -> timedelta:
            offset = await tx.clock_offset() + span
            await tx.move_clock(offset)
            return offset

        self._clock.move_to_offset(await self._store.transact(work))
