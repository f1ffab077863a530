"""An operator ends a leaderboard's running period now, with its prizes, and a new run begins (B3)."""

from __future__ import annotations

from server.application.rescore_leaderboard import NewDefinition
from server.domain.errors import NoPeriodRunning
from server.domain.ids import LeaderboardKey
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.periods import Period
from server.ports.board_store import BoardActivation
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Store, Transaction


class RestartLeaderboard:
    """Cut the running period, and put the definition of the files in force for the next one."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock

    async def __call__(self, key: LeaderboardKey, new: NewDefinition) -> Period:
        """Restart, and return the period that has ended. Settlement pays its prizes as it does for any other.

        :raises LeaderboardNotFound: if there never was such a leaderboard
        :raises NoPeriodRunning: if it has no running period
        """
        now = self._clock.now()

        async def work(tx: Transaction) -> Period:
            self._catalog.board_of(key)
            period = self._catalog.period_at(key, now)
            if period is None:
                raise NoPeriodRunning(leaderboard=key)
            await tx.hold_period(PeriodId(key, period.start))
            latest = [one for one in await tx.board_activations() if one.leaderboard == key][-1]
            at = max(now, latest.activated_at)
            await tx.activate_board(BoardActivation(key, at, new.board.hash, new.content, restarts=True))
            await tx.cut_periods(key, at)
            return period

        return await self._store.transact(work)
