"""Bots of cohorts move each second while somebody reads or watches, and once a minute where they must (L4, L8, L22)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from server.application.interest import Interest
from server.application.store_beside_bots import StoreBesideBots
from server.domain.event_leaderboards.cohort_bots import second_of
from server.domain.ids import CohortId
from server.ports.catalog import Catalog
from server.ports.clock import Clock
from server.ports.errors import WorldError

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=5)
RENEWED_BEFORE = timedelta(seconds=2)
"""A lease that is shorter than that is taken anew: not each second, since it is a row that is written."""
COHORTS_AT_ONCE = 16
"""Cohorts that share a transaction: who submits to one of them waits for no more."""


class TickCohorts:
    """Move the bots of cohorts that this node looks at, and of those that are due anywhere.

    A lease for each cohort keeps nodes from doing the same work; a tick that another node was faster with changes nothing.
    """

    def __init__(
        self, store: StoreBesideBots, catalog: Catalog, clock: Clock, interest: Interest[CohortId], worker: str
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._interest = interest
        self._worker = worker
        self._held: dict[CohortId, datetime] = {}
        """Until when the leases are this worker's, in real time."""
        self._ticked = 0
        self._owes = False
        """Whether in this second more may be due that nobody looks at."""

    async def __call__(self) -> int:
        """Move what is due in this second, once, and return how many more are due at once; 0: none."""
        if not self._catalog.current().has_event_bots:
            return 0
        now, wall = self._clock.now(), self._clock.wall()
        if second_of(now) != self._ticked:
            self._ticked, self._owes = second_of(now), True
            await self._move(await self._leased(self._interest.present(), wall), now)
        if not self._owes:
            return 0
        due = await self._store.transact(
            lambda tx: tx.acquire_due_companies(self._worker, now, wall, LEASE, COHORTS_AT_ONCE)
        )
        await self._move(due, now)
        self._owes = len(due) == COHORTS_AT_ONCE
        return len(due) if self._owes else 0

    async def _leased(self, cohort_ids: Sequence[CohortId], wall: datetime) -> list[CohortId]:
        """Return those of the cohorts whose bots this worker moves."""
        self._held = {one: self._held[one] for one in cohort_ids if self._held.get(one, wall) > wall}
        wanted = [one for one in cohort_ids if self._held.get(one, wall) < wall + RENEWED_BEFORE]
        if wanted:
            taken = await self._store.transact(lambda tx: tx.lease_companies(self._worker, wanted, wall, LEASE))
            self._held |= dict.fromkeys(taken, wall + LEASE)
        return list(self._held)

    async def _move(self, cohort_ids: Sequence[CohortId], now: datetime) -> None:
        for first in range(0, len(cohort_ids), COHORTS_AT_ONCE):
            some = cohort_ids[first : first + COHORTS_AT_ONCE]
            try:
                await self._store.move(some, now)
            except WorldError as error:
                log.warning("bots_stand_still", cohorts=some, error=str(error))
            except Exception:  # a bug; other cohorts' bots move on
                log.exception("bots_stand_still", cohorts=some)
