"""A store beside which bots move: work that finds them behind has them moved, and runs again.

`BotsBehind` may be raised by any work, deep inside a decision. What it did is rolled back, the bots are brought to the second
of the work in a transaction of their own, and the work decides anew. So whoever looks first moves them, whatever he wants,
and all others see what he saw.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from server.application.company_moves import CompanyMoves
from server.application.interest import Interest
from server.domain.ids import CohortId
from server.ports.broker import Broker, cohort_topic
from server.ports.errors import BotsBehind, StoreConflict
from server.ports.store import Reading, Store, T, Transaction

V = TypeVar("V", bound=Reading)

ATTEMPTS = 16
"""Each but the first follows on cohorts that this work has not met before: rolls may be offered another one each time."""


class StoreBesideBots(Store):
    """Another store, and the bots of the cohorts in it. `interest`: what is looked at on this node."""

    def __init__(self, store: Store, moves: CompanyMoves, broker: Broker, interest: Interest[CohortId]) -> None:
        self._store = store
        self._moves = moves
        self._broker = broker
        self._interest = interest
        self.capabilities = store.capabilities

    @property
    def waiting(self) -> int:
        return self._store.waiting

    async def transact(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        return await self._beside(self._store.transact, work)

    async def read(self, work: Callable[[Reading], Awaitable[T]]) -> T:
        return await self._beside(self._store.read, work)

    async def installation_secret(self) -> bytes:
        return await self._store.installation_secret()

    async def close(self) -> None:
        await self._store.close()

    async def move(self, cohort_ids: Sequence[CohortId], now: datetime) -> list[CohortId]:
        """Move the bots of cohorts to where they stand now, tell who watches, and return where something has changed."""
        changed = await self._store.transact(lambda tx: self._moves.move(tx, cohort_ids, now))
        self._broker.publish(map(cohort_topic, changed))
        return changed

    async def _beside(
        self, run: Callable[[Callable[[V], Awaitable[T]]], Awaitable[T]], work: Callable[[V], Awaitable[T]]
    ) -> T:
        for _ in range(ATTEMPTS):
            try:
                return await run(work)
            except BotsBehind as behind:
                last = behind
                for cohort_id in behind.cohort_ids:
                    self._interest.note(cohort_id)
                await self.move(behind.cohort_ids, behind.now)
        raise StoreConflict(f"bots kept falling behind: {last}") from last
