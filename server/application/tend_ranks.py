"""What the orders of boards need besides being told: to be begun, healed, and forgotten (B53)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from server.application.board_periods import as_stored
from server.application.board_ranks import BoardRanks
from server.application.order_rules import rules_of
from server.application.rank_healing import RankHealing
from server.application.rank_keeping import RankKeeping
from server.domain.leaderboards.definition import Leaderboard
from server.domain.leaderboards.entry import PeriodId
from server.domain.leaderboards.periods import Stage
from server.domain.values import value
from server.ports.board_store import StoredPeriod
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.store import Reading, Store


@value
class _Alive:
    """A period that is not final, and what holds in it. `takes_scores`: it runs, or closes."""

    period: PeriodId
    board: Leaderboard
    takes_scores: bool


class TendRanks:
    """Look after the orders once. Without an index there is nothing to do."""

    def __init__(self, store: Store, catalog: Catalog, clock: Clock, ranks: BoardRanks) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._keeping = ranks.keeping
        self._heal: RankHealing | None = None
        if self._keeping is not None and self._keeping.index.can_miss_changes:
            self._heal = RankHealing(store, clock, self._keeping)

    async def __call__(self) -> int:
        """Hold the orders of what takes scores, drop those of what is final, and tell again what the log has.

        Periods that were sealed before this process began are read from the store; most are final within the hour.
        """
        if self._keeping is None:
            return 0
        self._keeping.loader.retry()
        healed = 0 if self._heal is None else await self._heal()
        if not healed:
            await self._hold_and_drop(self._keeping)
        return healed

    async def _hold_and_drop(self, keeping: RankKeeping) -> None:
        now = self._clock.now()

        async def work(view: Reading) -> list[_Alive]:
            return [*self._running(now), *self._unsettled(await view.unsettled_periods(0), now)]

        alive = await self._store.read(work)
        for one in alive:
            if one.takes_scores:
                keeping.hold(one.period, one.board)
        kept = {rules_of(one.period, one.board).period for one in alive}
        for orders in keeping.orders:
            if orders.rules.period not in kept:
                await keeping.drop(orders)

    def _running(self, now: datetime) -> Iterator[_Alive]:
        for key, board in self._catalog.current().boards.items():
            period = self._catalog.period_at(key, now)
            if period is not None:
                yield _Alive(PeriodId(key, period.start), board.in_force(period), takes_scores=True)

    def _unsettled(self, stored: list[StoredPeriod], now: datetime) -> Iterator[_Alive]:
        for one in stored:
            period = as_stored(self._catalog, one)
            board = self._catalog.board_of(one.period.leaderboard).in_force(period)
            yield _Alive(one.period, board, takes_scores=one.stage is Stage.OPEN and now < one.seals_at)
